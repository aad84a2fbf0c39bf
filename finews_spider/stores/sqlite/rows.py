"""Records ↔ SQLite rows, and the tables they stand in."""

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
from finews_spider.items import Article, ArticleRef
from finews_spider.stores.checks import checked
from finews_spider.stores.records import Alias, ChannelState, Post, Version
from finews_spider.times import SHANGHAI

# Small columns first: a look-up that doesn't ask for the body then never reads its overflow pages.
FIRST_SCHEMA = """
CREATE TABLE articles (
    code TEXT PRIMARY KEY, published_at TEXT NOT NULL, revised_at TEXT, content_hash TEXT NOT NULL,
    text_hash TEXT NOT NULL, revision INTEGER NOT NULL, first_seen_at TEXT NOT NULL, gone_at TEXT,
    duplicate_of TEXT NOT NULL,
    export_pending INTEGER NOT NULL, post_path TEXT NOT NULL DEFAULT '', post_category TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL, media TEXT NOT NULL, channel TEXT NOT NULL, source_url TEXT NOT NULL, layout TEXT NOT NULL,
    category TEXT NOT NULL, tag TEXT NOT NULL, stocks TEXT NOT NULL, images TEXT NOT NULL, digest TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX articles_pending ON articles (code) WHERE export_pending = 1;
CREATE INDEX articles_text ON articles (text_hash) WHERE duplicate_of = '' AND text_hash != '';
CREATE INDEX articles_duplicate ON articles (code) WHERE duplicate_of != '';
CREATE INDEX articles_seen ON articles (first_seen_at);
CREATE TABLE revisions (
    code TEXT, revision INTEGER, shown_at TEXT, title TEXT, body TEXT, content_hash TEXT,
    PRIMARY KEY (code, revision)
);
CREATE TABLE listings (
    code TEXT, channel TEXT, time TEXT, title TEXT, PRIMARY KEY (code, channel)
) WITHOUT ROWID;
CREATE TABLE failures (
    code TEXT PRIMARY KEY, channel TEXT, ref TEXT, reason TEXT, attempts INTEGER, failed_at TEXT, retry_at TEXT
);
CREATE TABLE channels (name TEXT PRIMARY KEY, state TEXT);
CREATE TABLE slugs (name TEXT PRIMARY KEY, slug TEXT, folded TEXT UNIQUE);
CREATE TABLE takedowns (code TEXT PRIMARY KEY, reason TEXT, at TEXT);
CREATE TABLE runs (id INTEGER PRIMARY KEY, run TEXT);
"""
IMAGES_AND_AGE = """
ALTER TABLE articles ADD COLUMN image_files TEXT NOT NULL DEFAULT '{}';
ALTER TABLE articles ADD COLUMN post_old INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revisions ADD COLUMN stocks TEXT NOT NULL DEFAULT '[]';
CREATE INDEX articles_age ON articles (post_old, published_at) WHERE post_path != '';
CREATE TABLE images (path TEXT, code TEXT, PRIMARY KEY (path, code)) WITHOUT ROWID;
"""
# Runs get ids of their own, which sort as they began, so that a run's record can be completed after its crawl.
RUNS_BY_ID = """
ALTER TABLE runs RENAME TO numbered_runs;
CREATE TABLE runs (id TEXT PRIMARY KEY, run TEXT NOT NULL);
INSERT INTO runs SELECT id, json_set(run, '$.id', id) FROM (
    SELECT replace(replace(substr(json_extract(run, '$.started_at'), 1, 19), '-', ''), ':', '')
        || printf('-%06x', id) AS id, run FROM numbered_runs);
DROP TABLE numbered_runs;
"""
# Which articles are duplicates, decided anew; where all is right, nothing changes. The first of several twins stays so;
# else it is one that was taken down, which bars their text; else one that has a post; else the earliest. What was a
# duplicate and is none any more waits for export; what has become one and has no post doesn't.
DECIDE_TWINS = """
CREATE TEMP TABLE firsts AS SELECT code, first_value(code) OVER (
    PARTITION BY text_hash, substr(published_at, 1, 10)
    ORDER BY duplicate_of != '', code NOT IN (SELECT code FROM takedowns), post_path = '', first_seen_at, code) AS first
    FROM articles WHERE text_hash != '';
CREATE TEMP TABLE duplicates (code TEXT PRIMARY KEY, first TEXT) WITHOUT ROWID;
INSERT INTO duplicates SELECT code, first FROM firsts WHERE first != code;
DROP TABLE firsts;
UPDATE articles SET export_pending = 1
    WHERE duplicate_of != '' AND post_path = '' AND code NOT IN (SELECT code FROM duplicates);
UPDATE articles SET export_pending = 0 WHERE post_path = '' AND code IN (SELECT code FROM duplicates);
UPDATE articles SET duplicate_of = coalesce((SELECT first FROM duplicates AS d WHERE d.code = articles.code), '')
    WHERE duplicate_of != '' OR code IN (SELECT code FROM duplicates);
DROP TABLE duplicates
"""
# Twins are alike in title, text and images and are of one day, where they had to be alike in their text only.
TWINS_OF_A_DAY = f"""
DROP INDEX articles_text;
DROP INDEX articles_duplicate;
UPDATE articles SET text_hash = text_hash_of(title, body);
{DECIDE_TWINS};
CREATE INDEX articles_first ON articles (text_hash, substr(published_at, 1, 10))
    WHERE duplicate_of = '' AND text_hash != '';
CREATE INDEX articles_duplicate ON articles (duplicate_of) WHERE duplicate_of != ''
"""
# A list of [url, path] in JSON: the other URLs that an imported mirror had for the article.
ALIASES = """
ALTER TABLE articles ADD COLUMN post_aliases TEXT NOT NULL DEFAULT '[]';
"""
MIGRATIONS = (FIRST_SCHEMA, IMAGES_AND_AGE, RUNS_BY_ID, TWINS_OF_A_DAY, ALIASES)
"""What makes each schema version of the one before it; a file's version is the number of those that it has had."""

