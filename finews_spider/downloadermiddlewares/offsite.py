"""Which hosts a crawl may reach: exactly those that the settings and the channels file name."""

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.utils.httpobj import urlparse_cached

from finews_spider.stats import names
from finews_spider.stats.failures import OutOfReachError

MAX_URL_LENGTH = 2083
"""Characters, the default of Scrapy's URLLENGTH_LIMIT. No list or article needs as many."""


class ExactHostMiddleware(OffsiteMiddleware):
    """Refuses every request to a host that isn't named, redirects and robots.txt included, and every overlong URL.

    It differs from Scrapy's OffsiteMiddleware in two ways. A subdomain of a named host isn't allowed, because it may
    lead to a private address. ``dont_filter`` makes no exception.

    A spider without ``allowed_hosts`` isn't one of finews; Scrapy's own rules and its ``allowed_domains`` hold for it.
    """

    def request_scheduled(self, request: Request, spider: Spider) -> None:
        """Drop a request before its time for a spider that isn't one of finews. Ours hear of each refused request."""
        if not hasattr(spider, "allowed_hosts"):
            super().request_scheduled(request, spider)

    def process_request(self, request: Request) -> None:  # type: ignore[override]  # no callers pass the spider
        """Let *request* pass.

        :raises OutOfReachError: its host isn't named, or its URL is too long.
        :raises IgnoreRequest: as Scrapy's, for a spider that isn't one of finews.
        """
        allowed = getattr(self.crawler.spider, "allowed_hosts", None)
        if allowed is None:
            super().process_request(request)
        elif (host := urlparse_cached(request).hostname or "") not in allowed:
            self.stats.inc_value(names.OUT_OF_REACH)
            raise OutOfReachError(f"this crawl may not reach the host {host}; see FINEWS_ALLOWED_HOSTS")
        elif len(request.url) > MAX_URL_LENGTH:
            raise OutOfReachError(f"the URL is too long: {len(request.url)} characters")
