"""Copies a whole SQLite store, and makes it smaller."""

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
from finews_spider.i18n import Message
from finews_spider.stores.base import Progress, UpkeepStore
from finews_spider.stores.ids import run_time
from finews_spider.stores.sqlite.connection import SqliteConnection
from finews_spider.stores.sqlite.read_only import BUSY_SECONDS, connect_to_read
from finews_spider.stores.sqlite.rows import iso

PAGES = 1000
"""Pages of 4 KiB that are copied between two checks whether the copy was cancelled."""
BATCH = 500
"""Versions that are deleted in one transaction. A crawl waits milliseconds for it."""
# A version was replaced when the next stored version, or else the article, first appeared.
OLD_VERSIONS = """
SELECT code, revision FROM revisions AS r WHERE coalesce(
    (SELECT n.shown_at FROM revisions AS n WHERE n.code = r.code AND n.revision > r.revision ORDER BY n.revision),
    (SELECT coalesce(revised_at, published_at) FROM articles AS a WHERE a.code = r.code AND a.revision > r.revision)
) < ?
"""
OLD_RUNS = "SELECT id FROM runs WHERE id < ? AND id != (SELECT max(id) FROM runs)"


class SqliteUpkeep(SqliteConnection, UpkeepStore):
    """See :class:`UpkeepStore`. The last four methods are for copies of other stores."""

    async def backup(self, file: Path, progress: Progress) -> None:
        await copy(self._do, self.path, file, progress)

    async def load(self, file: Path, progress: Progress) -> None:
        # The copy is one transaction of the live file. A new file in its place would meet the old file's log, and a
        # process with the old file open would continue to write to a file that no other process sees.
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
        return await self._do(self._shrink_needs)

    async def shrink(self) -> int:
        return await self._do(self._shrink)

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _shrink_needs(self) -> dict[Path, int]:
        if not self._pragma("freelist_count"):
            return {}
        # VACUUM makes the new file in a temporary folder, and then writes it through the log into the old file.
        size = (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")
        beside, temporary = self.path.absolute().parent, _temporary_folder()
        if beside.stat().st_dev == temporary.stat().st_dev:
            return {beside: 2 * size}
        return {beside: size, temporary: size}

    def _shrink(self) -> int:
        needs, used = self._shrink_needs(), self.path.stat().st_size
        if not needs:
            return 0
        for folder, needed in needs.items():
            free = shutil.disk_usage(folder).free
            if free < needed:
                raise OSError(self._lacks(folder, needed, free))
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(used - self.path.stat().st_size, 0)

    def _lacks(self, folder: Path, needed: int, free: int) -> Message:
        where = Message("in {folder} (SQLITE_TMPDIR)", folder=folder)
        return Message(
            "the upkeep needs {needed:,.1f} MB of free space {where} for a while, but only {free:,.1f} MB are free",
            needed=needed / 1e6,
            where=Message("on its disk") if folder == self.path.absolute().parent else where,
            free=free / 1e6,
        )

    async def rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of *query*."""
        return await self._do(self._rows, query, values)

    async def put(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert *rows*, which all have the same columns, into *table*. A row replaces the one with the same key."""
        if rows:
            names = list(rows[0])
            marks = ", ".join("?" * len(names))
            statement = f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({marks})"
            await self._do(self._save_many, statement, [tuple(row[name] for name in names) for row in rows])

    async def run(self, script: str) -> None:
        """Run the statements of *script* as one transaction."""
        await self._do(self._run, script)

    def _run(self, script: str) -> None:
        with self._transaction():
            for statement in script.split(";"):
                self._db.execute(statement)

    async def change(self, statement: str, *values: Any) -> None:
        """Run one *statement* that changes rows."""
        await self._do(self._save_many, statement, [values])


def _temporary_folder() -> Path:
    """Return the folder of SQLite's temporary files: the first one in its own list that it can write."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    folders = (Path(folder) for folder in named if folder)
    return next((each for each in folders if each.is_dir() and os.access(each, os.W_OK | os.X_OK)), Path.cwd())


async def copy(do: Callable[..., Awaitable[None]], source: Path, target: Path, progress: Progress) -> None:
    """Copy one SQLite file into another, as it is at one moment, completely or not at all.

    :param do: runs a function in another thread.
    :raises StoreError: the disk is full, or the file stayed busy for BUSY_SECONDS.
    """
    await stoppable(do, _copy, source, target, progress)


async def stoppable(do: Callable[..., Awaitable[None]], work: Callable[..., None], *args: Any) -> None:
    """Let *do* run *work* in another thread. Its last argument is an event that is set when this task is cancelled."""
    cancelled = threading.Event()
    try:
        await do(work, *args, cancelled)
    finally:
        cancelled.set()


def _copy(source: Path, target: Path, progress: Progress, cancelled: threading.Event) -> None:
    def report(status: int, remaining: int, total: int) -> None:
        if status == sqlite3.SQLITE_FULL:
            raise StoreError(
                "copying {source} to {target} failed: the disk is full; free some space", source=source, target=target
            )
        if cancelled.is_set() or status not in {sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE}:
            raise StoreError(
                "copying {source} to {target} was interrupted: the file was busy for {seconds} s",
                source=source,
                target=target,
                seconds=BUSY_SECONDS,
            )
        progress(total - remaining, total)

    with (
        closing(connect_to_read(source)[0]) as read,
        closing(sqlite3.connect(target, timeout=BUSY_SECONDS, isolation_level=None)) as write,
    ):
        # The transaction keeps one moment. Without it, each write by another process would restart the copy.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(write, pages=PAGES, progress=report)
