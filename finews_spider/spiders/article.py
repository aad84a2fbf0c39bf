"""What every spider of finews shares: it has a store, and it fetches articles by their refs."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from finews_spider.channels import Channel
from finews_spider.config import Config
from finews_spider.errors import ConfigError, SourceError, StoreError
from finews_spider.items import SHANGHAI, Article, ArticleRef, FailedRef
from finews_spider.sources import ARTICLE_SOURCES
from finews_spider.stores import open_store
from finews_spider.stores.base import ArticleStore, ChannelState

logger = logging.getLogger(__name__)

UNDER_WAY = 200
"""Requests for articles that are made ahead; more would only wait in memory."""

Output = Iterator[Request | Article | ArticleRef | FailedRef]


@dataclass(frozen=True, slots=True)
class TextSource:
    """Where an article's text is asked for, and what reads the answer."""

    name: str
    url: str
    parse: Callable[[bytes, str], Article]

    def request_url(self, ref: ArticleRef) -> str:
        return self.url.format(code=ref.code, info_code=ref.info_code, now=now_ms())


class ArticleSpider(scrapy.Spider):
    """Asks the text sources of an article one after the other until one gives it.

    Subclasses say which channels and which refs; ``config``, ``store`` and ``channels`` are set for them.
    """

    config: Config
    allowed_domains: list[str]
    store: ArticleStore
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

    def __init__(self, **kwargs: Any) -> None:
        # A misspelt argument would else be ignored, and a crawl done that nobody asked for. Scrapyd adds _job.
        if unknown := [name for name in kwargs if not name.startswith("_")]:
            raise ConfigError(f"the spider {self.name} takes no argument {unknown[0]!r}")
        super().__init__(**kwargs)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider from its ``-a`` arguments and the settings.

        :raises ConfigError: a setting or an argument is wrong.
        """
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.config = config = Config.from_settings(crawler.settings)
        spider.channels = spider.choose_channels()
        spider.allowed_domains = config.hosts(list(spider.channels.values()))
        spider.store = open_store(config.store)
        spider.now = datetime.now(SHANGHAI).replace(microsecond=0)
        spider.asked = set()
        spider.outstanding = {}
        spider.backlog = OrderedDict()
        spider.text_sources = (
            TextSource("GetNewsText", config.text_url, ARTICLE_SOURCES["getnewstext"]),
            TextSource("newsinfo", config.article_url, ARTICLE_SOURCES["newsinfo"]),
        )
        return spider

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
            logger.error("%s; what isn't stored is fetched again by the next run", error)
            raise CloseSpider("store_failed") from None

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
        """Ask for more of the backlog, as far as there is room: a long list must not become as many requests."""
        while self.backlog and len(self.outstanding) - len(self.backlog) < UNDER_WAY:
            yield self._request(self.backlog.popitem(last=False)[1], 0)

    def _ended(self, ref: ArticleRef) -> Iterator[Request]:
        self.outstanding.pop(ref.code, None)
        yield from self.requests()

    def _request(self, ref: ArticleRef, turn: int) -> Request:
        return Request(
            self.text_sources[turn].request_url(ref),
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"ref": ref, "turn": turn},
        )

    def parse_article(self, response: Response, ref: ArticleRef, turn: int) -> Output:
        """Yield the article that *response* holds, or turn to the next source."""
        source = self.text_sources[turn]
        try:
            answer = source.parse(response.body, ref.code)
        except SourceError as error:
            yield from self._next_source(ref, turn, f"{response.url}: {error}")
        else:
            yield self.compose(ref, answer)
            yield from self._ended(ref)

    def article_failed(self, failure: Failure) -> Output:
        """Turn to the next source: this one answered with an error or not at all."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._next_source(**request.cb_kwargs, reason=f"{request.url}: {describe(failure)}")

    def _next_source(self, ref: ArticleRef, turn: int, reason: str) -> Output:
        self.crawler.stats.inc_value(f"finews/source_failed/{self.text_sources[turn].name}")
        logger.info("%s: %s", ref.info_code, reason)
        if turn + 1 < len(self.text_sources):
            yield self._request(ref, turn + 1)
        else:
            logger.warning("%s failed: %s", ref.info_code, reason)
            yield FailedRef(ref=ref, reason=reason, at=datetime.now(SHANGHAI))
            yield from self._ended(ref)

    def compose(self, ref: ArticleRef, answer: Article) -> Article:
        """Return the article: what the row says where it says it, else the answer.

        The row comes first because it is what the next run compares: a row that differs means a revision.
        """
        article = replace(
            answer,
            title=ref.title or answer.title,
            digest=ref.digest or answer.digest,
            published_at=ref.time or answer.published_at,
            media=ref.media or answer.media,
            source_url=ref.url or answer.source_url,
            stocks=(*ref.stocks, *answer.stocks),
            channel=ref.channel,
        )
        if channel := self.channels.get(ref.channel):
            article = replace(article, layout=channel.layout, category=channel.category, tag=channel.tag)
        return article


def now_ms() -> int:
    """Return milliseconds since 1970, which the upstream takes against caches."""
    return int(time.time() * 1000)


def describe(failure: Failure) -> str:
    """Return why a request failed, in one line."""
    error = failure.value
    if isinstance(error, HttpError):
        return f"HTTP {error.response.status}; the answer begins {error.response.body[:80]!r}"
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
