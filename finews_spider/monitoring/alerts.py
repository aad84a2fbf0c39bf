"""Which of a run's alarms are worth an alert, and what the alert says."""

from collections.abc import Sequence
from typing import NamedTuple

from finews_spider.monitoring.checks import Alarm
from finews_spider.stores.records import RunRecord

CALM_RUNS = 3
"""Runs in a row without an alarm until all is well again: an alarm that comes and goes is reported once."""
LONGEST = 2000
"""Bytes of an alert's alarms at most: WeCom takes 2048 and drops a longer message without an error."""


class Alert(NamedTuple):
    """A message to the owner."""

    is_well: bool
    title: str
    alarms: Sequence[Alarm]
    """All of the run's alarms, the new ones first."""

    def lines(self) -> list[str]:
        """Return a line for each alarm, as many as fit."""
        shown: list[str] = []
        left = LONGEST - len(self.title.encode())
        for alarm in self.alarms:
            left -= len(alarm.text.encode()) + 3  # with its bullet and line break
            if shown and left < 0:
                shown.append(f"and {len(self.alarms) - len(shown)} more: see finews status")
                break
            shown.append(alarm.text)
        return shown


def next_alert(
    alarms: Sequence[Alarm], notified: Sequence[str], earlier: Sequence[RunRecord], site: str
) -> Alert | None:
    """Return the alert that a run calls for: the mirror turned bad, another alarm joined, or all is well again.

    :param notified: keys of the alarms that the owner knows of.
    :param earlier: the runs before, newest first.
    :param site: the name of this mirror.
    """
    joined = [alarm for alarm in alarms if alarm.key not in notified]
    if joined:
        known = [alarm for alarm in alarms if alarm.key in notified]
        return Alert(is_well=False, title=f"finews {site}: {joined[0].text}", alarms=[*joined, *known])
    calm = [not run.get("alarms") for run in earlier[: CALM_RUNS - 1]]
    if notified and not alarms and len(calm) == CALM_RUNS - 1 and all(calm):
        return Alert(is_well=True, title=f"finews {site}: all is well again", alarms=())
    return None


def notified_after(notified: Sequence[str], sent: Alert | None) -> list[str]:
    """Return the keys of the alarms that the owner knows of after the alert *sent*."""
    if sent is None:
        return list(notified)
    return [] if sent.is_well else sorted({*notified, *(alarm.key for alarm in sent.alarms)})
