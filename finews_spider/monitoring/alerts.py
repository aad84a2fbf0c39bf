"""When a run's alarms are worth a notice, and what it says."""

from collections.abc import Sequence
from typing import NamedTuple

from finews_spider.monitoring.checks import Alarm, Run

SETTLED = 3
"""Runs in a row without an alarm until all is well again: one that comes and goes is told once."""


class Notice(NamedTuple):
    """What is told."""

    is_well: bool
    title: str
    alarms: Sequence[Alarm]
    """All of the run's, the new ones first."""

    @property
    def text(self) -> str:
        return "\n".join([self.title, *(f"- {alarm.text}" for alarm in self.alarms)])


def notice(alarms: Sequence[Alarm], earlier: Sequence[Run], site: str) -> Notice | None:
    """Return what is to be told now: that it turned bad, that more is bad, or that all is well again.

    :param earlier: the runs before, newest first; ``told`` is what their owner knows.
    :param site: which mirror this is.
    """
    told = set(earlier[0].get("told", ()) if earlier else ())
    joined = [alarm for alarm in alarms if alarm.key not in told]
    if joined:
        known = [alarm for alarm in alarms if alarm.key in told]
        return Notice(is_well=False, title=f"finews {site}: {joined[0].text}", alarms=[*joined, *known])
    calm = [not run.get("alarms") for run in earlier[: SETTLED - 1]]
    if told and not alarms and len(calm) == SETTLED - 1 and all(calm):
        return Notice(is_well=True, title=f"finews {site}: all is well again", alarms=())
    return None


def told_after(told: Sequence[str], said: Notice | None) -> list[str]:
    """Return the keys of what the owner knows once *said* was told."""
    if said is None or said.is_well:
        return [] if said else list(told)
    return sorted({*told, *(alarm.key for alarm in said.alarms)})
