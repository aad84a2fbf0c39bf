"""The scheduler that FINEWS_CLUSTER switches on: many workers share their requests, by scrapy-redis.

Workers share their requests if they run the same spider with the same arguments. The first one to start is the
*leader*: it reads lists and links as usual. Its requests for articles wait in Redis, where every worker takes its next
one (``handover.py``). Retries and redirects stay with the worker that has them. What a killed worker was fetching is
lost with it: the leader sees that those articles don't come, and the next run requests them again.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from hashlib import sha256
from typing import Any, Self, TypeVar

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
from finews_spider.spiders.article import ArticleSpider
from finews_spider.spiders.fetch import Fetch
from finews_spider.stats import names

logger = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE_SECONDS = 0.2
"""How long a worker that has nothing to do waits before it looks again."""
LEFT_SECONDS = 24 * 3600
"""How long Redis keeps the requests of a crawl when no worker comes back for them."""
MOST_REFUSED = 100
"""Entries in a row that are refused before this worker does something else."""


def check_redis(url: str) -> None:
    """Check that Redis answers before the crawl begins: a later error would be a traceback.

    :raises ClusterError: it doesn't.
    """
    try:
        with closing(_connect(url)) as redis:
            redis.ping()
    except RedisError as error:
        raise ClusterError("the Redis of FINEWS_CLUSTER doesn't answer: {error}", error=error) from None


def _connect(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5)  # seconds


def _fetch_of(request: Request) -> Fetch | None:
    """Return what a request for an article carries, None for other requests."""
    fetch: Fetch | None = request.cb_kwargs.get("fetch")
    return fetch


class FetchFilter(RFPDupeFilter):  # type: ignore[misc]
    """scrapy-redis's filter. A request for an article is known by code and text source: its URL contains the time."""

    def request_fingerprint(self, request: Request) -> str:
        fetch = _fetch_of(request)
        if fetch is None:
            return str(super().request_fingerprint(request))
        return f"{fetch.ref.code} {fetch.source_index}"


class FetchQueue(FifoQueue):  # type: ignore[misc]
    """scrapy-redis's queue, with fetches as JSON: its own pickles would run code that somebody writes into Redis."""

    def push(self, request: Request) -> None:
        self.server.lpush(self.key, write_fetch(request.cb_kwargs["fetch"]))

    def pop(self, timeout: int = 0) -> Request | None:  # noqa: ARG002 -- this doesn't wait
        """Take the next request. The spider makes it itself: only the fetch comes from Redis.

        :raises ValueError: the entry is not a fetch of this spider.
        """
        entry = self.server.rpop(self.key)
        return None if entry is None else self.spider.source_request(read_fetch(entry, self.spider))


