"""A crawl from its start to its exit code, the same for `finews run` and `scrapy crawl`."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from finews_spider import logs
from finews_spider.downloadermiddlewares.delayed import DelayedRequests
from finews_spider.errors import DONE, FAILED, USAGE, FinewsError
from finews_spider.scrapy_internals import engine
from finews_spider.spiders.article import ArticleSpider
from finews_spider.stats import names

FAILURES = (names.FAILED, names.LISTS_FAILED, names.ROWS_UNREADABLE, "log_count/ERROR")
OUT_OF_TIME = names.OUT_OF_TIME
"""Stat of a crawl that its time limit ended: how many articles were still to be fetched."""


class _Process(AsyncCrawlerProcess):
    """Scrapy's process, except that stopping it drops requests that wait for their turn: they could take minutes."""

    async def stop(self) -> None:
        for crawler in self.crawlers:
            if crawler.crawling and crawler.engine:
                DelayedRequests.of(crawler).fail_lists()
                engine.drop_queued(crawler)
        await super().stop()

    def limit(self, crawler: Crawler, seconds: float) -> None:
        """Stop the crawl after *seconds*."""
        stopping = []

        def stop() -> None:
            # Unlike close_spider_async, this ends `crawler.crawling`: then a request that waits for a retry gives up.
            stopping.append(asyncio.ensure_future(self.stop()))
            count()

        def count() -> None:
            assert isinstance(crawler.spider, ArticleSpider)
            crawler.stats.set_value(OUT_OF_TIME, len(crawler.spider.backlog.outstanding))

        def closed() -> None:
            timer.cancel()
            if stopping:
                count()

        timer = asyncio.get_running_loop().call_later(seconds, stop)
        crawler.signals.connect(closed, signals.spider_closed, weak=False)


def crawl(
    settings: Settings, spider: str, progress: Callable[[int, int], None], seconds: float = 0, **arguments: str
) -> tuple[int, dict[str, Any]]:
    """Run one crawl and return its exit code and stats. This process can run no other after it.

    :param progress: called with the numbers of articles that are settled and that were requested, as they change.
    :param seconds: after this time no more requests are sent; the crawl waits for those that were sent. 0: no limit.
    """
    process = _Process(settings)
    crawler = process.create_crawler(spider)

    def report() -> None:
        if isinstance(crawler.spider, ArticleSpider):
            backlog = crawler.spider.backlog
            progress(len(backlog.requested) - len(backlog.outstanding), len(backlog.requested))

    for event in (signals.request_scheduled, signals.response_received, signals.spider_closed):
        crawler.signals.connect(report, event, weak=False)
    if seconds:
        crawler.signals.connect(lambda: process.limit(crawler, seconds), signals.spider_opened, weak=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    task = process.crawl(crawler, **arguments)
    process.start()
    for number, handler in handlers.items():  # Scrapy's would try to stop the crawl that has ended
        signal.signal(number, handler)
    began = not task.done() or task.exception() is None
    return exit_code(crawler, task), crawler.stats.get_stats() if began else {}


def exit_code(crawler: Crawler, task: "asyncio.Task[None]") -> int:
    """Return the exit code of a crawl that has ended, and print in one line why it couldn't begin.

    :param task: what ``AsyncCrawlerProcess.crawl`` returned.
    """
    if not task.done():  # a second Ctrl-C ended it at once
        return FAILED
    if error := task.exception():
        if not isinstance(error, FinewsError):
            raise error
        logs.print_error(error)
        return error.exit_code
    stats = crawler.stats.get_stats()
    if stats.get(names.LINKS_BAD) or stats.get(names.NO_STORE):
        return USAGE
    ended = stats.get("finish_reason") == "finished" or OUT_OF_TIME in stats
    if not ended or any(stats.get(name) for name in FAILURES):
        return FAILED
    return DONE
