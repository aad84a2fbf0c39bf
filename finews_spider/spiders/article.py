"""What every spider of finews shares: it has a store, and it fetches articles by their refs."""

import json
import logging
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from finews_spider.articles.links import codes_in
from finews_spider.config.channels import Channel
from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.delayed import MAX_DELAYED, DelayedRequests
from finews_spider.downloadermiddlewares.retry_after import RECENT_RUNS, RetryAfter
from finews_spider.downloadhandlers import browser
from finews_spider.errors import (
    ArticleGone,
    ConfigError,
    NoStoreError,
    SourceError,
    StoreError,
    describe_internal_error,
)
from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.spiders.text_sources import RENDER, TextSource, text_sources
from finews_spider.stats.channels import ChannelFigures
from finews_spider.stats.failures import INTERNAL_ERROR, cause_of, describe_failure
from finews_spider.stores import open_store
from finews_spider.stores.base import CrawlStore
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI

if TYPE_CHECKING:  # it needs the extra
    from finews_spider.crawl.scheduler import Frontier

logger = logging.getLogger(__name__)

UNDER_WAY = 200
"""Requests for articles that are made ahead, where they wait in memory, besides those that wait for a retry."""
TIMEOUTS = {"socket_timeout": 10, "socket_connect_timeout": 5}
"""Seconds that Redis has to answer."""
CLUSTER = {
    "SCHEDULER": "finews_spider.crawl.scheduler.Frontier",
    "SCHEDULER_PERSIST": True,
    "DUPEFILTER_CLASS": "finews_spider.crawl.scheduler.FetchFilter",
    "REDIS_PARAMS": TIMEOUTS,
}
"""Scrapy's settings where workers share their requests."""

Output = Iterator[Request | Article | ArticleRef | FailedRef]


LINKED = "newsshare"
"""The channel of articles that no list names but a link does."""
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Fetch:
    """An article that is being fetched, and how far that has come: all that travels with a request for it."""

    ref: ArticleRef
    listings: dict[str, Listing] = field(default_factory=dict)
    """What the channels' rows say of it: stored with the article, never before it, so that a revision whose text can't
    be fetched today doesn't look known tomorrow."""
    step: int = 0
    """Links away from an article that was asked for by itself."""
    turn: int = 0
    """Which text source is asked."""
    gone: bool = True
    """Every source before that one said that the article is gone."""