ARTICLE_COLUMNS = tuple(f.name for f in fields(Article) if f.name != "listings")
TIMES = ("published_at", "revised_at", "first_seen_at", "gone_at")
COLLECTIONS = ("stocks", "images", "image_files")
MARKS = ", ".join("?" * len(ARTICLE_COLUMNS))
INSERT = f"INSERT INTO articles ({', '.join(ARTICLE_COLUMNS)}, export_pending) VALUES ({MARKS}, ?)"
UPDATE = f"UPDATE articles SET ({', '.join(ARTICLE_COLUMNS)}, export_pending) = ({MARKS}, ?) WHERE code = ?"
UPSERT_LISTING = (
    "INSERT INTO listings VALUES (?, ?, ?, ?) "
    "ON CONFLICT (code, channel) DO UPDATE SET time = excluded.time, title = excluded.title"
)


@lru_cache(maxsize=1024)  # of three times that an article has, two were just written
def iso(time: datetime | None) -> str | None:
    """Return *time* as every store keeps it, in whole seconds of China Standard Time."""
    if time is None:
        return None
    return (time if time.tzinfo is SHANGHAI else time.astimezone(SHANGHAI)).isoformat(timespec="seconds")


def time_of(text: str | None) -> datetime | None:
    """Return the time that :func:`iso` wrote.

    :raises DamagedRecordError: it wrote no such thing.
    """
    # Stored with +08:00 throughout, so that the texts sort as the times do.
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
"""Place, how its value is written, and what is written where there is none."""


@checked("the article", "code")
def load_article(row: sqlite3.Row) -> Article:
    """Return the article of a row, without its listings, which have a table of their own."""

    def value(name: str) -> Any:
        column = row[name]
        if name not in COLLECTIONS:
            return time_of(column) if name in TIMES else column
        loaded = json.loads(column)
        return tuple(loaded) if isinstance(loaded, list) else loaded

    return Article(**{name: value(name) for name in ARTICLE_COLUMNS})


@checked("the images of the article", "code")
def load_image_files(row: sqlite3.Row) -> dict[str, str]:
    """Return the copies of an article's images: source → path."""
    return {str(source): str(path) for source, path in json.loads(row["image_files"]).items()}


@checked("the article", "code")
def load_post(row: sqlite3.Row) -> Post:
    """Return the post of a row that has a column ``taken_down`` too."""
    return Post(
        load_article(row),
        row["post_path"],
        row["post_category"],
        taken_down=bool(row["taken_down"]),
        old=bool(row["post_old"]),
        pending=bool(row["export_pending"]),
        aliases=load_aliases(row["post_aliases"]),
    )


def load_aliases(text: str) -> tuple[Alias, ...]:
    """Return the aliases that a row of an article has."""
    return tuple(Alias(*each) for each in json.loads(text))


def dump_aliases(aliases: Iterable[Alias]) -> str:
    """Return what :func:`load_aliases` reads."""
    return json.dumps(list(aliases), ensure_ascii=False)


@checked("a version of the article", "code")
def load_version(row: sqlite3.Row) -> Version:
    """Return the earlier version of a row."""
    return Version(
        row["revision"], time_of(row["shown_at"]), row["title"], row["body"], tuple(json.loads(row["stocks"]))
    )


def dump_record(record: ArticleRef | ChannelState) -> str:
    """Return a record as JSON."""
    return json.dumps(asdict(record), default=iso, ensure_ascii=False)


@checked("an article that failed", "")
def load_ref(text: str) -> ArticleRef:
    """Return the ref that a failure remembers."""
    record = json.loads(text)
    return ArticleRef(**record | {"time": time_of(record["time"]), "stocks": tuple(record["stocks"])})


@checked("the state of a channel", "")
def load_state(text: str) -> ChannelState:
    """Return the state of a channel."""
    record = json.loads(text)
    return ChannelState(**record | {name: time_of(record[name]) for name in ("asked_at", "succeeded_at", "newest")})
