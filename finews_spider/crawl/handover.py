"""Fetches as JSON, on their way from worker to worker.

Other programs may write into the same Redis, so everything that is read is checked.
"""

import json
from collections.abc import Container
from dataclasses import asdict
from datetime import datetime
from reprlib import repr as short
from typing import Any

from finews_spider.articles import fields
from finews_spider.codes import is_code
from finews_spider.items import ArticleRef, Listing
from finews_spider.spiders.article import LINKED, ArticleSpider
from finews_spider.spiders.fetch import Fetch
from finews_spider.times import SHANGHAI

LARGEST = 256 * 1024
"""Bytes of a fetch; a row of a list has some hundred."""


def write_fetch(fetch: Fetch) -> str:
    """Return *fetch* as it waits in Redis."""
    return json.dumps({"fetch": asdict(fetch)}, default=datetime.isoformat)


def read_fetch(encoded: bytes, spider: ArticleSpider) -> Fetch:
    """Return the fetch that *encoded* holds; everything else in it is ignored.

    :raises ValueError: *spider* can't have written it. The message is one line.
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
        listings[_channel(channel, spider)] = Listing(
            _time(row.get("time")), _text(row.get("title")), _text(row.get("text_hash", ""))
        )
    plain = [index for index, source in enumerate(spider.text_sources.of(ref)) if not source.in_browser]
    source_index = _number(fetch, "source_index", plain)
    link_depth = _number(fetch, "link_depth", range(spider.follow + 1))
    return Fetch(ref, listings, link_depth, source_index, gone=fetch.get("gone") is True)


def _ref(row: dict[str, Any], spider: ArticleSpider) -> ArticleRef:
    code = row.get("code")
    if not isinstance(code, str) or not is_code(code):
        raise ValueError(f"{short(code)} is not the code of an article")
    stocks = row.get("stocks")
    if not isinstance(stocks, list):
        raise ValueError("stocks is not a list")  # noqa: TRY004
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
        raise ValueError(f"{name} is not an object: {short(value)}")  # noqa: TRY004 -- the one error that callers handle
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{short(value)} is not a text")  # noqa: TRY004
    value.encode()  # half a surrogate pair can't be stored
    return value


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(_text(value))
    except ValueError:
        raise ValueError(f"{short(value)} is not a time") from None
    if time.tzinfo is None or time.year not in fields.YEARS:
        raise ValueError(f"{short(value)} is not the time of an article")
    return time.astimezone(SHANGHAI)


def _number(entry: dict[str, Any], name: str, allowed: Container[int]) -> int:
    value = entry.get(name)
    if type(value) is not int or value not in allowed:
        raise ValueError(f"{name} can't be {short(value)}")
    return value


def _channel(name: object, spider: ArticleSpider) -> str:
    channel = _text(name)
    if channel != LINKED and channel not in spider.channels:
        raise ValueError(f"this worker has no channel {short(channel)}")
    return channel
