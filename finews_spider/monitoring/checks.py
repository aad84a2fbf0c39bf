"""Whether a run was bad: each judgement is a function of the run, those before it, the channels and the store.

What there is no history of is not judged, and where a run says nothing of a channel (its list hadn't changed, say),
an alarm that the run before had goes on. Runs that had an alarm are no measure for later ones, unless all of the last
HISTORY had it: then it is how things are now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from finews_spider.stores.records import ChannelState
from finews_spider.times import span

HISTORY = 288
"""Runs that a run is compared with: a day of ticks."""
WATCHED = timedelta(days=7)
"""A channel's silence is judged when it was watched for a week: its nights and its weekend are then known."""
LATE = timedelta(hours=1)
"""What a channel may be silent beyond its measure: lists lag, and ticks come in steps."""
FEW_RUNS = 3
"""Runs that make a history, and that may end without writing a post that waits."""
MANY_RUNS = 6
"""Runs in a row that couldn't read a channel, and LATE at least, until that is worth an alarm."""
FEW_ROWS, FEW_FAILURES, FEW_TEXTS = 5, 5, 5
"""Fewer rows, failures or texts than these tell nothing."""
LACKING = 0.5
"""Share of rows that lack a field, above that of earlier runs."""
RISE, MORE = 3, 0.2
"""Times the earlier share of failures, and what comes on top of it."""
SHORTER = 0.4
"""Part of the usual length of its texts from which on a channel's are short."""
RECENT = 12
"""Runs, an hour of ticks, whose texts are put together where one has too few."""
UNEXPORTED = timedelta(days=1)
"""How long posts may wait where runs leave the export to others."""

Run = Mapping[str, Any]


class Alarm(NamedTuple):
    """One thing that is wrong."""

    monitor: str
    channel: str
    """Empty where the alarm is about the whole run."""
    text: str
    """For a person, in one line."""
    field: str = ""
    """What rows lack, where it is that."""

    @property
    def key(self) -> str:
        """What is the same in two runs where the same thing is wrong."""
        return f"{self.monitor}:{self.channel}:{self.field}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a judgement may know."""

    run: Run
    earlier: Sequence[Run]
    """Runs of the same kind that were judged, newest first."""
    channels: Sequence[str]
    """Those that are enabled or were asked."""
    states: Mapping[str, ChannelState]
    silence: float = 1.5
    """How many times its longest silence a channel may be silent."""

    def part(self, run: Run, channel: str) -> Mapping[str, Any]:
        """Return what *run* says of *channel*."""
        return run.get("channels", {}).get(channel, {})  # type: ignore[no-any-return]

    def clean(self, key: str) -> list[Run]:
        """Return the earlier runs that hadn't this alarm, or all where every one of a whole history had."""
        clean = [run for run in self.earlier if all(alarm["key"] != key for alarm in run.get("alarms", ()))]
        return clean if clean or len(self.earlier) < HISTORY else list(self.earlier)

    def still(self, monitor: str, channel: str) -> Iterator[Alarm]:
        """Give the alarms that the run before this one had of *channel*."""
        for alarm in self.earlier[0].get("alarms", ()) if self.earlier else ():
            if (alarm["monitor"], alarm["channel"]) == (monitor, channel):
                yield Alarm(monitor, channel, alarm["text"], alarm["field"])


def store_failed(facts: Facts) -> Iterator[Alarm]:
    """The store failed."""
    if why := facts.run.get("stats", {}).get("finews/store_failed"):
        yield Alarm("store_failed", "", str(why))


def channels_failed(facts: Facts) -> Iterator[Alarm]:
    """No channel could be read."""
    asked = facts.run.get("channels", {}).values()
    failed = [part["failed"] for part in asked if part.get("failed")]
    if failed and len(failed) == len(asked):
        causes = ", ".join(sorted(set(failed)))
        yield Alarm("channels_failed", "", f"none of the {len(failed)} channels asked could be read: {causes}")


def channel_failing(facts: Facts) -> Iterator[Alarm]:
    """A channel can't be read for some time."""
    for name in facts.channels:
        state = facts.states.get(name)
        if state is None or state.failures < MANY_RUNS:
            continue
        since = began(facts.run) - state.succeeded_at if state.succeeded_at else None
        if since is None or since >= LATE:
            ago = f", last {span(since.total_seconds())} ago" if since else ""
            text = f"channel {name} couldn't be read {state.failures} times in a row{ago}: {state.error}"
            yield Alarm("channel_failing", name, text)


def channel_silent(facts: Facts) -> Iterator[Alarm]:
    """A channel has said nothing new for longer than it ever did."""
    for name in facts.channels:
        state = facts.states.get(name)
        if state is None or state.watched < WATCHED.total_seconds():
            continue
        if state.silent > state.longest_silence * facts.silence + LATE.total_seconds():
            silent, longest = span(state.silent), span(state.longest_silence)
            text = f"channel {name} has been silent for {silent}; the longest before was {longest}"
            yield Alarm("channel_silent", name, text)


