"""Redirects, none of which is lost."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response


class RedirectsMiddleware(RedirectMiddleware):
    """Follows redirects as Scrapy does, but loses none.

    Scrapy's filter of duplicates drops a request without a word. Of all articles that are sent on to one page, a
    captcha's perhaps, it would let the first arrive there, and the rest neither come nor fail.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Leave out Scrapy's search for its RefererMiddleware: our one Referer is a header like the others."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the request for where *response* sends on to, or the response where it doesn't.

        :raises IgnoreRequest: it names no URL, or there were too many before it.
        """
        try:
            followed: Request | Response = super().process_response(request, response)
        except ValueError as error:
            raise IgnoreRequest(f"a redirect to no URL, {response.headers['Location']!r}: {error}") from None
        return followed.replace(dont_filter=True) if isinstance(followed, Request) else followed
