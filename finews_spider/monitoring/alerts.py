"""Which of a run's alarms are worth an alert, and what the alert says, in the owner's language."""

from collections.abc import Sequence
from typing import NamedTuple

from finews_spider.i18n import _, recognized
from finews_spider.monitoring.checks import ALARMS, Alarm
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
            text = _(recognized(alarm.text, ALARMS))
            left -= len(text.encode()) + 3  # with its bullet and line break
            if shown and left < 0:
                shown.append(_("and {count} more: see finews status", count=len(self.alarms) - len(shown)))
                break
            shown.append(text)
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
        why = recognized(joined[0].text, ALARMS)
        title = _("finews {site}: {why}", site=site, why=why)
        return Alert(is_well=False, title=title, alarms=[*joined, *known])
    calm = [not run.get("alarms") for run in earlier[: CALM_RUNS - 1]]
    if notified and not alarms and len(calm) == CALM_RUNS - 1 and all(calm):
        return Alert(is_well=True, title=_("finews {site}: all is well again", site=site), alarms=())
    return None


def notified_after(notified: Sequence[str], sent: Alert | None) -> list[str]:
    """Return the keys of the alarms that the owner knows of after the alert *sent*."""
    if sent is None:
        return list(notified)
    return [] if sent.is_well else sorted({*notified, *(alarm.key for alarm in sent.alarms)})
