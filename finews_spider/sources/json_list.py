"""The kind ``json``: a list in JSON whose rows and fields the channels file names, in ``[channel.json]``."""

from datetime import datetime
from functools import partial
from typing import Any

from finews_spider.articles import fields
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources import FIELDS, Mapping
from finews_spider.sources.answer import read_value
from finews_spider.sources.rows import Row, keys_of, read_rows
from finews_spider.times import SHANGHAI

MISSING = object()


def parse(body: bytes, mapping: Mapping) -> ListPage:
    """Return the articles of the page, and the cursor where *mapping* names one.

    :raises SourceError: the answer is no JSON, or has no rows where *mapping* says.
    """
    answer = read_value(body)
    rows = _at(answer, mapping.rows)
    if rows is MISSING:
        raise SourceError(f"the answer has no {mapping.rows}, {keys_of(answer)}")
    if rows is answer and isinstance(answer, dict):
        raise SourceError(f"the answer is no list, {keys_of(answer)}; the channel's json.rows should name one")
    named = [_named(row, mapping) if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else rows
    key = mapping.rows or "list"
    page = read_rows({key: named}, key, partial(_ref, time_format=mapping.time_format))
    if named and mapping.cursor:
        cursor = _at(answer, mapping.cursor)
        page.cursor = "" if cursor is MISSING else fields.text(cursor)
    return page


def _at(value: Any, path: str) -> Any:
    """Return what is at *path* in *value*, or MISSING."""
    for part in filter(None, path.split(".")):
        try:
            value = value[part] if isinstance(value, dict) else value[int(part)] if isinstance(value, list) else MISSING
        except (KeyError, IndexError, ValueError):
            return MISSING
    return value


def _named(row: Row, mapping: Mapping) -> Row:
    """Return the values of *row* under the names of FIELDS, as far as it has them."""
    named: Row = {}
    for field in FIELDS:
        values = [value for path in getattr(mapping, field) if (value := _at(row, path)) is not MISSING]
        if values:
            named[field] = next((value for value in values if value not in (None, "", [])), values[0])
    return named


def _ref(row: Row, time_format: str) -> ArticleRef:
    code = fields.code(row.get("code"))
    time = _time(row.get("time"), time_format)
    guess = None if time or time_format else fields.guess_time(fields.text(row.get("time")), code)
    return ArticleRef(
        code=code,
        title=fields.plain(row.get("title")),
        time=time or guess,
        time_is_guess=guess is not None,
        digest=fields.text(row.get("digest")),
        media=fields.plain(row.get("media")),
        url=fields.plain(row.get("url")),
        stocks=fields.stocks(row.get("stocks")),
    )


def _time(value: object, time_format: str) -> datetime | None:
    if not time_format:
        # Seconds since 1970 may have a fraction here.
        return fields.time(fields.text(value).partition(".")[0] if isinstance(value, float) else value)
    try:
        moment = datetime.strptime(fields.text(value), time_format)  # noqa: DTZ007 -- the next line adds the zone
        return fields.plausible((moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI))
    except (ValueError, OverflowError):
        return None
