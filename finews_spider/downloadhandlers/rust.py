"""The client in Rust: reqwest, as Scrapy's developers try it out."""

from pyreqwest.exceptions import DetailedPyreqwestError
from scrapy import Request
from scrapy.http import Response
from scrapy_download_handlers_incubator.handlers.pyreqwest import PyreqwestDownloadHandler

CLOSED = "connection closed before message completed"


class FastClient(PyreqwestDownloadHandler):
    """Asks as the base class does, but says in few words what went wrong."""

    experimental = False
    """It is, as docs/settings.md says; the base class would warn twice in each run."""

    async def download_request(self, request: Request) -> Response:
        """Return the answer.

        :raises DownloadFailedError: and the other errors of Scrapy's clients, with the innermost cause alone.
        """
        try:
            return await self._ask(request)
        except Exception as error:
            if str(error) != CLOSED:
                raise
        # A connection that was kept, and that the server closed meanwhile: Scrapy's own client learns of that at once,
        # this one when it asks. RFC 9110, 9.2.2, lets a client ask again for what changes nothing.
        return await self._ask(request)

    async def _ask(self, request: Request) -> Response:
        try:
            return await super().download_request(request)
        except Exception as error:
            why = error.__cause__
            if isinstance(why, DetailedPyreqwestError) and (causes := why.details["causes"]):
                error.args = (causes[-1]["message"],)
            raise
