"""The records that pass between a store and its users."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Required, TypedDict, cast

from finews_spider.errors import StoreError
from finews_spider.items import Article, ArticleRef, Listing
from finews_spider.stores.checks import checked, misfit

RETRY_STEP = timedelta(minutes=5)
RETRY_LONGEST = timedelta(days=1)
RETRY_HORIZON = RETRY_LONGEST + timedelta(hours=1)
"""A next try further away than this comes from a wrong clock, and is due. The hour is for crawls that began earlier."""
EARLY = timedelta(minutes=2)
"""A channel is due this much before the end of its interval, or a fifth of the interval if that is less. Runs don't
begin exactly on time, and a run that begins a little early must not leave the channel to the next one."""


class Outcome(StrEnum):
    """The result of saving an article."""

    INSERTED = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    REFUSED = "taken down"
    """The article was taken down, so a crawl never stores it again."""


@dataclass(slots=True)
class Known:
    """What the store knows of an article that a list names."""

    listings: dict[str, Listing]
    """Channel → its listing of the article."""
    newest: datetime | None = None
    """The latest showtime stored; None if the article isn't stored."""
    taken_down: bool = False
    retry_at: datetime | None = None
    """When to fetch it again after a failure; None: there was none."""

    def needs_fetch(self, ref: ArticleRef, now: datetime) -> bool:
        """Return whether *ref* shows something that isn't stored: a revision, or a failed article that is due."""
        if self.taken_down:
            return False
        if self.retry_at is not None and not now < self.retry_at <= now + RETRY_HORIZON:
            return True
        listing = self.listings.get(ref.channel)
        if listing is not None:
            return listing != ref.listing
        # Lists shorten titles, so for a channel that never listed the article only a later time shows a revision.
        return ref.time is not None and self.newest is not None and ref.time > self.newest

    def has(self, ref: ArticleRef, began: datetime) -> bool:
        """Return whether what *ref* shows was stored, or remembered as failed, since the run *began*."""
        return (self.retry_at is not None and self.retry_at > began) or not self.needs_fetch(ref, began)


@dataclass(slots=True)
class ChannelState:
    """What is remembered of a channel between two runs."""

    name: str
    asked_at: datetime | None = None
    """When a run last requested its list."""
    succeeded_at: datetime | None = None
    """When a run last read its list."""
    newest: datetime | None = None
    """The showtime of the newest article that it ever listed."""
    complete: bool = False
    """Whether the last run finished it: everything that it listed is stored or remembered as failed."""
    validators: dict[str, dict[str, str]] = field(default_factory=dict)
    """URL → ``If-None-Match`` and ``If-Modified-Since`` for the next conditional GET; empty unless complete."""
    failures: int = 0
    """The number of consecutive runs in which its list couldn't be read."""
    error: str = ""
    """The last error, in one line; empty after a success."""
    watched: float = 0.0
    """Seconds during which runs observed it."""
    silent: float = 0.0
    """The part of ``watched`` since a run last found a newer article."""
    longest_silence: float = 0.0
    """The largest value of ``silent`` before a newer article came."""

    def is_due(self, interval: timedelta | None, now: datetime) -> bool:
        """Return whether a run that begins *now* requests the list.

        It does if *interval* has passed since the last success, or if the last run didn't finish the channel.

        :param interval: the time between two requests; None: every run requests the list.
        """
        if interval is None or not self.complete or self.succeeded_at is None:
            return True
        # A time in the future comes from a wrong clock. It must not keep the channel from being requested.
        return not timedelta(0) <= now - self.succeeded_at < interval - min(interval / 5, EARLY)


class Alias(NamedTuple):
    """Another URL of an article, in a mirror that was imported."""

    url: str
    """The path of the URL, from the site's root on."""
    path: str
    """The path of its post below that mirror's folder."""


@dataclass(slots=True)
class Post:
    """An article and its place in the mirror, which the first export fixes."""

    article: Article
    """The article without its listings, which no post shows."""
    path: str = ""
    """Path below the mirror folder; empty before the first export."""
    category: str = ""
    """The post's category, which is a part of its URL; empty before the first export, and for a post without one."""
    taken_down: bool = False
    old: bool = False
    """It was moved to ``old_post`` because of its age."""
    pending: bool = True
    """It waits for export."""
    aliases: tuple[Alias, ...] = ()


@dataclass(slots=True, frozen=True)
class Takedown:
    """A takedown, which bars an article from being stored and shown."""

    code: str
    reason: str
    at: datetime


