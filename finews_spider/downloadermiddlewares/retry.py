"""Retries that wait: Scrapy's own middleware sends a failed request again at once."""

import asyncio
import logging
import random
from collections import Counter
from time import monotonic
from typing import Self, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.delayed import DELAY, MOST, DelayedRequests
from finews_spider.downloadermiddlewares.retry_after import RetryAfter, host_of, retry_after

logger = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 20
"""Requests in a row that a host may leave unanswered; then it isn't asked for any more in this crawl, which else would
wait three times DOWNLOAD_TIMEOUT for each article at each of its sources."""
REFUSALS = frozenset({429, 503})


class BackoffMiddleware(RetryMiddleware):
    """Waits before each retry, twice as long each time, and leaves a host alone for the Retry-After that it asks for.

    A request that waits takes no place among CONCURRENT_REQUESTS. Settings: FINEWS_RETRY_SECONDS,
    FINEWS_RETRY_AFTER_LONGEST, and Scrapy's RETRY_*.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        config = Config.of(crawler)
        self.first_pause = config.retry_seconds
        self.longest = config.retry_after_longest
        self.delayed = DelayedRequests.of(crawler)
        self.hosts = RetryAfter.of(crawler)
        self.unanswered: Counter[str] = Counter()
        """Host → requests in a row."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """Put *request* aside while its host wants to be left alone.

        :raises IgnoreRequest: the host wants that for longer than a run waits, or answers nothing; the spider asks
            another source.
        """
        host = host_of(request)
        if self.unanswered[host] >= PATIENCE:
            raise IgnoreRequest(f"{host} left {PATIENCE} requests in a row unanswered")
        wait = self.hosts.wait(host)
        if wait and (wait > self.longest or self.hosts.refuses(host) > 2 * self.longest or len(self.delayed) >= MOST):
            raise IgnoreRequest(f"{host} asked not to be asked for {wait:.0f} s more")
        return await self._later(request.replace(dont_filter=True), request, wait) if wait else None

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the request for a retry, after a pause, or the response where it is good or the last try."""
        host = host_of(request)
        self.unanswered[host] = 0
        if response.status in REFUSALS and (seconds := retry_after(response)):
            self.crawler.stats.inc_value("finews/retry_after")
            self.hosts.note(host, seconds)
            if request.meta.get("dont_obey_robotstxt"):  # pages that wait for robots.txt are put aside instead
                return response
        elif response.status not in REFUSALS:
            self.hosts.answered(host)
        return await self._paused(super().process_response(request, response), request, response)

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]
        """Return the request for a retry, after a pause, or None where *exception* stands."""
        if isinstance(exception, DownloadTimeoutError):
            host = host_of(request)
            self.unanswered[host] += 1
            if self.unanswered[host] == PATIENCE:
                logger.warning("%s left %d requests in a row unanswered; this run leaves it alone", host, PATIENCE)
            if self.unanswered[host] >= PATIENCE:
                return None
        return await self._paused(super().process_exception(request, exception), request, None)

    async def _paused(self, result: T, request: Request, last: T) -> T | Request:
        """Return *result*, after a pause where that is a retry; *last* if the crawl ends before there can be one."""
        if not isinstance(result, Request):
            return result
        pause = self.first_pause * 2 ** (result.meta["retry_times"] - 1)
        try:
            return await self._later(result, request, pause * random.uniform(0.75, 1.25))  # noqa: S311 -- spreads load
        except IgnoreRequest:
            return last

    async def _later(self, following: Request, request: Request, seconds: float) -> Request:
        """Return *following*, to be sent after so many *seconds* in the place of *request*.

        :raises IgnoreRequest: the crawl is ending.
        """
        if not self.crawler.crawling:
            raise IgnoreRequest("the crawl is ending")
        if following.callback is NO_CALLBACK:  # robots.txt and images don't come from Scrapy's scheduler
            await self._sleep(request, seconds)
        else:
            following.meta[DELAY] = seconds
        return following

    async def _sleep(self, request: Request, seconds: float) -> None:
        """Sleep in small steps, so that Ctrl-C doesn't wait for a long one, and leave the request's place to others."""
        end = monotonic() + seconds
        assert self.crawler.engine
        under_way = self.crawler.engine.downloader.active
        under_way.discard(request)
        try:
            while (left := end - monotonic()) > 0:
                if not self.crawler.crawling:
                    raise IgnoreRequest("the crawl is ending")
                await asyncio.sleep(min(left, 0.5))
        finally:
            under_way.add(request)
