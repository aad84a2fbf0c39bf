"""A real browser for pages that a script fills, by scrapy-playwright. It starts when the first such page is requested.

Pages may be hostile. Therefore the browser resolves only the hosts that the crawl may reach, so that redirects, popups
and sockets reach no other host. It sends no UDP, loads no images, fonts or media, and each page has a time limit.
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
from finews_spider.scrapy_internals import playwright

if TYPE_CHECKING:
    from playwright.async_api import Page
    from playwright.async_api import Request as PageRequest
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BLOCKED_TYPES = frozenset({"image", "font", "media"})
START_SECONDS = 30
"""The time for the browser to start and a page to open, in addition to FINEWS_RENDER_SECONDS."""
HAS_TEXT = """
() => {
    const length = document.body ? document.body.innerText.trim().length : 0;
    const seen = window.finewsSeen ||= {length: -1, since: 0};
    if (length !== seen.length) Object.assign(seen, {length, since: performance.now()});
    return length > 30 && performance.now() - seen.since > 300;
}
"""
"""A script that is true when the page shows some text that hasn't changed for a moment."""
HAS_LIST = "() => document.querySelector('#newsListContent li a[href]') !== null"
"""A script that is true when a column's page has filled its list."""

NO_UDP = (
    # WebRTC would send UDP to any address, past the resolver and the proxy. Chromium reads the first switch, its
    # headless shell the second.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)
NO_SOCKETS = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "Worker", "SharedWorker", "open"])
    delete window[name];
"""
"""Runs in a page and its frames before any script of theirs. WebTransport is UDP to the named hosts, and no switch of
Chromium turns it off. Workers and the empty window that ``open`` returns have it too, and this can't run there."""


def available(chromium: str) -> bool:
    """Whether a browser can open pages: scrapy-playwright is installed, and *chromium* (FINEWS_CHROMIUM) isn't off."""
    return chromium != OFF and find_spec("scrapy_playwright") is not None


def page_meta(seconds: float, until: str = HAS_TEXT) -> dict[str, Any]:
    """Return the request meta that makes the browser open a page and wait until the script *until* is true.

    :param seconds: how long it waits at most.
    """
    from scrapy_playwright.page import PageMethod

    return {
        "playwright": True,
        "playwright_context_kwargs": {"service_workers": "block", "accept_downloads": False},
        "playwright_page_init_callback": _restrict,
        "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
        "playwright_page_methods": [PageMethod("wait_for_function", until, timeout=seconds * 1000)],
        "dont_retry": True,  # a page that took so long will take as long again; the next run tries it
    }


async def _restrict(page: "Page", _: Request) -> None:
    """Take from *page* what could reach other hosts."""
    await page.add_init_script(NO_SOCKETS)
    page.on("popup", lambda popup: popup.close())


class Browser:
    """The one browser of a crawl. It starts when the first page needs it."""

    of_crawler: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.pages = asyncio.Semaphore(crawler.settings.getint("PLAYWRIGHT_MAX_PAGES_PER_CONTEXT"))
        self.seconds = START_SECONDS + Config.of(crawler).render_seconds
        self.starting = asyncio.Lock()
        self.handler: ScrapyPlaywrightDownloadHandler | None = None

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the browser of *crawler*."""
        if crawler not in cls.of_crawler:
            cls.of_crawler[crawler] = cls(crawler)
        return cls.of_crawler[crawler]

    async def open(self, request: Request) -> Response:
        """Return the page as it is when its script has filled it.

        :raises DownloadTimeoutError: that took too long.
        """
        from playwright.async_api import TimeoutError as PageTimeoutError

        async with self.pages:  # the time limit begins when it is the request's turn
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
                # It would log a warning with a traceback for each page that fails; the spider logs one line.
                logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)
                # Ctrl-C ends the browser too. That leaves a future of Playwright, whose exception nothing retrieves.
                logging.getLogger("asyncio").addFilter(
                    lambda record: "reading from the driver" not in record.getMessage()
                )
                options = self._launch_options(self.crawler.settings)
                self.handler = await playwright.launch(self.crawler, options, self._is_unwanted)
        return self.handler

    def _hosts(self) -> list[str]:
        spider = self.crawler.spider
        return list(getattr(spider, "allowed_hosts", None) or getattr(spider, "allowed_domains", None) or [])

    def _is_unwanted(self, request: "PageRequest") -> bool:
        return request.resource_type in BLOCKED_TYPES or urlsplit(request.url).hostname not in self._hosts()

    def _launch_options(self, settings: Settings) -> dict[str, Any]:
        """Return what Chromium starts with: no host to resolve but those that the crawl may reach, and the proxies."""
        hosts = self._hosts()
        proxies = {kind: url for kind, url in getproxies().items() if kind in {"http", "https"}}
        resolvable = [*hosts, *(urlsplit(url).hostname or "" for url in proxies.values())]
        options = settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS")
        rules = ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in resolvable)])
        return {
            "executable_path": Config.of(self.crawler).chromium
            or next(filter(None, map(shutil.which, PROGRAMS)), None),
            "chromium_sandbox": os.geteuid() != 0,  # Chromium refuses to sandbox root's pages
            "args": [
                *(f"--host-resolver-rules={rules}", "--disable-background-networking", "--disable-sync", *NO_UDP),
                *([f"--proxy-pac-url={_proxy_script(hosts, proxies)}"] if proxies else []),
                *options.pop("args", []),
            ],
            **options,
        }


def _proxy_script(hosts: list[str], proxies: dict[str, str]) -> str:
    """Return the URL of a PAC script that sends requests to *hosts* through a proxy.

    Requests to other hosts would go directly, and fail because Chromium can't resolve their names.

    :param proxies: http or https → the proxy's URL, from the same environment variables that Scrapy reads.
    """
    proxy_of = {f"{kind}:": f"PROXY {urlsplit(url).netloc.rpartition('@')[2]}" for kind, url in proxies.items()}
    script = f"""function FindProxyForURL(url, host) {{
        const proxy = {json.dumps(proxy_of)}[url.slice(0, url.indexOf(":") + 1)];
        const hosts = {json.dumps([host for host in hosts if not proxy_bypass(host)])};
        return proxy && hosts.includes(host) ? proxy : "DIRECT";
    }}"""
    return f"data:application/x-javascript-config;base64,{base64.b64encode(script.encode()).decode()}"