class SharedScheduler(Scheduler):  # type: ignore[misc]
    """scrapy-redis's scheduler for articles. Requests for lists and for pages in the browser stay with their worker."""

    def __init__(self, crawler: Crawler) -> None:
        spider = crawler.spider
        assert isinstance(spider, ArticleSpider)
        server = _connect(spider.config.cluster)
        digest = sha256(json.dumps(spider.identity(), sort_keys=True).encode()).hexdigest()
        name = f"finews:{spider.name}:{digest[:12]}"
        requested = FetchFilter(server, f"{name}:requested")
        super().__init__(server, persist=True, queue_key=f"{name}:requests", queue_cls=FetchQueue, dupefilter=requested)
        self.crawler = crawler
        self.spider = spider
        self.is_leader = False
        """Whether this worker finds out what to fetch; decided when the spider opens."""
        self._lease_seconds = spider.config.lease_seconds
        self._lease = server.lock(f"{name}:leader", timeout=self._lease_seconds, thread_local=False)
        self._own: deque[Request] = deque()
        self._delayed = DelayedRequests.of(crawler)
        self._renewing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._quiet_since = 0.0
        """When something last happened, by the event loop's clock."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: ArticleSpider) -> None:
        """Join the workers. Become their leader if there is none, and then drop what an earlier leader requested."""
        # Those articles are listed again, because their channels aren't complete.
        self.flush_on_start = self.is_leader = self._lease.acquire(blocking=False)
        super().open(spider)
        if self.is_leader:
            self._renewing = asyncio.ensure_future(self._renew())
        logger.info("This worker %s", "is the leader" if self.is_leader else "fetches what the leader requests")

    def close(self, reason: str) -> None:  # noqa: ARG002 -- Scrapy passes it by name
        """Leave the requests to the other workers."""
        if self._renewing:
            self._renewing.cancel()
        with suppress(LockError, RedisError):
            for key in (self.queue.key, self.df.key):
                self.server.expire(key, LEFT_SECONDS)
            if self.is_leader:
                self._lease.release()

    def enqueue_request(self, request: Request) -> bool:
        """Put *request* into Redis or this worker's own queue, unless it was requested already."""
        fetch = _fetch_of(request)
        is_own = request.dont_filter or fetch is None or bool(request.meta.get("playwright"))
        if not is_own:
            return self._ask(lambda: bool(super(SharedScheduler, self).enqueue_request(request)), otherwise=False)
        if not request.dont_filter and self._ask(lambda: bool(self.df.request_seen(request)), otherwise=True):
            return False
        self._own.append(request)
        return True

    def next_request(self) -> Request | None:
        """Return a request that this worker sends next, if there is one."""
        if self._own:
            return self._own.popleft()
        if len(self._delayed) >= MAX_DELAYED:
            return None
        take: Callable[[], Request | None] = super().next_request
        for _ in range(MOST_REFUSED):
            try:
                return self._ask(take, otherwise=None)
            except ValueError as error:
                self.crawler.stats.inc_value(names.CLUSTER_REFUSED)
                logger.error("an entry of %s is not an article of this crawl and is dropped: %s", self.queue.key, error)
        return None

    def has_pending_requests(self) -> bool:
        return bool(self._own or self._shared)

    @property
    def _shared(self) -> int:
        """How many requests wait in Redis."""
        return self._ask(lambda: len(self.queue), otherwise=0)

    @property
    def _has_leader(self) -> bool:
        """Whether there is a leader, which may request more."""
        return self._ask(lambda: bool(self._lease.locked()), otherwise=False)

    @property
    def _is_idle(self) -> bool:
        """Whether this worker has nothing to do."""
        return not self._own and not self._delayed and engine.is_idle(self.crawler)

    async def shared_requests(self) -> AsyncIterator[Request]:
        """Yield requests of other workers when this one has nothing to do, until all of them are settled.

        What others put into Redis doesn't wake a worker's engine. A request that is yielded here does.
        """
        while not self._closing and not await self._is_settled():
            request = self.next_request() if self._is_idle else None
            if request:
                yield request.replace(dont_filter=True)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _is_settled(self) -> bool:
        """Return whether every article that was requested was stored or failed, by any worker.

        The leader waits for articles that don't come, as long as its lease lasts.
        """
        if not self.is_leader:
            return not (self._has_leader or self._shared)
        now, backlog = asyncio.get_running_loop().time(), self.spider.backlog
        if self.spider.is_listing or backlog.has_waiting or self._shared or not self._is_idle:
            self._quiet_since = now
            return False
        if await self.spider.settle_stored():
            self._quiet_since = now
        if backlog.outstanding and now < self._quiet_since + self._lease_seconds:
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        if backlog.outstanding:
            logger.warning("%d articles don't come; the next run requests them again", len(backlog.outstanding))
        return True

    async def _renew(self) -> None:
        """Stay the leader while this process lives."""
        while not self._closing:
            await asyncio.sleep(self._lease_seconds / 4)
            with suppress(LockError):  # this process stood still, and there is a second leader now: that is harmless
                self._ask(self._lease.reacquire, otherwise=False)

    def _ask(self, question: Callable[[], T], *, otherwise: T) -> T:
        """Return what Redis answers. Where it fails, close the crawl and return *otherwise*."""
        if not self._closing:
            try:
                return question()
            except LockError:
                raise
            except RedisError as error:
                self.crawler.stats.set_value(names.CLUSTER_FAILED, str(error))
                logger.error(
                    "the Redis of FINEWS_CLUSTER failed: %s; what isn't stored is fetched by the next run", error
                )
                self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="cluster_failed"))
        return otherwise


class SharedStartMiddleware:
    """A spider middleware that continues with the requests of other workers when the spider's own ones end."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield what the spider starts with, then requests of other workers until all of them are settled."""
        async for output in start:
            yield output
        scheduler = self.crawler.engine.scheduler
        assert isinstance(scheduler, SharedScheduler)
        async for request in scheduler.shared_requests():
            yield request
