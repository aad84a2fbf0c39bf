"""Whether a run was bad. Each check is a function of the run, the runs before it, the channels and the store.

A check raises no alarm where it has no history to compare with. Where a run learned nothing of a channel, for example
because its list hadn't changed, the alarm that the previous run had about the channel stays. A run that had an alarm is
not compared with later runs, unless all of the last HISTORY runs had that alarm: then it is the normal state.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from finews_spider.errors import describe_internal_error
from finews_spider.i18n import Message
from finews_spider.logs import printable, redact
from finews_spider.stats import names
from finews_spider.stores.records import AlarmRecord, ChannelState, RunRecord
from finews_spider.times import SHANGHAI, SPANS, span

logger = logging.getLogger(__name__)

HISTORY = 288
"""Runs that a run is compared with: a day of runs."""
WATCHED = timedelta(days=7)
"""How long a channel is watched before its silence is checked: its nights and its weekend are known then."""
STALE = timedelta(days=30)
"""How old the newest article of a new channel may be. Many feeds on the web are served for years without new items."""
LATE = timedelta(hours=1)
"""How much longer than its limit a channel may be silent: lists lag, and runs come in steps."""
FEW_RUNS = 3
"""The fewest runs that make a history. An alarm is raised when this many runs wrote none of the pending posts."""
MANY_RUNS = 6
"""An alarm is raised when this many runs in a row, over at least LATE, couldn't read a channel."""
FEW_ROWS, FEW_FAILURES, FEW_TEXTS = 5, 5, 5
"""A run with fewer rows, failures or texts is not checked for these."""
LACKING = 0.5
"""An alarm is raised when the share of rows that lack a field has risen by this much."""
RISE, MORE = 3, 0.2
"""How many times the earlier share of failures is normal, and what is added to it."""
SHORTER = 0.4
"""A channel's texts are short below this part of their usual length."""
RECENT = 12
"""Runs, an hour of runs, whose texts are put together where one run has too few."""
UNEXPORTED = timedelta(days=1)
"""How long posts may wait where the runs leave the export to others."""

NONE_READ = Message("none of the {count} polled channels could be read: {causes}")
FAILING = Message("channel {channel} couldn't be read {count} times in a row: {error}")
FAILING_SINCE = Message("channel {channel} couldn't be read {count} times in a row, last {last} ago: {error}")
SILENT = Message("channel {channel} has been silent for {silent}; the longest before was {longest}")
OLD = Message("channel {channel} is new, and its newest article is of {day}: its publisher may have given it up")
LACK = Message("channel {channel}: {lacking} of {rows} rows lack {field}; before, {usual} did")
FAILED = Message("{failed} of {tried} articles and lists failed ({causes}); before, {usual} did")
SHORT = Message("channel {channel}: its texts have {now} characters; before, they had {usual}")
UNWRITTEN = Message("{posts} posts wait for export, and none was written in {runs} runs")
UNWRITTEN_WHY = Message("{posts} posts wait for export, and none was written in {runs} runs: {why}")
ALARMS = (NONE_READ, FAILING_SINCE, FAILING, SILENT, OLD, LACK, FAILED, SHORT, UNWRITTEN_WHY, UNWRITTEN, *SPANS)
"""The templates of the alarms' texts. A run's record has the texts in English, and a terminal shows them translated."""


class Alarm(NamedTuple):
    """One thing that is wrong."""

    monitor: str
    """The name of the check that raised it."""
    channel: str
    """Empty where the alarm is about the whole run."""
    text: str
    """One line for a person."""
    field: str = ""
    """The field that rows lack, where the alarm is about one."""

    @property
    def key(self) -> str:
        """Identifies what is wrong. It is equal in two runs in which the same thing is wrong."""
        return f"{self.monitor}:{self.channel}:{self.field}"

    def record(self) -> AlarmRecord:
        """Return the alarm for the run's record."""
        return AlarmRecord(monitor=self.monitor, channel=self.channel, text=self.text, field=self.field, key=self.key)


