"""Reads a store from a script or a notebook, without asyncio. docs/data.md shows how."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Self, TypeVar

from finews_spider.articles.links import any_code
from finews_spider.errors import ConfigError
from finews_spider.stores import open_store
from finews_spider.stores.base import Access
from finews_spider.stores.data import Record, record, selection

T = TypeVar("T")
BATCH = 1000
"""Articles that are in memory at a time."""


class StoreReader:
    """A store that is open for reading; nothing in it or beside it changes. ``with`` closes it.

    :param url: as of :func:`finews_spider.open_store`.
    :raises ConfigError: finews has no store for this URL.
    :raises NoStoreError: there is no store, or something else is there.
    :raises StoreError: the store can't be read. All methods raise it too.
    """

    def __init__(self, url: str) -> None:
        self._store = open_store(url, Access.READ)
        # In a thread of its own: a notebook has an event loop already, and no other may run in the same thread.
        self._thread = ThreadPoolExecutor(1, "finews")
        self._runner = asyncio.Runner()
        try:
            self._run(self._store.open())
        except BaseException:
            self._end()
            raise

    def articles(
        self,
        since: str | date = "",
        until: str | date = "",
        media: str = "",
        stock: str = "",
        *,
        newest_first: bool = False,
    ) -> Iterator[Record]:
        """Yield the articles that weren't taken down, in the order of their codes; memory doesn't grow with the store.

        Each is a dict with the fields of docs/data.md: times are datetimes of China, lists are tuples.

        :param since: only articles first published on this day in China or later: a date, or ``2026-01-31``.
        :param until: only articles first published on this day or earlier.
        :param media: only articles of this publication.
        :param stock: only articles with this stock: ``1.600160`` or ``600160.SH``.
        :raises ConfigError: a day or the stock is invalid.
        """
        only, after = selection(since, until, media, stock), ""
        while posts := self._run(self._store.posts(BATCH, after, only, newest_first=newest_first)):
            yield from (record(post) for post in posts if not post.taken_down)
            after = posts[-1].article.code

    def article(self, code: str) -> Record | None:
        """Return one article, or None if it isn't stored or was taken down.

        :param code: code, infoCode or any link of the article.
        :raises ConfigError: *code* names no article.
        """
        found = any_code(code)
        if not found:
            raise ConfigError("{link!r} is not an article", link=code)
        post = self._run(self._store.posts_of([found])).get(found)
        return record(post) if post and not post.taken_down else None

    def close(self) -> None:
        """Close the store."""
        self._run(self._store.close())
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, work).result()