def fields_missing(facts: Facts) -> Iterator[Alarm]:
    """A channel's rows lack what they used to have."""
    for name in facts.channels:
        now = facts.part(facts.run, name)
        if now.get("rows", 0) < FEW_ROWS:
            yield from facts.still("fields_missing", name)
            continue
        for field, lacking in now.get("missing", {}).items():
            before = [facts.part(run, name) for run in facts.clean(f"fields_missing:{name}:{field}")]
            before = [part for part in before if part.get("rows")]
            if len(before) < FEW_RUNS:
                continue
            rows = sum(part["rows"] for part in before)
            usual = sum(part.get("missing", {}).get(field, 0) for part in before) / rows
            if lacking / now["rows"] >= usual + LACKING:
                text = f"channel {name}: {lacking} of {now['rows']} rows lack {field}; before, {usual:.0%} did"
                yield Alarm("fields_missing", name, text, field)


def failures_rising(facts: Facts) -> Iterator[Alarm]:
    """More fails than did before."""
    failed, share = _failed(facts.run)
    before = facts.clean("failures_rising::")
    if failed < FEW_FAILURES or len(before) < FEW_RUNS:
        return
    tried = sum(_tried(run) for run in before)
    usual = sum(_failed(run)[0] for run in before) / tried if tried else 0.0
    if share > usual * RISE + MORE:
        causes = ", ".join(f"{count} {cause}" for cause, count in sorted(facts.run["failures"].items()))
        text = f"{failed} of {_tried(facts.run)} articles and lists failed ({causes}); before, {usual:.0%} did"
        yield Alarm("failures_rising", "", text)


def _failed(run: Run) -> tuple[int, float]:
    failed = run.get("failed", 0) + run.get("lists_failed", 0)
    return failed, failed / max(1, _tried(run))


def _tried(run: Run) -> int:
    return int(sum(run.get(name, 0) for name in ("new", "revised", "failed"))) + len(run.get("channels", ()))


def text_short(facts: Facts) -> Iterator[Alarm]:
    """A channel's texts are much shorter than they were."""
    for name in facts.channels:
        if not facts.part(facts.run, name).get("texts"):
            yield from facts.still("text_short", name)
            continue
        recent = [facts.part(facts.run, name)]
        for run in facts.earlier[:RECENT]:
            if sum(part["texts"] for part in recent) >= FEW_TEXTS:
                break
            recent += [part] if (part := facts.part(run, name)).get("texts") else []
        before = [facts.part(run, name) for run in facts.clean(f"text_short:{name}:")]
        # Those that are looked at now aren't what they are compared with.
        before = [part for part in before if part.get("texts") and all(part is not each for each in recent)]
        enough = sum(part["texts"] for part in recent) >= FEW_TEXTS
        if len(before) < FEW_RUNS or not enough or sum(part["texts"] for part in before) < 2 * FEW_TEXTS:
            continue
        now, usual = _length(recent), _length(before)
        if now < usual * SHORTER:
            text = f"channel {name}: its texts have {now:.0f} characters; before, they had {usual:.0f}"
            yield Alarm("text_short", name, text)


def _length(parts: Sequence[Mapping[str, Any]]) -> float:
    return median(int(part["text_median"]) for part in parts for _ in range(min(part["texts"], 100)))


def nothing_exported(facts: Facts) -> Iterator[Alarm]:
    """Posts wait for export, and none is written."""
    waiting: list[Run] = []
    for run in (facts.run, *facts.earlier):
        fewer = waiting and run.get("pending", 0) > waiting[-1]["pending"]
        if not run.get("pending") or (run.get("export") or {}).get("written") or fewer:
            break
        waiting.append(run)
    if not waiting:
        return
    tried = sum(run.get("export") is not None for run in waiting)
    if tried >= FEW_RUNS or began(facts.run) - began(waiting[-1]) >= UNEXPORTED:
        text = f"{facts.run['pending']} posts wait for export, and none was written in {len(waiting)} runs"
        why = (facts.run.get("export") or {}).get("error")
        yield Alarm("nothing_exported", "", f"{text}: {why}" if why else text)


def began(run: Run) -> datetime:
    """Return when a run began."""
    return datetime.fromisoformat(run["started_at"])


JUDGEMENTS: tuple[Callable[[Facts], Iterator[Alarm]], ...] = (
    store_failed,
    channels_failed,
    channel_failing,
    channel_silent,
    fields_missing,
    failures_rising,
    text_short,
    nothing_exported,
)
"""Each by the name of its alarms."""
