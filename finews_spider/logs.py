"""The log, as text or one JSON object a line: no secret in it, and no line that the upstream could break or forge."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import unquote, unquote_plus

from finews_spider.errors import ConfigError
from finews_spider.times import SHANGHAI

FORMATS = ("text", "json")
URLS = ("FINEWS_STORE", "FINEWS_CLUSTER")
"""Settings whose password is a secret."""
HIDDEN = "***"
SHORTEST = 4
"""Shorter secrets are hidden in URLs alone: they may be a part of any word."""
TOKEN = 8
"""A part of FINEWS_NOTIFY with so many characters may be a token; a shorter one is a word such as a channel's name."""
USERINFO = re.compile(r"(//[^\s:/@]*:)[^\s/]*@")  # up to the last @: a password may hold one
INDENT = "\n    "
"""Before each further line of a message, so that none can pass for a line of its own."""

_secrets: set[str] = set()
_is_json = False
_bound: dict[str, str] = {}


def install(settings: Mapping[str, Any]) -> None:
    """Take the log into hand, as the LOG_ settings and FINEWS_LOG_FORMAT say; call it before a crawl's process starts.

    :raises ConfigError: FINEWS_LOG_FORMAT is no format, LOG_LEVEL no level, or LOG_FILE can't be written.
    """
    global _is_json  # noqa: PLW0603 -- a process has one log
    kind = settings.get("FINEWS_LOG_FORMAT")
    if kind not in FORMATS:
        raise ConfigError(f"FINEWS_LOG_FORMAT: {kind!r} should be {' or '.join(FORMATS)}")
    _is_json = kind == "json"
    _bound.clear()
    _keep_secret(settings)
    for old in [each for each in logging.root.handlers if isinstance(each.formatter, _Formatter)]:
        logging.root.removeHandler(old)
    handler = _handler(settings)
    handler.setFormatter(_Json() if _is_json else _Text(settings.get("LOG_FORMAT"), settings.get("LOG_DATEFORMAT")))
    if _is_on(settings, "LOG_SHORT_NAMES"):
        handler.addFilter(_shorten)
    # Scrapy would let everything through to its handlers; pymongo then writes each command out for nobody.
    logging.root.setLevel(handler.level)
    logging.root.addHandler(handler)


def _handler(settings: Mapping[str, Any]) -> logging.Handler:
    handler: logging.Handler = logging.StreamHandler() if _is_on(settings, "LOG_ENABLED") else logging.NullHandler()
    if file := settings.get("LOG_FILE"):
        mode = "a" if _is_on(settings, "LOG_FILE_APPEND") else "w"
        try:
            handler = _File(file, mode, settings.get("LOG_ENCODING"))
        except OSError as error:
            raise ConfigError(f"LOG_FILE: {file} can't be written", error) from None
    try:
        handler.setLevel(settings["LOG_LEVEL"])
    except ValueError:
        raise ConfigError(f"LOG_LEVEL: {settings.get('LOG_LEVEL')!r} should be DEBUG, INFO, WARNING or ERROR") from None
    return handler


def _is_on(settings: Mapping[str, Any], name: str) -> bool:
    value = str(settings.get(name)).lower()
    if value not in {"1", "true", "0", "false"}:
        raise ConfigError(f"{name}: {settings.get(name)!r} should be 1 or 0")
    return value in {"1", "true"}


def _shorten(record: logging.LogRecord) -> bool:
    """Let Scrapy's parts all bear its name."""
    if record.name.startswith("scrapy."):
        record.name = "scrapy"
    return True


class _File(logging.FileHandler):
    """LOG_FILE: lines that can't be written are lost, which is said once and ends nothing."""

    is_lost = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        """Say the first time what logging would say of each line, with a traceback."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self.is_lost:
            self.is_lost = True
            tell(f"LOG_FILE: {self.baseFilename} can't be written, lines are lost: {error.strerror}")

    def close(self) -> None:
        """Close the file; on a full disk that fails once more."""
        with suppress(OSError):
            super().close()


def _keep_secret(settings: Mapping[str, Any]) -> None:
    for name in URLS:
        url = str(settings.get(name) or "")
        found = re.findall(r"//[^:/@]*:(.*)@", url) + re.findall(r"(?i)[?&]\w*(?:password|token)\w*=([^&]+)", url)
        _secrets.update(each for secret in found for each in (secret, unquote(secret), unquote_plus(secret)))
    found = [part for url in str(settings.get("FINEWS_NOTIFY") or "").split() for part in _notify_secrets(url)]
    _secrets.update(each for secret in found for each in (secret, unquote(secret)))
    _secrets.difference_update([secret for secret in _secrets if len(secret) < SHORTEST])


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


def bind(**fields: str) -> None:
    """Put *fields* into every line of JSON from now on."""
    _bound.update(fields)


def hide(text: str) -> str:
    """Return *text* without the secrets of the settings, nor any password in a URL."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return USERINFO.sub(rf"\1{HIDDEN}@", text)


def escaped(text: str) -> str:
    """Return *text* with whatever would steer a terminal or break a line written as an escape."""
    if text.isprintable():
        return text
    kept = "\u3000\t"
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


def tell(message: str) -> None:
    """Say one thing on standard error that a command has to say, as the log would."""
    line = f"finews: {escaped(hide(message))}"
    if _is_json:
        line = _Json().format(logging.LogRecord("finews", logging.ERROR, "", 0, "%s", (message,), None))
    with suppress(OSError):  # a full disk behind a redirect must not end what goes on
        print(line, file=sys.stderr)


class _Formatter(logging.Formatter):
    """What both formats share."""

    def traceback(self, record: logging.LogRecord) -> str:
        """Return the traceback without secrets, or nothing."""
        parts = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        return hide("\n".join(parts + ([record.stack_info] if record.stack_info else [])))


class _Text(_Formatter):
    """Scrapy's LOG_FORMAT, one line a record; only what finews or Scrapy itself wrote on several stays so, indented."""

    def format(self, record: logging.LogRecord) -> str:
        lines = hide(record.getMessage()).split("\n")
        record.message = (INDENT if "\n" in str(record.msg) else "\\n").join(map(escaped, lines))
        record.asctime = self.formatTime(record, self.datefmt)
        traced = self.traceback(record)
        return self.formatMessage(record) + "".join(INDENT + escaped(line) for line in traced.splitlines())


class _Json(_Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": hide(record.getMessage()),
            **_bound,
        }
        spider = getattr(record, "spider", None)
        said |= {"spider": spider.name} if spider is not None and hasattr(spider, "name") else {}
        said |= {"channel": record.channel} if hasattr(record, "channel") else {}
        traced = self.traceback(record)
        return json.dumps(said | ({"exception": traced} if traced else {}))


def printable(text: str) -> str:
    """Return *text* without what would steer a terminal or break the line."""
    return "".join(character if character.isprintable() else " " for character in text)
