"""Where a crawl may go: to the hosts that the settings and the channels name, exactly those."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
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
