"""The SQLite file of a store: opened, brought up to date, and worked on in one thread.

All work happens in one thread of its own, so that the event loop never waits for the disk. The file is in WAL
mode: readers never wait, and writers wait for each other up to BUSY_SECONDS.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from finews_spider.errors import ConfigError, StoreError
from finews_spider.stores.rows import MIGRATIONS
from finews_spider.stores.upgrade import add_functions

T = TypeVar("T")

BUSY_SECONDS = 60
DAMAGED = "; `finews restore` puts a backup in its place, once this file is moved away"
FOLDER = "; the user who runs finews has to be able to write it and its folder"
MENDED = {
    sqlite3.SQLITE_FULL: "; free some space on its disk",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_READONLY: FOLDER,
    sqlite3.SQLITE_CANTOPEN: FOLDER,
    sqlite3.SQLITE_BUSY: "; another program holds it: end that",
}
"""SQLite's error → what the user can do about it."""


class SqliteFile:
    """A file, and what every question to it needs."""

    def __init__(self, url: str) -> None:
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            raise ConfigError(f"FINEWS_STORE: {url!r} is no SQLite URL; write sqlite:///data/finews.db")
        self.path = Path(path)
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._db: sqlite3.Connection

    async def _do(self, work: Callable[..., T], *args: Any) -> T:
        """Run *work* in the store's thread, and turn its failures into one line."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _patiently, work, *args)
        except (sqlite3.Error, OSError) as error:
            what_to_do = MENDED.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")
            raise StoreError(f"the SQLite store {self.path} failed: {error}{what_to_do}") from error

    async def open(self) -> None:
        try:
            await self._do(self._connect)
            await self._do(self._prepare)
        except BaseException:
            await self.close()
            raise

    def _connect(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.row_factory = sqlite3.Row

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._inode = self.path.stat().st_ino
        # NORMAL: a power cut may lose the last transactions, whose articles are then fetched again; never the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        # Without a transaction most times, which would wait for a writer that takes long.
        if self._version() == len(MIGRATIONS):
            return
        with self._transaction():
            version = self._version()
            if version > len(MIGRATIONS):
                raise sqlite3.DatabaseError(f"it was written by a newer finews (schema {version}); upgrade finews")
            add_functions(self._db)
            for migration in MIGRATIONS[version:]:
                for statement in migration.split(";"):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    async def close(self) -> None:
        if hasattr(self, "_db"):
            await self._do(self._db.close)
            del self._db
        self._thread.shutdown(wait=False)

    def _transaction(self) -> "_Transaction":
        # What we have open is then a file that nobody sees.
        if not self.path.exists() or self.path.stat().st_ino != self._inode:
            raise sqlite3.DatabaseError("the file was deleted or replaced under way")
        return _Transaction(self._db)

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        return self._db.execute(query, tuple(values)).fetchall()

    def _rows_in(self, query: str, values: Sequence[str]) -> list[sqlite3.Row]:
        """Run *query*, whose ``(?)`` stands for all of *values*, however many they are."""
        return self._rows(query.replace("(?)", "(SELECT value FROM json_each(?))"), [json.dumps(values)])

    def _save_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._transaction():
            self._db.executemany(statement, values)


class _Transaction:
    """A write transaction: takes its place among the writers at once, so that it can't fail half-way as locked."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if not kind:
                self.db.execute("COMMIT")
        finally:
            # SQLite may have done so itself, on a full disk for one; its error is then the one to tell.
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")


def _patiently(work: Callable[..., T], *args: Any) -> T:
    """Do *work*, again and again while the file is busy.

    SQLite waits by itself for other writers, but not for one that switches to WAL, closes as the last or recovers.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return work(*args)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
