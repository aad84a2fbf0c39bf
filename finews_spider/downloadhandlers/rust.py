"""The HTTP client in Rust: reqwest, by the download handlers that Scrapy's developers try out."""

from pyreqwest.exceptions import DetailedPyreqwestError
from scrapy import Request
from scrapy.http import Response
from scrapy_download_handlers_incubator.handlers.pyreqwest import PyreqwestDownloadHandler

CLOSED = "connection closed before message completed"
"""The message of hyper, the library below reqwest; there is no type for it."""


class RustDownloadHandler(PyreqwestDownloadHandler):
    """Shortens the base class's error messages, and repeats a request that met a closed connection."""

    experimental = False
    """It is experimental, as docs/settings.md says. But the base class would warn of that twice in each run."""

    async def download_request(self, request: Request) -> Response:
        """Return the response.

        :raises DownloadFailedError: and the other errors of Scrapy's clients; their message is the innermost cause.
        """
        try:
            return await self._download(request)
        except Exception as error:
            if str(error) != CLOSED:
                raise
        # The server has closed a connection that was kept for further requests. Scrapy's own client notices that at
        # once, this one when it sends the next request. RFC 9110, 9.2.2, lets a client repeat a request that changes
        # nothing.
        return await self._download(request)

    async def _download(self, request: Request) -> Response:
        try:
            return await super().download_request(request)
        except Exception as error:
            cause = error.__cause__
            if isinstance(cause, DetailedPyreqwestError) and (causes := cause.details["causes"]):
                error.args = (causes[-1]["message"],)
            raise
