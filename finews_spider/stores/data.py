"""The articles as data: their fields, and which are selected. docs/data.md describes both."""

import dataclasses
import re
from datetime import date, datetime, timedelta
from typing import Any

from finews_spider.articles import fields
from finews_spider.articles.text import text_of
from finews_spider.errors import ConfigError
from finews_spider.items import Article
from finews_spider.stores.records import Post, Selection

KEPT = tuple(f.name for f in dataclasses.fields(Article) if f.name not in {"code", "listings", "image_files"})
FIELDS = ("code", "info_code", *KEPT, "path", "text")
TIMES = ("published_at", "revised_at", "first_seen_at", "gone_at")
LISTS = ("stocks", "images")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Record = dict[str, Any]


def record(post: Post) -> Record:
    """Return FIELDS → value. Times are datetimes, lists are tuples."""
    article = post.article
    kept = {name: getattr(article, name) for name in KEPT}
    own = {"code": article.code, "info_code": article.info_code}
    return {**own, **kept, "path": post.path, "text": text_of(article.body)}


def plain_value(value: Any) -> Any:
    """Return *value* as JSON and CSV have it: a time as ISO 8601 with its zone, other values unchanged."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def plain_record(post: Post) -> Record:
    """Return the record of *post* as JSON has it."""
    return {name: plain_value(value) for name, value in record(post).items()}


def selection(since: str | date = "", until: str | date = "", media: str = "", stock: str = "") -> Selection:
    """Return the selection of the command line's options. An empty option selects all articles.

    :param since: the first day, in China, such as ``2026-01-31``.
    :param until: the last day, which is included.
    :param media: the publication, exactly as articles name it.
    :param stock: a quote code such as ``1.600160`` or ``600160.SH``.
    :raises ConfigError: a day or the quote code is invalid, or the days are in the wrong order.
    """
    first, last = _day("--since", str(since)), _day("--until", str(until))
    if first and last and first > last:
        raise ConfigError("--since {since} is after --until {until}", since=since, until=until)
    codes = fields.stocks(stock) if stock else ("",)
    if not codes:
        raise ConfigError("--stock {stock!r} is no quote code; write it as 1.600160 or 600160.SH", stock=stock)
    return Selection(first, last + timedelta(days=1) if last else None, media.strip(), codes[0])


def _day(option: str, text: str) -> datetime | None:
    day = fields.time(text) if DAY.fullmatch(text) else None
    if text and not day:
        raise ConfigError("{option} {day!r} is not a valid day; write it as 2026-01-31", option=option, day=text)
    return day
