"""The client in Rust: reqwest, as Scrapy's developers try it out."""

from pyreqwest.exceptions import DetailedPyreqwestError
from scrapy import Request
from scrapy.http import Response
from scrapy_download_handlers_incubator.handlers.pyreqwest import PyreqwestDownloadHandler


class FastClient(PyreqwestDownloadHandler):
    """Asks as the base class does, and says in few words what went wrong."""

    experimental = False
    """It is, as docs/settings.md says; the base class would warn twice in each run."""

    async def download_request(self, request: Request) -> Response:
        """Return the answer.

        :raises DownloadFailedError: and the other errors of Scrapy's clients, with the innermost cause alone.
        """
        try:
            return await super().download_request(request)
        except Exception as error:
            why = error.__cause__
            if isinstance(why, DetailedPyreqwestError) and (causes := why.details["causes"]):
                error.args = (causes[-1]["message"],)
            raise