@dataclass(frozen=True, slots=True)
class CheckInput:
    """What a check reads."""

    run: RunRecord
    earlier: Sequence[RunRecord]
    """The runs of the same spider that were checked, newest first."""
    channels: Sequence[str]
    """The names of the channels that are enabled or that the run polled."""
    states: Mapping[str, ChannelState]
    silence: float = 1.5
    """How many times its longest silence a channel may be silent."""
    feeds: Sequence[str] = ()
    """Those of the channels that are feeds."""

    def runs_without(self, key: str) -> list[RunRecord]:
        """Return the earlier runs without this alarm, or all of them where each run of a whole history had it."""
        clean = [run for run in self.earlier if all(alarm["key"] != key for alarm in run.get("alarms", ()))]
        return clean if clean or len(self.earlier) < HISTORY else list(self.earlier)

    def last_alarms(self, monitor: str, channel: str) -> Iterator[Alarm]:
        """Yield the alarms that the previous run had about *channel*."""
        for alarm in self.earlier[0].get("alarms", ()) if self.earlier else ():
            if (alarm["monitor"], alarm["channel"]) == (monitor, channel):
                yield Alarm(monitor, channel, alarm["text"], alarm["field"])


def run_checks(given: CheckInput) -> list[Alarm]:
    """Return the alarms of all checks. A check that fails itself is logged as an error, and the others run."""
    alarms: list[Alarm] = []
    for check in CHECKS:
        try:
            # The texts may quote the upstream, and go to terminals and to services.
            alarms += [alarm._replace(text=printable(redact(alarm.text))) for alarm in check(given)]
        except Exception as error:  # noqa: BLE001 -- the other checks still run
            logger.error("the check %s failed: %s; please report it", check.__name__, describe_internal_error(error))
    return alarms


def channel_part(run: RunRecord, channel: str) -> Mapping[str, Any]:
    """Return what *run* learned of *channel*."""
    return run.get("channels", {}).get(channel, {})


def store_failed(given: CheckInput) -> Iterator[Alarm]:
    """The store failed."""
    if why := given.run.get("stats", {}).get(names.STORE_FAILED):
        yield Alarm("store_failed", "", str(why))


def channels_failed(given: CheckInput) -> Iterator[Alarm]:
    """No channel could be read."""
    polled = given.run.get("channels", {}).values()
    failed = [part["failed"] for part in polled if part.get("failed")]
    if failed and len(failed) == len(polled):
        causes = ", ".join(sorted(set(failed)))
        yield Alarm("channels_failed", "", NONE_READ.format(count=len(failed), causes=causes))


def channel_failing(given: CheckInput) -> Iterator[Alarm]:
    """A channel hasn't been read for some time."""
    for name in given.channels:
        state = given.states.get(name)
        if state is None or state.failures < MANY_RUNS:
            continue
        since = began(given.run) - state.succeeded_at if state.succeeded_at else None
        if since is None or since >= LATE:
            template = FAILING_SINCE if since else FAILING
            last = span(since.total_seconds()) if since else ""
            text = template.format(channel=name, count=state.failures, last=last, error=state.error)
            yield Alarm("channel_failing", name, text)


def channel_silent(given: CheckInput) -> Iterator[Alarm]:
    """A channel has listed nothing new for longer than ever before."""
    for name in given.channels:
        state = given.states.get(name)
        if state is None or state.watched < WATCHED.total_seconds():
            continue
        if state.silent > state.longest_silence * given.silence + LATE.total_seconds():
            silent, longest = span(state.silent), span(state.longest_silence)
            yield Alarm("channel_silent", name, SILENT.format(channel=name, silent=silent, longest=longest))


def channel_stale(given: CheckInput) -> Iterator[Alarm]:
    """A new feed lists only old articles. After a week its silence is checked instead."""
    for name in given.feeds:
        state = given.states.get(name)
        if state is None or state.newest is None or state.longest_silence or state.watched >= WATCHED.total_seconds():
            continue
        if began(given.run) - state.newest > STALE:
            yield Alarm("channel_stale", name, OLD.format(channel=name, day=f"{state.newest.astimezone(SHANGHAI):%F}"))


