"""The connection to an SQLite file, and the thread that works on it.

All work on a file happens in one thread, so that the event loop never waits for the disk. The file is in WAL mode:
readers never wait, and a writer waits up to BUSY_SECONDS for another writer.
"""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from finews_spider.errors import (
    ConfigError,
    DamagedRecordError,
    ForeignStoreError,
    MissingStoreError,
    StoreError,
    one_line,
)
from finews_spider.i18n import Message
from finews_spider.stores.base import Access, Store
from finews_spider.stores.sqlite import schema
from finews_spider.stores.sqlite.read_only import BUSY_SECONDS, Stamp, connect_to_read, in_private

T = TypeVar("T")

TRIES = 10
"""How often a reader starts again because another process wrote the file meanwhile."""
READABLE = 3
"""The first schema version that is read without an upgrade. ADDED_COLUMNS stand in for what it lacks."""
ADDED_COLUMNS = {"post_aliases": "'[]'", "story": "''"}
"""Columns of articles that are newer than READABLE → the SQL value of a file without them."""
OWNER_ONLY = 0o600
DAMAGED = Message(
    "it is damaged or no store: move it away with the files beside it, then `finews restore` puts a backup in its "
    "place (without one: docs/troubleshooting.md)"
)
FOLDER = Message("the user who runs finews must be able to write to it and to its folder")
ADVICE = {
    sqlite3.SQLITE_FULL: Message("free some space on its disk"),
    sqlite3.SQLITE_ERROR: DAMAGED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_READONLY: FOLDER,
    sqlite3.SQLITE_CANTOPEN: FOLDER,
    sqlite3.SQLITE_BUSY: Message("another program locks it: end that program"),
}
"""SQLite's error code → what the user can do."""
UNREADABLE = (sqlite3.Error, DamagedRecordError, UnicodeDecodeError)
"""What a damaged file raises. UnicodeDecodeError comes from SQLite's own message, which quotes the file."""
NO_TEXT = "Could not decode to UTF-8"
"""How the message of Python's sqlite3 about a text that isn't UTF-8 begins. The error has no code."""


