"""The tables of an SQLite store, and the migrations that bring an earlier version up to date."""

import json
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from finews_spider.errors import ForeignStoreError
from finews_spider.i18n import Message
from finews_spider.stores.upgrade import Upgrade

# The small columns come first, so that a query without the body never reads the body's overflow pages.
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
# A run gets its own id, so that its record can be completed after the crawl. The ids sort by the start of the runs.
RUNS_BY_ID = """
ALTER TABLE runs RENAME TO numbered_runs;
CREATE TABLE runs (id TEXT PRIMARY KEY, run TEXT NOT NULL);
INSERT INTO runs SELECT id, json_set(run, '$.id', id) FROM (
    SELECT replace(replace(substr(json_extract(run, '$.started_at'), 1, 19), '-', ''), ':', '')
        || printf('-%06x', id) AS id, run FROM numbered_runs);
DROP TABLE numbered_runs;
"""
# Decides anew which articles are duplicates; it changes nothing where all is right. Of several twins, the one that is
# the first already stays the first. If none is, it is one that was taken down, which bars the text; else one that has a
# post; else the earliest. An article that is no longer a duplicate waits for export. An article that has become one
# and has no post doesn't wait.
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
# Twins have the same title, text, images and day. Before this version, they had the same text.
TWINS_OF_A_DAY = f"""
DROP INDEX articles_text;
DROP INDEX articles_duplicate;
UPDATE articles SET text_hash = text_hash_of(title, body);
{DECIDE_TWINS};
CREATE INDEX articles_first ON articles (text_hash, substr(published_at, 1, 10))
    WHERE duplicate_of = '' AND text_hash != '';
CREATE INDEX articles_duplicate ON articles (duplicate_of) WHERE duplicate_of != ''
"""
# post_aliases is a JSON list of [url, path]: the other URLs that an imported mirror had for the article.
ALIASES = """
ALTER TABLE articles ADD COLUMN post_aliases TEXT NOT NULL DEFAULT '[]';
"""
# story is NULL until the store has looked for an article's reprints. A day is a number of days, as Python counts them.
STORIES = """
ALTER TABLE articles ADD COLUMN story TEXT;
CREATE INDEX articles_story ON articles (story) WHERE story != '';
CREATE INDEX articles_unread ON articles (published_at, code) WHERE story IS NULL;
CREATE TABLE sketches (key INTEGER, day INTEGER, code TEXT, PRIMARY KEY (key, day, code)) WITHOUT ROWID
"""
# Rows of other publishers than Eastmoney may hold whole texts. A listing remembers which text it had. The key of a
# sketch begins with its week (sqlite/stories.py).
OTHER_PUBLISHERS = """
CREATE TEMP TABLE moved AS SELECT key + (((day - 726468) / 8) << 32) AS key, day, code FROM sketches ORDER BY 1, 2, 3;
DELETE FROM sketches;
INSERT INTO sketches SELECT key, day, code FROM moved;
DROP TABLE moved;
ALTER TABLE articles ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE articles ADD COLUMN extracted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE listings ADD COLUMN text_hash TEXT NOT NULL DEFAULT ''
"""
MIGRATIONS = (FIRST_SCHEMA, IMAGES_AND_AGE, RUNS_BY_ID, TWINS_OF_A_DAY, ALIASES, STORIES, OTHER_PUBLISHERS)
"""Each migration makes the next schema version. A file's version is the number of migrations that ran on it."""
SCHEMA_VERSION = len(MIGRATIONS)

ALWAYS_THERE = {"articles", "revisions", "listings", "failures", "channels", "slugs", "takedowns", "runs"}
"""The tables of a store of any version."""
NO_VERSION = 1000
"""No finews will have so high a schema version. A file with it was written by another program, or is damaged."""
OWN_TABLES = {"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}
"""The tables that SQLite itself makes."""

Schema = dict[tuple[str, str], str]
"""Kind and name of a table, index, view or trigger → its statement without blanks."""


def check_version(db: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of the database, 0 of an empty one.

    :param path: its file, for the messages.
    :raises ForeignStoreError: it isn't a store's file.
    :raises sqlite3.DatabaseError: a newer finews wrote it.
    """
    # One statement, because another process may be making the tables.
    query = "SELECT user_version, (SELECT json_group_array(name) FROM sqlite_master) FROM pragma_user_version"
    version, names = db.execute(query).fetchone()
    tables = set(json.loads(names))
    if not (tables >= ALWAYS_THERE and 0 < version < NO_VERSION) and (tables or version):
        raise ForeignStoreError(Message("the SQLite file {path}", path=path))
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(
            Message("it was written by a newer finews (schema {version}); upgrade finews", version=version)
        )
    return int(version)


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring a database of the schema *version* up to date, within the caller's transaction."""
    _add_functions(db)
    for migration in MIGRATIONS[version:]:
        for statement in migration.split(";"):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def make_schema(db: sqlite3.Connection, version: int) -> None:
    """Make the tables of the schema *version* in an empty database."""
    _add_functions(db)
    db.executescript(";".join([*MIGRATIONS[:version], f"PRAGMA user_version = {version}"]))


@cache
def expected_schema(version: int) -> Schema:
    """Return what a database of the schema *version* holds."""
    with closing(sqlite3.connect(":memory:")) as db:
        make_schema(db, version)
        return schema_of(db)


def schema_of(db: sqlite3.Connection) -> Schema:
    """Return what a database holds."""
    found = db.execute("SELECT type, name, sql FROM sqlite_master")
    return {(str(kind), str(name)): "".join(str(sql or "").split()) for kind, name, sql in found}


def foreign_parts(found: Schema, expected: Schema) -> list[tuple[str, str]]:
    """Return kind and name of each part of *found* that isn't in *expected*, or has another statement there."""
    return [
        (kind, name)
        for (kind, name), sql in found.items()
        if expected.get((kind, name)) != sql and not (kind == "table" and name in OWN_TABLES)
    ]


def tables_of(db: sqlite3.Connection) -> list[str]:
    """Return the names of the tables in a database that was checked."""
    return [name for kind, name in schema_of(db) if kind == "table" and name not in OWN_TABLES]


def _add_functions(db: sqlite3.Connection) -> None:
    """Define the SQL functions that the migrations call."""
    from finews_spider.articles.twins import text_hash  # needed once in a store's life

    upgrade: Upgrade | None = None

    def text_hash_of(title: str, body: str) -> str:
        nonlocal upgrade
        upgrade = upgrade or Upgrade(db.execute("SELECT count(*) FROM articles").fetchone()[0])
        upgrade.add(1)
        return text_hash(title, body)

    db.create_function("text_hash_of", 2, text_hash_of, deterministic=True)
