"""Requests that wait for their time without taking one of the crawl's CONCURRENT_REQUESTS places."""

import asyncio
from typing import ClassVar, Self
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest

from finews_spider.scrapy_internals import engine
from finews_spider.stats.failures import CrawlEndingError

DELAY_KEY = "finews_delay"
"""The key of a request's meta that holds the seconds until the request is scheduled."""
LATE_SECONDS = 10
"""When a list waits for longer than this, the articles of other lists don't wait for it."""
MAX_DELAYED = 1000
"""Requests that wait at a time, some 3 kB each. While there are as many, a crawl requests no more articles."""


class DelayedRequests:
    """Holds back each request that Scrapy schedules with DELAY_KEY in its meta, and schedules it when its time comes.

    The crawl stays open until then. When the crawl ends, the requests that still wait are dropped.
    """

    of_crawler: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.timers: dict[Request, asyncio.TimerHandle] = {}
        self.late: set[str] = set()
        """Channels whose list was delayed by more than LATE_SECONDS."""
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
        """Fail the lists that wait, because the crawl ends: otherwise nothing would report that they weren't read.

        The articles that wait are requested by the next run, which reads their channel in full.
        """
        for request in [request for request in self.timers if "channel" in request.cb_kwargs]:
            self.timers.pop(request).cancel()
            engine.fail(self.crawler, request, CrawlEndingError("the crawl ended before this could be requested again"))

    def _drop(self) -> None:
        while self.timers:
            self.timers.popitem()[1].cancel()

    def _delay(self, request: Request) -> None:
        """Take *request* over from Scrapy, which is about to schedule it.

        :raises IgnoreRequest: the request waits here; Scrapy then doesn't schedule it.
        """
        if seconds := request.meta.pop(DELAY_KEY, 0):
            if seconds > LATE_SECONDS and (channel := request.cb_kwargs.get("channel")):
                self.late.add(channel.name)
            loop = asyncio.get_running_loop()
            self.timers[request] = loop.call_later(seconds, self._schedule, request)
            loop.call_soon(self._make_room)
            raise IgnoreRequest("the request is delayed")

    def _schedule(self, request: Request) -> None:
        del self.timers[request]
        engine.schedule(self.crawler, request)

    def _make_room(self) -> None:
        """Request more articles, which nothing else would do while all that were requested wait."""
        if self.crawler.crawling:
            for request in getattr(self.crawler.spider, "requests", tuple)():
                engine.schedule(self.crawler, request)

    def _keep_open(self) -> None:
        if self.timers:
            raise DontCloseSpider
