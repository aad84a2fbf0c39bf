"""Compressed responses: unpacked by Scrapy, without keeping a decompression bomb in memory."""

from scrapy import Request
from scrapy.downloadermiddlewares import httpcompression
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from finews_spider.errors import SourceError
from finews_spider.stats.failures import TooLargeError


class HttpCompressionMiddleware(httpcompression.HttpCompressionMiddleware):
    """Refuses decompression bombs, and bodies that don't have the compression that their header names.

    Scrapy's own error for a bomb has a traceback, and its frames keep the unpacked megabytes until the next garbage
    collection: fifty bombs took 540 MB.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the response unpacked.

        :raises TooLargeError: it is larger than ``download_maxsize``.
        :raises SourceError: it can't be unpacked.
        """
        refusal: Exception
        try:
            unpacked: Request | Response = super().process_response(request, response)
        except IgnoreRequest as error:
            refusal = TooLargeError(str(error))
        except Exception as error:  # noqa: BLE001 -- each of the four compression formats raises errors of its own
            refusal = SourceError(f"the answer isn't compressed as its header says ({error})", response.body)
        else:
            return unpacked
        raise refusal  # outside of the except block, so that it has no context and keeps no frames
