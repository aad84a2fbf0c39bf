"""Who asks: Scrapy's own client, one in Rust where FINEWS_FAST wants it, a browser for pages that a script fills."""

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from finews_spider.browser import Browser
from finews_spider.config import Config

if TYPE_CHECKING:
    from scrapy.core.downloader.handlers import DownloadHandlerProtocol


class DownloadHandler:
    """Hands each request on to whom it is for; Scrapy makes one for http and one for https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.browser = Browser.of(crawler)
        self.fast = Config.from_settings(crawler.settings).fast
        self.clients: dict[bool, DownloadHandlerProtocol] = {}
        """By whether it is the fast one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Return the answer, or the page as a browser shows it."""
        if request.meta.get("playwright"):
            return await self.browser.open(request)
        fast = self.fast and not request.meta.get("proxy")  # it has one proxy for all, or none
        if fast not in self.clients:
            self.clients[fast] = _client(self.crawler, fast=fast)
        return await self.clients[fast].download_request(request)

    async def close(self) -> None:
        for client in self.clients.values():
            await client.close()
        await self.browser.close()


def _client(crawler: Crawler, *, fast: bool) -> "DownloadHandlerProtocol":
    if fast:
        from finews_spider.fast import FastClient  # it needs the extra

        return FastClient(crawler)
    # Not at the top: it walks the whole stack three times, a tenth of a second where imports are nested deeply.
    from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

    return HTTP11DownloadHandler(crawler)
