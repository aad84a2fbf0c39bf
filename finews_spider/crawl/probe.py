"""One request for a channel's list, to see what it yields."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import scrapy
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from finews_spider.config.channels import Channel
from finews_spider.config.config import Config
from finews_spider.downloadhandlers import browser
from finews_spider.errors import FinewsError, SourceError
from finews_spider.i18n import Message
from finews_spider.items import ListPage
from finews_spider.logs import printable
from finews_spider.sources.category_page import EmptyShell
from finews_spider.spiders.feed import read_list
from finews_spider.spiders.text_sources import now_ms
from finews_spider.stats.failures import describe_failure


class ProbeSpider(scrapy.Spider):
    """Requests the first page of a channel's list, by the same rules as a crawl, and keeps ``page`` or ``trouble``.

    SPIDER_MODULES doesn't include it: only :func:`probe` runs it.
    """

    name = "probe"
    custom_settings = {"ITEM_PIPELINES": {}}  # noqa: RUF012 -- as Scrapy declares it; no pipeline opens the store

    def __init__(self, channel: Channel, config: Config, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channel = channel
        self.config = config
        self.allowed_hosts = config.hosts([channel])
        self.page: ListPage | None = None
        self.trouble = Message("wasn't read: the probe was stopped")

    async def start(self) -> AsyncIterator[Request]:
        """Request the list once."""
        yield Request(self.channel.list_url(now=now_ms()), callback=self.read, errback=self.fail, dont_filter=True)

    def read(self, response: Response) -> Request | None:
        """Keep the page, or why it can't be read. Where a script fills the list, request it by the browser."""
        try:
            page = read_list(self.channel, response)
            self.page = replace(page, refs=[ref.complete() for ref in page.refs])
        except SourceError as error:
            in_browser = bool(response.meta.get("playwright"))
            if isinstance(error, EmptyShell) and not in_browser and browser.available(self.config.chromium):
                assert response.request
                return response.request.replace(meta=browser.page_meta(self.config.render_seconds, browser.HAS_LIST))
            self.trouble = Message(
                "no longer answers as a {kind!r} list: {url}: {why}",
                kind=self.channel.kind,
                url=response.url,
                why=printable(str(error)),
            )
        return None

    def fail(self, failure: Failure) -> None:
        """Keep the reason why there is no answer."""
        url, why = failure.request.url, printable(describe_failure(failure.value))  # type: ignore[attr-defined]
        self.trouble = Message("can't be had: {url}: {why}", url=url, why=why)


def probe(settings: Settings, channel: Channel) -> ListPage:
    """Request the list of *channel* once and return its first page. This process can run no crawl after it.

    :raises FinewsError: the list can't be fetched, isn't of the channel's kind, or has no rows.
    """
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(ProbeSpider)
    task = process.crawl(crawler, channel=channel, config=Config.of(crawler))
    process.start()
    task.result()
    assert isinstance(crawler.spider, ProbeSpider)
    page = crawler.spider.page
    if page is None:
        raise FinewsError("the channel {name!r} {trouble}", name=channel.name, trouble=crawler.spider.trouble)
    if not (page.refs or page.problems or page.links):
        raise FinewsError(
            "the channel {name!r} answers as a {kind!r} list, but with no rows", name=channel.name, kind=channel.kind
        )
    return page
