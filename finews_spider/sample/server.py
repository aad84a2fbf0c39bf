"""The sample upstream as a server on loopback, with the paths of the real one and conditional GET."""

import asyncio
import hashlib
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Self

from aiohttp import web

from finews_spider.sample import answers
from finews_spider.sample.images import chart
from finews_spider.sample.news import Sample, SampleNews
from finews_spider.sample.publishers import CHANNELS as PUBLISHER_CHANNELS
from finews_spider.sample.publishers import FEEDS, ROUTES, SamplePublishers
from finews_spider.sample.publishers.answers import Answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CHANNELS = (
    ("滚动新闻", "webapi-roll", "/web/webapi?type=102&count={count}&newsid=1", "roll"),
    ("媒体新闻", "webapi-media", "/web/webapi?type=45&count={count}&newsid=1", "media"),
    ("市场新闻37", "webapi-market", "/information/newmarket/web/webapi?marketType=37&count={count}", "media"),
    ("快讯101", "kuaixun", "/kuaixun/v1/getlist_101_ajaxResult_{count}_{page}_.html?_={now}", "roll"),
    (
        "全球直播",
        "fastnews",
        "/comm/web/getFastNewsList?client=web&biz=web_724&fastColumn=102&sortEnd={cursor}&pageSize={count}&req_trace={now}",
        "roll",
    ),
    (
        "财经导读",
        "columns",
        "/comm/web/getNewsByColumns?client=web&biz=web_news_col&column=344&page_index={page}&page_size={count}&req_trace=1",
        "media",
    ),
)
# Which articles a list holds: those whose number, divided by the first value, leaves the second as the remainder.
MEMBERS = {"102": (2, 0), "45": (3, 0), "37": (5, 0), "38": (5, 1), "39": (5, 2), "101": (4, 1), "344": (2, 1)}


