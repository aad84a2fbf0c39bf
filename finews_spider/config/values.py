"""Reads single values of settings, given as text or in their own type. A wrong value is a ConfigError of one line."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

SPELLINGS = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
MOST = 99_999
"""More articles in one write are too many for a store, and more days are before the calendar begins."""


def one_of(choices: Sequence[str]) -> Message:
    """Return what a setting with a few values may be."""
    return Message("{first} or {last}", first=", ".join(choices[:-1]), last=choices[-1])


def wrong(name: str, value: object, allowed: Message) -> ConfigError:
    """Return the error for a setting with a wrong value."""
    return ConfigError("{name}: {value!r} should be {allowed}", name=name, value=value, allowed=allowed)


def switch(value: object) -> bool | None:
    """Return whether *value* means on, in any spelling and case; None: it means neither on nor off."""
    return SPELLINGS.get(str(value).strip().lower())


def is_on(settings: Mapping[str, Any], name: str) -> bool:
    """Return whether a switch is on.

    :raises ConfigError: the value means neither on nor off.
    """
    value = switch(settings.get(name))
    if value is None:
        raise wrong(name, settings.get(name), Message("on or off"))
    return value


def text(settings: Mapping[str, Any], name: str) -> str:
    """Return a text that may not be empty.

    :raises ConfigError: it is empty.
    """
    value = settings.get(name)
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ConfigError("{name} is empty", name=name)
    return str(value)


def choice(settings: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """Return a text that is one of *choices*.

    :raises ConfigError: it is another one.
    """
    value = settings.get(name)
    if value not in choices:
        raise wrong(name, value, one_of(choices))
    return str(value)


def number(settings: Mapping[str, Any], name: str, *, may_be_zero: bool = False) -> float:
    """Return a number above 0.

    :raises ConfigError: the value isn't one.
    """
    try:
        value = float(settings[name])
    except (TypeError, ValueError):
        value = -1
    if not 0 <= value < float("inf") or not (value or may_be_zero):
        allowed = Message("a number, 0 or more") if may_be_zero else Message("a number above 0")
        raise wrong(name, settings.get(name), allowed)
    return value


def whole(settings: Mapping[str, Any], name: str, *, least: int = 1) -> int:
    """Return a whole number from *least* to MOST. An empty value is 0.

    :raises ConfigError: the value isn't one.
    """
    digits = str(settings.get(name) or 0).strip()
    if not re.fullmatch(r"\d{1,9}", digits, re.ASCII) or not least <= int(digits) <= MOST:
        allowed = Message("a whole number from {least} to {most}", least=least, most=MOST)
        raise wrong(name, settings.get(name), allowed)
    return int(digits)
