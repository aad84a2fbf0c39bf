"""Many workers, one frontier: what FINEWS_CLUSTER switches on, by scrapy-redis's scheduler and duplicate filter.

The first worker in is the *poller*: it reads lists and links as ever, and what it asks for waits in Redis, where every
worker takes its next one (``handover.py``). Retries and redirects stay with the worker that has them. Workers that run
the same spider with the same arguments share a frontier. One that is killed takes with it what it was fetching: the
poller sees that those articles don't come, and the next run asks for them again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from typing import Self, TypeVar

from redis import Redis
from redis.exceptions import LockError, RedisError
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy_redis.dupefilter import RFPDupeFilter
from scrapy_redis.queue import FifoQueue
from scrapy_redis.scheduler import Scheduler

from finews_spider.crawl.handover import read_fetch, write_fetch
from finews_spider.downloadermiddlewares.delayed import MAX_DELAYED, DelayedRequests
from finews_spider.errors import ClusterError
from finews_spider.scrapy_internals import engine
from finews_spider.spiders.article import TIMEOUTS, ArticleSpider, Fetch

logger = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE_SECONDS = 0.2
"""How long a worker that has nothing to do waits before it looks again."""
LEFT_SECONDS = 24 * 3600
"""How long Redis keeps what no worker came back for."""
MOST_REFUSED = 100
"""Entries in a row that are refused before this worker does something else."""


def check(url: str) -> None:
    """See that the Redis answers, while that can still be said in one line.

    :raises ClusterError: it doesn't.
    """
    try:
        with closing(Redis.from_url(url, **TIMEOUTS)) as redis:
            redis.ping()
    except RedisError as error:
        raise ClusterError(f"the Redis of FINEWS_CLUSTER doesn't answer: {error}") from None


class FetchFilter(RFPDupeFilter):  # type: ignore[misc]
    """scrapy-redis's filter; an article's request is known by code and source, for URLs tell the time."""

    def request_fingerprint(self, request: Request) -> str:
        fetch: Fetch | None = request.cb_kwargs.get("fetch")
        if fetch is None:
            return str(super().request_fingerprint(request))
        return f"{fetch.ref.code} {fetch.turn}"


class FetchQueue(FifoQueue):  # type: ignore[misc]
    """scrapy-redis's queue, but of fetches as JSON: its pickles would run whatever somebody writes into Redis."""

    def push(self, request: Request) -> None:
        self.server.lpush(self.key, write_fetch(request.cb_kwargs["fetch"]))

    def pop(self, timeout: int = 0) -> Request | None:  # noqa: ARG002 -- this doesn't wait
        """Take the next request, made by the spider itself: nothing but the fetch comes from Redis.

        :raises ValueError: the entry is no fetch of this spider's.
        """
        entry = self.server.rpop(self.key)
        return None if entry is None else self.spider.request(read_fetch(entry, self.spider))


