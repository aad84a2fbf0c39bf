"""Checks whether an SQLite file is what finews makes: its schema, its pages, and the values in it.

A file from elsewhere may hold anything. Its schema is checked first, because a query could run a view or a trigger of a
foreign schema. Then each value is checked before it is copied into a new file.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from finews_spider.errors import FinewsError, one_line
from finews_spider.items import UNWANTED
from finews_spider.stores.records import check_run
from finews_spider.stores.sqlite.rows import load_ref, load_state
from finews_spider.stores.sqlite.schema import SCHEMA_VERSION, expected_schema, foreign_parts, schema_of

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64 << 20,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
BATCH = 500
"""Rows that are read at a time."""
LONGEST, LONGEST_BODY = 1 << 20, 16 << 20
"""The most characters of a text, and of an article's body."""
MOST = 100_000
"""The most values of a list."""
CODE = re.compile(r"[0-9a-z][0-9a-z-]{0,63}", re.ASCII)
HASH = re.compile(r"[0-9A-Za-z]{0,128}", re.ASCII)
TIME = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", re.ASCII)
RUN = re.compile(r"[\w:.-]{1,64}", re.ASCII)
POST = re.compile(r"(?:_posts|old_post)/[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
IMAGE = re.compile(r"images/(?:[\w-]{1,100}/){0,3}[\w-]{1,100}\.\w{1,10}", re.ASCII)
URL = re.compile(r"/[^\\\x00-\x1f\x7f]{0,2000}")
"""The path of a URL, from the site's root on."""
FOLDER_ENDS = re.compile(r"[/\\\s]+")
LINE_BREAKS = re.compile(r"[\t\n\r]")
LONGEST_NAME = 255
"""The most bytes of a file's name."""

Check = Callable[[Any], Any]


class RefusedError(FinewsError):
    """The file isn't what finews makes. The message is one line without its subject: "is …" or "holds …"."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a file from elsewhere for reading, with the limits that a hostile file needs."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    for limit, value in LIMITS.items():
        db.setlimit(limit, value)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


def check(db: sqlite3.Connection) -> int:
    """Check the schema and the pages of a file, and return the schema's version.

    :raises RefusedError: the schema isn't exactly one of finews's, or the file is damaged.
    :raises sqlite3.Error: the file can't be read.
    """
    found = schema_of(db)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not version or ("table", "articles") not in found or ("table", "takedowns") not in found:
        raise RefusedError("is no backup: it is an SQLite file of something else")
    if version > SCHEMA_VERSION:
        raise RefusedError("was made by a newer finews (schema {version}); upgrade finews", version=version)
    expected = expected_schema(max(version, 0))
    for kind, name in foreign_parts(found, expected):
        raise RefusedError("holds something that finews didn't make: the {kind} {name!r}", kind=kind, name=name[:60])
    for kind, name in sorted(expected.keys() - found.keys(), reverse=True):  # tables first
        raise RefusedError("is damaged: its {kind} {name} is missing", kind=kind, name=name)
    result = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        raise RefusedError("is damaged: {why}", why=one_line(result))
    return version


def rows(db: sqlite3.Connection, table: str) -> Iterator[list[list[Any]]]:
    """Give the rows of a *table* in batches. :func:`check` must have accepted the database.

    :raises RefusedError: finews could not have written a value.
    """
    found = db.execute(f"SELECT * FROM {table} NOT INDEXED")
    names = [column[0] for column in found.description]
    checks = [CHECKS.get((table, name)) or CHECKS["", name] for name in names]
    while batch := found.fetchmany(BATCH):
        yield [_checked(table, names, checks, row) for row in batch]


def _checked(table: str, names: list[str], checks: list[Check], row: tuple[Any, ...]) -> list[Any]:
    try:
        return [fits(value) for fits, value in zip(checks, row, strict=True)]
    except Exception:  # noqa: BLE001 -- a hostile value may raise anything
        raise RefusedError("is damaged: {wrong}", wrong=_what_is_wrong(table, names, checks, row)) from None


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
    """Return a text without the characters that the pipeline's first stage removes."""
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
    """Return a category. Its parts are folders in a URL."""
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
        load(_clean(value))
        return str(value)

    return fits


def _run(value: Any) -> str:
    check_run({"id": ""} | json.loads(_clean(value)))  # earlier schemas keep the id outside of the JSON
    return str(value)


def _run_id(value: Any) -> Any:
    _must(type(value) is int or RUN.fullmatch(value))
    return value


_code = _like(CODE)
CHECKS: dict[tuple[str, str], Check] = {
    **{("", name): _time for name in ("published_at", "first_seen_at")},
    **{("", name): _or_none(_time) for name in ("revised_at", "gone_at", "shown_at", "time")},
    **{("", name): _or_none(_time) for name in ("failed_at", "retry_at", "at")},
    **{("", name): _number(1) for name in ("export_pending", "post_old", "partial", "extracted")},
    **{("", name): _number(10**9) for name in ("revision", "attempts")},
    **{("", name): _line for name in ("title", "media", "channel", "tag")},
    **{("", name): _text for name in ("name", "folded", "reason", "source_url")},
    **{("", name): _category for name in ("category", "post_category", "slug")},
    **{("", name): _like(HASH) for name in ("content_hash", "text_hash")},
    **{("", name): _clean for name in ("body", "digest")},
    **{("", name): _texts for name in ("stocks", "images")},
    ("", "code"): _code,
    ("", "duplicate_of"): _like(CODE, ""),
    ("", "story"): _or_none(_like(CODE, "")),
    ("", "key"): _number(2**48),
    ("", "day"): _number(2**32),
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
"""Table (empty: any table) and column → the check that returns a value as it is to be copied, or raises."""
