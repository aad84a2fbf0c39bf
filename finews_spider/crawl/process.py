"""A crawl from its start to its exit code, the same for `finews run` and `scrapy crawl`."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import BaseSettings, Settings

from finews_spider import logs
from finews_spider.config.config import wants_fast
from finews_spider.crawl.memory import collect_seldom
from finews_spider.downloadermiddlewares.delayed import DelayedRequests
from finews_spider.errors import DONE, FAILED, USAGE, FinewsError
from finews_spider.scrapy_internals import engine
from finews_spider.spiders.article import ArticleSpider

FAILURES = ("finews/articles/failed", "finews/lists/failed", "finews/lists/rows_unreadable", "log_count/ERROR")
OUT_OF_TIME = "finews/out_of_time"
"""The stat of a crawl that was ended by its time budget: articles that were still to be fetched."""


class _Process(AsyncCrawlerProcess):
    """Scrapy's process, but what waits for its turn when a crawl is stopped is dropped: it might take minutes."""

    async def stop(self) -> None:
        for crawler in self.crawlers:
            if crawler.crawling and crawler.engine:
                DelayedRequests.of(crawler).fail_lists()
                engine.drop_queued(crawler)
        await super().stop()

    def limit(self, crawler: Crawler, seconds: float) -> None:
        """End the crawl after so many *seconds*."""
        stopping = []

        def stop() -> None:
            # Not CloseSpider's way: what waits for its retry learns by `crawling` that there will be none.
            stopping.append(asyncio.ensure_future(self.stop()))
            count()

        def count() -> None:
            assert isinstance(crawler.spider, ArticleSpider)
            crawler.stats.set_value(OUT_OF_TIME, len(crawler.spider.outstanding))

        def closed() -> None:
            timer.cancel()
            if stopping:
                count()

        timer = asyncio.get_running_loop().call_later(seconds, stop)
        crawler.signals.connect(closed, signals.spider_closed, weak=False)


def choose_loop(settings: BaseSettings) -> None:
    """Set the event loop that FINEWS_FAST asks for; Scrapy installs it before it knows the spider.

    :raises ConfigError: the extra is missing.
    """
    if wants_fast(settings):
        settings.set("ASYNCIO_EVENT_LOOP", "uvloop.Loop", priority="project")


def crawl(
    settings: Settings, spider: str, progress: Callable[[int, int], None], seconds: float = 0, **arguments: str
) -> tuple[int, dict[str, Any]]:
    """Run one crawl in this process, which can run no other after it, and return its exit code and stats.

    :param progress: called with the articles that came or failed, and those asked for, as they change.
    :param seconds: after so many nothing more is taken up, and what is under way ends; 0: no limit.
    """
    choose_loop(settings)
    process = _Process(settings)
    crawler = process.create_crawler(spider)

    def tell() -> None:
        if isinstance(crawler.spider, ArticleSpider):
            asked = len(crawler.spider.asked)
            progress(asked - len(crawler.spider.outstanding), asked)

    for told in (signals.request_scheduled, signals.response_received, signals.spider_closed):
        crawler.signals.connect(tell, told, weak=False)
    if seconds:
        crawler.signals.connect(lambda: process.limit(crawler, seconds), signals.spider_opened, weak=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    task = process.crawl(crawler, **arguments)
    collect_seldom()
    process.start()
    for number, handler in handlers.items():  # Scrapy's would go on stopping the crawl that has ended
        signal.signal(number, handler)
    began = not task.done() or task.exception() is None
    return exit_code(crawler, task), crawler.stats.get_stats() if began else {}


def exit_code(crawler: Crawler, task: "asyncio.Task[None]") -> int:
    """Return the exit code of a crawl that has ended, and say in one line why it couldn't begin.

    :param task: what ``AsyncCrawlerProcess.crawl`` returned.
    """
    if not task.done():  # a second Ctrl-C broke it off
        return FAILED
    if error := task.exception():
        if not isinstance(error, FinewsError):
            raise error
        logs.print_error(str(error))
        return error.exit_code
    stats = crawler.stats.get_stats()
    if stats.get("finews/links_bad") or stats.get("finews/no_store"):
        return USAGE
    ended = stats.get("finish_reason") == "finished" or OUT_OF_TIME in stats
    if not ended or any(stats.get(name) for name in FAILURES):
        return FAILED
    return DONE