class Changed(NamedTuple):
    """Selects articles that are new, revised or deleted by the upstream: one of the two has happened since."""

    seen: datetime
    """The first moment at which the article was first stored, or found to be deleted."""
    revised: datetime
    """The first showtime of its newest revision."""


@dataclass(slots=True, frozen=True)
class Selection:
    """Selects articles. Each field that isn't empty leaves some out."""

    since: datetime | None = None
    """The first moment at which a selected article may have been published."""
    until: datetime | None = None
    """The first moment that is too late."""
    media: str = ""
    """The publication, exactly as the article names it."""
    stock: str = ""
    """A stock of the article, such as ``116.09988``."""
    changed: "Changed | None" = None
    """Leaves out the articles that haven't changed since."""


@dataclass(slots=True)
class Version:
    """An earlier version of an article."""

    revision: int
    shown_at: datetime | None
    """The showtime of this version."""
    title: str
    body: str
    stocks: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """The store's figures, as `finews status` shows them."""

    articles: int
    duplicates: int
    stories: int
    """Stories that readers see: of two articles or more that aren't hidden duplicates."""
    revisions: int
    pending: int
    """Articles that wait for export."""
    today: dict[str, int]
    """Channel → number of articles that it listed and that were first seen since the given time."""
    failed: dict[str, int]
    """Channel → number of articles that couldn't be fetched yet."""


ALL = Selection()


class AlarmRecord(TypedDict):
    """An alarm in a run's record."""

    monitor: str
    """The name of the check that raised it."""
    channel: str
    text: str
    field: str
    key: str


class ExportRecord(TypedDict, total=False):
    """What an export did, in a run's record."""

    written: int
    removed: int
    failed: int
    error: str
    """Why the export ended early."""


class RunRecord(TypedDict, total=False):
    """The record of a run. Runs of earlier versions of finews, and runs that were killed, lack some of the fields.

    :func:`finews_spider.stats.runs.run_record` makes it when the crawl ends; `monitoring` completes it.
    """

    id: Required[str]
    spider: Required[str]
    started_at: Required[str]
    seconds: float
    finish: str
    """Scrapy's reason."""
    exit_code: int | None
    """None until the run has ended."""
    requests: int
    bytes: int
    new: int
    revised: int
    unchanged: int
    duplicates: int
    stories: int
    """The number of stories, when it ended, that its new and revised articles belong to; counted as in Summary."""
    gone: int
    failed: int
    lists_failed: int
    pending: int
    failures: dict[str, int]
    channels: dict[str, dict[str, Any]]
    stats: dict[str, Any]
    export: ExportRecord | None
    """None where the run left the export to others."""
    alarms: list[AlarmRecord]
    """Missing where the run was not checked."""
    notified: list[str]
    """Keys of the alarms that the owner knows of."""
    told: list[str]
    """The name of `notified` in earlier versions."""


def ref_record(ref: ArticleRef) -> dict[str, Any]:
    """Return what a store keeps of a row whose article failed."""
    return {each.name: getattr(ref, each.name) for each in fields(ref) if each.name != "make_article"}


def notified(run: RunRecord) -> list[str]:
    """Return the keys of the alarms of which the owner had been notified when *run* ended."""
    return run.get("notified", run.get("told", []))


def has_ended(run: RunRecord) -> bool:
    """Return whether a run came to its end; otherwise it still writes posts, or it was killed."""
    return run.get("exit_code") is not None


def check_run(run: RunRecord) -> None:
    """Check that *run*, as the store has it, is a record that finews wrote.

    :raises StoreError: the record is damaged.
    """
    wrong = misfit(run, RunRecord)
    if not wrong:
        try:
            datetime.fromisoformat(run["started_at"])
        except ValueError:
            wrong = "started_at is no time"
    if wrong:
        raise StoreError(
            "the store's record of the run {id!s:.40} can't be read: {wrong}; it is damaged",
            id=run.get("id"),
            wrong=wrong,
        )


def retry_pause(attempts: int) -> timedelta:
    """Return the pause after this number of failed *attempts*: 0, 5, 15, 35 … minutes, at most a day."""
    return min(RETRY_STEP * ((1 << min(attempts - 1, 12)) - 1), RETRY_LONGEST)


@checked("the record of the run", "id")
def load_run(record: Any) -> RunRecord:
    """Return the run of a row or document, in which it is JSON."""
    return cast("RunRecord", dict(json.loads(record["run"])))
