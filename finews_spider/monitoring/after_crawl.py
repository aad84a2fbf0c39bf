"""What comes after a crawl: the export, the run's record completed, its judgement, the metrics and the status page."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.config.notifiers import can_judge
from finews_spider.errors import FAILED, MirrorError, StoreError
from finews_spider.logs import printable
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.monitoring import metrics
from finews_spider.monitoring import status_page as status
from finews_spider.monitoring.alerts import notice, told_after
from finews_spider.monitoring.checks import HISTORY, Alarm, Facts
from finews_spider.monitoring.overview import JUDGED, Overview, look
from finews_spider.stats.runs import record
from finews_spider.stores import open_store
from finews_spider.stores.base import Access
from finews_spider.stores.ids import new_id

logger = logging.getLogger(__name__)

STORE_DOWN = ".finews-store-failed"
"""File in the mirror folder that remembers that its owner was told: the store can't."""
STORE_FAILED = "store_failed::"
"""The alarm's key."""


def conclude(
    config: Config,
    stats: Mapping[str, Any],
    code: int,
    export: Callable[[], Any] | None = None,
    *,
    spider: str = JUDGED,
) -> int:
    """Export, complete the run's record, judge the run, tell of it, and return its exit code.

    :param stats: of the crawl.
    :param code: the crawl's exit code.
    :param export: writes the posts that wait, and returns what it did; None where none is tried.
    :param spider: whose crawl it was.
    :raises BaseException: what ended the export; the rest is done nevertheless.
    """
    began = datetime.now(UTC)
    stats = {"start_time": began, "finews/run": new_id(began), **stats}  # a crawl that was broken off may lack them
    failure: BaseException | None = None
    exported: dict[str, Any] | None = None
    if export:
        try:
            done = export()
            exported = {"written": done.written, "removed": done.removed}
            if done.failed:
                code, exported = code or FAILED, exported | {"failed": len(done.failed)}
        except BaseException as error:  # noqa: BLE001 -- raised again below, when the run is recorded as failed
            said = printable(str(error)) or type(error).__name__
            failure, exported = error, {"written": 0, "removed": 0, "error": said}
    if failure:
        code = code or getattr(failure, "exit_code", FAILED)
    ending = {"finish": stats.get("finish_reason", ""), "exit_code": code, "export": exported}
    try:
        alarms = asyncio.run(_record(config, stats, ending, spider))
    except StoreError as error:
        alarms = _store_down(config, stats, error, spider)
    for alarm in alarms:
        if alarm.key != STORE_FAILED or not (failure or "finews/store_failed" in stats):  # else it is said already
            logs.print_error(f"{alarm.monitor}: {alarm.text}")
    if failure:
        raise failure
    return code or (FAILED if alarms else 0)


def broken_off(config: Config, why: str, *, spider: str = JUDGED) -> None:
    """Record a run that failed before it could do so itself, as far as there is a store that takes it."""
    with suppress(StoreError):
        stats = {"finish_reason": "error", "finews/error": printable(why)}
        conclude(config, stats, FAILED, spider=spider)


def store_away(config: Config, error: StoreError) -> None:
    """Tell of a store that failed before the crawl could begin, which the caller says."""
    now = datetime.now(UTC)
    _store_down(config, {"start_time": now, "finews/run": new_id(now)}, error, JUDGED)


async def _record(config: Config, stats: Mapping[str, Any], ending: Mapping[str, Any], spider: str) -> list[Alarm]:
    """Complete the run's record, and do what follows from it."""
    async with open_store(config.store, Access.CHANGE) as store:
        overview = await look(config, store, HISTORY + 1, stats["start_time"])
        run = next((dict(run) for run in overview.runs if run["id"] == stats["finews/run"]), {})
        run = run or record(stats, spider, {})
        seconds = round(stats.get("elapsed_time_seconds", 0.0), 1)  # by a clock that nobody sets
        run |= {**ending, "seconds": seconds, "pending": overview.summary.pending}
        earlier = [each for each in overview.runs if each["id"] < run["id"] and "alarms" in each]
        try:
            alarms = _judge(config, overview, run, earlier) if spider == JUDGED and can_judge() else []
            run["exit_code"] = run["exit_code"] or (FAILED if alarms else 0)
            await store.save_run(run)
            with suppress(MirrorError):
                MirrorFolder(config.mirror_dir).remove(STORE_DOWN)
            runs = [run, *(each for each in overview.runs if each["id"] != run["id"])]
            _publish(config, replace(overview, runs=runs))
        except Exception:
            await store.save_run(run | {"exit_code": FAILED})
            raise
    return alarms


def _judge(
    config: Config, overview: Overview, run: dict[str, Any], earlier: Sequence[Mapping[str, Any]]
) -> list[Alarm]:
    """Judge *run*, tell of it, and add both to the record."""
    asked = [name for name in run["channels"] if name not in overview.enabled]
    facts = Facts(run, earlier, [*overview.enabled, *asked], overview.states, config.alarm_silence)
    before = list(earlier[0].get("told", ()) if earlier else ())
    if MirrorFolder(config.mirror_dir).is_file(STORE_DOWN):
        before.append(STORE_FAILED)
        earlier = [{**(earlier[0] if earlier else {}), "told": before}, *earlier[1:]]
    alarms = _tell(config, facts, earlier, run["id"])
    run |= {"alarms": [alarm._asdict() | {"key": alarm.key} for alarm in alarms.found]}
    run["told"] = told_after(before, notice(alarms.found, earlier, "")) if alarms.was_told else before
    return alarms.found


class _Told(NamedTuple):
    found: list[Alarm]
    was_told: bool
    """Somebody was told, or nobody is to be told."""


def _tell(config: Config, facts: Facts, earlier: Sequence[Mapping[str, Any]], run_id: str) -> _Told:
    """Judge a run and tell of it."""
    from finews_spider.monitoring import spidermon as monitors  # it needs the extra

    actions = []
    if config.targets:
        from finews_spider.monitoring import notifiers as notify  # its clients take a while to load

        actions = notify.actions(config.targets)
    site = config.site_url.strip("/")
    alarms, told = monitors.judge(facts, actions, earlier=earlier, site=site, run_id=run_id)
    return _Told(alarms, bool(told) or not actions)


def _store_down(config: Config, stats: Mapping[str, Any], error: StoreError, spider: str) -> list[Alarm]:
    """Tell once that the store failed, which can't remember that."""
    mirror = MirrorFolder(config.mirror_dir)
    if spider != JUDGED or not can_judge() or mirror.is_file(STORE_DOWN):
        return [Alarm("store_failed", "", str(error))]
    run = record(stats, spider, {}) | {"stats": {"finews/store_failed": str(error)}}
    alarms = _tell(config, Facts(run, (), (), {}), (), run["id"])
    if alarms.was_told:
        with suppress(MirrorError):
            mirror.write(STORE_DOWN, "")
    return alarms.found


def _publish(config: Config, overview: Overview) -> None:
    """Write what others read of this run; what can't be written is said and ends nothing."""
    try:
        status.write(MirrorFolder(config.mirror_dir), overview)
    except MirrorError as error:
        logger.warning("the run's figures can't be written: %s", error)
    try:
        if config.metrics_file:
            metrics.write(config.metrics_file, overview)
    except OSError as error:
        logger.warning("the run's figures can't be written: %s: %s", config.metrics_file, error.strerror)
