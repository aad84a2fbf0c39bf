"""Takes over the log as the settings say."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

from finews_spider import logs
from finews_spider.config.values import choice, is_on

URLS = ("FINEWS_STORE", "FINEWS_CLUSTER")
"""Settings with a URL whose password is a secret."""
WHOLE = (
    "FINEWS_NOTIFY_WEBHOOK",
    "SPIDERMON_SLACK_SENDER_TOKEN",
    "SPIDERMON_TELEGRAM_SENDER_TOKEN",
    "SPIDERMON_SMTP_PASSWORD",
)
"""Settings whose whole value is a secret."""
SWITCHES = ("LOG_ENABLED", "LOG_FILE_APPEND", "LOG_SHORT_NAMES")
OTHERS = ("LOG_FILE", "LOG_ENCODING", "LOG_LEVEL", "LOG_FORMAT", "LOG_DATEFORMAT")


def install_log(settings: Mapping[str, Any]) -> None:
    """Take over the log; call it before a crawl's process starts.

    :raises ConfigError: FINEWS_LOG_FORMAT or a LOG_ setting is wrong, or LOG_FILE can't be written.
    """
    as_json = choice(settings, "FINEWS_LOG_FORMAT", ("text", "json")) == "json"
    options = {name: settings.get(name) for name in OTHERS} | {name: is_on(settings, name) for name in SWITCHES}
    logs.install(options, as_json=as_json, secrets=_secrets(settings))


def _secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in URLS:
        url = str(settings.get(name) or "")
        found = re.findall(r"//[^:/@]*:(.*)@", url) + re.findall(r"(?i)[?&]\w*(?:password|token)\w*=([^&]+)", url)
        for secret in found:
            yield from (secret, unquote(secret), unquote_plus(secret))
    for name in WHOLE:
        yield str(settings.get(name) or "")
    webhook = urlsplit(str(settings.get("FINEWS_NOTIFY_WEBHOOK") or ""))
    yield from (webhook.path, webhook.query)  # an error may have these alone
