"""Retries after a pause: Scrapy's own middleware sends a failed request again at once."""

import asyncio
import logging
import random
from collections import Counter
from time import monotonic
from typing import Self, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.delayed import DELAY_KEY, MAX_DELAYED, DelayedRequests
from finews_spider.downloadermiddlewares.retry_after import RetryAfter, host_of, retry_after
from finews_spider.scrapy_internals import engine
from finews_spider.stats import names
from finews_spider.stats.failures import CrawlEndingError, RetryLaterError, UnresponsiveHostError

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_CONSECUTIVE_TIMEOUTS = 20
"""After this many requests in a row without an answer, a host gets no more requests in this crawl. Otherwise the crawl
would wait three times DOWNLOAD_TIMEOUT for each article at each of its sources."""
REFUSALS = frozenset({429, 503})
SLEEP_STEP = 0.5
"""Seconds after which a request that waits checks whether the crawl is ending."""


class RetryAfterMiddleware(RetryMiddleware):
    """Pauses before each retry, twice as long each time, and sends a host nothing until its Retry-After is over.

    A request that waits takes no place among CONCURRENT_REQUESTS. The settings are FINEWS_RETRY_SECONDS,
    FINEWS_RETRY_AFTER_LONGEST, and Scrapy's RETRY_*.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        config = Config.of(crawler)
        self.first_pause = config.retry_seconds
        self.longest = config.retry_after_longest
        self.delayed = DelayedRequests.of(crawler)
        self.retry_after = RetryAfter.of(crawler)
        self.timeouts: Counter[str] = Counter()
        """Host → requests in a row without an answer."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """Let *request* pass, or delay it until its host's Retry-After is over.

        :raises RetryLaterError: that is longer than a run waits; the spider requests another source.
        :raises UnresponsiveHostError: the host didn't answer many times in a row.
        """
        host = host_of(request)
        if self.timeouts[host] >= MAX_CONSECUTIVE_TIMEOUTS:
            raise UnresponsiveHostError(f"{host} left {MAX_CONSECUTIVE_TIMEOUTS} requests in a row unanswered")
        if not (wait := self.retry_after.wait(host)):
            return None
        refuses_long = self.retry_after.refuses(host) > 2 * self.longest
        if wait > self.longest or refuses_long or len(self.delayed) >= MAX_DELAYED:
            raise RetryLaterError(f"{host} demands a pause of {wait:.0f} s more (Retry-After)")
        return await self._later(request.replace(dont_filter=True), request, wait)

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the request for a retry, after a pause, or the response where it is good or the last try."""
        host = host_of(request)
        self.timeouts[host] = 0
        if response.status in REFUSALS and (seconds := retry_after(response)):
            self.crawler.stats.inc_value(names.RETRY_AFTER)
            self.retry_after.add_pause(host, seconds)
            if request.meta.get("dont_obey_robotstxt"):  # the pages that wait for this robots.txt are delayed instead
                return response
        elif response.status not in REFUSALS:
            self.retry_after.end_refusals(host)
        return await self._paused(super().process_response(request, response), request, response)

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]
        """Return the request for a retry, after a pause, or None where *exception* is final."""
        if isinstance(exception, DownloadTimeoutError):
            host = host_of(request)
            self.timeouts[host] += 1
            if self.timeouts[host] == MAX_CONSECUTIVE_TIMEOUTS:
                logger.warning("%s left %d requests in a row unanswered and gets no more", host, self.timeouts[host])
            if self.timeouts[host] >= MAX_CONSECUTIVE_TIMEOUTS:
                return None
        return await self._paused(super().process_exception(request, exception), request, None)

    async def _paused(self, result: T, request: Request, last: T) -> T | Request:
        """Return *result*, after a pause where it is a retry, or *last* if the crawl ends before the retry."""
        if not isinstance(result, Request):
            return result
        pause = self.first_pause * 2 ** (result.meta["retry_times"] - 1)
        try:
            return await self._later(result, request, pause * random.uniform(0.75, 1.25))  # noqa: S311 -- spreads load
        except CrawlEndingError:
            return last

    async def _later(self, following: Request, request: Request, seconds: float) -> Request:
        """Return *following*, to be sent after *seconds* in place of *request*.

        :raises CrawlEndingError: the crawl ends before.
        """
        self._check_crawling()
        if following.callback is NO_CALLBACK:  # robots.txt and images don't come from Scrapy's scheduler
            await self._sleep(request, seconds)
        else:
            following.meta[DELAY_KEY] = seconds
        return following

    async def _sleep(self, request: Request, seconds: float) -> None:
        """Sleep in small steps, so that Ctrl-C doesn't wait for the end."""
        end = monotonic() + seconds
        with engine.place_left(self.crawler, request):
            while (left := end - monotonic()) > 0:
                self._check_crawling()
                await asyncio.sleep(min(left, SLEEP_STEP))

    def _check_crawling(self) -> None:
        if not self.crawler.crawling:
            raise CrawlEndingError("the crawl is ending")