class SampleUpstream:
    """The server, in its own thread: ``with SampleUpstream(articles=200) as upstream: …``.

    :param articles: how many articles there are at first.
    :param port: 0 takes a free one.
    :param delay: seconds before each answer.
    :param share_delay: seconds until the share page fills itself; negative: never.
    :param publishers: how many articles each list of the other publishers has at first.
    """

    def __init__(
        self,
        articles: int = 100,
        seed: int = 1,
        *,
        newest: datetime | None = None,
        port: int = 0,
        delay: float = 0,
        share_delay: float = 0.2,
        publishers: int = 0,
    ) -> None:
        self.news = SampleNews(articles, seed, newest)
        self.publishers = SamplePublishers(self.news, publishers)
        self.port = port
        self.delay = delay
        self.share_delay = share_delay
        self.requests: Counter[str] = Counter()
        """Requests by kind: list, column, text, article, page, share, robots, image."""
        self.log: list[tuple[str, str]] = []
        """Kind and path with query of every request, in order."""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="sample upstream", daemon=True)
        self._started = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._error: OSError | None = None

    # Its life

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._error:
            self._thread.join()
            raise self._error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop()
        self._thread.join()

    async def _serve(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        try:
            await runner.setup()
            # On loopback only: other machines must not reach it.
            await web.TCPSite(runner, "127.0.0.1", self.port, backlog=512).start()
            self.port = runner.addresses[0][1]
            self._started.set()
            await stopped.wait()
        except OSError as error:
            self._error = error
        finally:
            self._started.set()
            await runner.cleanup()

    @property
    def url(self) -> str:
        """The URL of its root."""
        return f"http://127.0.0.1:{self.port}"

    # What tests and the demo change

    def advance(self, *, new: int = 0, revised: int = 0) -> None:
        """Publish articles, see :meth:`SampleNews.advance`; of the other publishers, so many in each list."""
        with self._lock:
            self.news.advance(new=new, revised=revised)
            if self.publishers.count:
                self.publishers.advance(new=new, revised=revised)

    def reset_counts(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()
            self.log.clear()

    def channels_toml(self, count: int = 100, pages: int = 20, *, publishers: bool = False, feeds: bool = False) -> str:
        """Return a channels file for this server.

        :param publishers: with a channel for each list of the other publishers.
        :param feeds: with the feeds of a site.
        """
        others = [*(PUBLISHER_CHANNELS if publishers else ()), *(FEEDS if feeds else ())]
        return "\n".join([*self._eastmoney_channels(count, pages), *(self._channel(*row) for row in others)])

    def _eastmoney_channels(self, count: int, pages: int) -> list[str]:
        return [
            f'[[channel]]\nname = "{name}"\nkind = "{kind}"\nurl = "{self.url}{path}"\n'
            f'count = {count}\npages = {pages}\nlayout = "{layout}"\n'
            + (f'page = "{self.url}/a/ccjdd.html"\n' if kind == "columns" else "")
            for name, kind, path, layout in CHANNELS
        ]

    def _channel(self, name: str, kind: str, path: str, text_path: str) -> str:
        text_url = f'text_url = "{self.url}{text_path}"\n' if text_path else ""
        lines = f'[[channel]]\nname = "{name}"\nkind = "{kind}"\nurl = "{self.url}{path}"\n'
        return f"{lines}{text_url}count = 20\npages = 20\n"

    def settings(self) -> dict[str, str]:
        """Return the settings that send a crawl here."""
        return {
            "FINEWS_TEXT_URL": f"{self.url}/NewsData/GetNewsText.do?id={{info_code}}",
            "FINEWS_ARTICLE_URL": f"{self.url}/kuaixun/v2/api/article/{{code}}?guid={{now}}",
            "FINEWS_PAGE_URL": f"{self.url}/a/{{code}}.html",
            "FINEWS_SHARE_URL": f"{self.url}/html_News/NewsShare.html?infoCode={{info_code}}",
        }

    # What it answers

    def _application(self) -> web.Application:
        application = web.Application()
        routes: list[tuple[str, str, Callable[[web.Request], bytes | None]]] = [
            ("/web/webapi", "list", self._webapi),
            ("/information/newmarket/web/webapi", "list", self._webapi),
            (r"/kuaixun/v1/{name:getlist_\w+\.html}", "list", self._kuaixun),
            ("/comm/web/getFastNewsList", "list", self._fastnews),
            ("/comm/web/getNewsByColumns", "list", self._columns),
            ("/NewsData/GetNewsText.do", "text", self._text),
            ("/kuaixun/v2/api/article/{code}", "article", self._article),
            (r"/a/{code:\d+}.html", "page", self._page),
            (r"/a/{slug:[a-z]+}{page:(_\d+)?}.html", "column", self._column_page),
            ("/html_News/NewsShare.html", "share", lambda _: answers.share_page(int(self.share_delay * 1000))),
            ("/robots.txt", "robots", lambda _: b"User-agent: *\nAllow: /\n"),
            ("/image/{name}", "image", self._image),
        ]
        routes += [(path, kind, self._of_publishers(answer)) for path, kind, answer in ROUTES]
        for path, kind, answer in routes:
            application.router.add_get(path, self._handler(kind, answer))
        return application

    def _handler(self, kind: str, answer: Callable[[web.Request], bytes | None]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            with self._lock:
                self.requests[kind] += 1
                self.log.append((kind, request.path_qs))
            if self.delay:
                await asyncio.sleep(self.delay)
            return await self.respond(request, kind, answer(request))

        return handle

    async def respond(self, request: web.Request, kind: str, body: bytes | None) -> web.StreamResponse:
        """Return the response to *request*; a subclass may return another one.

        :param body: None where there is no such page.
        """
        if body is None:
            raise web.HTTPNotFound
        return _conditional(request, body, kind)

    def _listed(self, name: str, start: int, stop: int) -> list[Sample]:
        with self._lock:
            numbers = islice(self.news.listed(*MEMBERS.get(name, (1, 0))), start, stop)
            return [self.news.article(number) for number in numbers]

    def _find(self, code: str | None) -> Sample | None:
        with self._lock:
            return self.news.find((code or "").removeprefix("NW"))

    def _of_publishers(self, answer: Answer) -> Callable[[web.Request], bytes | None]:
        def make(request: web.Request) -> bytes | None:
            with self._lock:
                return answer(self.publishers, {**request.match_info, **request.query}, self.url)

        return make

    def _webapi(self, request: web.Request) -> bytes:
        name = request.query.get("type") or request.query.get("marketType", "")
        make = {"102": answers.webapi_roll, "45": answers.webapi_media}.get(name, answers.webapi_market)
        return make(self._listed(name, 0, int(request.query["count"])))

    def _kuaixun(self, request: web.Request) -> bytes:
        _, channel, _, size, page, *_ = re.split("[_.]", request.match_info["name"])
        window: list[Sample] = []
        for number in range(int(page), 0, -1):  # past the end the last page repeats
            if window := self._listed(channel, (number - 1) * int(size), number * int(size)):
                break
        return answers.kuaixun(window)

    def _fastnews(self, request: web.Request) -> bytes:
        if not request.query.get("req_trace") or "sortEnd" not in request.query:
            return answers.no_data()
        with self._lock:
            numbers: Iterator[int] = self.news.listed(older_than=int(request.query["sortEnd"] or 0))
            page = [self.news.article(number) for number in islice(numbers, int(request.query["pageSize"]))]
        return answers.fastnews(page)

    def _columns(self, request: web.Request) -> bytes:
        for name in ("client", "biz", "req_trace"):
            if not request.query.get(name):
                return answers.parameter_missing(name)
        page, size = int(request.query["page_index"]), int(request.query["page_size"])
        listed = self._listed(request.query["column"], (page - 1) * size, page * size)
        return answers.columns(listed, page, request.query.get("callback", ""))

    def _column_page(self, request: web.Request) -> bytes:
        """Answer with a shell, or for slugs that begin with ``old`` with a list of 20 rows a page."""
        if not request.match_info["slug"].startswith("old"):
            return answers.column_shell("344")
        page = int(request.match_info["page"].strip("_") or 1)
        size = 20
        last = max(1, -(-len(self._listed("344", 0, 10**6)) // size))
        start = (min(page, last) - 1) * size  # past the end the last page repeats
        return answers.column_page(self._listed("344", start, start + size))

    def _text(self, request: web.Request) -> bytes:
        return answers.get_news_text(self._find(request.query.get("id")), self.url)

    def _article(self, request: web.Request) -> bytes:
        return answers.newsinfo(self._find(request.match_info["code"]), self.url)

    def _page(self, request: web.Request) -> bytes | None:
        article = self._find(request.match_info["code"])
        return answers.article_page(article, self.url) if article else None

    def _image(self, request: web.Request) -> bytes | None:
        """Answer with a chart. A live chart has a new drawing each time."""
        return chart(f"{request.match_info['name']} {self.requests['image'] if 'imageType' in request.query else ''}")


def _conditional(request: web.Request, body: bytes, kind: str) -> web.Response:
    """Answer a list with an ETag, or with 304 where the client sent that ETag. The lists of kuaixun have none."""
    kinds = {
        "page": "text/html",
        "column": "text/html",
        "share": "text/html",
        "robots": "text/plain",
        "image": "image/png",
        "feed": "text/html",  # as 华尔街见闻's is served
    }
    headers = {"Content-Type": kinds.get(kind, "application/json")}
    if kind == "list" and "kuaixun" not in request.path:
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)
