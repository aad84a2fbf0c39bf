"""The records that pass between a store and those who use it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Required, TypedDict

from finews_spider.errors import StoreError
from finews_spider.items import Article, ArticleRef, Listing
from finews_spider.stores.checks import misfit

RETRY_STEP = timedelta(minutes=5)
RETRY_LONGEST = timedelta(days=1)
RETRY_HORIZON = RETRY_LONGEST + timedelta(hours=1)
"""A next try further away than that is a wrong clock's, and due; the hour is for crawls that began before it failed."""
EARLY = timedelta(minutes=2)
"""How much earlier than its interval a channel is due at most, a fifth of it otherwise: runs don't begin to the second,
and one that comes a little early mustn't leave the channel to the next."""


class Outcome(StrEnum):
    """What saving an article came to."""

    INSERTED = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    REFUSED = "taken down"
    """The article was taken down; it never comes back by crawling."""


@dataclass(slots=True)
class Known:
    """What the store knows of a code that a list names."""

    listings: dict[str, Listing]
    newest: datetime | None = None
    """The latest showtime stored; None where only a failure is known."""
    taken_down: bool = False
    retry_at: datetime | None = None
    """Fetching it failed before and is due again then."""

    def wants(self, ref: ArticleRef, now: datetime) -> bool:
        """Whether *ref* shows something that isn't stored: a revision, or an article that is due to be tried again."""
        if self.taken_down:
            return False
        if self.retry_at is not None and not now < self.retry_at <= now + RETRY_HORIZON:
            return True
        listing = self.listings.get(ref.channel)
        if listing is not None:
            return listing != Listing(ref.time, ref.title)
        # A channel that never listed it says nothing about a revision by its title, which lists shorten at will.
        return ref.time is not None and self.newest is not None and ref.time > self.newest

    def has(self, ref: ArticleRef, began: datetime) -> bool:
        """Whether what *ref* shows came, or was remembered as failed, in a run that *began* then."""
        return (self.retry_at is not None and self.retry_at > began) or not self.wants(ref, began)


@dataclass(slots=True)
class ChannelState:
    """What is remembered of a channel between two runs."""

    name: str
    asked_at: datetime | None = None
    succeeded_at: datetime | None = None
    newest: datetime | None = None
    """Showtime of the newest article it ever listed."""
    complete: bool = False
    """The last run that asked it got through: all it listed is stored or remembered as failed."""
    validators: dict[str, dict[str, str]] = field(default_factory=dict)
    """URL → ``If-None-Match`` and ``If-Modified-Since`` for the next conditional GET; only while complete."""
    failures: int = 0
    """Runs in a row in which its list couldn't be read."""
    error: str = ""
    """What went wrong last, in one line; empty after a success."""
    watched: float = 0.0
    """Seconds over which runs looked at it."""
    silent: float = 0.0
    """Seconds of these since a run found something newer than before."""
    longest_silence: float = 0.0
    """The most seconds that it was ever silent until it said something again."""

    def is_due(self, interval: timedelta | None, now: datetime) -> bool:
        """Whether a run that begins *now* asks the list: *interval* has passed, or the last run didn't get through.

        :param interval: how long a run leaves the list alone; None: every run asks it.
        """
        if interval is None or not self.complete or self.succeeded_at is None:
            return True
        # A time to come is a wrong clock's, which would else silence the channel until then.
        return not timedelta(0) <= now - self.succeeded_at < interval - min(interval / 5, EARLY)


class Alias(NamedTuple):
    """Another URL at which an imported mirror had an article."""

    url: str
    """From the site's root on."""
    path: str
    """Where its post lay below that mirror."""


@dataclass(slots=True)
class Post:
    """An article as the mirror has it: with what its first export fixed."""

    article: Article
    """Without its listings, which no post shows."""
    path: str = ""
    """Path below the mirror folder, empty before the first export."""
    category: str = ""
    """The post's category, a part of its URL in Jekyll; empty before the first export, and where the post has none."""
    taken_down: bool = False
    old: bool = False
    """It was moved out of ``_posts`` for its age."""
    pending: bool = True
    """It waits for export."""
    aliases: tuple[Alias, ...] = ()


@dataclass(slots=True, frozen=True)
class Selection:
    """Which articles are asked for: all, less what each field leaves out."""

    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    media: str = ""
    stock: str = ""
    """A quote code such as ``116.09988``."""


@dataclass(slots=True)
class Version:
    """An earlier version of an article."""

    revision: int
    shown_at: datetime | None
    title: str
    body: str
    stocks: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """The store's figures, as `finews status` shows them."""

    articles: int
    duplicates: int
    revisions: int
    pending: int
    """Articles that wait for export."""
    today: dict[str, int]
    """Channel → articles it listed that were first seen since the time asked for."""
    failed: dict[str, int]
    """Channel → articles that couldn't be fetched yet."""


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
        raise StoreError(f"the store's record of the run {run.get('id')!s:.40} can't be read: {wrong}; it is damaged")


def retry_pause(attempts: int) -> timedelta:
    """Return how long to wait after so many failed *attempts*: none, 5, 15, 35 minutes … a day at most."""
    return min(RETRY_STEP * ((1 << min(attempts - 1, 12)) - 1), RETRY_LONGEST)
