"""Who asks: Scrapy's own client, one in Rust where FINEWS_FAST wants it, a browser for pages that a script fills."""

from functools import cached_property
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response

from finews_spider.config.config import Config
from finews_spider.downloadhandlers.browser import Browser

if TYPE_CHECKING:
    from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

    from finews_spider.downloadhandlers.rust import FastClient


class DownloadHandler:
    """Hands each request on to whom it is for; Scrapy makes one for http and one for https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.browser = Browser.of(crawler)
        self.fast = _fast_client(crawler) if Config.of(crawler).fast else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Return the answer, or the page as a browser shows it."""
        if request.meta.get("playwright"):
            return await self.browser.open(request)
        if self.fast and not request.meta.get("proxy"):  # it has one proxy for all, or none
            return await self.fast.download_request(request)
        return await self._ask_plainly(request)

    @cached_property
    def plain(self) -> "HTTP11DownloadHandler":
        """Scrapy's client; it takes 0.1 s to load, which a crawl with the other one needn't."""
        from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

        return HTTP11DownloadHandler(self.crawler)

    async def _ask_plainly(self, request: Request) -> Response:
        from scrapy.core.downloader.handlers.http11 import TunnelError

        try:
            return await self.plain.download_request(request)
        except TunnelError as error:  # the one error of the client's own, which RETRY_EXCEPTIONS leaves out
            raise DownloadFailedError(str(error)) from None

    async def close(self) -> None:
        if "plain" in vars(self):
            await self.plain.close()
        if self.fast:
            await self.fast.close()
        await self.browser.close()


def _fast_client(crawler: Crawler) -> "FastClient":
    from finews_spider.downloadhandlers.rust import FastClient  # it needs the extra

    return FastClient(crawler)