class Frontier(Scheduler):  # type: ignore[misc]
    """scrapy-redis's scheduler for articles; what is one worker's own, lists and pages in its browser, stays there."""

    crawler: Crawler
    spider: ArticleSpider
    own: deque[Request]
    delayed: DelayedRequests
    renewing: asyncio.Task[None] | None = None
    closing: asyncio.Task[None] | None = None
    quiet_since = 0.0
    """When something last happened, on the loop's clock."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        frontier: Self = super().from_crawler(crawler)
        frontier.crawler, frontier.stats = crawler, None  # it counts by an argument that Scrapy warns of
        frontier.own = deque()
        frontier.delayed = DelayedRequests.of(crawler)
        return frontier

    def open(self, spider: ArticleSpider) -> None:
        """Join the frontier; as its poller, if there is none, who begins it anew."""
        name = spider.frontier_name
        self.queue_key, self.queue_cls = f"{name}:requests", FetchQueue
        self.df = FetchFilter(self.server, f"{name}:asked")
        self.seconds = spider.config.lease_seconds
        self.lease = self.server.lock(f"{name}:poller", timeout=self.seconds, thread_local=False)
        spider.frontier = self
        # What a poller before left behind is listed again, for its channels aren't complete.
        self.flush_on_start = spider.polls = self.lease.acquire(blocking=False)
        super().open(spider)
        if spider.polls:
            self.renewing = asyncio.ensure_future(self._renew())
        logger.info("This worker %s", "polls" if spider.polls else "fetches what another asks for")

    def close(self, reason: str) -> None:  # noqa: ARG002 -- Scrapy passes it by name
        """Leave the frontier to the others."""
        if self.renewing:
            self.renewing.cancel()
        with suppress(LockError, RedisError):
            for key in (self.queue.key, self.df.key):
                self.server.expire(key, LEFT_SECONDS)
            if self.spider.polls:
                self.lease.release()

    def enqueue_request(self, request: Request) -> bool:
        """Put *request* where it belongs, unless it was asked for already."""
        fetch: Fetch | None = request.cb_kwargs.get("fetch")
        is_own = request.dont_filter or fetch is None or self.spider.text_sources[fetch.turn].in_browser
        if not is_own:
            return self._ask(lambda: bool(super(Frontier, self).enqueue_request(request)), otherwise=False)
        if not request.dont_filter and self._ask(lambda: bool(self.df.request_seen(request)), otherwise=True):
            return False
        self.own.append(request)
        return True

    def next_request(self) -> Request | None:
        """Return a request that this worker does next, if there is one."""
        if self.own:
            return self.own.popleft()
        if len(self.delayed) >= MAX_DELAYED:
            return None
        following: Callable[[], Request | None] = super().next_request
        for _ in range(MOST_REFUSED):
            try:
                return self._ask(following, otherwise=None)
            except ValueError as error:
                self.crawler.stats.inc_value("finews/cluster_refused")
                logger.error("an entry of %s is no article of this crawl and is dropped: %s", self.queue.key, error)
        return None

    def has_pending_requests(self) -> bool:
        return bool(self.own or self.waiting)

    @property
    def waiting(self) -> int:
        """Requests that wait for a worker."""
        return self._ask(lambda: len(self.queue), otherwise=0)

    @property
    def is_polled(self) -> bool:
        """Whether there is a poller, who may ask for more."""
        return self._ask(lambda: bool(self.lease.locked()), otherwise=False)

    @property
    def _is_idle(self) -> bool:
        """Whether this worker has nothing under way."""
        return not self.own and not self.delayed and engine.is_idle(self.crawler)

    async def stay(self) -> AsyncIterator[Request]:
        """Give requests when this worker has nothing to do, until all are settled.

        An engine isn't woken by what others put into Redis; a request that comes out of here wakes it.
        """
        while not self.closing and not await self._is_settled():
            request = self.next_request() if self._is_idle else None
            if request:
                yield request.replace(dont_filter=True)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _is_settled(self) -> bool:
        """Whether all that was asked for came or failed, in whichever worker; a poller waits for what doesn't come."""
        spider, now = self.spider, asyncio.get_running_loop().time()
        if not spider.polls:
            return not (self.is_polled or self.waiting)
        if spider.is_listing or spider.backlog or self.waiting or not self._is_idle:
            self.quiet_since = now
            return False
        with spider.store_errors():
            known = await spider.store.known(list(spider.outstanding))
        came = [code for code, ref in spider.outstanding.items() if code in known and known[code].has(ref, spider.now)]
        for code in came:
            del spider.outstanding[code]
        if came:
            self.quiet_since = now
        if spider.outstanding and now < self.quiet_since + self.seconds:
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        if spider.outstanding:
            logger.warning("%d articles don't come; the next run asks for them again", len(spider.outstanding))
        return True

    async def _renew(self) -> None:
        """Stay the poller while this process lives."""
        while not self.closing:
            await asyncio.sleep(self.seconds / 4)
            with suppress(LockError):  # lost in a standstill: another polls too, which harms nothing
                self._ask(self.lease.reacquire, otherwise=False)

    def _ask(self, question: Callable[[], T], *, otherwise: T) -> T:
        """Return what Redis answers; where it fails, end the crawl and go on with *otherwise*."""
        if not self.closing:
            try:
                return question()
            except LockError:
                raise
            except RedisError as error:
                self.crawler.stats.set_value("finews/cluster_failed", str(error))
                logger.error(
                    "the Redis of FINEWS_CLUSTER failed: %s; what isn't stored is fetched by the next run", error
                )
                assert self.crawler.engine
                self.closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="cluster_failed"))
        return otherwise