def fields_missing(given: CheckInput) -> Iterator[Alarm]:
    """The rows of a channel lack a field that they had before."""
    for name in given.channels:
        now = channel_part(given.run, name)
        if now.get("rows", 0) < FEW_ROWS:
            yield from given.last_alarms("fields_missing", name)
            continue
        for field, lacking in now.get("missing", {}).items():
            before = [channel_part(run, name) for run in given.runs_without(f"fields_missing:{name}:{field}")]
            before = [part for part in before if part.get("rows")]
            if len(before) < FEW_RUNS:
                continue
            rows = sum(part["rows"] for part in before)
            usual = sum(part.get("missing", {}).get(field, 0) for part in before) / rows
            if lacking / now["rows"] >= usual + LACKING:
                text = LACK.format(channel=name, lacking=lacking, rows=now["rows"], field=field, usual=f"{usual:.0%}")
                yield Alarm("fields_missing", name, text, field)


def failures_rising(given: CheckInput) -> Iterator[Alarm]:
    """A larger share of articles and lists failed than before."""
    failed, share = _failed(given.run)
    before = given.runs_without("failures_rising::")
    if failed < FEW_FAILURES or len(before) < FEW_RUNS:
        return
    tried = sum(_tried(run) for run in before)
    usual = sum(_failed(run)[0] for run in before) / tried if tried else 0.0
    if share > usual * RISE + MORE:
        causes = ", ".join(f"{count} {cause}" for cause, count in sorted(given.run["failures"].items()))
        text = FAILED.format(failed=failed, tried=_tried(given.run), causes=causes, usual=f"{usual:.0%}")
        yield Alarm("failures_rising", "", text)


def _failed(run: RunRecord) -> tuple[int, float]:
    failed = run.get("failed", 0) + run.get("lists_failed", 0)
    return failed, failed / max(1, _tried(run))


def _tried(run: RunRecord) -> int:
    return run.get("new", 0) + run.get("revised", 0) + run.get("failed", 0) + len(run.get("channels", ()))


def text_short(given: CheckInput) -> Iterator[Alarm]:
    """The texts of a channel are much shorter than before."""
    for name in given.channels:
        if not channel_part(given.run, name).get("texts"):
            yield from given.last_alarms("text_short", name)
            continue
        recent = [channel_part(given.run, name)]
        for run in given.earlier[:RECENT]:
            if sum(part["texts"] for part in recent) >= FEW_TEXTS:
                break
            recent += [part] if (part := channel_part(run, name)).get("texts") else []
        before = [channel_part(run, name) for run in given.runs_without(f"text_short:{name}:")]
        # A run whose texts are checked now is not compared with itself.
        before = [part for part in before if part.get("texts") and all(part is not each for each in recent)]
        enough = sum(part["texts"] for part in recent) >= FEW_TEXTS
        if len(before) < FEW_RUNS or not enough or sum(part["texts"] for part in before) < 2 * FEW_TEXTS:
            continue
        now, usual = _length(recent), _length(before)
        if now < usual * SHORTER:
            yield Alarm("text_short", name, SHORT.format(channel=name, now=f"{now:.0f}", usual=f"{usual:.0f}"))


def _length(parts: Sequence[Mapping[str, Any]]) -> float:
    return median(int(part["text_median"]) for part in parts for _ in range(min(part["texts"], 100)))


def nothing_exported(given: CheckInput) -> Iterator[Alarm]:
    """Posts wait for export, and the runs write none."""
    waiting: list[RunRecord] = []
    for run in (given.run, *given.earlier):
        fewer = waiting and run.get("pending", 0) > waiting[-1]["pending"]
        if not run.get("pending") or (run.get("export") or {}).get("written") or fewer:
            break
        waiting.append(run)
    if not waiting:
        return
    tried = sum(run.get("export") is not None for run in waiting)
    if tried >= FEW_RUNS or began(given.run) - began(waiting[-1]) >= UNEXPORTED:
        why = (given.run.get("export") or {}).get("error")
        template = UNWRITTEN_WHY if why else UNWRITTEN
        yield Alarm("nothing_exported", "", template.format(posts=given.run["pending"], runs=len(waiting), why=why))


def began(run: RunRecord) -> datetime:
    """Return when a run began."""
    return datetime.fromisoformat(run["started_at"])


CHECKS: tuple[Callable[[CheckInput], Iterator[Alarm]], ...] = (
    store_failed,
    channels_failed,
    channel_failing,
    channel_silent,
    channel_stale,
    fields_missing,
    failures_rising,
    text_short,
    nothing_exported,
)
"""Each function has the name of its alarms."""
