"""What every spider of finews shares: it has a store, and it fetches articles by their refs."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any, Self
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from finews_spider.articles.links import refs_in
from finews_spider.codes import publisher_of
from finews_spider.config.channels import Channel
from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.delayed import MAX_DELAYED, DelayedRequests
from finews_spider.downloadermiddlewares.retry_after import RECENT_RUNS, RetryAfter
from finews_spider.downloadhandlers import browser
from finews_spider.errors import ArticleGone, BlockedError, ConfigError, SourceError, describe_internal_error
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.sources.publishers.whole import paragraphs
from finews_spider.spiders.backlog import Backlog
from finews_spider.spiders.fetch import Fetch, compose
from finews_spider.spiders.run_store import open_run, store_errors
from finews_spider.spiders.text_sources import RENDER, TextSources
from finews_spider.stats import names as stat_names
from finews_spider.stats.channels import ChannelFigures
from finews_spider.stats.failures import INTERNAL_ERROR, cause_of, describe_failure
from finews_spider.stores import open_store
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)

IN_PROGRESS = 200
"""Articles that are requested at a time, besides those that wait for a retry. More would only wait in memory."""
LINKED = "newsshare"
"""The channel of articles that were found by a link, not in a list."""
GONE = frozenset({404, 410})
"""HTTP statuses that mean that the article is gone."""

Output = Iterator[Request | Article | ArticleRef | FailedRef]


class ArticleSpider(scrapy.Spider):
    """Requests the text sources of an article one after the other until one of them gives the article.

    A subclass decides in ``initial_requests`` which articles it fetches.

    :param render: which text sources are requested. ``auto``: all one after the other, the browser last if there is
        one; ``api``: those without a browser; ``browser``: only the browser.
    :param follow: how many links away from the requested articles a linked article may be to be fetched too.
    """

    def __init__(
        self,
        config: Config,
        channels: Iterable[Channel] = (),
        /,
        render: str = "auto",
        follow: str = "0",
        **kwargs: Any,
    ) -> None:
        """Build the spider.

        :param config: the crawl's settings.
        :param channels: the channels that articles may belong to, in the order of the channels file.
        :param kwargs: arguments that no spider takes.
        :raises ConfigError: an argument is wrong.
        """
        if render not in RENDER:
            raise ConfigError("render={render} should be one of {known}", render=render, known=", ".join(RENDER))
        if not follow.isdecimal():
            raise ConfigError("follow={follow} should be a number of steps", follow=follow)
        # A misspelt argument must not be ignored: the crawl would be another than the user wants. Scrapyd adds _job.
        if unknown := [name for name in kwargs if not name.startswith("_")]:
            raise ConfigError("the spider {name} takes no argument {unknown!r}", name=self.name, unknown=unknown[0])
        super().__init__(**kwargs)
        self.config = config
        self.render = render
        self.follow = int(follow)
        self.channels = {channel.name: channel for channel in channels}
        self.text_sources = TextSources(config, render)
        publishers = {channel.publisher for channel in self.channels.values()}
        self.allowed_hosts = {*config.hosts(list(self.channels.values())), *self.text_sources.hosts(publishers)}
        self.store = open_store(config.store)
        self.now = datetime.now(SHANGHAI).replace(microsecond=0)
        """When the crawl began. What is due is due by this time."""
        self.backlog = Backlog(self.channels)
        self._figures: defaultdict[str, ChannelFigures] = defaultdict(ChannelFigures)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider from its ``-a`` arguments and the settings.

        :raises ConfigError: a setting or an argument is wrong.
        """
        return super().from_crawler(crawler, Config.of(crawler), *args, **kwargs)

    def identity(self) -> dict[str, Any]:
        """Return what defines this crawl: workers share their requests if it is the same for them."""
        return {"spider": self.name, "render": self.render, "follow": self.follow, "channels": list(self.channels)}

    @property
    def is_leader(self) -> bool:
        """Whether this crawl finds out what to fetch. Of workers that share their requests, one does.

        A scheduler that shares requests has an ``is_leader`` of its own, which decides.
        """
        return bool(getattr(self.crawler.engine.scheduler, "is_leader", True))

    @property
    def figures(self) -> Mapping[str, ChannelFigures]:
        """What this crawl learned of each channel."""
        return self._figures

    def record_stored(self, article: Article, *, is_new: bool) -> None:
        """Record that *article* was stored, as a new one or as a revision."""
        self._figures[article.channel].add_article(article.body, is_new=is_new)

    def channel_states(self) -> list[ChannelState]:
        """Return what the store keeps of this crawl's channels; called when all else is stored."""
        return []

    # --- The store -------------------------------------------------------------------------------------------

    async def settle_stored(self) -> bool:
        """Settle the articles that other workers stored or saw fail, and return whether there were any."""
        refs = list(self.backlog.outstanding)
        with store_errors(self.crawler):
            known = await self.store.known([ref.code for ref in refs])
        settled = [ref.code for ref in refs if ref.code in known and known[ref.code].has(ref, self.now)]
        for code in settled:
            self.backlog.settle(code)
        return bool(settled)

    # --- Requests --------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Open the store and yield the first requests, unless another worker is the leader."""
        await open_run(self.crawler, self.store)
        with store_errors(self.crawler):
            RetryAfter.of(self.crawler).recall(await self.store.runs(RECENT_RUNS))
        if self.is_leader:
            async for output in self.initial_requests():
                yield output

    def initial_requests(self) -> AsyncIterator[Any]:
        """Yield the first requests, and refs that are known already."""
        raise NotImplementedError

    @property
    def is_listing(self) -> bool:
        """Whether lists are being read that may name more articles."""
        return False

    def requests(self) -> Output:
        """Yield requests for articles that wait, as far as there is room for them, and articles that need none.

        There are none before all lists are read: only then is it known which channel each article belongs to.
        """
        if self.is_listing:
            return
        delayed = len(DelayedRequests.of(self.crawler))
        # Requests that workers share wait in Redis.
        limit = inf if self.config.cluster else IN_PROGRESS + min(delayed, MAX_DELAYED - IN_PROGRESS)
        for fetch in self.backlog.take(limit):
            ref = fetch.ref
            try:
                article = ref.make_article() if ref.make_article else self._summary(ref)
            except Exception as error:  # noqa: BLE001 -- one row mustn't stop the others
                fetch = replace(fetch, ref=replace(ref, make_article=None), gone=False)  # noqa: PLW2901
                yield from self._failed(fetch, *self.explain(error, f"the row of {ref.channel}"))
                continue
            if article:
                self.backlog.settle(ref.code)
                yield replace(compose(ref, article, self.channels.get(ref.channel)), listings=dict(fetch.listings))
            elif self.text_sources.of(ref):
                yield self.source_request(fetch)
            else:
                yield from self._failed(replace(fetch, gone=False), self.text_sources.why_none(ref), "answer")

    def _summary(self, ref: ArticleRef) -> Article | None:
        """Return the article that the row's summary makes, where this crawl may not reach the host of its text."""
        if not ref.digest or not publisher_of(ref.code):
            return None
        urls = (source.request_url(ref) for source in self.text_sources.of(ref))
        if any(urlsplit(url).hostname in self.allowed_hosts for url in urls):
            return None
        return Article(code=ref.code, body=paragraphs(ref.digest), partial=True)

    def source_request(self, fetch: Fetch) -> Request:
        """Return the request to the current text source of *fetch*."""
        source = self.text_sources.of(fetch.ref)[fetch.source_index]
        return Request(
            source.request_url(fetch.ref),
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"fetch": fetch},
            meta=browser.page_meta(self.config.render_seconds) if source.in_browser else None,
            dont_filter=not self.config.cluster,  # the backlog requests each article once; workers need the filter
        )

    # --- Answers ---------------------------------------------------------------------------------------------

    async def parse_article(
        self, response: Response, fetch: Fetch
    ) -> AsyncIterator[Request | Article | ArticleRef | FailedRef]:
        """Yield the article that *response* holds and request those that it links to, or turn to the next source."""
        ref = fetch.ref
        try:
            answer = self.text_sources.of(ref)[fetch.source_index].read(response, ref)
            article = compose(ref, answer, self.channels.get(ref.channel))
            article.listings = dict(fetch.listings)
            await self._follow_links(answer, fetch.link_depth + 1)
        except CloseSpider:
            raise
        except Exception as error:  # noqa: BLE001 -- one article mustn't stop the others
            fetch = replace(fetch, gone=fetch.gone and isinstance(error, ArticleGone))
            reason, cause = self.explain(error, response.url)
            for output in self._next_source(fetch, reason, cause):
                yield output
            return
        RetryAfter.of(self.crawler).end_blocks(urlsplit(response.url).netloc)
        self.backlog.settle(ref.code)
        for request in self.requests():
            yield request
        # The article comes last: what comes after it would wait with it while its images are copied.
        yield article

    def explain(self, error: Exception, url: str) -> tuple[str, str]:
        """Return why the answer of *url* couldn't be read, and the cause; an error of finews itself is logged.

        A host that asks for a captcha is left alone from now on.
        """
        if isinstance(error, BlockedError):
            RetryAfter.of(self.crawler).record_block(urlsplit(url).netloc)
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
        """Yield the request to the next text source, or what is remembered of an article that no source gives."""
        sources = self.text_sources.of(fetch.ref)
        self.crawler.stats.inc_value(f"{stat_names.SOURCE_FAILED}{sources[fetch.source_index].name}")
        logger.info("%s: %s", fetch.ref.info_code, reason)
        following = sources[fetch.source_index + 1 :]
        if following and not (fetch.gone and following[0].in_browser):
            yield self.source_request(replace(fetch, source_index=fetch.source_index + 1))
            return
        yield from self._failed(fetch, reason, cause)
        yield from self.requests()

    def _failed(self, fetch: Fetch, reason: str, cause: str) -> Output:
        """Yield what is remembered of an article that no source gives."""
        ref, gone = fetch.ref, fetch.gone
        extra = {"channel": ref.channel}
        logger.warning("%s %s: %s", ref.info_code, "is gone" if gone else "failed", reason, extra=extra)
        at, rows = datetime.now(SHANGHAI), dict(fetch.listings)
        yield FailedRef(ref=ref, reason=reason, at=at, gone=gone, cause=cause, listings=rows)
        self.backlog.settle(ref.code)

    async def _follow_links(self, article: Article, link_depth: int) -> None:
        """Enqueue the articles that the body links to, unless they are too many links away or known."""
        if link_depth > self.follow:
            return
        linked = refs_in(article.body, self.allowed_hosts)
        refs = {ref.code: ref for ref in linked if ref.code not in self.backlog.requested}
        with store_errors(self.crawler):
            known = await self.store.known(list(refs))
        new = (replace(ref, channel=LINKED) for code, ref in refs.items() if code not in known)
        self.backlog.enqueue(new, link_depth)
