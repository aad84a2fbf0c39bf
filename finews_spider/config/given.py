"""Checks the settings that a user gives, by ``-s`` or the environment: are their names known, and their types right?"""

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from finews_spider import settings as own
from finews_spider.config.notifiers import former_setting
from finews_spider.config.values import one_of, switch, wrong
from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

OF_OTHERS = re.compile(
    "FINEWS_(TEST_.*|HOME|RUN_CODE|TICK_CODE|STORE_KEY|REPOSITORY|REF"
    r"|(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?))"
)
"""Environment variables that aren't settings. The tests and deploy/ use some of them. Kubernetes makes the others for a
Service whose name begins with finews."""
ABOVE_ZERO = {
    "AUTOTHROTTLE_TARGET_CONCURRENCY",
    "CONCURRENT_ITEMS",
    "CONCURRENT_REQUESTS",
    "CONCURRENT_REQUESTS_PER_DOMAIN",
    "DNS_TIMEOUT",
    "DOWNLOAD_TIMEOUT",
    "REACTOR_THREADPOOL_MAXSIZE",
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE",
}
"""Numbers of Scrapy that let a crawl wait for ever, or fail in each request, if they are 0 or less."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def declared_settings() -> dict[str, Any]:
    """Return the settings of settings.py with their values.

    :raises ConfigError: the environment has a variable with our prefix that isn't a setting.
    """
    declared = {name: value for name, value in vars(own).items() if name.isupper()}
    for name in os.environ:
        if name.startswith("FINEWS_") and name not in declared and not OF_OTHERS.fullmatch(name):
            raise ConfigError("the environment variable {wrong}", wrong=_unknown(name, declared))
    return declared


def read_overrides(overrides: Iterable[str]) -> dict[str, str]:
    """Return the settings of ``-s NAME=VALUE``; the last of several values counts.

    :raises ConfigError: one has no name, or no ``=``.
    """
    given = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals or not name:
            raise ConfigError("-s {override!r} should be NAME=VALUE", override=override)
        given[name] = value
    return given


def check_given(given: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of ``-s``, with each switch spelled 1 or 0, which are the spellings that Scrapy reads.

    :param known: the settings without *given*. The type of the value there decides what is allowed.
    :raises ConfigError: a setting of ours that doesn't exist, or a value of the wrong type.
    """
    for name in given:
        if name not in known and name.upper().startswith("FINEWS_"):
            raise ConfigError(_unknown(name, known))
    return {
        # Config checks ours.
        name: value if name.startswith("FINEWS_") else _typed(name, value, known.get(name))
        for name, value in given.items()
    }


def near_misses(given: Iterable[str], known: Mapping[str, Any]) -> list[Message]:
    """Return a warning for each name that is almost a known one. Other unknown names may be an add-on's."""
    return [_unknown(name, known) for name in given if name not in known and _nearest(name, known, 0.85)]


def _unknown(name: str, known: Iterable[str]) -> Message:
    if former := former_setting(name):
        return former
    if nearest := _nearest(name, known, 0.75):
        return Message("{name} is not a setting; do you mean {nearest}?", name=name, nearest=nearest)
    return Message("{name} is not a setting; docs/settings.md has them all", name=name)


def _nearest(name: str, known: Iterable[str], cutoff: float) -> str:
    from difflib import get_close_matches  # most commands have no unknown name

    return next(iter(get_close_matches(name.upper(), known, 1, cutoff)), "")


def _typed(name: str, value: str, default: object) -> str:
    """Return *value* if it has the type of *default*.

    :raises ConfigError: it has another one.
    """
    if isinstance(default, bool) or (isinstance(default, int) and name.endswith("_ENABLED")):
        if (wanted := switch(value)) is None:
            raise wrong(name, value, Message("on or off"))
        return str(int(wanted))
    if isinstance(default, int | float):
        # Scrapy's default of a time may be whole though it takes fractions.
        is_whole = isinstance(default, int) and not name.endswith(("_DELAY", "_TIMEOUT"))
        kind = Message("a whole number") if is_whole else Message("a number")
        if not (_is(int, value) if is_whole else _is(float, value)):
            raise wrong(name, value, kind)
        if name in ABOVE_ZERO and float(value) <= 0:
            raise wrong(name, value, Message("a whole number above 0") if is_whole else Message("a number above 0"))
    elif isinstance(default, Mapping):
        _check_object(name, value)
    elif isinstance(default, list | tuple):
        numbers = bool(default) and all(isinstance(each, int) for each in default)
        if numbers and not all(_is(int, each) for each in value.split(",")):
            raise wrong(name, value, Message("whole numbers, separated by commas"))
    elif default in LEVELS and value not in LEVELS:
        raise wrong(name, value, one_of(LEVELS))
    return value


def _is(kind: type[int | float], value: str) -> bool:
    try:
        return math.isfinite(kind(value))
    except ValueError:
        return False


def _check_object(name: str, value: str) -> None:
    try:
        found = json.loads(value)
    except ValueError as error:  # not quoted: headers may have a password
        raise ConfigError("{name} should be an object in JSON: {error}", name=name, error=error) from None
    if not isinstance(found, dict):
        raise ConfigError('{name} should be an object in JSON, such as {{"key": 1}}', name=name)
