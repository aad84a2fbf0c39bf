"""Retries that wait: Scrapy's own middleware sends a failed request again at once."""

import asyncio
import logging
import random
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Self, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

logger = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 20
"""Requests in a row that a host may leave unanswered; then it isn't asked for any more in this crawl, which else would
wait three times DOWNLOAD_TIMEOUT for each article at each of its sources."""


class BackoffMiddleware(RetryMiddleware):
    """Waits before each retry, twice as long each time, and leaves a host alone for the Retry-After that it asks for.

    Settings: FINEWS_RETRY_SECONDS, FINEWS_RETRY_AFTER_LONGEST, and Scrapy's RETRY_*.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self.first_pause = crawler.settings.getfloat("FINEWS_RETRY_SECONDS")
        self.longest = crawler.settings.getfloat("FINEWS_RETRY_AFTER_LONGEST")
        self.closed_until: dict[str, float] = {}
        self.unanswered: Counter[str] = Counter()
        """Host → requests in a row."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Hold *request* back while its host wants to be left alone.

        :raises IgnoreRequest: the host wants that for longer than a run waits, or answers nothing; the spider asks
            another source.
        """
        host = urlparse_cached(request).netloc
        if self.unanswered[host] >= PATIENCE:
            raise IgnoreRequest(f"{host} left {PATIENCE} requests in a row unanswered")
        wait = self.closed_until.get(host, 0) - monotonic()
        if wait > self.longest:
            raise IgnoreRequest(f"{host} asked not to be asked for {wait:.0f} s more")
        if wait > 0:
            await self._sleep(wait)

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Return the request for a retry, after a pause, or the response where it is good or the last try."""
        self.unanswered[urlparse_cached(request).netloc] = 0
        if response.status in {429, 503} and (seconds := retry_after(response)):
            self.crawler.stats.inc_value("finews/retry_after")
            host = urlparse_cached(request).netloc
            self.closed_until[host] = max(self.closed_until.get(host, 0), monotonic() + seconds)
        return await self._paused(super().process_response(request, response), response)

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]
        """Return the request for a retry, after a pause, or None where *exception* stands."""
        if isinstance(exception, DownloadTimeoutError):
            host = urlparse_cached(request).netloc
            self.unanswered[host] += 1
            if self.unanswered[host] == PATIENCE:
                logger.warning("%s left %d requests in a row unanswered; this run leaves it alone", host, PATIENCE)
            if self.unanswered[host] >= PATIENCE:
                return None
        return await self._paused(super().process_exception(request, exception), None)

    async def _paused(self, result: T, last: T) -> T:
        """Return *result*, after a pause where that is a retry; *last* if the crawl ends before there can be one."""
        if isinstance(result, Request):
            pause = self.first_pause * 2 ** (result.meta["retry_times"] - 1)
            try:
                await self._sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 -- spreads load, guards nothing
            except IgnoreRequest:
                return last
        return result

    async def _sleep(self, seconds: float) -> None:
        """Sleep in small steps, so that Ctrl-C doesn't wait for a long one."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            if not self.crawler.crawling:
                raise IgnoreRequest("the crawl is ending")
            await asyncio.sleep(min(left, 0.5))


def retry_after(response: Response) -> float:
    """Return the seconds that a Retry-After header asks for, given as such or as a date; 0 where it says nothing."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
