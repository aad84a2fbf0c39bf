"""A crawl from its start to its exit code, the same for `finews run` and `scrapy crawl`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from finews_spider.errors import ConfigError
from finews_spider.spiders.article import ArticleSpider

if TYPE_CHECKING:
    import asyncio

DONE, FAILED, USAGE = 0, 1, 2
"""Exit codes: all is done; something failed and will be tried again; wrong usage or configuration."""

FAILURES = ("finews/articles/failed", "finews/lists/failed", "finews/lists/rows_unreadable", "log_count/ERROR")


def crawl(
    settings: Settings, spider: str, progress: Callable[[int, int], None], **arguments: str
) -> tuple[int, dict[str, Any]]:
    """Run one crawl in this process, which can run no other after it, and return its exit code and stats.

    :param progress: called with the articles that came or failed, and those asked for, as they change.
    """
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)

    def tell() -> None:
        if isinstance(crawler.spider, ArticleSpider):
            asked = len(crawler.spider.asked)
            progress(asked - len(crawler.spider.outstanding), asked)

    for signal in (signals.request_scheduled, signals.response_received, signals.spider_closed):
        crawler.signals.connect(tell, signal, weak=False)
    task = process.crawl(crawler, **arguments)
    process.start()
    return exit_code(crawler, task), crawler.stats.get_stats() if task.exception() is None else {}


def exit_code(crawler: Crawler, task: "asyncio.Task[None]") -> int:
    """Return the exit code of a crawl that has ended, and say in one line why it couldn't begin.

    :param task: what ``AsyncCrawlerProcess.crawl`` returned.
    """
    if error := task.exception():
        if not isinstance(error, ConfigError):
            raise error
        print(f"finews: {error}", file=sys.stderr)
        return USAGE
    stats = crawler.stats.get_stats()
    if stats.get("finews/links_bad"):
        return USAGE
    if stats.get("finish_reason") != "finished" or any(stats.get(name) for name in FAILURES):
        return FAILED
    return DONE
