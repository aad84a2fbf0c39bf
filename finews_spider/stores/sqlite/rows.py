"""Records ↔ SQLite rows."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from operator import attrgetter
from typing import Any

from finews_spider.errors import DamagedRecordError
from finews_spider.items import Article, ArticleRef, Listing
from finews_spider.stores.checks import checked
from finews_spider.stores.records import Alias, ChannelState, Post, Takedown, Version, ref_record
from finews_spider.times import SHANGHAI

ARTICLE_COLUMNS = tuple(f.name for f in fields(Article) if f.name != "listings")
TIMES = ("published_at", "revised_at", "first_seen_at", "gone_at")
COLLECTIONS = ("stocks", "images", "image_files")
SWITCHES = ("partial", "extracted")
MARKS = ", ".join("?" * len(ARTICLE_COLUMNS))
INSERT = f"INSERT INTO articles ({', '.join(ARTICLE_COLUMNS)}, export_pending) VALUES ({MARKS}, ?)"
UPDATE = f"UPDATE articles SET ({', '.join(ARTICLE_COLUMNS)}, export_pending) = ({MARKS}, ?) WHERE code = ?"
LISTING_COLUMNS = ("code", "channel", "time", "title", "text_hash")
UPSERT_LISTING = (
    f"INSERT INTO listings ({', '.join(LISTING_COLUMNS)}) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (code, channel) "
    "DO UPDATE SET time = excluded.time, title = excluded.title, text_hash = excluded.text_hash"
)


@lru_cache(maxsize=1024)  # an article's three times often repeat
def iso(time: datetime | None) -> str | None:
    """Return *time* as the rows hold it: ISO 8601 in China Standard Time, with whole seconds."""
    if time is None:
        return None
    return (time if time.tzinfo is SHANGHAI else time.astimezone(SHANGHAI)).isoformat(timespec="seconds")


def time_of(text: str | None) -> datetime | None:
    """Return the time that :func:`iso` wrote.

    :raises DamagedRecordError: *text* is no time.
    """
    # Every stored time ends in +08:00, so that the texts sort as the times do.
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) if text else None
    except (TypeError, ValueError):
        raise DamagedRecordError(f"{text!r:.40} is no time") from None


def dump_article(article: Article) -> list[Any]:
    """Return the values of ARTICLE_COLUMNS."""
    values = list(_values(article))
    for place, convert, nothing in _CONVERTED:
        value = values[place]
        values[place] = convert(value) if value else nothing
    return values


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(encode_basestring_ascii, texts))}]"  # json.dumps takes five times as long


_values = attrgetter(*ARTICLE_COLUMNS)
_CONVERTED: list[tuple[int, Callable[[Any], str | None], str | None]] = [
    *((ARTICLE_COLUMNS.index(name), iso, None) for name in TIMES),
    *((ARTICLE_COLUMNS.index(name), _list, "[]") for name in ("stocks", "images")),
    (ARTICLE_COLUMNS.index("image_files"), json.dumps, "{}"),
]
"""Index of a column that needs conversion, the conversion, and what an empty value becomes."""


@checked("the article", "code")
def load_article(row: sqlite3.Row) -> Article:
    """Return the article of a row, without its listings, which are in another table."""

    def value(name: str) -> Any:
        column = row[name]
        if name == "story":
            return column or ""  # NULL: see stories.py
        if name in SWITCHES:
            return bool(column)
        if name not in COLLECTIONS:
            return time_of(column) if name in TIMES else column
        loaded = json.loads(column)
        return tuple(loaded) if isinstance(loaded, list) else loaded

    return Article(**{name: value(name) for name in ARTICLE_COLUMNS})


def dump_listing(code: str, channel: str, listing: Listing) -> tuple[str | None, ...]:
    """Return the values of LISTING_COLUMNS."""
    return code, channel, iso(listing.time), listing.title, listing.text_hash


def load_listing(row: sqlite3.Row) -> Listing:
    """Return the listing of a row."""
    return Listing(time_of(row["time"]), row["title"], row["text_hash"])


@checked("the images of the article", "code")
def load_image_files(row: sqlite3.Row) -> dict[str, str]:
    """Return image URL → path of its copy, for an article's images."""
    return {str(source): str(path) for source, path in json.loads(row["image_files"]).items()}


@checked("the article", "code")
def load_post(row: sqlite3.Row) -> Post:
    """Return the post of a row that also has a column ``taken_down``."""
    return Post(
        load_article(row),
        row["post_path"],
        row["post_category"],
        taken_down=bool(row["taken_down"]),
        old=bool(row["post_old"]),
        pending=bool(row["export_pending"]),
        aliases=load_aliases(row["post_aliases"]),
    )


@checked("the takedown of the article", "code")
def load_takedown(row: sqlite3.Row) -> Takedown:
    return Takedown(**{**row, "at": time_of(row["at"])})


@checked("the publication", "name")
def load_slug(row: sqlite3.Row) -> tuple[str, str]:
    """Return slug and name of a publication."""
    if not (isinstance(row["slug"], str) and isinstance(row["name"], str)):
        raise DamagedRecordError(f"{row['slug']!r:.40} is no slug")
    return row["slug"], row["name"]


def load_aliases(text: str) -> tuple[Alias, ...]:
    """Return the aliases in the column ``post_aliases``."""
    return tuple(Alias(*each) for each in json.loads(text))


def dump_aliases(aliases: Iterable[Alias]) -> str:
    """Return the value of the column ``post_aliases``."""
    return json.dumps(list(aliases), ensure_ascii=False)


@checked("a version of the article", "code")
def load_version(row: sqlite3.Row) -> Version:
    """Return the version of a row of revisions."""
    return Version(
        row["revision"], time_of(row["shown_at"]), row["title"], row["body"], tuple(json.loads(row["stocks"]))
    )


def dump_record(record: ArticleRef | ChannelState) -> str:
    """Return *record* as JSON."""
    own = ref_record(record) if isinstance(record, ArticleRef) else asdict(record)
    return json.dumps(own, default=iso, ensure_ascii=False)


@checked("an article that failed", "")
def load_ref(text: str) -> ArticleRef:
    """Return the ref in the JSON of a failure."""
    record = json.loads(text)
    return ArticleRef(**record | {"time": time_of(record["time"]), "stocks": tuple(record["stocks"])})


@checked("the state of a channel", "")
def load_state(text: str) -> ChannelState:
    """Return the state in the JSON of a channel."""
    record = json.loads(text)
    return ChannelState(**record | {name: time_of(record[name]) for name in ("asked_at", "succeeded_at", "newest")})
