"""The contract of a store, and what passes between a store and those who use it.

Every method is a coroutine, safe to call from one event loop at a time, and raises
:class:`~finews_spider.errors.StoreError`, in one line that holds no password, when the store can't do it.
Several processes may use one store at once.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from finews_spider.errors import NoStoreError
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
    Version,
)

Progress = Callable[[int, int | None], None]
"""Told how much of how much is done."""


class Access(StrEnum):
    """What a command does with the store that it opens."""

    READ = "read"
    """It only asks: nothing is made or changed, neither the store nor a file beside it."""
    CHANGE = "change"
    """It changes a store, which has to be there."""
    CREATE = "create"
    """It writes articles: where there is no store it makes one."""


class ArticleStore(ABC):
    """Keeps articles by code, with their revisions, listings, failures and what waits for export."""

    @abstractmethod
    async def open(self) -> None:
        """Connect, and make or check the schema. A store that fails to open needs no closing.

        :raises NoStoreError: there is no store and :class:`Access` forbids making one, or what is there isn't one.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of the connection; harmless when it was never opened."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # What a crawl asks

    @abstractmethod
    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        """Return what is known of those *codes* that are stored, taken down or failed before; the rest are new."""

    @abstractmethod
    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        """Return the failed articles of *channels* whose next try is due, or past RETRY_HORIZON; oldest first."""

    @abstractmethod
    async def channel_states(self) -> dict[str, ChannelState]:
        """Return the state of every channel that was ever asked, by name."""

    # What a crawl writes

    @abstractmethod
    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        """Store *articles* and say for each, in order, what came of it.

        Atomic per article: the article, its listings, the revision it replaces and its export mark change
        together. ``published_at``, ``channel``, ``layout``, ``category``, ``tag`` and ``first_seen_at`` stay
        as they were first stored. ``duplicate_of`` is decided here, for only here is it atomic, and set on the
        articles given that are new or revised. A stored article is no longer a failed one.
        """

    @abstractmethod
    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        """Remember that the channels of *refs* list these articles; codes that aren't stored are passed over."""

    @abstractmethod
    async def save_failures(self, failures: Sequence[FailedRef]) -> None:
        """Remember articles that couldn't be fetched, and when to try again (:func:`retry_pause`)."""

    @abstractmethod
    async def mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        """Mark the stored ones of these articles as deleted by the upstream, and return their codes.

        Their rows become their listings, so that they aren't asked for again until a row changes; they are no longer
        failed ones. Saving such an article again takes the mark away.
        """

    @abstractmethod
    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        """Remember *states*, replacing what was known of these channels."""

    @abstractmethod
    async def save_run(self, run: RunRecord) -> None:
        """Store the record of a run, in place of an earlier record with the same ``id``.

        :param run: ids sort as the runs began (:func:`finews_spider.stores.ids.new_id`).
        """

    # What the mirror asks and writes

    @abstractmethod
    async def pending(self, limit: int, after: str = "") -> list[Post]:
        """Return up to *limit* posts that wait for export, by code, from the first code past *after*."""

    @abstractmethod
    async def mark_exported(self, posts: Sequence[Post]) -> None:
        """Fix the path, category and folder of *posts*, and whether they are ``pending``.

        A post whose article was revised, taken down or restored since it was read keeps its mark.
        """

    @abstractmethod
    async def posts(self, limit: int, after: str = "", only: Selection = ALL) -> list[Post]:
        """Return up to *limit* stored articles, exported or not, by code, from the first code past *after*."""

    @abstractmethod
    async def posts_of(self, codes: Sequence[str]) -> dict[str, Post]:
        """Return the posts of those *codes* that are stored, by code."""

    @abstractmethod
    async def add_aliases(self, aliases: Mapping[str, Sequence[Alias]]) -> None:
        """Remember more URLs of stored articles, by code, and mark these for export; URLs that are known stay.

        Nothing of a post takes an alias away again.
        """

    @abstractmethod
    async def requeue(self) -> int:
        """Mark every article that has a post for export again, and return how many those are."""

    @abstractmethod
    async def requeue_by_age(self, before: datetime) -> int:
        """Mark the posts for export that were published before then and aren't ``old`` yet, or are and shouldn't be."""

    @abstractmethod
    async def image_users(self, paths: Sequence[str]) -> dict[str, set[str]]:
        """Return the codes of the articles whose posts may show a copy of an image at each of *paths*.

        Not those that were taken down, nor duplicates without a post.
        """

    @abstractmethod
    async def slugs(self) -> dict[str, str]:
        """Return the slugs that were given: slug → name."""

    @abstractmethod
    async def slug_of(self, name: str, wanted: str) -> str:
        """Return the slug of *name*: the one it ever had, else *wanted*, or that with -2, -3 … if it is taken.

        Two names never share a slug, nor slugs that are the same once they are folded. Once given, a slug stays
        for ever.
        """

    @abstractmethod
    async def twins(self, code: str) -> list[Post]:
        """Return the other stored articles that are the same as this one: its first, and the duplicates of that."""

    @abstractmethod
    async def take_down(self, code: str, reason: str, now: datetime) -> bool:
        """Bar *code* from the mirror for ever and mark its post for removal; say whether it was stored."""

    @abstractmethod
    async def restore(self, code: str) -> bool:
        """Take a takedown back and mark the post for export; say whether the article was taken down."""

    # What a person asks

    @abstractmethod
    async def get(self, code: str) -> Article | None:
        """Return the stored article, or None."""

    @abstractmethod
    async def history(self, code: str) -> list[Version]:
        """Return the earlier versions of an article, oldest first."""

    @abstractmethod
    async def summary(self, since: datetime) -> Summary:
        """Return the figures; ``today`` counts from *since*."""

    @abstractmethod
    async def runs(self, limit: int, until: datetime | None = None) -> list[RunRecord]:
        """Return up to *limit* runs, the newest first, of those that began by *until*, if it is given."""

    # Who may run: only where several hosts share the store; with SQLite a run locks a file (lock.py)

    async def lease(self, name: str, holder: str, seconds: float) -> str:
        """Take or renew the lease *name* for *holder*, for so long by the store's own clock, and return who holds it.

        That is *holder*, or another whose lease hasn't run out. Of several that ask at once, one gets it.
        """
        raise NotImplementedError

    async def release(self, name: str, holder: str) -> None:
        """Give up the lease *name*, if *holder* still holds it."""
        raise NotImplementedError

    # Upkeep

    @abstractmethod
    async def backup(self, file: Path, progress: Progress) -> None:
        """Copy all that is kept into an SQLite store, of an earlier schema only where this store is, too.

        Others go on writing.

        :param file: an empty file.
        """

    @abstractmethod
    async def load(self, file: Path, progress: Progress) -> None:
        """Put all that a file holds in the place of all that is kept, at once or not at all.

        :param file: an SQLite store of the newest schema that nobody else uses.
        """

    @abstractmethod
    async def drop(
        self, versions_before: datetime | None, runs_before: datetime | None, *, dry_run: bool = False
    ) -> tuple[int, int]:
        """Delete the versions that were replaced, and the runs that began, before then; return how many each.

        The newest run stays. None keeps all; a dry run only counts.
        """

    @abstractmethod
    async def shrink_needs(self) -> dict[Path, int]:
        """Return how many bytes :meth:`shrink` needs free for a while, by folder; nothing where it needs none."""

    @abstractmethod
    async def shrink(self) -> int:
        """Give free space back to the disk, and return how many bytes; other writers wait for it."""


