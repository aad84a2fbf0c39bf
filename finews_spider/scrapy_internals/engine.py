"""What Scrapy's execution engine has under way; its documentation calls this API not stable yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from twisted.python.failure import Failure


def schedule(crawler: Crawler, request: Request) -> None:
    """Give *request* to the scheduler, unless the spider is closed."""
    if crawler.engine and crawler.engine.spider:
        crawler.engine.crawl(request)


def fail(crawler: Crawler, request: Request, error: IgnoreRequest) -> None:
    """Call the errback of *request* with *error*, as if the request had been sent and had failed."""
    assert crawler.engine
    crawler.engine.scraper.enqueue_scrape(Failure(error), request)  # type: ignore[no-untyped-call]


def drop_queued(crawler: Crawler) -> None:
    """Drop the requests that wait for their turn at the downloader, without calling their errbacks."""
    assert crawler.engine
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            request, result = slot.queue.popleft()
            request.errback = None
            result.errback(IgnoreRequest("the crawl is ending"))


@contextmanager
def place_left(crawler: Crawler, request: Request) -> Iterator[None]:
    """Give the place that *request* takes among CONCURRENT_REQUESTS to other requests meanwhile."""
    assert crawler.engine
    active = crawler.engine.downloader.active
    active.discard(request)
    try:
        yield
    finally:
        active.add(request)


def is_idle(crawler: Crawler) -> bool:
    """Whether no request is under way and no response or item is being processed."""
    assert crawler.engine
    slot = crawler.engine.scraper.slot
    return not crawler.engine.downloader.active and (slot is None or slot.is_idle())
