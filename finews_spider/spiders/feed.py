"""`scrapy crawl feed`: polls the channels and fetches what is new or revised."""

import logging
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from finews_spider.config.channels import Channel, choose
from finews_spider.downloadermiddlewares.delayed import DelayedRequests
from finews_spider.downloadhandlers import browser
from finews_spider.errors import ConfigError, SourceError
from finews_spider.items import ArticleRef, Listing, ListPage
from finews_spider.sources import LIST_PAGES, LIST_SOURCES, mirror_category
from finews_spider.sources.category_page import EmptyShell
from finews_spider.spiders.article import LINKED, ArticleSpider
from finews_spider.spiders.text_sources import content_type, now_ms
from finews_spider.stats.channels import with_silence
from finews_spider.stats.failures import NOT_MODIFIED, cause_of, describe_failure
from finews_spider.stores.records import ChannelState

logger = logging.getLogger(__name__)

PROBLEMS = 20
"""Rows of a page that can't be read and are named each."""


class FeedSpider(ArticleSpider):
    """Polls channels: stores what is new or revised.

    Example: scrapy crawl feed -a channels=全球直播,财经导读

    :param channels: names, comma-separated; all enabled ones where empty.
    :param pages: pages to ask of each channel at most, in place of the channel's own number.
    """

    name = "feed"
    reads_all_pages = False
    """Whether pages are read on though there is nothing new on one."""

    def __init__(self, channels: str = "", pages: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names = channels
        if pages and not (pages.isdecimal() and int(pages) > 0):
            raise ConfigError(f"pages={pages} should be a number from 1 on")
        self.pages = int(pages or 0)
        self.states: dict[str, ChannelState] = {}
        self.caught_up: set[str] = set()
        """Channels that the last run got through: past a page without news there is nothing new."""
        self.unread: set[str] = set()
        """Channels whose list isn't read to its end yet, or can't be."""
        self.broken: dict[str, str] = {}
        """Channels whose list can't be had or read → why."""
        self.seen: dict[str, set[str]] = {}
        """Channel → codes on the pages read."""
        self.unchanged: set[str] = set()

    @property
    def is_chosen(self) -> bool:
        """Whether the user named the channels, which are then asked, due or not."""
        return bool(self.names) or self.reads_all_pages

    def choose_channels(self) -> dict[str, Channel]:
        return {channel.name: channel for channel in choose(self.config.channels(), self.names)}

    async def begin(self) -> AsyncIterator[Request]:
        """Ask every channel that is due, and again for what failed before and is due."""
        with self.store_errors():
            states = await self.store.channel_states()
            self.states = {name: states.get(name, ChannelState(name)) for name in self.channels}
            if not self.is_chosen:
                self.states = {
                    n: state for n, state in self.states.items() if state.is_due(self.channels[n].interval, self.now)
                }
            self.crawler.stats.set_value("finews/lists/not_due", len(self.channels) - len(self.states))
            if not self.reads_all_pages:
                self.caught_up = {name for name, state in self.states.items() if state.complete}
            # Not complete until the end: what a killed run leaves behind, the next one asks for in full.
            await self.store.save_channels([replace(state, complete=False) for state in self.states.values()])
            due = await self.store.due([*self.channels, LINKED], self.now)
        self.unread = set(self.states)
        self.announce(due)
        for name in self.states:
            yield self.list_request(self.channels[name])
        for request in self.requests():  # where no list is due, none has to be waited for
            yield request

    def list_request(self, channel: Channel, page: int = 1, cursor: str = "", url: str = "") -> Request:
        """Return the request for a page of a channel's list, a conditional one where that can do.

        :param url: the page's own URL, where the page before named it.
        """
        state = self.states[channel.name]
        conditional = channel.conditional and page == 1 and channel.name in self.caught_up
        headers = state.validators.get(channel.list_url()) if conditional else None
        return Request(
            url or channel.list_url(page=page, cursor=cursor, now=now_ms()),
            headers=headers,
            callback=self.parse_list,
            errback=self.list_failed,
            cb_kwargs={"channel": channel, "page": page},
            # Where nothing was asked conditionally, 304 is an error like 404: it brings no rows.
            meta={"handle_httpstatus_list": [NOT_MODIFIED]} if headers else None,
            dont_filter=True,  # two channels may have one URL, and each waits for its answer
        )

    async def parse_list(self, response: Response, channel: Channel, page: int) -> AsyncIterator[Request | ArticleRef]:
        """Yield the refs of a page that tell something, the request for its next page, or those for articles."""
        try:
            outputs = await self._read(response, channel, page)
        except CloseSpider:
            raise
        except Exception as error:  # noqa: BLE001 -- one list mustn't stop the others
            self._give_up(channel, *self.explain(error, response.url))
            outputs = []
        for output in outputs:
            yield output
        for request in self.requests():
            yield request

    async def _read(self, response: Response, channel: Channel, page: int) -> list[Request | ArticleRef]:
        if response.status == NOT_MODIFIED:
            self.crawler.stats.inc_value("finews/lists/not_modified")
            self.unread.discard(channel.name)
            return []
        try:
            listed = self._listed(response, channel, page)
        except EmptyShell as shell:
            if not response.meta.get("playwright") and self.render != "api" and browser.available(self.config.chromium):
                logger.info("%s: %s; the browser is asked", response.url, shell)
                assert response.request
                return [
                    response.request.replace(
                        headers=None, meta=browser.page_meta(self.config.render_seconds, browser.HAS_LIST)
                    )
                ]
            raise
        self._remember(channel, page, listed, response)
        rows = self._not_seen(channel, listed.refs)
        news, added = await self._telling(channel, rows)
        telling = [*added, *self.announce(news)]
        posts = list(self._post_requests(response, listed.links, channel))
        if self._goes_on(channel, page, listed, rows, news=bool(news)):
            url = _next_url(channel, page, listed, response)
            return [*telling, *posts, self.list_request(channel, page + 1, listed.cursor, url)]
        self.unread.discard(channel.name)
        return [*telling, *posts]

    def _listed(self, response: Response, channel: Channel, page: int) -> ListPage:
        """Return what a page of a list holds, and tell of its rows without an article.

        :raises SourceError: it isn't what such a channel answers, or all rows of its first page are without.
        """
        listed = read_list(channel.kind, response)
        self._tell_problems(response.url, listed)
        if page == 1 and listed.problems and not listed.refs:
            raise SourceError(f"none of its {len(listed.problems)} rows names an article")
        return listed

    def _tell_problems(self, url: str, listed: ListPage) -> None:
        """Count the rows without an article, and say so of each that can't be read, or of the first of many."""
        problems = listed.problems
        self.crawler.stats.inc_value("finews/lists/rows_without_article", len(listed.adverts))
        for advert in listed.adverts:
            logger.info("%s: %s", url, advert)
        self.crawler.stats.inc_value("finews/lists/rows_unreadable", len(problems))
        for problem in problems[:PROBLEMS]:
            logger.warning("%s: %s", url, problem)
        if more := len(problems[PROBLEMS:]):
            logger.warning("%s: %d rows more can't be read", url, more)

    def _post_requests(self, response: Response, links: Sequence[str], channel: Channel) -> Iterator[Request]:
        for link in links:
            try:
                url = response.urljoin(link)
                yield Request(url, self.parse_post, errback=self.post_failed, cb_kwargs={"channel": channel})
            except ValueError as error:
                self._post_lost(f"{response.url}: {link[:200]!r} is no URL: {error}")

    async def parse_post(self, response: Response, channel: Channel) -> AsyncIterator[Request | ArticleRef]:
        """Follow a mirror's post to its article."""
        try:
            code = mirror_category.share_code(response.body, content_type(response))
        except Exception as error:  # noqa: BLE001 -- one post mustn't stop the others
            self._post_lost(self.explain(error, response.url)[0])
            return
        if not code:
            self._post_lost(f"{response.url}: the post leads to no article")
            return
        news, added = await self._telling(channel, self._not_seen(channel, [ArticleRef(code=code)]))
        for ref in [*added, *self.announce(news)]:
            yield ref
        for request in self.requests():
            yield request

    def post_failed(self, failure: Failure) -> None:
        """Note that a mirror's post couldn't be had."""
        self._post_lost(f"{failure.request.url}: {describe_failure(failure.value)}")  # type: ignore[attr-defined]

    def _post_lost(self, reason: str) -> None:
        self.crawler.stats.inc_value("finews/lists/rows_unreadable")
        logger.warning("%s", reason)

    @property
    def is_listing(self) -> bool:
        return bool(self.unread - self.broken.keys() - DelayedRequests.of(self.crawler).late)

    def announce(self, refs: Sequence[ArticleRef]) -> list[ArticleRef]:
        """Want the articles of *refs*, let what these rows say travel with the requests for them, and return the late.

        Those are rows whose article was asked for already.
        """
        for ref in refs:
            self.listings[ref.code][ref.channel] = Listing(ref.time, ref.title)
        self.want(refs)
        return [ref for ref in refs if ref.code not in self.backlog]

    def requests(self) -> Iterator[Request]:
        """Ask for articles once all lists are read, for only then is it known which channel each belongs to."""
        if not self.is_listing:
            yield from super().requests()

    def _remember(self, channel: Channel, page: int, listed: ListPage, response: Response) -> None:
        state = self.states[channel.name]
        state.newest = self.figures[channel.name].add_page(listed, state.newest, self.now)
        if page == 1:
            # A list with rows that can't be read is asked for in full until it can.
            state.validators = {} if listed.problems else {channel.list_url(): validators(response)}

    def _not_seen(self, channel: Channel, refs: Sequence[ArticleRef]) -> list[ArticleRef]:
        """Return the refs that no earlier page of this channel had."""
        seen = self.seen.setdefault(channel.name, set())
        rows = [replace(ref, channel=channel.name) for ref in refs if ref.code not in seen]
        seen.update(ref.code for ref in rows)
        return rows

    async def _telling(self, channel: Channel, rows: Sequence[ArticleRef]) -> tuple[list[ArticleRef], list[ArticleRef]]:
        """Return the refs that say something: those of new and revised articles, and known ones that add a channel."""
        with self.store_errors():
            known = await self.store.known([ref.code for ref in rows])
        news, added = [], []
        for ref in rows:
            stored = known.get(ref.code)
            if stored is None or stored.wants(ref, self.now):
                news.append(ref)
                continue
            self.unchanged.add(ref.code)
            if channel.name not in stored.listings:
                added.append(replace(ref, known=True))
        self.crawler.stats.set_value("finews/articles/listed_unchanged", len(self.unchanged - self.asked))
        return news, added

    def _goes_on(
        self, channel: Channel, page: int, listed: ListPage, rows: Sequence[ArticleRef], *, news: bool
    ) -> bool:
        """Whether to ask for the next page.

        Not where this one only repeats earlier ones, as kuaixun does past its end, nor where nothing on it was news
        and the last run had got through.
        """
        paged = channel.paged or bool(listed.next) or channel.kind == "category-page"
        more = paged and page < (self.pages or channel.pages) and bool(rows or listed.links)
        if "{cursor}" in channel.url and not listed.cursor:
            return False
        return more and (news or channel.name not in self.caught_up)

    def list_failed(self, failure: Failure) -> Iterator[Request]:
        """Note that a list couldn't be had; the others go on."""
        request: Request = failure.request  # type: ignore[attr-defined]
        cause = cause_of(failure.value)
        self._give_up(request.cb_kwargs["channel"], f"{request.url}: {describe_failure(failure.value)}", cause)
        yield from self.requests()

    def _give_up(self, channel: Channel, reason: str, cause: str) -> None:
        logger.warning("channel %s failed: %s", channel.name, reason, extra={"channel": channel.name})
        self.crawler.stats.inc_value("finews/lists/failed")
        self.crawler.stats.inc_value(f"finews/failures/{cause}")
        self.figures[channel.name].failed = cause
        self.broken[channel.name] = reason

    def channel_states(self) -> list[ChannelState]:
        """Return the channels' states after this crawl: complete where nothing that they list is outstanding."""
        behind = {ref.channel for ref in self.outstanding.values()}
        return [self._closed(state, behind) for state in self.states.values()]

    def _closed(self, state: ChannelState, behind: set[str]) -> ChannelState:
        state = replace(state, asked_at=self.now, complete=state.name not in self.unread | behind)
        if reason := self.broken.get(state.name):
            return replace(state, failures=state.failures + 1, error=reason)
        if state.name in self.unread:  # the run was stopped before it came to that
            return state
        state = with_silence(state, self.figures[state.name].gap, self.now)
        return replace(state, succeeded_at=self.now, failures=0, error="")


def read_list(kind: str, response: Response) -> ListPage:
    """Return what a list's answer holds.

    :raises SourceError: it isn't what a channel of this *kind* answers.
    """
    if kind in LIST_PAGES:
        return LIST_PAGES[kind](response.body, content_type(response))
    return LIST_SOURCES[kind](response.body)


def _next_url(channel: Channel, page: int, listed: ListPage, response: Response) -> str:
    """Return the URL of an HTML list's next page: the one it names, else Eastmoney's ``slug_2.html``."""
    if listed.next:
        return response.urljoin(listed.next)
    if channel.kind == "category-page" and not channel.paged:
        return re.sub(r"(_\d+)?\.html$", f"_{page + 1}.html", channel.url)
    return ""


def validators(response: Response) -> dict[str, str]:
    """Return the headers that ask for this list only if it has changed since, where the server offers that."""
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {ask: value.decode("latin-1") for ask, offer in pairs if (value := response.headers.get(offer))}
