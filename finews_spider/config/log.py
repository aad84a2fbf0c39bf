"""Sets up the log from the settings."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from finews_spider import logs
from finews_spider.config.values import choice, is_on

URLS = ("FINEWS_STORE", "FINEWS_CLUSTER")
"""Settings with a URL whose password is a secret."""
TOKEN = 8
"""A part of FINEWS_NOTIFY with this many characters may be a token; a shorter one is a word such as a name."""
SWITCHES = ("LOG_ENABLED", "LOG_FILE_APPEND", "LOG_SHORT_NAMES")
OTHERS = ("LOG_FILE", "LOG_ENCODING", "LOG_LEVEL", "LOG_FORMAT", "LOG_DATEFORMAT")


def install_log(settings: Mapping[str, Any]) -> None:
    """Set up the log; call it before a crawl's process starts.

    :raises ConfigError: FINEWS_LOG_FORMAT or a LOG_ setting is wrong, or LOG_FILE can't be written.
    """
    as_json = choice(settings, "FINEWS_LOG_FORMAT", ("text", "json")) == "json"
    switches = {name: is_on({name: settings.get(name, True)}, name) for name in SWITCHES}
    options = {name: settings.get(name) for name in OTHERS} | switches
    logs.install(options, as_json=as_json, secrets=_secrets(settings))


def _secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    for name in URLS:
        url = str(settings.get(name) or "")
        found = re.findall(r"//[^:/@]*:(.*)@", url) + re.findall(r"(?i)[?&]\w*(?:password|token)\w*=([^&]+)", url)
        for secret in found:
            yield from (secret, unquote(secret), unquote_plus(secret))
    for url in str(settings.get("FINEWS_NOTIFY") or "").split():
        for secret in _notify_secrets(url):
            yield from (secret, unquote(secret))


def _notify_secrets(url: str) -> list[str]:
    """Return the parts of an Apprise URL that may hold a secret: all of it but the name of a host."""
    rest = url.partition("://")[2] or url
    address, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    user, _, host = address.rpartition("@")
    pieces = [piece for piece in (host, *re.split(r"[/?&=#:@,]", rest)) if "." not in piece and piece != "localhost"]
    return [
        *(url, rest, path, *path.split("?", 1), user, user.partition(":")[2]),
        *(piece for piece in pieces if len(piece) >= TOKEN),
    ]
