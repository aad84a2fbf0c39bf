"""Makes a store as large as after years: it copies the articles of one crawl to many earlier days."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from finews_spider.stores.sqlite.stories import FIRST_DAY, HASH, HASH_BITS, WEEK
from finews_spider.times import SHANGHAI

TICKS_A_DAY = 288
DAY = re.compile(r"(20\d\d)(-?)(\d\d)\2(\d\d)(?=\d{9}|[T-])")
"""The date in a code, a time or a post's path."""
MOVED = {
    "code",
    "duplicate_of",
    "story",
    "published_at",
    "revised_at",
    "first_seen_at",
    "gone_at",
    "time",
    "shown_at",
    "source_url",
    "post_path",
}
"""Columns with such a date."""
TABLES = ("articles", "listings", "revisions", "sketches")


@cache
def _earlier(year: int, month: int, day: int, days: int) -> date:
    return date(year, month, day) - timedelta(days)


def moved(text: str | None, days: int) -> str | None:
    """Return *text* with each of its dates moved *days* back."""

    def move(found: re.Match[str]) -> str:
        moved = _earlier(int(found[1]), int(found[3]), int(found[4]), days)
        return moved.isoformat() if found[2] else f"{moved:%Y%m%d}"

    return text and DAY.sub(move, text)


def multiply(database: Path, times: int) -> None:
    """Let an SQLite store hold its articles so many *times*, with their listings and versions. The copies have earlier days.

    The values that identify an article differ in each copy. A record of a run is added for each tick of these days.
    """
    with closing(sqlite3.connect(database)) as db:
        db.create_function("moved", 2, moved, deterministic=True)
        first, last = (
            datetime.strptime(code[:8], "%Y%m%d").replace(tzinfo=SHANGHAI)
            for code in db.execute("SELECT min(code), max(code) FROM articles").fetchone()
        )
        span = (last - first).days + 1
        for table in TABLES:
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            values = {name: f"moved({name}, :days)" for name in MOVED}
            values["day"] = "day - :days"
            values["key"] = f"(key & {HASH}) + ((day - :days - {FIRST_DAY}) / {WEEK} << {HASH_BITS})"
            values["text_hash"] = "CASE text_hash WHEN '' THEN '' ELSE text_hash || :days END"
            insert = (
                f"INSERT INTO {table} SELECT {', '.join(values.get(name, name) for name in names)} FROM kept_{table}"
            )
            db.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
            for number in range(1, times):
                db.execute(insert, {"days": number * span})
        (run,) = db.execute("SELECT run FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        ticks = (first - timedelta(minutes=5 * number) for number in range(1, times * span * TICKS_A_DAY))
        db.executemany(
            "INSERT INTO runs VALUES (?, ?)",
            (
                (
                    name := f"{at:%Y%m%dT%H%M%S}-000000",
                    json.dumps(json.loads(run) | {"id": name, "started_at": at.isoformat()}),
                )
                for at in ticks
            ),
        )
        db.commit()
