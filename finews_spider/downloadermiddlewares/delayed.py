"""Requests that wait for their time outside of the crawl's CONCURRENT_REQUESTS places."""

import asyncio
from typing import ClassVar, Self
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest
from twisted.python.failure import Failure

DELAY = "finews_delay"
"""Key of a request's meta: the seconds until it is scheduled."""
LATE_SECONDS = 10
"""A list that is put aside for longer isn't waited for by the articles of others."""
MOST = 1000
"""Requests that wait at a time, some 3 kB each; while there are so many, a crawl asks for no more articles."""


class DelayedRequests:
    """Keeps each request that Scrapy schedules with DELAY in its meta, and schedules it when its time has come.

    The crawl stays open until then. When the crawl ends, what still waits is dropped.
    """

    of_crawler: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.timers: dict[Request, asyncio.TimerHandle] = {}
        self.late: set[str] = set()
        """Channels whose list was put aside for more than LATE_SECONDS."""
        crawler.signals.connect(self._delay, signals.request_scheduled)
        crawler.signals.connect(self._keep_open, signals.spider_idle)
        crawler.signals.connect(self._drop, signals.spider_closed)

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the delayed requests of *crawler*."""
        if crawler not in cls.of_crawler:
            cls.of_crawler[crawler] = cls(crawler)
        return cls.of_crawler[crawler]

    def __len__(self) -> int:
        return len(self.timers)

    def fail_lists(self) -> None:
        """Let the lists that wait fail, as the crawl ends: nobody else would say that they weren't read.

        Articles that wait are asked for by the next run, which reads their channel in full.
        """
        assert self.crawler.engine
        for request in [request for request in self.timers if "channel" in request.cb_kwargs]:
            self.timers.pop(request).cancel()
            failure = Failure(IgnoreRequest("the crawl ended before this could be asked again"))  # type: ignore[no-untyped-call]
            self.crawler.engine.scraper.enqueue_scrape(failure, request)

    def _drop(self) -> None:
        while self.timers:
            self.timers.popitem()[1].cancel()

    def _delay(self, request: Request) -> None:
        """Take *request* over from Scrapy, which is about to schedule it.

        :raises IgnoreRequest: it waits here; Scrapy then leaves it alone.
        """
        if seconds := request.meta.pop(DELAY, 0):
            if seconds > LATE_SECONDS and (channel := request.cb_kwargs.get("channel")):
                self.late.add(channel.name)
            loop = asyncio.get_running_loop()
            self.timers[request] = loop.call_later(seconds, self._schedule, request)
            loop.call_soon(self._make_room)
            raise IgnoreRequest("it waits for its time")

    def _schedule(self, request: Request) -> None:
        del self.timers[request]
        engine = self.crawler.engine
        if engine and engine.spider:
            engine.crawl(request)

    def _make_room(self) -> None:
        """Ask for more articles, which nothing else would do while all that were asked for wait."""
        engine = self.crawler.engine
        if self.crawler.crawling and engine and engine.spider:
            for request in getattr(engine.spider, "requests", tuple)():
                engine.crawl(request)

    def _keep_open(self) -> None:
        if self.timers:
            raise DontCloseSpider
