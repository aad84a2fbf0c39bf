"""The contract of a store, in parts by who uses it. A store for SQLite and one for MongoDB fulfil it.

Every method is a coroutine. Call the methods of one object from one event loop only. A method that fails raises
:class:`~finews_spider.errors.StoreError`, whose message is one line without a password. Several processes may use one
store at the same time. Every list and dict that is returned belongs to the caller.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.stores.records import (
    ALL,
    Alias,
    ChannelState,
    Known,
    Outcome,
    Post,
    RunRecord,
    Selection,
    Summary,
    Takedown,
    Version,
)

Progress = Callable[[int, int | None], None]
"""Is called with the number of records that are done and the number of all; None: the number of all isn't known."""


class Access(StrEnum):
    """What a command does with the store that it opens."""

    READ = "read"
    """It reads. Neither the store nor a file beside it is made or changed."""
    CHANGE = "change"
    """It changes a store, which must exist."""
    CREATE = "create"
    """It writes articles. It makes a store where there is none."""


class Store(ABC):
    """What is opened before it is used, and closed afterwards. ``async with`` does both."""

    @abstractmethod
    async def open(self) -> None:
        """Connect to the store, then make its schema or check it. A store that fails to open needs no :meth:`close`.

        :raises NoStoreError: there is no store and :class:`Access` forbids making one, or something else is there.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close the connection. This does nothing where the store was never opened."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class QueryStore(Store):
    """Reads what is stored. The commands that show a store use it, and so do the crawl and the mirror."""

    @abstractmethod
    async def get(self, code: str) -> Article | None:
        """Return the stored article with its listings, or None."""

    @abstractmethod
    async def posts(
        self, limit: int, after: str = "", only: Selection = ALL, *, newest_first: bool = False
    ) -> list[Post]:
        """Return stored articles, exported or not, in the order of their codes, which begin with the day.

        :param limit: the largest number of articles to return.
        :param after: the code after which they begin; empty: they begin with the first.
        :param newest_first: return them in the opposite order.
        """

    @abstractmethod
    async def history(self, code: str) -> list[Version]:
        """Return the earlier versions of an article, oldest first."""

    @abstractmethod
    async def summary(self, since: datetime) -> Summary:
        """Return the store's figures. :attr:`Summary.today` counts from *since*."""

    @abstractmethod
    async def count_stories(self, names: Collection[str] | None = None) -> int:
        """Return the number of stories that readers see: those of two articles or more.

        A duplicate counts only if it has a post, as one of an imported mirror may.

        :param names: count only the stories with these names; None: all.
        """

    @abstractmethod
    async def runs(self, limit: int, until: datetime | None = None) -> list[RunRecord]:
        """Return the records of the last runs, newest first.

        :param limit: the largest number of records to return.
        :param until: leave out the runs that began after this second; None: leave out none.
        """

    @abstractmethod
    async def channel_states(self) -> dict[str, ChannelState]:
        """Return channel → state, for every channel that a crawl ever requested."""


class CrawlStore(QueryStore):
    """Knows what is new to a crawl, and stores what the crawl finds."""

    @abstractmethod
    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        """Return code → what is known of it. An article that was never stored, taken down or failed is left out."""

    @abstractmethod
    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        """Return the failed articles of *channels* that are to be fetched again *now*; the first to fail comes first.

        An article whose next try is further away than :data:`~finews_spider.stores.records.RETRY_HORIZON` is due too.
        """

    @abstractmethod
    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        """Store *articles* and return the outcome of each, in the same order.

        The article, its listings, the revision that it replaces and its export mark change together, or none of them
        does. ``published_at``, ``channel``, ``layout``, ``category``, ``tag`` and ``first_seen_at`` keep their first
        values. The store decides ``duplicate_of``, because only here is the decision atomic, and sets it on each
        given article that is new or revised. A stored article is no longer a failed one.
        """

    @abstractmethod
    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        """Remember that the channels of *refs* list these articles. Articles that aren't stored are skipped."""

    @abstractmethod
    async def save_failures(self, failures: Sequence[FailedRef]) -> None:
        """Remember articles that couldn't be fetched, and when to try again.

        :func:`~finews_spider.stores.records.retry_pause` gives the pause.
        """

    @abstractmethod
    async def mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        """Mark the stored ones of these articles as deleted by the upstream, and return their codes.

        Their rows become their listings, so that they aren't fetched again until a row changes. They are no longer
        failed articles. :meth:`save` removes the mark.
        """

    @abstractmethod
    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        """Store *states* in place of the earlier states of these channels."""

    @abstractmethod
    async def save_run(self, run: RunRecord) -> None:
        """Store the record of a run, in place of an earlier record with the same ``id``.

        :param run: ``id`` is a text of :func:`finews_spider.stores.ids.new_id`; the rest is anything that JSON allows.
        """


