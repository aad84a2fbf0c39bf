"""When a run's alarms are worth a notice, what it says, and whom the settings want told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from finews_spider.errors import ConfigError
from finews_spider.watching.judge import Alarm, Run

SETTLED = 3
"""Runs in a row without an alarm until all is well again: one that comes and goes is told once."""
SLACK = ("SPIDERMON_SLACK_SENDER_TOKEN", "SPIDERMON_SLACK_RECIPIENTS")
TELEGRAM = ("SPIDERMON_TELEGRAM_SENDER_TOKEN", "SPIDERMON_TELEGRAM_RECIPIENTS")
EMAIL = ("SPIDERMON_SMTP_HOST", "SPIDERMON_EMAIL_SENDER", "SPIDERMON_EMAIL_TO")
NOTIFIERS = ("FINEWS_NOTIFY_WEBHOOK", SLACK[0], TELEGRAM[0], EMAIL[0])
"""Settings that switch one on."""


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


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom to tell; empty where nobody."""

    settings: Mapping[str, str]
    """The notifiers' settings by name, as far as they are set."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Read and check the notifiers' settings.

        :raises ConfigError: one of those that belong together is missing, or makes no sense.
        """
        names = [name for name in settings if str(name).startswith("SPIDERMON_")] + ["FINEWS_NOTIFY_WEBHOOK"]
        values = {name: str(settings.get(name) or "").strip() for name in names}
        targets = cls({name: value for name, value in values.items() if value})
        for group in (SLACK, TELEGRAM, EMAIL):
            if any(map(targets.get, group)) and not all(map(targets.get, group)):
                lacking = next(name for name in group if not targets.get(name))
                raise ConfigError(f"{lacking} is empty; {', '.join(group)} belong together")
        if not targets.get("SPIDERMON_SMTP_PORT", "25").isdecimal():
            raise ConfigError("SPIDERMON_SMTP_PORT is no number")
        webhook = targets.get("FINEWS_NOTIFY_WEBHOOK")
        if webhook and (urlsplit(webhook).scheme not in {"http", "https"} or not urlsplit(webhook).hostname):
            raise ConfigError("FINEWS_NOTIFY_WEBHOOK is no http or https URL")
        return targets

    def __bool__(self) -> bool:
        """Whether somebody is to be told."""
        return any(map(self.get, NOTIFIERS))

    def get(self, name: str, default: str = "") -> str:
        """Return a setting, or *default* where it isn't set."""
        return self.settings.get(name, default)

    def many(self, name: str) -> list[str]:
        """Return the values of a comma-separated setting."""
        return [part.strip() for part in self.get(name).split(",") if part.strip()]

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.get(name).lower() in {"1", "true", "yes", "on"}
