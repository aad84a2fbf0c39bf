"""The log, as text or as one JSON object a line. It shows no secret, and the upstream can't break or forge a line."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO

from finews_spider.errors import ConfigError, FinewsError
from finews_spider.i18n import Message, _, message_of
from finews_spider.times import SHANGHAI

HIDDEN = "***"
SHORTEST = 4
"""Shorter secrets are hidden only in URLs, since any word may contain them."""
USERINFO = re.compile(r"(//[^\s:/@]*:)[^\s/]*@")  # up to the last @: a password may hold one
INDENT = "\n    "
"""Begins each further line of a message, so that no line looks like a message of its own."""

_secrets: set[str] = set()
_is_json = False
_bound: dict[str, str] = {}


def install(options: Mapping[str, Any], *, as_json: bool, secrets: Iterable[str]) -> None:
    """Set up the log.

    :param options: Scrapy's LOG_ settings, the switches among them as bool.
    :param secrets: what no line may show, besides passwords in URLs.
    :raises ConfigError: LOG_LEVEL is wrong, or LOG_FILE can't be written.
    """
    global _is_json  # noqa: PLW0603 -- a process has one log
    _is_json = as_json
    _bound.clear()
    _secrets.update(secret for secret in secrets if len(secret) >= SHORTEST)
    for old in _installed():
        logging.root.removeHandler(old)
    handler = _handler(options)
    handler.setFormatter(_Json() if as_json else _Text(options["LOG_FORMAT"], options["LOG_DATEFORMAT"]))
    if options["LOG_SHORT_NAMES"]:
        handler.addFilter(_shorten)
    # Scrapy sets the root to NOTSET, and pymongo would then format each command although nothing logs it.
    logging.root.setLevel(handler.level)
    logging.root.addHandler(handler)


def is_installed() -> bool:
    """Return whether the log was set up."""
    return bool(_installed())


def _installed() -> list[logging.Handler]:
    return [each for each in logging.root.handlers if isinstance(each.formatter, _Formatter)]


def _handler(options: Mapping[str, Any]) -> logging.Handler:
    handler: logging.Handler = _StandardError() if options["LOG_ENABLED"] else logging.NullHandler()
    if file := options["LOG_FILE"]:
        try:
            handler = _File(file, "a" if options["LOG_FILE_APPEND"] else "w", options["LOG_ENCODING"])
        except OSError as error:
            raise ConfigError("LOG_FILE: {file} can't be written", error, file=file) from None
    try:
        handler.setLevel(options["LOG_LEVEL"])
    except ValueError:
        raise ConfigError(
            "LOG_LEVEL: {level!r} should be DEBUG, INFO, WARNING, ERROR or CRITICAL", level=options["LOG_LEVEL"]
        ) from None
    return handler


def _shorten(record: logging.LogRecord) -> bool:
    """Name all of Scrapy's loggers ``scrapy``."""
    if record.name.startswith("scrapy."):
        record.name = "scrapy"
    return True


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to ``sys.stderr`` as it is now: a progress bar takes its place, and puts lines above itself."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """logging sets the stream of the moment at which the handler is made."""


class _File(logging.FileHandler):
    """LOG_FILE. Lines that can't be written are lost; a line on standard error reports that; the command continues."""

    is_lost = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        """Report the first line that is lost. logging would print a traceback for each."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self.is_lost:
            self.is_lost = True
            print_error(
                "LOG_FILE: {file} can't be written, lines are lost: {why}",
                file=self.baseFilename,
                why=error.strerror,
            )

    def close(self) -> None:
        """Close the file, which fails too when the disk is full."""
        with suppress(OSError):
            super().close()


def bind(**fields: str) -> None:
    """Add *fields* to every line of JSON from now on."""
    _bound.update(fields)


def redact(text: str) -> str:
    """Return *text* without the secrets of the settings and without passwords in URLs."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return USERINFO.sub(rf"\1{HIDDEN}@", text)


def escaped(text: str) -> str:
    """Return *text* with every character that controls a terminal or breaks a line written as an escape."""
    if text.isprintable():
        return text
    kept = "\u3000\t"
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


def print_error(message: str | FinewsError, **values: object) -> None:
    """Print a message of a command to standard error: for a person, or in English as a line of a log in JSON.

    :param message: an error, a Message, or the template of one with its *values*.
    """
    message = Message(message_of(message), **values)
    line = f"finews: {escaped(redact(_(message)))}"
    if _is_json:
        line = _Json().format(logging.LogRecord("finews", logging.ERROR, "", 0, "%s", (message,), None))
    with suppress(OSError):  # a full disk behind a redirect doesn't end the command
        print(line, file=sys.stderr)


class _Formatter(logging.Formatter):
    """The base of both formats."""

    def traceback(self, record: logging.LogRecord) -> str:
        """Return the traceback without secrets; empty: the record has none."""
        parts = [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []
        return redact("\n".join(parts + ([record.stack_info] if record.stack_info else [])))


class _Text(_Formatter):
    """Scrapy's LOG_FORMAT, one line a record. Only line breaks that finews or Scrapy wrote stay, with an indent."""

    def format(self, record: logging.LogRecord) -> str:
        lines = redact(record.getMessage()).split("\n")
        record.message = (INDENT if "\n" in str(record.msg) else "\\n").join(map(escaped, lines))
        record.asctime = self.formatTime(record, self.datefmt)
        traced = self.traceback(record)
        return self.formatMessage(record) + "".join(INDENT + escaped(line) for line in traced.splitlines())


class _Json(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            **_bound,
        }
        spider = getattr(record, "spider", None)
        fields |= {"spider": spider.name} if spider is not None and hasattr(spider, "name") else {}
        fields |= {"channel": record.channel} if hasattr(record, "channel") else {}
        traced = self.traceback(record)
        return json.dumps(fields | ({"exception": traced} if traced else {}))


def to_json(value: object) -> str:
    """Return *value* as a line of JSON, in which every character that could control a terminal is escaped."""
    line = json.dumps(value, ensure_ascii=False)
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in line)


def printable(text: str) -> str:
    """Return *text* with a blank for every character that controls a terminal or breaks a line."""
    return "".join(character if character.isprintable() else " " for character in text)
