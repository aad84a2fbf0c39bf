"""`scrapy crawl feed`: polls the channels and fetches what is new or revised."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from finews_spider.config.channels import Channel, choose
from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.delayed import DelayedRequests
from finews_spider.downloadhandlers import browser
from finews_spider.errors import ConfigError, SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources import LIST_PAGES, LIST_SOURCES, installed_sources, json_list, mirror_category
from finews_spider.sources.category_page import EmptyShell
from finews_spider.spiders.article import LINKED, ArticleSpider, Output
from finews_spider.spiders.channel_poll import ChannelPoll
from finews_spider.spiders.run_store import store_errors
from finews_spider.spiders.text_sources import content_type, now_ms
from finews_spider.stats import names as stat_names
from finews_spider.stats.failures import NOT_MODIFIED, cause_of, describe_failure
from finews_spider.stores.records import ChannelState

logger = logging.getLogger(__name__)

NAMED_PROBLEMS = 20
"""The most unreadable rows of a page that are logged; the others are only counted."""


class FeedSpider(ArticleSpider):
    """Polls channels: stores what is new or revised.

    Example: scrapy crawl feed -a channels=全球直播,财经导读

    :param channels: names, comma-separated; all enabled ones where empty.
    :param pages: the most pages to request of each channel, in place of the channel's own number.
    """

    name = "feed"
    reads_all_pages = False
    """Whether pages are read on though there is nothing new on one."""

    def __init__(
        self,
        config: Config,
        polled: Sequence[Channel] | None = None,
        /,
        channels: str = "",
        pages: str = "",
        **kwargs: Any,
    ) -> None:
        """Build the spider.

        :param polled: the channels to poll, in place of those that the argument *channels* names.
        """
        if pages and not (pages.isdecimal() and int(pages) > 0):
            raise ConfigError("pages={pages} should be a number from 1 on", pages=pages)
        super().__init__(config, choose(config.channels(), channels) if polled is None else polled, **kwargs)
        self.pages = int(pages or 0)
        self._polls_all = polled is not None or bool(channels)
        self._polls: dict[str, ChannelPoll] = {}
        self._unchanged: set[str] = set()

    def identity(self) -> dict[str, Any]:
        return super().identity() | {"pages": self.pages}

    async def initial_requests(self) -> AsyncIterator[Any]:
        """Poll every channel that is due, and request what failed before and is due again."""
        with store_errors(self.crawler):
            stored = await self.store.channel_states()
            states = {name: stored.get(name, ChannelState(name)) for name in self.channels}
            if not self._polls_all:
                intervals = {name: channel.interval for name, channel in self.channels.items()}
                states = {name: state for name, state in states.items() if state.is_due(intervals[name], self.now)}
            self.crawler.stats.set_value(stat_names.LISTS_NOT_DUE, len(self.channels) - len(states))
            # No channel is complete before the end: what a killed run leaves behind, the next one reads in full.
            await self.store.save_channels([replace(state, complete=False) for state in states.values()])
            due = await self.store.due([*self.channels, LINKED], self.now)
        self._polls = {name: self._poll(self.channels[name], state) for name, state in states.items()}
        self.backlog.record_listings(due)
        for poll in self._polls.values():
            yield self.list_request(poll)
        for request in self.requests():  # where no list is due, articles needn't wait for one
            yield request

    def _poll(self, channel: Channel, state: ChannelState) -> ChannelPoll:
        most_pages = self.pages or channel.pages
        reads_all = self.reads_all_pages
        return ChannelPoll(channel, state, self._figures, self.now, most_pages=most_pages, reads_all=reads_all)

    @property
    def is_listing(self) -> bool:
        late = DelayedRequests.of(self.crawler).late
        return any(poll.is_reading and name not in late for name, poll in self._polls.items())

    def channel_states(self) -> list[ChannelState]:
        """Return the channels' states after this crawl: complete where nothing that they list is outstanding."""
        behind = {ref.channel for ref in self.backlog.outstanding}
        return [poll.final_state(is_behind=name in behind) for name, poll in self._polls.items()]

    def sample_url(self) -> str:
        """Return the URL of the first channel's list, which `scrapy check` requests."""
        return next(iter(self.channels.values())).list_url(now=now_ms())

    def parse(self, response: Response) -> Iterator[ArticleRef]:
        """Yield the rows of a list, for `scrapy parse --spider feed URL` and `scrapy check`. A crawl uses parse_list.

        @sample
        @returns items 1
        @fills code title
        """
        lists = [each for each in self.config.channels() if each.lists(response.url)] or [*self.channels.values()]
        if len({channel.kind for channel in lists}) > 1:
            logger.error("%s belongs to no channel; name the one that it is like: -a channels=NAME", response.url)
            return
        listed = read_list(lists[0], response)
        self._log_problems(response.url, listed)
        yield from (ref.complete() for ref in listed.refs)

    # --- Lists -----------------------------------------------------------------------------------------------

    def list_request(self, poll: ChannelPoll, page: int = 1, cursor: str = "", url: str = "") -> Request:
        """Return the request for a page of a channel's list, a conditional one where that is enough.

        :param url: the page's own URL, where the page before named it.
        """
        headers = poll.conditional_headers() if page == 1 else {}
        return Request(
            url or poll.channel.list_url(page=page, cursor=cursor, now=now_ms()),
            headers=headers,
            callback=self.parse_list,
            errback=self.list_failed,
            cb_kwargs={"channel": poll.channel, "page": page},
            # A 304 to an unconditional request is an error like 404: it brings no rows.
            meta={"handle_httpstatus_list": [NOT_MODIFIED]} if headers else None,
            dont_filter=True,  # two channels may have one URL, and each waits for its answer
        )

    async def parse_list(self, response: Response, channel: Channel, page: int) -> AsyncIterator[Any]:
        """Yield the refs of a page that the store needs, and the requests for its next page or for articles."""
        poll = self._polls[channel.name]
        try:
            outputs = await self._read_page(response, poll, page)
        except CloseSpider:
            raise
        except Exception as error:  # noqa: BLE001 -- one list mustn't stop the others
            self._give_up(poll, *self.explain(error, response.url))
            outputs = []
        for output in outputs:
            yield output
        for request in self.requests():
            yield request

    async def _read_page(self, response: Response, poll: ChannelPoll, page: int) -> list[Request | ArticleRef]:
        if response.status == NOT_MODIFIED:
            self.crawler.stats.inc_value(stat_names.LISTS_NOT_MODIFIED)
            poll.finish()
            return []
        try:
            listed = self._listed(response, poll.channel, page)
        except EmptyShell as shell:
            if response.meta.get("playwright") or self.render == "api" or not browser.available(self.config.chromium):
                raise
            logger.info("%s: %s; the browser requests it again", response.url, shell)
            assert response.request
            in_browser = browser.page_meta(self.config.render_seconds, browser.HAS_LIST)
            return [response.request.replace(headers=None, meta=in_browser)]
        poll.record_page(page, listed, response)
        rows = poll.unseen(listed.refs)
        new, additions = await self.new_and_changed(poll.channel, rows)
        refs = [replace(ref, make_article=None) for ref in (*additions, *self.backlog.record_listings(new))]
        requests = list(self._post_requests(response, listed, poll.channel))
        if poll.has_next_page(page, listed, any_unseen=bool(rows), any_new=bool(new)):
            url = poll.next_url(page, listed, response)
            requests.append(self.list_request(poll, page + 1, listed.cursor, url))
        else:
            poll.finish()
        return [*refs, *requests]

    def _listed(self, response: Response, channel: Channel, page: int) -> ListPage:
        """Return what a page of a list holds, and log its rows without an article.

        :raises SourceError: it isn't what such a channel answers, or no row of its first page names an article.
        """
        listed = read_list(channel, response)
        self._log_problems(response.url, listed)
        if page == 1 and listed.problems and not listed.refs:
            raise SourceError(f"none of its {len(listed.problems)} rows names an article")
        return listed

    def _log_problems(self, url: str, listed: ListPage) -> None:
        """Count the rows without an article, and log the first ones that can't be read."""
        problems = listed.problems
        self.crawler.stats.inc_value(stat_names.ROWS_WITHOUT_ARTICLE, len(listed.adverts))
        for advert in listed.adverts:
            logger.info("%s: %s", url, advert)
        self.crawler.stats.inc_value(stat_names.ROWS_UNREADABLE, len(problems))
        for problem in problems[:NAMED_PROBLEMS]:
            logger.warning("%s: %s", url, problem)
        if more := len(problems[NAMED_PROBLEMS:]):
            logger.warning("%s: %d more rows can't be read", url, more)

    async def new_and_changed(
        self, channel: Channel, rows: Sequence[ArticleRef]
    ) -> tuple[list[ArticleRef], list[ArticleRef]]:
        """Return the refs of new and revised articles, and those that only add *channel* to a known article."""
        with store_errors(self.crawler):
            known = await self.store.known([ref.code for ref in rows])
        new, additions = [], []
        for ref in rows:
            stored = known.get(ref.code)
            if stored is None or stored.needs_fetch(ref, self.now):
                new.append(ref)
                continue
            self._unchanged.add(ref.code)
            if channel.name not in stored.listings:
                additions.append(replace(ref, known=True))
        unchanged = len(self._unchanged - self.backlog.requested)
        self.crawler.stats.set_value(stat_names.LISTED_UNCHANGED, unchanged)
        return new, additions

    def list_failed(self, failure: Failure) -> Output:
        """Give up a list that couldn't be fetched; the others continue."""
        request: Request = failure.request  # type: ignore[attr-defined]
        poll = self._polls[request.cb_kwargs["channel"].name]
        self._give_up(poll, f"{request.url}: {describe_failure(failure.value)}", cause_of(failure.value))
        yield from self.requests()

    def _give_up(self, poll: ChannelPoll, reason: str, cause: str) -> None:
        name = poll.channel.name
        logger.warning("channel %s failed: %s", name, reason, extra={"channel": name})
        self.crawler.stats.inc_value(stat_names.LISTS_FAILED)
        self.crawler.stats.inc_value(f"{stat_names.FAILURES}{cause}")
        poll.fail(reason, cause)

    # --- Posts of a mirror, which name no article themselves -----------------------------------------------------

    def _post_requests(self, response: Response, listed: ListPage, channel: Channel) -> Iterator[Request]:
        for link in listed.links:
            try:
                url = response.urljoin(link)
                yield Request(url, self.parse_post, errback=self.post_failed, cb_kwargs={"channel": channel})
            except ValueError as error:
                self._count_unreadable(f"{response.url}: {link[:200]!r} is not a valid URL: {error}")

    async def parse_post(self, response: Response, channel: Channel) -> AsyncIterator[Any]:
        """Follow a mirror's post to its article."""
        try:
            ref = mirror_category.share_ref(response.body, content_type(response))
        except Exception as error:  # noqa: BLE001 -- one post mustn't stop the others
            self._count_unreadable(self.explain(error, response.url)[0])
            return
        if not ref:
            self._count_unreadable(f"{response.url}: the post leads to no article")
            return
        rows = self._polls[channel.name].unseen([ref])
        new, additions = await self.new_and_changed(channel, rows)
        for ref in [*additions, *self.backlog.record_listings(new)]:
            yield ref
        for request in self.requests():
            yield request

    def post_failed(self, failure: Failure) -> None:
        """Count a mirror's post that couldn't be fetched."""
        self._count_unreadable(f"{failure.request.url}: {describe_failure(failure.value)}")  # type: ignore[attr-defined]

    def _count_unreadable(self, reason: str) -> None:
        self.crawler.stats.inc_value(stat_names.ROWS_UNREADABLE)
        logger.warning("%s", reason)


def read_list(channel: Channel, response: Response) -> ListPage:
    """Return what a list's answer holds.

    :raises SourceError: it isn't what a channel of this kind answers.
    """
    kind, body = channel.kind, response.body
    if channel.json:
        return json_list.parse(body, channel.json)
    if kind in LIST_SOURCES:
        return LIST_SOURCES[kind](body)
    parse = LIST_PAGES.get(kind) or installed_sources()[kind].load()
    page = parse(body, content_type(response))
    if not isinstance(page, ListPage):
        raise SourceError(f"the source of the kind {kind!r} returns a {type(page).__name__} instead of a ListPage")
    return page
