"""Whom the settings want told of alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Self
from urllib.parse import urlsplit

from finews_spider.errors import ConfigError

SLACK = ("SPIDERMON_SLACK_SENDER_TOKEN", "SPIDERMON_SLACK_RECIPIENTS")
TELEGRAM = ("SPIDERMON_TELEGRAM_SENDER_TOKEN", "SPIDERMON_TELEGRAM_RECIPIENTS")
EMAIL = ("SPIDERMON_SMTP_HOST", "SPIDERMON_EMAIL_SENDER", "SPIDERMON_EMAIL_TO")
NOTIFIERS = ("FINEWS_NOTIFY_WEBHOOK", SLACK[0], TELEGRAM[0], EMAIL[0])
"""Settings that switch one on."""


def can_judge() -> bool:
    """Whether the extra that judges runs is installed."""
    return find_spec("spidermon") is not None


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
