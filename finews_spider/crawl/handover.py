"""Fetches on their way from worker to worker, as JSON. Others may write into Redis: all that is read is checked."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from reprlib import repr as short
from typing import Any

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, Listing
from finews_spider.spiders.article import LINKED, ArticleSpider, Fetch
from finews_spider.times import SHANGHAI

LARGEST = 256 * 1024
"""Bytes of a fetch; a row of a list has some hundred."""


def write_fetch(fetch: Fetch) -> str:
    """Return *fetch* as it waits in Redis."""
    return json.dumps({"fetch": asdict(fetch)}, default=datetime.isoformat)


def read_fetch(encoded: bytes, spider: ArticleSpider) -> Fetch:
    """Return the fetch that *encoded* holds; what else it holds isn't looked at.

    :raises ValueError: it isn't what *spider* could have written; in one line.
    """
    if len(encoded) > LARGEST:
        raise ValueError(f"it has {len(encoded)} bytes")
    try:
        entry = _object(json.loads(encoded), "it")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    fetch = _object(entry.get("fetch"), "fetch")
    ref = _ref(_object(fetch.get("ref"), "ref"), spider)
    listings = {}
    for channel, row in _object(fetch.get("listings"), "listings").items():
        row = _object(row, "listing")  # noqa: PLW2901 -- the same, checked
        listings[_channel(channel, spider)] = Listing(_time(row.get("time")), _text(row.get("title")))
    plain = [not source.in_browser for source in spider.text_sources]
    turn = _number(fetch.get("turn"), "turn", [number for number, is_plain in enumerate(plain) if is_plain])
    step = _number(fetch.get("step"), "step", range(spider.follow + 1))
    return Fetch(ref, listings, step=step, turn=turn, gone=fetch.get("gone") is True)


def _ref(row: dict[str, Any], spider: ArticleSpider) -> ArticleRef:
    code = row.get("code")
    if not isinstance(code, str) or not code or fields.code(code) != code:
        raise ValueError(f"{short(code)} is no code of an article")
    stocks = row.get("stocks")
    if not isinstance(stocks, list):
        raise ValueError("stocks is no list")  # noqa: TRY004
    return ArticleRef(
        code=code,
        title=_text(row.get("title")),
        time=_time(row.get("time")),
        time_is_guess=row.get("time_is_guess") is True,
        digest=_text(row.get("digest")),
        media=_text(row.get("media")),
        url=_text(row.get("url")),
        stocks=tuple(map(_text, stocks)),
        channel=_channel(row.get("channel"), spider),
    )


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object: {short(value)}")  # noqa: TRY004 -- the one error that callers know
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{short(value)} is no text")  # noqa: TRY004
    value.encode()  # half a surrogate pair can't be stored
    return value


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(_text(value))
    except ValueError:
        raise ValueError(f"{short(value)} is no time") from None
    if time.tzinfo is None or time.year not in fields.YEARS:
        raise ValueError(f"{short(value)} is no time of an article")
    return time.astimezone(SHANGHAI)


def _number(value: object, name: str, allowed: Iterable[int]) -> int:
    if type(value) is not int or value not in allowed:
        raise ValueError(f"{name} can't be {short(value)}")
    return value


def _channel(name: object, spider: ArticleSpider) -> str:
    channel = _text(name)
    if channel != LINKED and channel not in spider.channels:
        raise ValueError(f"this worker has no channel {short(channel)}")
    return channel