class MirrorStore(QueryStore):
    """Keeps what the mirror needs: which posts wait for export, where each post is, slugs, aliases and takedowns."""

    @abstractmethod
    async def pending(self, limit: int, after: str = "") -> list[Post]:
        """Return posts that wait for export, in the order of their codes; *limit* and *after* as in :meth:`posts`."""

    @abstractmethod
    async def mark_exported(self, posts: Sequence[Post]) -> None:
        """Store the path, the category and the folder of *posts*, and whether they are still ``pending``.

        A post keeps its mark if its article was revised, taken down or restored after the post was read.
        """

    @abstractmethod
    async def posts_of(self, codes: Sequence[str]) -> dict[str, Post]:
        """Return code → post, for each of *codes* that is stored."""

    @abstractmethod
    async def add_aliases(self, aliases: Mapping[str, Sequence[Alias]]) -> None:
        """Add URLs to stored articles and mark these articles for export. An article keeps the aliases that it has.

        :param aliases: code → the further URLs of the article.
        """

    @abstractmethod
    async def requeue(self) -> int:
        """Mark every article that has a post, or is to have one, for export; return how many these are."""

    @abstractmethod
    async def requeue_by_age(self, before: datetime) -> int:
        """Mark the posts for export that belong into the other folder, and return how many these are.

        :param before: a post that was published before this moment is ``old``; any other isn't.
        """

    @abstractmethod
    async def image_users(self, paths: Sequence[str]) -> dict[str, set[str]]:
        """Return path → the codes of the articles whose posts may show the copied image at that path.

        Articles that were taken down don't count, nor do duplicates without a post.
        """

    @abstractmethod
    async def slugs(self) -> dict[str, str]:
        """Return slug → name, for all slugs that exist."""

    @abstractmethod
    async def slug_of(self, name: str, wanted: str) -> str:
        """Return the slug of *name*. The first call for a name chooses its slug, which then never changes.

        No two names share a slug, not even one that only :func:`~finews_spider.stores.rules.fold` makes the same.

        :param wanted: the slug to give; if it belongs to another name, it gets the suffix -2, -3 and so forth.
        """

    @abstractmethod
    async def twins(self, code: str) -> list[Post]:
        """Return the posts of the other articles with the same content: the first article and its duplicates."""

    @abstractmethod
    async def story_posts(self, stories: Sequence[str]) -> dict[str, list[Post]]:
        """Return story → its posts, for each of *stories* that exists: first the story's first article, then by time.

        Duplicates that have no post are left out. A change of a story marks all its articles that have a post for
        export: those that join it, leave it or stay in it.

        :param stories: values of :attr:`~finews_spider.items.Article.story`.
        """

    @abstractmethod
    async def take_down(self, code: str, reason: str, now: datetime) -> bool:
        """Take *code* down, so that no crawl stores it, and mark its post for removal; return whether it was stored."""

    @abstractmethod
    async def restore(self, code: str) -> bool:
        """Undo a takedown and mark the post for export; return whether the article was taken down."""

    @abstractmethod
    async def takedowns(self) -> list[Takedown]:
        """Return all takedowns, newest first."""


class UpkeepStore(Store):
    """Copies the whole store, and makes it smaller."""

    @abstractmethod
    async def backup(self, file: Path, progress: Progress) -> None:
        """Copy the whole store into an SQLite store, while other processes may continue to write.

        An SQLite store of an earlier schema is copied in that schema; any other copy has the newest one.

        :param file: an empty file.
        """

    @abstractmethod
    async def load(self, file: Path, progress: Progress) -> None:
        """Replace all that the store holds by what *file* holds, in one step or not at all.

        :param file: an SQLite store of the newest schema that no other process uses.
        """

    @abstractmethod
    async def drop(
        self, versions_before: datetime | None, runs_before: datetime | None, *, dry_run: bool = False
    ) -> tuple[int, int]:
        """Delete old versions of articles and old records of runs; return how many versions and how many records.

        The newest run stays.

        :param versions_before: delete the versions that were replaced before this moment; None: delete none.
        :param runs_before: delete the records of runs that began before this moment; None: delete none.
        :param dry_run: only count.
        """

    @abstractmethod
    async def shrink_needs(self) -> dict[Path, int]:
        """Return folder → how many bytes :meth:`shrink` needs there for a while; empty where it needs none."""

    @abstractmethod
    async def shrink(self) -> int:
        """Give free space back to the disk, and return how many bytes. Other writers wait for it."""


class ArticleStore(CrawlStore, MirrorStore, UpkeepStore):
    """All that every store does."""