class ArticleSpider(scrapy.Spider):
    """Asks the text sources of an article one after the other until one gives it.

    Subclasses say which channels and which refs; ``config``, ``store`` and ``channels`` are set for them.

    :param render: which text sources are asked: ``auto`` all in turn, a browser last if there is one; ``api`` those
        without a browser; ``browser`` the browser alone.
    :param follow: steps that links in articles are followed to other articles.
    """

    config: Config
    allowed_domains: list[str]
    store: CrawlStore
    channels: dict[str, Channel]
    text_sources: Sequence[TextSource]
    now: datetime
    """When the crawl began; what is due is due by this."""
    asked: set[str]
    """Codes whose text was asked for in this crawl; each is asked for once, whoever lists it."""
    outstanding: dict[str, ArticleRef]
    """Those of them that neither came nor failed yet."""
    backlog: OrderedDict[str, ArticleRef]
    """Those of these for which no request was made yet."""
    listings: defaultdict[str, dict[str, Listing]]
    """Code → what rows say of those of them that wait for their request."""
    figures: defaultdict[str, ChannelFigures]
    """What this crawl learns of each channel."""
    frontier_name: str
    """The same in workers that may share their requests."""
    frontier: "Frontier | None" = None
    """What workers share, where FINEWS_CLUSTER says so."""
    polls = True
    """Whether this crawl finds out what to ask for; of workers that share a frontier one does."""

    def __init__(self, render: str = "auto", follow: str = "0", **kwargs: Any) -> None:
        if render not in RENDER:
            raise ConfigError(f"render={render} should be one of {', '.join(RENDER)}")
        if not follow.isdecimal():
            raise ConfigError(f"follow={follow} should be a number of steps")
        self.render = render
        self.follow = int(follow)
        self.steps: dict[str, int] = {}
        """Articles that others link to → their step; the rest are at 0."""
        # A misspelt argument would else be ignored, and a crawl done that nobody asked for. Scrapyd adds _job.
        if unknown := [name for name in kwargs if not name.startswith("_")]:
            raise ConfigError(f"the spider {self.name} takes no argument {unknown[0]!r}")
        super().__init__(**kwargs)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Let workers share their requests, where FINEWS_CLUSTER says so."""
        super().update_settings(settings)
        if url := settings.get("FINEWS_CLUSTER"):
            settings.update(CLUSTER | {"REDIS_URL": url}, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider from its ``-a`` arguments and the settings.

        :raises ConfigError: a setting or an argument is wrong.
        :raises ClusterError: the Redis that workers share doesn't answer.
        """
        # Else Scrapy makes records of each request, whatever LOG_LEVEL is, to be dropped at the handler.
        logging.getLogger("scrapy").setLevel(logging.NOTSET)
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.config = config = Config.of(crawler)
        if config.cluster:
            from finews_spider.crawl import scheduler as cluster  # it needs the extra

            cluster.check(config.cluster)
        spider.channels = spider.choose_channels()
        spider.allowed_domains = config.hosts(list(spider.channels.values()))
        spider.store = open_store(config.store)
        spider.now = datetime.now(SHANGHAI).replace(microsecond=0)
        spider.asked = set()
        spider.outstanding = {}
        spider.backlog = OrderedDict()
        spider.listings = defaultdict(dict)
        spider.figures = defaultdict(ChannelFigures)
        spider.text_sources = text_sources(config, spider.render)
        given = json.dumps([spider.name, spider.identity(kwargs)], sort_keys=True)
        spider.frontier_name = f"finews:{spider.name}:{sha256(given.encode()).hexdigest()[:12]}"
        return spider

    def identity(self, arguments: dict[str, Any]) -> Any:
        """Return what workers have in common that share a frontier."""
        return {name: value for name, value in arguments.items() if not name.startswith("_")}

    def choose_channels(self) -> dict[str, Channel]:
        """Return the channels of this crawl by name; ``self.config`` is set."""
        raise NotImplementedError

    def channel_states(self) -> list[ChannelState]:
        """Return what this crawl learned of its channels; asked for when all else is stored."""
        return []

    @contextmanager
    def store_errors(self) -> Iterator[None]:
        """End the crawl, with one line for the user, where the store fails inside."""
        try:
            yield
        except StoreError as error:
            self.crawler.stats.set_value("finews/store_failed", str(error))
            if isinstance(error, NoStoreError):
                self.crawler.stats.set_value("finews/no_store", value=True)
            logger.error("%s; what isn't stored is fetched again by the next run", error)
            raise CloseSpider("store_failed") from None

    async def start(self) -> AsyncIterator[Any]:
        """Begin, unless another worker has, and stay while workers that share a frontier aren't done."""
        with self.store_errors():
            RetryAfter.of(self.crawler).recall(await self.store.runs(RECENT_RUNS))
        if self.polls:
            async for output in self.begin():
                yield output
        if self.frontier is not None:
            async for request in self.frontier.stay():
                yield request

    def begin(self) -> AsyncIterator[Any]:
        """Give the first requests, and refs that are known already."""
        raise NotImplementedError

    @property
    def is_listing(self) -> bool:
        """Whether lists are being read that may name more articles."""
        return False

    def want(self, refs: Iterable[ArticleRef]) -> None:
        """Put the articles of *refs* on the backlog, those excepted that this crawl has asked for.

        Of several channels that list an article it belongs to the one that stands first in the channels file, so that
        the mirror doesn't depend on which list answers first.
        """
        place = {name: number for number, name in enumerate(self.channels)}
        for ref in refs:
            waiting = self.backlog.get(ref.code)
            first = waiting and place.get(ref.channel, -1) < place.get(waiting.channel, -1)
            if first or ref.code not in self.asked:
                self.asked.add(ref.code)
                self.outstanding[ref.code] = self.backlog[ref.code] = ref

    def requests(self) -> Iterator[Request]:
        """Ask for more of the backlog, as far as there is room: many requests would only wait in memory."""
        delayed = DelayedRequests.of(self.crawler)
        while self.backlog and (
            self.frontier is not None
            or len(self.outstanding) - len(self.backlog) < UNDER_WAY + min(len(delayed), MAX_DELAYED - UNDER_WAY)
        ):
            code, ref = self.backlog.popitem(last=False)
            yield self.request(Fetch(ref, self.listings.pop(code, {}), self.steps.get(code, 0)))

    def _ended(self, ref: ArticleRef) -> Iterator[Request]:
        self.outstanding.pop(ref.code, None)
        yield from self.requests()

    def request(self, fetch: Fetch) -> Request:
        """Return the request to the text source whose turn it is."""
        source = self.text_sources[fetch.turn]
        return Request(
            source.request_url(fetch.ref),
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"fetch": fetch},
            meta=browser.page_meta(self.config.render_seconds) if source.in_browser else None,
            dont_filter=self.frontier is None,  # `asked` knows what this crawl asks for
        )

    async def parse_article(
        self, response: Response, fetch: Fetch
    ) -> AsyncIterator[Request | Article | ArticleRef | FailedRef]:
        """Yield the article that *response* holds and ask for those it links to, or turn to the next source."""
        try:
            answer = self.text_sources[fetch.turn].read(response, fetch.ref.code)
            article = self.compose(fetch.ref, answer)
            article.listings = dict(fetch.listings)
            await self._follow(answer, fetch.step + 1)
        except CloseSpider:
            raise
        except Exception as error:  # noqa: BLE001 -- one article mustn't stop the others
            fetch = replace(fetch, gone=fetch.gone and isinstance(error, ArticleGone))
            reason, cause = self.explain(error, response.url)
            for output in self._next_source(fetch, reason, cause):
                yield output
            return
        for request in self._ended(fetch.ref):
            yield request
        # Last: what comes after it would wait with it, while the article's images are copied.
        yield article

    def explain(self, error: Exception, url: str) -> tuple[str, str]:
        """Return why the answer of *url* couldn't be read, and the cause; an error of our own is logged as one."""
        if isinstance(error, SourceError):
            return f"{url}: {error}", cause_of(error)
        reason = f"{url}: {describe_internal_error(error)}"
        logger.error("%s; please report it", reason)
        logger.debug("%s", reason, exc_info=error)
        return reason, INTERNAL_ERROR

    def article_failed(self, failure: Failure) -> Output:
        """Turn to the next source: this one answered with an error or not at all."""
        request: Request = failure.request  # type: ignore[attr-defined]
        fetch: Fetch = request.cb_kwargs["fetch"]
        error = failure.value
        gone = fetch.gone and isinstance(error, HttpError) and error.response.status in GONE
        reason = f"{request.url}: {describe_failure(error)}"
        yield from self._next_source(replace(fetch, gone=gone), reason, cause_of(error))

    def _next_source(self, fetch: Fetch, reason: str, cause: str) -> Output:
        ref, gone = fetch.ref, fetch.gone
        self.crawler.stats.inc_value(f"finews/source_failed/{self.text_sources[fetch.turn].name}")
        logger.info("%s: %s", ref.info_code, reason)
        following = self.text_sources[fetch.turn + 1 :]
        if following and not (gone and following[0].in_browser):
            yield self.request(replace(fetch, turn=fetch.turn + 1))
        else:
            extra = {"channel": ref.channel}
            logger.warning("%s %s: %s", ref.info_code, "is gone" if gone else "failed", reason, extra=extra)
            at, rows = datetime.now(SHANGHAI), dict(fetch.listings)
            yield FailedRef(ref=ref, reason=reason, at=at, gone=gone, cause=cause, listings=rows)
            yield from self._ended(ref)

    async def _follow(self, article: Article, step: int) -> None:
        """Want the articles that the body links to, if these aren't too many steps away and aren't known."""
        if step > self.follow:
            return
        codes = [code for code in codes_in(article.body, self.allowed_domains) if code not in self.asked]
        with self.store_errors():
            known = await self.store.known(codes)
        new = [code for code in codes if code not in known]
        self.steps |= dict.fromkeys(new, step)
        self.want(ArticleRef(code=code, channel=LINKED) for code in new)

    def compose(self, ref: ArticleRef, answer: Article) -> Article:
        """Return the article: what the row says where it says it, else the answer.

        The row comes first because it is what the next run compares: a row that differs means a revision.
        """
        channel = self.channels.get(ref.channel, answer)  # either says layout, category and tag
        return replace(
            answer,
            title=ref.title or answer.title,
            digest=ref.digest or answer.digest,
            published_at=_published_at(ref, answer.published_at),
            media=ref.media or answer.media,
            source_url=ref.url or answer.source_url,
            stocks=(*ref.stocks, *answer.stocks),
            channel=ref.channel,
            layout=channel.layout,
            category=channel.category,
            tag=channel.tag,
        )


def _published_at(ref: ArticleRef, shown: datetime | None) -> datetime | None:
    """Return the row's time; the answer's, where the row has none, guesses it, or has the same less precisely."""
    if not shown:
        return ref.time
    shorter = {shown.replace(second=0), shown.replace(hour=0, minute=0, second=0)}
    return shown if ref.time is None or ref.time_is_guess or ref.time in shorter else ref.time
