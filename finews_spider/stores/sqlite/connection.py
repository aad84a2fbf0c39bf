"""The SQLite file of a store: opened, brought up to date, and worked on in one thread.

All work happens in one thread of its own, so that the event loop never waits for the disk. The file is in WAL
mode: readers never wait, and writers wait for each other up to BUSY_SECONDS.
"""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from textwrap import shorten
from typing import Any, TypeVar

from finews_spider.errors import ConfigError, DamagedRecordError, StoreError
from finews_spider.stores.base import Access, foreign, missing
from finews_spider.stores.sqlite.read_only import BUSY_SECONDS, Stamp, connect_to_read, in_private
from finews_spider.stores.sqlite.rows import MIGRATIONS
from finews_spider.stores.upgrade import add_functions

T = TypeVar("T")

TRIES = 10
"""How often a reader begins anew because others wrote the file meanwhile."""
READABLE = 3
"""The schema version from which on a file is read as it is, with ADDED in the place of what it lacks."""
ADDED = {"post_aliases": "'[]'"}
"""Columns that articles have had since then → what stands for them."""
NO_SCHEMA = 1000
"""No finews to come will have a schema of that number: another program wrote it, or a disk."""
LONGEST_REASON = 200
OWNER_ONLY = 0o600
TABLES = {"articles", "revisions", "listings", "failures", "channels", "slugs", "takedowns", "runs"}
"""What a store of any schema has."""
DAMAGED = (
    "; it is damaged or no store: move it away with the files beside it, then `finews restore` puts a backup in its "
    "place (without one: docs/troubleshooting.md)"
)
FOLDER = "; the user who runs finews has to be able to write it and its folder"
MENDED = {
    sqlite3.SQLITE_FULL: "; free some space on its disk",
    sqlite3.SQLITE_ERROR: DAMAGED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_READONLY: FOLDER,
    sqlite3.SQLITE_CANTOPEN: FOLDER,
    sqlite3.SQLITE_BUSY: "; another program holds it: end that",
}
"""SQLite's error → what the user can do about it."""
UNREADABLE = (sqlite3.Error, DamagedRecordError, UnicodeDecodeError)
"""What a damaged file raises; the last where SQLite's own message quotes it."""
NO_TEXT = "Could not decode to UTF-8"
"""So begins what Python's sqlite3 says of a text that is none, without a code."""


class SqliteFile:
    """A file, and what every question to it needs."""

    def __init__(self, url: str, access: Access = Access.CREATE) -> None:
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            raise ConfigError(f"FINEWS_STORE: {url!r} is no SQLite URL; write sqlite:///data/finews.db")
        self.path = Path(path)
        self._access = access
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._db: sqlite3.Connection
        self._stamp: Stamp | None = None
        """The state of the file that is read without locks, as it was when it was opened."""

    async def _do(self, work: Callable[..., T], *args: Any) -> T:
        """Run *work* in the store's thread, and turn its failures into one line."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._again, work, *args)
        except (*UNREADABLE, OSError) as error:
            why = getattr(error, "strerror", None) or str(error)
            why = shorten(why, LONGEST_REASON, placeholder=" …")
            raise StoreError(f"the SQLite store {self.path} failed: {why}{_advice(error)}") from error

    async def open(self) -> None:
        try:
            await self._do(self._open_to_read if self._access is Access.READ else self._open)
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        if self._access is Access.CREATE:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives the files that it makes beside it the same rights.
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
        self._connect()
        self._prepare()

    def _connect(self) -> None:
        self._check_place()
        if not os.access(self.path, os.W_OK):
            raise PermissionError("the file can't be written")
        self._db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.row_factory = sqlite3.Row

    def _check_place(self) -> None:
        """See that there is a file.

        :raises NoStoreError: there is none.
        :raises OSError: nobody can say.
        """
        if not self.path.exists():
            raise missing(self.path)
        if not self.path.is_file():
            raise foreign(f"{self.path}, which is no file,")

    def _prepare(self) -> None:
        version = self._version()
        if not version and self._access is not Access.CREATE:
            raise missing(self.path)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._inode = self.path.stat().st_ino
        # NORMAL: a power cut may lose the last transactions, whose articles are then fetched again; never the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        # Without a transaction most times, which would wait for a writer that takes long.
        if version != len(MIGRATIONS):
            with self._transaction():
                self._migrate()

    def _migrate(self) -> None:
        """Bring the open database up to date."""
        add_functions(self._db)
        for migration in MIGRATIONS[self._version() :]:
            for statement in migration.split(";"):
                self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _open_to_read(self) -> None:
        """Open the file so that nothing changes; a schema too old to be read is brought up to date in a copy."""
        self._check_place()
        self._db, self._stamp = connect_to_read(self.path)
        version = self._version()
        if not version:
            raise missing(self.path)
        if version < READABLE:
            self._db = in_private(self._db)
        self._db.row_factory = sqlite3.Row
        if version < READABLE:
            self._migrate()
        there = {row["name"] for row in self._db.execute("SELECT name FROM pragma_table_info('articles')")}
        if added := [f"{value} AS {name}" for name, value in ADDED.items() if name not in there]:
            # It hides the table; it is this connection's alone and in no file.
            self._db.execute(f"CREATE TEMP VIEW articles AS SELECT *, {', '.join(added)} FROM main.articles")

    def _version(self) -> int:
        """Return the schema version, 0 of a new file.

        :raises NoStoreError: it isn't a store's file.
        """
        # In one statement, for another process may be making the tables.
        schema = "SELECT user_version, (SELECT json_group_array(name) FROM sqlite_master) FROM pragma_user_version"
        version, names = self._db.execute(schema).fetchone()
        tables = set(json.loads(names))
        if not (tables >= TABLES and 0 < version < NO_SCHEMA) and (tables or version):
            raise foreign(f"the SQLite file {self.path}")
        if version > len(MIGRATIONS):
            raise sqlite3.DatabaseError(f"it was written by a newer finews (schema {version}); upgrade finews")
        return int(version)

    def _again(self, work: Callable[..., T], *args: Any) -> T:
        """Do *work*, and once more with the file opened anew where it changed under a reader without locks."""
        for _ in range(TRIES):
            try:
                done = _patiently(work, *args)
            except UNREADABLE:
                if self._is_as_opened():
                    raise
            else:
                if self._is_as_opened():
                    return done
            self._db.close()
            self._open_to_read()
        raise sqlite3.OperationalError("it changes all the time; try again")

    def _is_as_opened(self) -> bool:
        return self._stamp is None or self._stamp == Stamp.of(self.path)

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

    async def _records(self, load: Callable[[sqlite3.Row], T], query: str, values: Iterable[Any] = ()) -> list[T]:
        """Return what *load* makes of each row that *query* finds."""
        return await self._do(lambda: [load(row) for row in self._rows(query, values)])

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


def _advice(error: Exception) -> str:
    if isinstance(error, UNREADABLE[1:]) or str(error).startswith(NO_TEXT):
        return DAMAGED
    if isinstance(error, PermissionError):
        return FOLDER
    return MENDED.get(_code(error), "")


def _code(error: Exception) -> int:
    """Return SQLite's error code, 0 of an error that is Python's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _patiently(work: Callable[..., T], *args: Any) -> T:
    """Do *work*, again and again while the file is busy.

    SQLite waits by itself for other writers, but not for one that switches to WAL, closes as the last or recovers.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return work(*args)
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
