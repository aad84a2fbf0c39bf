"""A real browser for pages that a script fills: scrapy-playwright, started when the first of them is asked for.

Pages are hostile: the browser resolves no host but those that the crawl may reach (so neither redirects nor popups nor
sockets leave them), sends no UDP, loads no images, fonts or media, and every page has its time.
"""

import asyncio
import base64
import json
import logging
import os
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings

from finews_spider.config.config import OFF, Config

if TYPE_CHECKING:
    from playwright.async_api import Page
    from playwright.async_api import Request as PageRequest
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BLOCKED = frozenset({"image", "font", "media"})
OPENS_WITHIN = 30  # seconds for the browser to start and a page to open, besides FINEWS_RENDER_SECONDS
FILLED = """
() => {
    const length = document.body ? document.body.innerText.trim().length : 0;
    const seen = window.finewsSeen ||= {length: -1, since: 0};
    if (length !== seen.length) Object.assign(seen, {length, since: performance.now()});
    return length > 30 && performance.now() - seen.since > 300;
}
"""
"""True when the page shows some text and that has stood still for a moment."""


NO_UDP = (
    # WebRTC asks names and addresses by UDP, past resolver and proxy. Chromium reads the first, its headless shell the
    # second.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)
NO_SOCKETS = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "Worker", "SharedWorker", "open"])
    delete window[name];
"""
"""Run in a page and its frames before any script of theirs. No switch of Chromium turns WebTransport off, which is UDP
to the named hosts. Workers and the empty window that ``open`` returns have it too, and this can't be run there."""


LISTED = "() => document.querySelector('#newsListContent li a[href]') !== null"
"""True when the script of a column's page has filled its list."""


def available(chromium: str) -> bool:
    """Say whether a browser can be asked: scrapy-playwright is installed and *chromium* (FINEWS_CHROMIUM) not off."""
    return chromium != OFF and find_spec("scrapy_playwright") is not None


def page_meta(seconds: float, until: str = FILLED) -> dict[str, Any]:
    """Return the request meta that lets the browser open a page and wait so long until *until*, a script, is true."""
    from scrapy_playwright.page import PageMethod

    return {
        "playwright": True,
        "playwright_context_kwargs": {"service_workers": "block", "accept_downloads": False},
        "playwright_page_init_callback": _restrict,
        "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
        "playwright_page_methods": [PageMethod("wait_for_function", until, timeout=seconds * 1000)],
        "dont_retry": True,  # what took so long will again; the next run tries
    }


async def _restrict(page: "Page", _: Request) -> None:
    await page.add_init_script(NO_SOCKETS)
    page.on("popup", lambda popup: popup.close())


class Browser:
    """The one browser of a crawl, started when the first page needs it."""

    browsers: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.pages = asyncio.Semaphore(crawler.settings.getint("PLAYWRIGHT_MAX_PAGES_PER_CONTEXT"))
        self.seconds = OPENS_WITHIN + Config.of(crawler).render_seconds
        self.starting = asyncio.Lock()
        self.handler: ScrapyPlaywrightDownloadHandler | None = None

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the browser of *crawler*, whoever asks first for it."""
        return cls.browsers.setdefault(crawler, cls(crawler))

    async def open(self, request: Request) -> Response:
        """Return the page as it is once filled.

        :raises DownloadTimeoutError: it wasn't filled in time.
        """
        from playwright.async_api import TimeoutError as PageTimeoutError

        async with self.pages:  # whoever waits for its turn isn't on the clock yet
            try:
                async with asyncio.timeout(self.seconds):
                    response: Response = await (await self._started()).download_request(request)
                    return response
            except (TimeoutError, PageTimeoutError):
                raise DownloadTimeoutError(f"the browser shows no text at {request.url} in time") from None

    async def close(self) -> None:
        handler, self.handler = self.handler, None
        if handler:
            await handler.close()

    async def _started(self) -> "ScrapyPlaywrightDownloadHandler":
        async with self.starting:
            if self.handler is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                # It warns with a traceback of each page that fails, which the spider says in a line.
                logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)
                # Ctrl-C ends the browser too, which leaves a future of Playwright's that nobody asks.
                logging.getLogger("asyncio").addFilter(
                    lambda record: "reading from the driver" not in record.getMessage()
                )
                handler = ScrapyPlaywrightDownloadHandler(self.crawler)
                handler.config.launch_options = self._launch_options(self.crawler.settings)
                handler.abort_request = self._is_unwanted
                await handler._launch()  # noqa: SLF001 -- it waits for a signal that is long past
                self.handler = handler
        return self.handler

    def _hosts(self) -> list[str]:
        return list(getattr(self.crawler.spider, "allowed_domains", None) or [])

    def _is_unwanted(self, request: "PageRequest") -> bool:
        return request.resource_type in BLOCKED or urlsplit(request.url).hostname not in self._hosts()

    def _launch_options(self, settings: Settings) -> dict[str, Any]:
        hosts = self._hosts()
        proxies = {kind: url for kind, url in getproxies().items() if kind in {"http", "https"}}
        known = [*hosts, *(urlsplit(url).hostname or "" for url in proxies.values())]
        options = settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS")
        only = ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in known)])
        return {
            "executable_path": Config.of(self.crawler).chromium or next(filter(None, map(shutil.which, NAMES)), None),
            "chromium_sandbox": os.geteuid() != 0,  # Chromium refuses to sandbox root's pages
            "args": [
                *(f"--host-resolver-rules={only}", "--disable-background-networking", "--disable-sync", *NO_UDP),
                *([f"--proxy-pac-url={_by_proxy(hosts, proxies)}"] if proxies else []),
                *options.pop("args", []),
            ],
            **options,
        }


def _by_proxy(hosts: list[str], proxies: dict[str, str]) -> str:
    """Return the script by which Chromium asks a proxy for *hosts*; for others it would resolve names, and knows none.

    :param proxies: http or https → the proxy's URL, as the environment has them for Scrapy, too.
    """
    ways = {f"{kind}:": f"PROXY {urlsplit(url).netloc.rpartition('@')[2]}" for kind, url in proxies.items()}
    script = f"""function FindProxyForURL(url, host) {{
        const way = {json.dumps(ways)}[url.slice(0, url.indexOf(":") + 1)];
        return way && {json.dumps([host for host in hosts if not proxy_bypass(host)])}.includes(host) ? way : "DIRECT";
    }}"""
    return f"data:application/x-javascript-config;base64,{base64.b64encode(script.encode()).decode()}"
