"""The record of a run: what the store keeps of each, monitors compare and `finews status --json` shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from finews_spider.errors import StoreError
from finews_spider.items import SHANGHAI
from finews_spider.stores.checks import misfit
from finews_spider.watching.figures import ChannelFigures


class AlarmRecord(TypedDict):
    """What a run's record says of an alarm."""

    monitor: str
    channel: str
    text: str
    field: str
    key: str


class RunRecord(TypedDict):
    """What others read of a run's record; :func:`record` writes it."""

    id: str
    spider: str
    started_at: str
    seconds: NotRequired[float]
    exit_code: NotRequired[int | None]
    requests: NotRequired[int]
    bytes: NotRequired[int]
    new: NotRequired[int]
    revised: NotRequired[int]
    unchanged: NotRequired[int]
    duplicates: NotRequired[int]
    failed: NotRequired[int]
    lists_failed: NotRequired[int]
    pending: NotRequired[int]
    failures: NotRequired[dict[str, int]]
    channels: NotRequired[dict[str, dict[str, Any]]]
    stats: NotRequired[dict[str, Any]]
    export: NotRequired[dict[str, Any] | None]
    alarms: NotRequired[list[AlarmRecord]]
    told: NotRequired[list[str]]


COUNTS = ("new", "revised", "unchanged", "duplicates", "gone", "failed")


def record(stats: Mapping[str, Any], spider: str, figures: Mapping[str, ChannelFigures]) -> dict[str, Any]:
    """Return the record of a crawl that ends now; what comes after the crawl is added to it later."""
    started = stats["start_time"].astimezone(SHANGHAI)
    cause = "finews/failures/"
    own = {name: value for name, value in stats.items() if name.startswith("finews/")}
    failures = {name.removeprefix(cause): count for name, count in own.items() if name.startswith(cause)}
    if "finews/store_failed" in own:
        failures["store"] = 1
    return {
        "id": stats["finews/run"],
        "spider": spider,
        "started_at": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(SHANGHAI) - started).total_seconds(), 1),
        "finish": "",
        "exit_code": None,
        "requests": stats.get("downloader/request_count", 0),
        "bytes": stats.get("downloader/response_bytes", 0),
        **{name: stats.get(f"finews/articles/{name}", 0) for name in COUNTS},
        "lists_failed": stats.get("finews/lists/failed", 0),
        "failures": failures,
        "channels": {name: each.record() for name, each in figures.items()},
        "stats": {name: value for name, value in own.items() if name != "finews/run"},
    }


def has_ended(run: Mapping[str, Any]) -> bool:
    """Whether a run came to its end; else it is writing posts yet, or was killed."""
    return run.get("exit_code") is not None


def check(run: Mapping[str, Any]) -> None:
    """See that *run*, as the store has it, is what :func:`record` wrote.

    :raises StoreError: it isn't.
    """
    wrong = misfit(run, RunRecord)
    if not wrong:
        try:
            datetime.fromisoformat(run["started_at"])
        except ValueError:
            wrong = "started_at is no time"
    if wrong:
        raise StoreError(f"the store's record of the run {run.get('id')!s:.40} can't be read: {wrong}; it is damaged")
