"""Where a crawl may go: to the hosts that the settings and the channels name, exactly those; and along redirects."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

LONGEST_URL = 2083
"""Characters, as Scrapy has it: no list or article needs them."""


class ReachMiddleware:
    """Refuses every request, redirects and robots.txt among them, to a host that isn't named or by a URL without end.

    Unlike Scrapy's OffsiteMiddleware it takes no subdomain for its domain, as a subdomain may lead to a private
    address, and makes no exception for ``dont_filter``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let *request* pass.

        :raises IgnoreRequest: its host isn't named, or its URL is too long.
        """
        host = urlparse_cached(request).hostname or ""
        if host not in (getattr(self.crawler.spider, "allowed_domains", None) or ()):
            self.crawler.stats.inc_value("finews/out_of_reach")
            raise IgnoreRequest(f"{host} is none of the hosts that this crawl may reach; see FINEWS_ALLOWED_HOSTS")
        if len(request.url) > LONGEST_URL:
            raise IgnoreRequest(f"a URL of {len(request.url)} characters is none of the upstream's")


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
