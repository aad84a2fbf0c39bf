"""Redirects, followed without losing any request."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import redirect
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from finews_spider.stats.failures import RedirectError


class RedirectMiddleware(redirect.RedirectMiddleware):
    """Follows redirects as Scrapy does, but past its filter of duplicates.

    That filter drops a request silently. When many articles redirect to one page, such as a captcha, only the first
    request would arrive there; the other articles would be neither stored nor counted as failed.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware without Scrapy's search for its RefererMiddleware, which finews doesn't use."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the request that *response* redirects to, or *response* itself where it redirects nowhere.

        :raises RedirectError: it redirects to an invalid URL, or there were too many redirects before it.
        """
        try:
            result: Request | Response = super().process_response(request, response)
        except ValueError as error:
            raise RedirectError(f"a redirect to an invalid URL, {response.headers['Location']!r}: {error}") from None
        except IgnoreRequest as error:
            raise RedirectError(str(error)) from None
        return result.replace(dont_filter=True) if isinstance(result, Request) else result
