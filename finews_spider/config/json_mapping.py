"""Reads and checks the ``[channel.json]`` of a channel of the kind ``json``."""

import re
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from typing import Any

from finews_spider.errors import ConfigError
from finews_spider.i18n import Message
from finews_spider.sources import FIELDS, JSON, Mapping
from finews_spider.times import SHANGHAI

KEYS = tuple(field.name for field in fields(Mapping))
SAMPLE = datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI)


def read_mapping(table: dict[str, Any]) -> Mapping | None:
    """Return the mapping of a channel; None for every other kind than ``json``.

    :param table: the channel, with its kind.
    :raises ConfigError: the mapping is missing or wrong, or the channel's kind takes none.
    """
    given = table.get(JSON)
    if (table["kind"] == JSON) != isinstance(given, dict):
        raise ConfigError("the kind 'json' needs a [channel.json], and no other kind may have one")
    if given is None:
        return None
    for name, value in given.items():
        if name not in KEYS:
            raise ConfigError(
                "[channel.json] has no key {name!r}; its keys are {known}", name=name, known=", ".join(KEYS)
            )
        is_list = name in FIELDS and isinstance(value, list) and all(isinstance(path, str) for path in value)
        if not isinstance(value, str) and not is_list:
            allowed = Message("text in quotes or a list") if name in FIELDS else Message("text in quotes")
            raise ConfigError("json.{name} = {value!r} should be {allowed}", name=name, value=value, allowed=allowed)
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items() if name in FIELDS}
    mapping = Mapping(**given | {name: tuple(paths) for name, paths in lists.items()})
    _check(mapping, str(table.get("url")))
    return mapping


def _check(mapping: Mapping, url: str) -> None:
    if not mapping.code and not mapping.url:
        raise ConfigError("[channel.json] needs a 'code' or a 'url', which says which article a row is")
    if bool(mapping.cursor) != (re.search(r"\{&?cursor\}", url) is not None):
        raise ConfigError("[channel.json] needs a 'cursor' if the url has {cursor}, and only then")
    if mapping.time_format and not _has_year(mapping.time_format):
        raise ConfigError(
            "json.time_format = {time_format!r} should have a year, such as '%d.%m.%Y %H:%M'",
            time_format=mapping.time_format,
        )


def _has_year(time_format: str) -> bool:
    with suppress(ValueError):
        return datetime.strptime(SAMPLE.strftime(time_format), time_format).year == SAMPLE.year  # noqa: DTZ007
    return False
