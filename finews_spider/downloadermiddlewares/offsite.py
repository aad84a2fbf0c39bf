"""Which hosts a crawl may reach: exactly those that the settings and the channels file name."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached

from finews_spider.stats import names
from finews_spider.stats.failures import OutOfReachError

MAX_URL_LENGTH = 2083
"""Characters, the default of Scrapy's URLLENGTH_LIMIT. No list or article needs as many."""


class ExactHostMiddleware:
    """Refuses every request to a host that isn't named, redirects and robots.txt included, and every overlong URL.

    It differs from Scrapy's OffsiteMiddleware in two ways. A subdomain of a named host isn't allowed, because it may
    lead to a private address. ``dont_filter`` makes no exception.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let *request* pass.

        :raises OutOfReachError: its host isn't named, or its URL is too long.
        """
        host = urlparse_cached(request).hostname or ""
        if host not in (getattr(self.crawler.spider, "allowed_domains", None) or ()):
            self.crawler.stats.inc_value(names.OUT_OF_REACH)
            raise OutOfReachError(f"this crawl may not reach the host {host}; see FINEWS_ALLOWED_HOSTS")
        if len(request.url) > MAX_URL_LENGTH:
            raise OutOfReachError(f"the URL is too long: {len(request.url)} characters")
