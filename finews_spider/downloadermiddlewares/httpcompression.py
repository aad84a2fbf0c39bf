"""Compressed answers: unpacked as Scrapy does, but what was unpacked of a bomb is let go at once."""

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from finews_spider.errors import SourceError


class CompressionMiddleware(HttpCompressionMiddleware):
    """Refuses bombs and what isn't compressed as it says.

    Scrapy's error for a bomb has a traceback, whose frames hold the megabytes unpacked so far until the garbage
    collector comes by: fifty bombs took 540 MB.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the answer unpacked.

        :raises IgnoreRequest: it is larger than ``download_maxsize``.
        :raises SourceError: it can't be unpacked.
        """
        refused: Exception
        try:
            unpacked: Request | Response = super().process_response(request, response)
        except IgnoreRequest as error:
            refused = IgnoreRequest(str(error))
        except Exception as error:  # noqa: BLE001 -- each of the four formats has errors of its own
            refused = SourceError(f"the answer isn't compressed as it says ({error})", response.body)
        else:
            return unpacked
        raise refused  # here, where it has no context
