"""Copying an SQLite store whole, into it and out of it, and making it smaller."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from finews_spider.errors import StoreError
from finews_spider.stores.base import Progress
from finews_spider.stores.ids import run_time
from finews_spider.stores.sqlite.connection import SqliteFile
from finews_spider.stores.sqlite.read_only import BUSY_SECONDS, connect_to_read
from finews_spider.stores.sqlite.rows import iso

PAGES = 1000
"""Pages of 4 KiB that are copied between two looks at whether to go on."""
BATCH = 500
"""Earlier versions dropped in one transaction: a crawl waits milliseconds for it."""
# An earlier version is as old as what replaced it: the next version that is kept, or the article itself.
OLD_VERSIONS = """
SELECT code, revision FROM revisions AS r WHERE coalesce(
    (SELECT n.shown_at FROM revisions AS n WHERE n.code = r.code AND n.revision > r.revision ORDER BY n.revision),
    (SELECT coalesce(revised_at, published_at) FROM articles AS a WHERE a.code = r.code AND a.revision > r.revision)
) < ?
"""
OLD_RUNS = "SELECT id FROM runs WHERE id < ? AND id != (SELECT max(id) FROM runs)"


class SqliteUpkeep(SqliteFile):
    """The part of :class:`~finews_spider.stores.base.ArticleStore` that keeps the store itself."""

    async def backup(self, file: Path, progress: Progress) -> None:
        await copy(self._do, self.path, file, progress)

    async def load(self, file: Path, progress: Progress) -> None:
        # Into the live file as one transaction: a file put in its place would meet the log of the one before it, and
        # whoever has that open would go on writing to what nobody sees.
        await copy(self._do, file, self.path, progress)

    async def drop(
        self, versions_before: datetime | None, runs_before: datetime | None, *, dry_run: bool = False
    ) -> tuple[int, int]:
        versions = await self.rows(OLD_VERSIONS, [iso(versions_before)])
        runs = await self.rows(OLD_RUNS, [run_time(runs_before) if runs_before else None])
        if not dry_run:
            for start in range(0, len(versions), BATCH):
                batch = [tuple(row) for row in versions[start : start + BATCH]]
                await self._do(self._save_many, "DELETE FROM revisions WHERE code = ? AND revision = ?", batch)
            await self._do(self._save_many, "DELETE FROM runs WHERE id = ?", [tuple(row) for row in runs])
        return len(versions), len(runs)

    async def shrink_needs(self) -> dict[Path, int]:
        return await self._do(self._needs)

    async def shrink(self) -> int:
        return await self._do(self._shrink)

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _needs(self) -> dict[Path, int]:
        if not self._pragma("freelist_count"):
            return {}
        # The new file is made in a temporary place, and then written through the log into the old one's.
        size = (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")
        beside, temporary = self.path.absolute().parent, _temporary_folder()
        if beside.stat().st_dev == temporary.stat().st_dev:
            return {beside: 2 * size}
        return {beside: size, temporary: size}

    def _shrink(self) -> int:
        needs, used = self._needs(), self.path.stat().st_size
        if not needs:
            return 0
        for folder, needed in needs.items():
            free = shutil.disk_usage(folder).free
            if free < needed:
                wanted, there = (f"{size / 1e6:,.1f} MB" for size in (needed, free))
                where = "on its disk" if folder == self.path.absolute().parent else f"in {folder} (SQLITE_TMPDIR)"
                raise OSError(f"giving space back needs {wanted} free {where} for a while, and {there} are")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(used - self.path.stat().st_size, 0)

    # What fills and reads a backup row by row

    async def rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """Return what *query* finds."""
        return await self._do(self._rows, query, values)

    async def put(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put *rows*, which have the same columns, into *table*, in place of those that have their keys."""
        if rows:
            names = list(rows[0])
            marks = ", ".join("?" * len(names))
            statement = f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({marks})"
            await self._do(self._save_many, statement, [tuple(row[name] for name in names) for row in rows])

    async def run(self, script: str) -> None:
        """Run the statements of a *script* as one transaction."""
        await self._do(self._run, script)

    def _run(self, script: str) -> None:
        with self._transaction():
            for statement in script.split(";"):
                self._db.execute(statement)

    async def change(self, statement: str, *values: Any) -> None:
        """Run one *statement* that changes rows."""
        await self._do(self._save_many, statement, [values])


def _temporary_folder() -> Path:
    """Return where SQLite makes its temporary files: the first of these that is a folder it can write."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    folders = (Path(folder) for folder in named if folder)
    return next((each for each in folders if each.is_dir() and os.access(each, os.W_OK | os.X_OK)), Path.cwd())


async def copy(do: Callable[..., Awaitable[None]], source: Path, target: Path, progress: Progress) -> None:
    """Copy all of one SQLite file into another as they are at this moment, at once or not at all.

    :param do: runs a function in another thread.
    """
    await stoppable(do, _copy, source, target, progress)


async def stoppable(do: Callable[..., Awaitable[None]], work: Callable[..., None], *args: Any) -> None:
    """Let *do* run some *work* in another thread; its last argument is an event that is set when this is cancelled."""
    cancelled = threading.Event()
    try:
        await do(work, *args, cancelled)
    finally:
        cancelled.set()


def _copy(source: Path, target: Path, progress: Progress, cancelled: threading.Event) -> None:
    def look(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_FULL:
            raise StoreError(f"copying {source} to {target} failed: the disk is full; free some space")
        if cancelled.is_set() or status not in {sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE}:
            raise StoreError(f"copying {source} to {target} was cut short: the file was busy for {BUSY_SECONDS} s")
        progress(total - remaining, total)

    with (
        closing(connect_to_read(source)[0]) as read,
        closing(sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None)) as write,
    ):
        # A transaction of its own holds the moment: without it each write by another process starts the copy anew.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(write, pages=PAGES, progress=look)
