"""One channel in one crawl: how far its list was read, and what the store keeps of that."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from scrapy.http import Response

from finews_spider.articles import fields
from finews_spider.articles.links import canonical
from finews_spider.config.channels import Channel
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.stats.channels import ChannelFigures, with_silence
from finews_spider.stores.records import ChannelState


class ChannelPoll:
    """The poll of one channel, from the request for its first page to the state that the next run begins with.

    :param state: what the store knows of the channel.
    :param figures: channel name → what this crawl learned of it; makes figures for a name that it doesn't have.
    :param now: when the crawl began.
    :param most_pages: pages to read at most.
    :param reads_all: whether pages are read on though there is nothing new on one.
    """

    def __init__(
        self,
        channel: Channel,
        state: ChannelState,
        figures: Mapping[str, ChannelFigures],
        now: datetime,
        *,
        most_pages: int,
        reads_all: bool,
    ) -> None:
        self.channel = channel
        self._state = state
        self._figures = figures
        self._now = now
        self._most_pages = most_pages
        # Where the last run got through the channel, past a page without news there is nothing new.
        self._is_caught_up = state.complete and not reads_all
        self._seen: set[str] = set()
        self._is_read = False
        self._failure = ""

    @property
    def is_reading(self) -> bool:
        """Whether the list is neither read to its end nor given up."""
        return not self._is_read and not self._failure

    def conditional_headers(self) -> Mapping[str, str]:
        """Return the headers that request the first page only if it has changed; none where it is read anyway."""
        if not self.channel.conditional or not self._is_caught_up:
            return {}
        return self._state.validators.get(self.channel.list_url(), {})

    def record_page(self, page: int, listed: ListPage, response: Response) -> None:
        """Record the figures of a page that was read, and the first page's headers for the next run."""
        figures, state = self._figures[self.channel.name], self._state
        newest = figures.add_page(listed, state.newest, self._now)
        if page == 1:
            # A list with rows that can't be read is requested in full until they can.
            validators = {} if listed.problems else {self.channel.list_url(): _validators(response)}
            state = replace(state, validators=validators)
        self._state = replace(state, newest=newest)

    def unseen(self, refs: Iterable[ArticleRef]) -> list[ArticleRef]:
        """Return the refs that no earlier page of this channel had, with the channel's name."""
        rows = [replace(ref, channel=self.channel.name) for ref in refs if ref.code not in self._seen]
        self._seen.update(ref.code for ref in rows)
        return rows

    def has_next_page(self, page: int, listed: ListPage, *, any_unseen: bool, any_new: bool) -> bool:
        """Return whether to request the next page.

        :param any_unseen: False where the page only repeats earlier ones, as kuaixun does past its end.
        :param any_new: False where the store knows all of the page.
        """
        channel = self.channel
        if channel.has_cursor and not listed.cursor:
            return False
        is_paged = channel.paged or bool(listed.next) or channel.kind == "category-page"
        more = is_paged and page < self._most_pages and (any_unseen or bool(listed.links))
        return more and (any_new or not self._is_caught_up)

    def next_url(self, page: int, listed: ListPage, response: Response) -> str:
        """Return the URL of a list's next page: the one it names, else Eastmoney's ``slug_2.html``.

        :raises SourceError: what it names is no http URL.
        """
        if listed.next:
            try:
                url = response.urljoin(listed.next)
            except ValueError:  # such as for a bracket in the host
                url = ""
            if not canonical(url):
                raise SourceError(f"its next page {fields.line(listed.next)!r} is no http URL")
            return url
        if self.channel.kind == "category-page" and not self.channel.paged:
            return re.sub(r"(_\d+)?\.html$", f"_{page + 1}.html", self.channel.url)
        return ""

    def finish(self) -> None:
        """Record that the list was read to its end, or has not changed."""
        self._is_read = True

    def fail(self, reason: str, cause: str) -> None:
        """Record that the list can't be fetched or read."""
        self._failure = reason
        self._figures[self.channel.name].failed = cause

    def final_state(self, *, is_behind: bool) -> ChannelState:
        """Return what the store keeps of the channel after this crawl.

        :param is_behind: whether articles that the channel lists are neither stored nor failed.
        """
        state = replace(self._state, asked_at=self._now, complete=self._is_read and not is_behind)
        if self._failure:
            return replace(state, failures=state.failures + 1, error=self._failure)
        if not self._is_read:  # the crawl was stopped before
            return state
        state = with_silence(state, self._figures[self.channel.name].gap, self._now)
        return replace(state, succeeded_at=self._now, failures=0, error="")


def _validators(response: Response) -> dict[str, str]:
    """Return the headers that request this list only if it has changed since, where the server offers that."""
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {ask: value.decode("latin-1") for ask, offer in pairs if (value := response.headers.get(offer))}
