"""Whether an SQLite file is what finews makes: its schema, its pages, and the values in it.

A file from elsewhere may hold anything. What isn't exactly one of finews's schemas is refused before any question could
run a view or trigger of it; then each value is looked at before it goes into a file of ours.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_origin

from finews_spider.items import UNWANTED
from finews_spider.stores.records import check_run
from finews_spider.stores.sqlite.rows import MIGRATIONS, load_ref, load_state
from finews_spider.stores.upgrade import add_functions

OWN = {"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}
"""Tables that SQLite itself makes."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64 << 20,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
BATCH = 500
"""Rows that are in memory at a time."""
LONGEST, LONGEST_BODY = 1 << 20, 16 << 20
"""Characters of a text, and of an article's body."""
MOST = 100_000
"""Values of a list."""
CODE = re.compile(r"[0-9a-z][0-9a-z-]{0,63}", re.ASCII)
HASH = re.compile(r"[0-9A-Za-z]{0,128}", re.ASCII)
TIME = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", re.ASCII)
RUN = re.compile(r"[\w:.-]{1,64}", re.ASCII)
POST = re.compile(r"(?:_posts|old_post)/[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
IMAGE = re.compile(r"images/(?:[\w-]{1,100}/){0,3}[\w-]{1,100}\.\w{1,10}", re.ASCII)
URL = re.compile(r"/[^\\\x00-\x1f\x7f]{0,2000}")
"""From a site's root on."""
FOLDER_ENDS = re.compile(r"[/\\\s]+")
LINE_BREAKS = re.compile(r"[\t\n\r]")
LONGEST_NAME = 255
"""Bytes of a file's name."""

Schema = dict[tuple[str, str], str]
Check = Callable[[Any], Any]


class RefusedError(Exception):
    """The file isn't what finews makes; the message says why in one line and begins with "is" or "holds"."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a file from elsewhere, to be read only, so that it can do nothing but be read."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    for limit, value in LIMITS.items():
        db.setlimit(limit, value)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


def check(db: sqlite3.Connection) -> int:
    """Return the schema's version of a file that is whole and of one of finews's schemas.

    :raises RefusedError: it isn't.
    :raises sqlite3.Error: it can't be read.
    """
    found = schema_of(db)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not version or ("table", "articles") not in found or ("table", "takedowns") not in found:
        raise RefusedError("is no backup: it is an SQLite file of something else")
    if version > len(MIGRATIONS):
        raise RefusedError(f"was made by a newer finews (schema {version}); upgrade finews")
    expected = schema(max(version, 0))
    for kind, name in foreign(found, expected):
        raise RefusedError(f"holds something that finews didn't make: the {kind} {name[:60]!r}")
    for kind, name in sorted(expected.keys() - found.keys(), reverse=True):  # tables first
        raise RefusedError(f"is damaged: its {kind} {name} is missing")
    said = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise RefusedError(f"is damaged: {' '.join(str(said).split())[:200]}")
    return version


def schema_of(db: sqlite3.Connection) -> Schema:
    """Return kind and name → statement, without what differs in blanks, of all that is in a database."""
    found = db.execute("SELECT type, name, sql FROM sqlite_master")
    return {(str(kind), str(name)): "".join(str(sql or "").split()) for kind, name, sql in found}


def foreign(found: Schema, expected: Schema) -> list[tuple[str, str]]:
    """Return kind and name of all that is *found* and not *expected*, or made by another statement."""
    return [
        (kind, name)
        for (kind, name), sql in found.items()
        if expected.get((kind, name)) != sql and not (kind == "table" and name in OWN)
    ]


@cache
def schema(version: int) -> Schema:
    """Return the schema that a finews of that *version* made."""
    with closing(sqlite3.connect(":memory:")) as db:
        make(db, version)
        return schema_of(db)


def make(db: sqlite3.Connection, version: int) -> None:
    """Make the tables of that *version* in an empty database."""
    add_functions(db)
    db.executescript(";".join([*MIGRATIONS[:version], f"PRAGMA user_version = {version}"]))


def tables(db: sqlite3.Connection) -> list[str]:
    """Return the names of the tables of a database that was checked."""
    return [name for kind, name in schema_of(db) if kind == "table" and name not in OWN]


def rows(db: sqlite3.Connection, table: str) -> Iterator[list[list[Any]]]:
    """Give the rows of a *table* of a database that was checked, in batches.

    :raises RefusedError: a value isn't one that finews could have written.
    """
    found = db.execute(f"SELECT * FROM {table} NOT INDEXED")
    names = [column[0] for column in found.description]
    checks = [CHECKS.get((table, name)) or CHECKS["", name] for name in names]
    while batch := found.fetchmany(BATCH):
        yield [_checked(table, names, checks, row) for row in batch]


def _checked(table: str, names: list[str], checks: list[Check], row: tuple[Any, ...]) -> list[Any]:
    try:
        return [fits(value) for fits, value in zip(checks, row, strict=True)]
    except Exception:  # noqa: BLE001 -- whatever a hostile value leads to
        raise RefusedError(f"is damaged: {_what_is_wrong(table, names, checks, row)}") from None


def _what_is_wrong(table: str, names: list[str], checks: list[Check], row: tuple[Any, ...]) -> str:
    for name, fits, value in zip(names, checks, row, strict=True):
        try:
            fits(value)
        except Exception:  # noqa: BLE001
            return f"{name} of {str(row[0])[:40]!r} in {table} can't be {str(value)[:60]!r}"
    return f"a row of {table}"


def _must(is_right: object) -> None:
    if not is_right:
        raise ValueError


def _text(value: Any) -> str:
    _must(isinstance(value, str) and len(value) <= LONGEST)
    return str(value)


def _clean(value: Any) -> str:
    """Return a text as the pipeline's first stage leaves it."""
    _must(isinstance(value, str) and len(value) <= LONGEST_BODY)
    return UNWANTED.sub("", value)


def _line(value: Any) -> str:
    return LINE_BREAKS.sub(" ", UNWANTED.sub("", _text(value)))


def _like(pattern: re.Pattern[str], nothing: Any = ...) -> Check:
    def fits(value: Any) -> Any:
        _must(value == nothing or (isinstance(value, str) and pattern.fullmatch(value)))
        return value

    return fits


def _time(value: Any) -> str:
    _must(TIME.fullmatch(value))
    datetime.fromisoformat(value)
    return str(value)


def _or_none(fits: Check) -> Check:
    return lambda value: None if value is None else fits(value)


def _number(most: int) -> Check:
    def fits(value: Any) -> int:
        _must(type(value) is int and 0 <= value <= most)
        return int(value)

    return fits


def _category(value: Any) -> str:
    """Return a category, whose parts are folders of a URL."""
    text = _line(value)
    parts = FOLDER_ENDS.split(text)
    _must(".." not in parts and all(len(part.encode()) <= LONGEST_NAME for part in parts))
    return text


def _path(value: Any) -> str:
    _must(value == "" or POST.fullmatch(value))
    _must(len(value.rpartition("/")[2].encode()) <= LONGEST_NAME)
    return str(value)


def _aliases(value: Any) -> str:
    for url, path in json.loads(_clean(value)):
        _must(URL.fullmatch(url) and ".." not in url.split("/"))
        _path(path)
    return str(value)


def _layout(value: Any) -> str:
    _must(value in {"roll", "media"})
    return str(value)


def _texts(value: Any) -> str:
    texts = json.loads(_clean(value))
    _must(isinstance(texts, list) and len(texts) <= MOST)
    return json.dumps([_clean(each) for each in texts])


def _copies(value: Any) -> str:
    copies = json.loads(_clean(value))
    _must(isinstance(copies, dict) and len(copies) <= MOST and all(map(IMAGE.fullmatch, copies.values())))
    return str(value)


def _image(value: Any) -> str:
    _must(IMAGE.fullmatch(value))
    return str(value)


def _record(load: Callable[[str], Any]) -> Check:
    def fits(value: Any) -> str:
        record = load(_clean(value))
        for field in fields(record):
            kind = (int, float) if field.type is float else get_origin(field.type) or field.type
            if kind is UnionType:
                kind = field.type
            _must(isinstance(getattr(record, field.name), kind))  # type: ignore[arg-type]
        return str(value)

    return fits


def _run(value: Any) -> str:
    check_run({"id": ""} | json.loads(_clean(value)))  # earlier schemas have the id beside it only
    return str(value)


def _run_id(value: Any) -> Any:
    _must(type(value) is int or RUN.fullmatch(value))
    return value


_code = _like(CODE)
CHECKS: dict[tuple[str, str], Check] = {
    **{("", name): _time for name in ("published_at", "first_seen_at")},
    **{("", name): _or_none(_time) for name in ("revised_at", "gone_at", "shown_at", "time")},
    **{("", name): _or_none(_time) for name in ("failed_at", "retry_at", "at")},
    **{("", name): _number(1) for name in ("export_pending", "post_old")},
    **{("", name): _number(10**9) for name in ("revision", "attempts")},
    **{("", name): _line for name in ("title", "media", "channel", "tag")},
    **{("", name): _text for name in ("name", "folded", "reason", "source_url")},
    **{("", name): _category for name in ("category", "post_category", "slug")},
    **{("", name): _like(HASH) for name in ("content_hash", "text_hash")},
    **{("", name): _clean for name in ("body", "digest")},
    **{("", name): _texts for name in ("stocks", "images")},
    ("", "code"): _code,
    ("", "duplicate_of"): _like(CODE, ""),
    ("", "layout"): _layout,
    ("", "post_path"): _path,
    ("", "post_aliases"): _aliases,
    ("", "image_files"): _copies,
    ("", "ref"): _record(load_ref),
    ("", "state"): _record(load_state),
    ("", "run"): _run,
    ("images", "path"): _image,
    ("runs", "id"): _run_id,
}  # fmt: skip
"""Table, empty for all, and column → what gives a value back as it should be, or fails."""