class SqliteConnection(Store):
    """A connection to one file, and the queries that every part of the store needs.

    :param url: ``sqlite:///relative/path.db`` or ``sqlite:////absolute/path.db``.
    :raises ConfigError: the URL is no SQLite URL.
    """

    def __init__(self, url: str, access: Access = Access.CREATE) -> None:
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            raise ConfigError("FINEWS_STORE: {url!r} is no SQLite URL; write sqlite:///data/finews.db", url=url)
        self.path = Path(path)
        self._access = access
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._db: sqlite3.Connection
        self._stamp: Stamp | None = None
        """The state of the file when it was opened, if it is read without locks."""

    @contextmanager
    def store_errors(self) -> Iterator[None]:
        """Turn the errors of SQLite and of the disk into a StoreError of one line."""
        try:
            yield
        except (*UNREADABLE, OSError) as error:
            reason = one_line(getattr(error, "strerror", None) or error)
            failed = Message("the SQLite store {path} failed: {reason}", path=self.path, reason=reason)
            if advice := _advice(error):
                failed = Message("{failed}; {advice}", failed=failed, advice=advice)
            raise StoreError(failed) from error

    async def _do(self, work: Callable[..., T], *args: Any) -> T:
        """Run *work* in the store's thread."""
        with self.store_errors():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._retry, work, *args)

    async def open(self) -> None:
        try:
            await self._do(self._open_to_read if self._access is Access.READ else self._open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if hasattr(self, "_db"):
            await self._do(self._db.close)
            del self._db
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        if self._access is Access.CREATE:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives the files beside it the same rights.
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
        self._connect()
        self._prepare()

    def _connect(self) -> None:
        self._check_file()
        if not os.access(self.path, os.W_OK):
            raise PermissionError(Message("the file can't be written"))
        self._db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.row_factory = sqlite3.Row

    def _check_file(self) -> None:
        """Check that the file exists.

        :raises NoStoreError: it doesn't, or isn't a file.
        :raises OSError: the disk can't be read.
        """
        if not self.path.exists():
            raise MissingStoreError(self.path)
        if not self.path.is_file():
            raise ForeignStoreError(Message("{path}, which is no file,", path=self.path))

    def _prepare(self) -> None:
        version = schema.check_version(self._db, self.path)
        if not version and self._access is not Access.CREATE:
            raise MissingStoreError(self.path)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._inode = self.path.stat().st_ino
        # NORMAL: a power cut may lose the last transactions, whose articles are then fetched again, but never the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        # The version is checked outside of a transaction first, because that would wait for a writer. It is read again
        # inside, because another process may have upgraded the file meanwhile.
        if version != schema.SCHEMA_VERSION:
            with self._transaction():
                schema.migrate(self._db, schema.check_version(self._db, self.path))

    def _open_to_read(self) -> None:
        """Open the file without changing it. A schema too old to read is upgraded in a private copy."""
        self._check_file()
        self._db, self._stamp = connect_to_read(self.path)
        version = schema.check_version(self._db, self.path)
        if not version:
            raise MissingStoreError(self.path)
        if version < READABLE:
            self._db = in_private(self._db)
        self._db.row_factory = sqlite3.Row
        if version < READABLE:
            schema.migrate(self._db, version)
        there = {row["name"] for row in self._db.execute("SELECT name FROM pragma_table_info('articles')")}
        if added := [f"{value} AS {name}" for name, value in ADDED_COLUMNS.items() if name not in there]:
            # The view hides the table from this connection only. It is in no file.
            self._db.execute(f"CREATE TEMP VIEW articles AS SELECT *, {', '.join(added)} FROM main.articles")

    def _retry(self, work: Callable[..., T], *args: Any) -> T:
        """Do *work*; where a file that is read without locks changed meanwhile, open it again and repeat the work."""
        for _ in range(TRIES):
            try:
                done = _while_busy(work, *args)
            except UNREADABLE:
                if self._is_unchanged():
                    raise
            else:
                if self._is_unchanged():
                    return done
            self._db.close()
            self._open_to_read()
        raise sqlite3.OperationalError(Message("other processes change it all the time; try again"))

    def _is_unchanged(self) -> bool:
        return self._stamp is None or self._stamp == Stamp.of(self.path)

    def _transaction(self) -> "_Transaction":
        # Without this check, the writes would go to a file that no other process sees any more.
        if not self.path.exists() or self.path.stat().st_ino != self._inode:
            raise sqlite3.DatabaseError(Message("the file was deleted or replaced under way"))
        return _Transaction(self._db)

    async def _records(self, load: Callable[[sqlite3.Row], T], query: str, values: Iterable[Any] = ()) -> list[T]:
        """Return what *load* makes of each row of *query*."""
        return await self._do(lambda: [load(row) for row in self._rows(query, values)])

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        return self._db.execute(query, tuple(values)).fetchall()

    def _rows_in(self, query: str, values: Sequence[str]) -> list[sqlite3.Row]:
        """Return the rows of *query*, in which ``(?)`` stands for all *values*. Their number has no limit."""
        return self._rows(query.replace("(?)", "(SELECT value FROM json_each(?))"), [json.dumps(values)])

    def _save_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._transaction():
            self._db.executemany(statement, values)


class _Transaction:
    """A write transaction. It locks the file when it begins, so that it can't fail later because of another writer."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if not kind:
                self.db.execute("COMMIT")
        finally:
            # SQLite may have rolled back by itself, such as on a full disk. A second ROLLBACK would hide its error.
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")


def _advice(error: Exception) -> Message | None:
    if isinstance(error, UNREADABLE[1:]) or str(error).startswith(NO_TEXT):
        return DAMAGED
    if isinstance(error, PermissionError):
        return FOLDER
    return ADVICE.get(_code(error))


def _code(error: Exception) -> int:
    """Return SQLite's primary error code, or 0 for an error that isn't SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _while_busy(work: Callable[..., T], *args: Any) -> T:
    """Do *work*, and repeat it while the file is busy, for up to BUSY_SECONDS.

    SQLite itself waits for other writers. It doesn't wait for a process that switches the file to WAL mode, recovers
    it, or closes it as the last one.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return work(*args)
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
