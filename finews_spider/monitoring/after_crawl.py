"""What comes after a crawl: the export, the run's record, its checks, the alert, the metrics and the status page."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.errors import FAILED, MirrorError, StoreError
from finews_spider.i18n import recognized
from finews_spider.logs import printable
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.monitoring import metrics, status_page
from finews_spider.monitoring.alerts import next_alert, notified_after
from finews_spider.monitoring.checks import ALARMS, HISTORY, Alarm, CheckInput, run_checks
from finews_spider.monitoring.overview import CHECKED_SPIDER, Overview, read_overview
from finews_spider.stats import names
from finews_spider.stats.runs import run_record
from finews_spider.stores import open_store
from finews_spider.stores.base import Access
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import ExportRecord, RunRecord, notified

logger = logging.getLogger(__name__)

STORE_FAILURE_SENT = ".finews-store-failed"
"""A file in the mirror folder. It exists while the owner has been notified that the store failed: a store that fails
can't keep that itself."""
STORE_FAILED = "store_failed::"
"""The key of that alarm."""


def finish_run(
    config: Config,
    stats: Mapping[str, Any],
    code: int,
    export: Callable[[], Any] | None = None,
    *,
    spider: str = CHECKED_SPIDER,
) -> RunRecord:
    """Export, complete the run's record, check the run, notify its owner, and return the record.

    :param stats: the crawl's stats.
    :param code: the crawl's exit code.
    :param export: writes the pending posts and returns what it did; None where the run exports nothing.
    :param spider: the name of the crawl's spider.
    :raises BaseException: the error that ended the export; all the rest is done before.
    """
    now = datetime.now(UTC)
    stats = {"start_time": now, names.RUN: new_id(now), **stats}  # a crawl that ended early may lack both
    exported, failure = _export(export)
    if failure:  # an exit of the command line, as where another export holds the lock, has a code of its own
        code = code or getattr(failure, "exit_code", FAILED)
    elif exported and "failed" in exported:
        code = code or FAILED
    try:
        run, alarms = asyncio.run(_complete(config, stats, spider, code, exported))
    except StoreError as error:
        run, alarms = run_record(stats, spider, {}), [_report_store_failure(config, spider, error)]
        _end(run, stats, code or FAILED, exported)
    is_known = failure is not None or names.STORE_FAILED in stats
    for alarm in alarms:
        if alarm.key != STORE_FAILED or not is_known:  # the store's failure was printed when it happened
            logs.print_error("{monitor}: {alarm}", monitor=alarm.monitor, alarm=recognized(alarm.text, ALARMS))
    if failure:
        raise failure
    return run


def record_failed_run(config: Config, why: str, *, spider: str = CHECKED_SPIDER) -> None:
    """Record a run that failed before it could make its own record. Where the store fails too, nothing is recorded."""
    with suppress(StoreError):
        finish_run(config, {"finish_reason": "error", names.ERROR: printable(why)}, FAILED, spider=spider)


def report_store_failure(config: Config, error: StoreError) -> None:
    """Notify the owner that the store failed before the crawl could begin. The caller prints the error."""
    _report_store_failure(config, CHECKED_SPIDER, error)


def _export(export: Callable[[], Any] | None) -> tuple[ExportRecord | None, BaseException | None]:
    """Export, and return what the run's record says of it and the error that ended it."""
    if export is None:
        return None, None
    try:
        done = export()
    except BaseException as error:  # noqa: BLE001 -- finish_run raises it when the run is recorded
        return ExportRecord(written=0, removed=0, error=printable(str(error)) or type(error).__name__), error
    exported = ExportRecord(written=done.written, removed=done.removed)
    if done.failed:
        exported["failed"] = len(done.failed)
    return exported, None


async def _complete(
    config: Config, stats: Mapping[str, Any], spider: str, code: int, exported: ExportRecord | None
) -> tuple[RunRecord, list[Alarm]]:
    """Complete the run's record, check the run and publish its figures; return the record and the alarms."""
    async with open_store(config.store, Access.CHANGE) as store:
        overview = await read_overview(config, store, HISTORY + 1, stats["start_time"])
        stored = next((run for run in overview.runs if run["id"] == stats[names.RUN]), None)
        run = stored or run_record(stats, spider, {})
        _end(run, stats, code, exported)
        run["pending"] = overview.summary.pending
        try:
            alarms = _check(config, overview, run) if spider == CHECKED_SPIDER else []
            run["exit_code"] = code or (FAILED if alarms else 0)
            await store.save_run(run)
            with suppress(MirrorError):
                MirrorFolder(config.mirror_dir).remove(STORE_FAILURE_SENT)
            _publish(config, replace(overview, runs=[run, *(each for each in overview.runs if each is not stored)]))
        except Exception:
            run["exit_code"] = FAILED
            await store.save_run(run)
            raise
    return run, alarms


def _end(run: RunRecord, stats: Mapping[str, Any], code: int, exported: ExportRecord | None) -> None:
    """Put into the record how the crawl and the export ended."""
    run["finish"] = stats.get("finish_reason", "")
    run["exit_code"], run["export"] = code, exported
    run["seconds"] = round(stats.get("elapsed_time_seconds", 0.0), 1)  # by the monotonic clock


def _check(config: Config, overview: Overview, run: RunRecord) -> list[Alarm]:
    """Check *run*, notify the owner, and put both into the record; return the alarms."""
    earlier = [each for each in overview.runs if each["id"] < run["id"] and "alarms" in each]
    others = [name for name in run["channels"] if name not in overview.enabled]
    channels = [*overview.enabled, *others]
    feeds = [channel.name for channel in config.channels() if channel.kind == "feed" and channel.name in channels]
    alarms = run_checks(CheckInput(run, earlier, channels, overview.states, config.alarm_silence, feeds))
    known = notified(earlier[0]) if earlier else []
    if MirrorFolder(config.mirror_dir).is_file(STORE_FAILURE_SENT):
        known = [*known, STORE_FAILED]
    run["alarms"] = [alarm.record() for alarm in alarms]
    run["notified"] = _notify(config, alarms, known, earlier)
    return alarms


def _notify(config: Config, alarms: list[Alarm], known: list[str], earlier: Sequence[RunRecord]) -> list[str]:
    """Notify the owner of what isn't known yet, and return the keys of the alarms that are known then."""
    alert = next_alert(alarms, known, earlier, config.site_url.strip("/"))
    if alert and config.notify:
        from finews_spider.monitoring.notifiers import send  # Apprise takes a while to load

        if not send(config.notify, alert):
            return known
    return notified_after(known, alert)


def _report_store_failure(config: Config, spider: str, error: StoreError) -> Alarm:
    """Notify the owner once that the store failed, and return the alarm."""
    alarm = Alarm("store_failed", "", printable(logs.redact(str(error))))
    mirror = MirrorFolder(config.mirror_dir)
    if spider == CHECKED_SPIDER and not mirror.is_file(STORE_FAILURE_SENT) and _notify(config, [alarm], [], []):
        with suppress(MirrorError):
            mirror.write(STORE_FAILURE_SENT, "")
    return alarm


def _publish(config: Config, overview: Overview) -> None:
    """Write the status page and the metrics. A file that can't be written is a warning."""
    try:
        status_page.write(MirrorFolder(config.mirror_dir), overview)
    except MirrorError as error:
        logger.warning("the run's figures can't be written: %s", error)
    try:
        if config.metrics_file:
            metrics.write(config.metrics_file, overview)
    except OSError as error:
        logger.warning("the run's figures can't be written: %s: %s", config.metrics_file, error.strerror)