def revise(stored: Article, incoming: Article, now: datetime) -> Article:
    """Return *stored* with what *incoming* brings, and all that stays as it was first stored.

    The time of the revision is the new showtime; where only the text moved, it is the moment we saw that.
    """
    shown = incoming.published_at
    assert shown is not None
    assert stored.published_at is not None
    return replace(
        incoming,
        published_at=stored.published_at,
        revised_at=shown if shown > stored.published_at else now,
        channel=stored.channel,
        layout=stored.layout,
        category=stored.category,
        tag=stored.tag,
        first_seen_at=stored.first_seen_at,
        revision=stored.revision + 1,
        # A chart is drawn anew each time it is asked for: it stays as it was when the article was first mirrored.
        image_files=images_of(incoming, {**incoming.image_files, **stored.image_files}),
        listings=stored.listings | incoming.listings,
    )


def images_of(article: Article, files: Mapping[str, str]) -> dict[str, str]:
    """Return those *files* that are copies of the images of *article*."""
    return {source: files[source] for source in article.images if source in files}


def new_aliases(known: Sequence[Alias], more: Sequence[Alias]) -> list[Alias]:
    """Return those of *more* whose URL isn't *known*, each once."""
    urls = {alias.url for alias in known}
    return [alias for alias in {alias.url: alias for alias in more}.values() if alias.url not in urls]


def fold(slug: str) -> str:
    """Return what *slug* is to a file system that knows neither case nor how a letter with an accent is written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", slug).casefold())


def free_slug(wanted: str, taken: set[str]) -> str:
    """Return *wanted*, or *wanted* with the first number from 2 on that makes it free.

    :param taken: the slugs in use, folded.
    """
    slug, number = wanted, 2
    while fold(slug) in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def missing(where: object) -> NoStoreError:
    """Return the error of a store that isn't there and may not be made."""
    error = NoStoreError(
        f"there is no store at {where}; is FINEWS_STORE right and its disk mounted? `finews run` and `finews import` "
        "make a new one"
    )
    error.is_missing = True
    return error


def foreign(what: str) -> NoStoreError:
    """Return the error of *what* stands in a store's place."""
    return NoStoreError(
        f"{what} is no store of finews, or is damaged; name another one in FINEWS_STORE, or put a backup in its place"
    )
