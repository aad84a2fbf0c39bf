"""Which client sends a request: Scrapy's, one in Rust with FINEWS_FAST, or a browser for pages filled by scripts."""

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

    from finews_spider.downloadhandlers.rust import RustDownloadHandler


class DownloadHandler:
    """Passes each request on to its client. Scrapy makes one such handler for http and one for https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.browser = Browser.of(crawler)
        self.rust = _rust_client(crawler) if Config.of(crawler).fast else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Return the response, or the page as a browser shows it."""
        if request.meta.get("playwright"):
            return await self.browser.open(request)
        if self.rust and not request.meta.get("proxy"):  # this client takes one proxy for all requests, or none
            return await self.rust.download_request(request)
        return await self._download_by_scrapy(request)

    @cached_property
    def scrapy(self) -> "HTTP11DownloadHandler":
        """Scrapy's client. It takes 0.1 s to load, which a crawl with the client in Rust saves."""
        from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

        return HTTP11DownloadHandler(self.crawler)

    async def _download_by_scrapy(self, request: Request) -> Response:
        from scrapy.core.downloader.handlers.http11 import TunnelError

        try:
            return await self.scrapy.download_request(request)
        except TunnelError as error:  # RETRY_EXCEPTIONS would have to load this client to name its own error
            raise DownloadFailedError(str(error)) from None

    async def close(self) -> None:
        if "scrapy" in vars(self):
            await self.scrapy.close()
        if self.rust:
            await self.rust.close()
        await self.browser.close()


def _rust_client(crawler: Crawler) -> "RustDownloadHandler":
    from finews_spider.downloadhandlers.rust import RustDownloadHandler  # it needs the extra

    return RustDownloadHandler(crawler)
