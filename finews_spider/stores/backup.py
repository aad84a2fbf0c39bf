"""Backups. A backup is one file, an SQLite store, whichever store it is a copy of."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from finews_spider.errors import ConfigError, StoreError, one_line
from finews_spider.files import unfinished
from finews_spider.stores.base import Progress, UpkeepStore
from finews_spider.stores.sqlite import check as sqlite_check
from finews_spider.stores.sqlite.check import RefusedError
from finews_spider.stores.sqlite.read_only import connect_to_read
from finews_spider.stores.sqlite.schema import (
    DECIDE_TWINS,
    SCHEMA_VERSION,
    expected_schema,
    foreign_parts,
    make_schema,
    schema_of,
    tables_of,
)
from finews_spider.stores.sqlite.store import SqliteStore
from finews_spider.stores.sqlite.upkeep import stoppable

MAGIC = b"SQLite format 3\0"


async def backup(store: UpkeepStore, file: Path, progress: Progress) -> None:
    """Write the whole *store* into *file*, or nothing. Only the file's owner can read it.

    A copy that a restore would refuse, such as of a damaged store, doesn't replace an earlier file.

    :raises ConfigError: the file can't be made.
    :raises StoreError: the store can't be read or is damaged, or the disk is full.
    """
    with unfinished(file.parent, file.name) as partial:
        await store.backup(partial, progress)
        try:
            await asyncio.to_thread(_finish, partial)
            partial.replace(file)
            _flush(file.parent)
        except RefusedError as error:
            raise StoreError(
                "the store {error}; {file} wasn't written, and an earlier backup there stays", error=error, file=file
            ) from None
        except (sqlite3.Error, OSError) as error:
            raise StoreError("{file} can't be written: {error}", file=file, error=error) from None


@asynccontextmanager
async def opened(file: Path, folder: Path, progress: Progress) -> AsyncIterator[Path]:
    """Copy the backup *file* into a new store in *folder*, and remove that store at the end. The file doesn't change.

    Only values are copied, and each of them is one that finews could have written.

    :raises ConfigError: the file is no backup, is damaged, or was made by a newer finews.
    """
    try:
        with file.open("rb") as opened_file:
            if opened_file.read(len(MAGIC)) != MAGIC:
                raise ConfigError("{file} is no backup", file=file)
    except OSError as error:
        raise ConfigError("{file} can't be read: {why}", file=file, why=error.strerror) from None
    with unfinished(folder, "restore") as partial:
        try:
            await stoppable(asyncio.to_thread, _rewrite, file, partial, progress)
            async with SqliteStore(f"sqlite:///{partial}") as made:  # opening brings it up to date
                await made.run(DECIDE_TWINS)
        except RefusedError as error:
            raise ConfigError("{file} {error}", file=file, error=error) from None
        except (sqlite3.Error, OSError, StoreError) as error:
            raise ConfigError(
                "{file} is damaged or can't be copied to {folder}: {why}", file=file, folder=folder, why=one_line(error)
            ) from None
        yield partial


def articles_in(file: Path) -> int:
    """Return how many articles a backup holds, 0 if it can't be read."""
    try:
        with closing(connect_to_read(file)[0]) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except (sqlite3.Error, OSError):
        return 0


def _rewrite(file: Path, target: Path, progress: Progress, cancelled: threading.Event) -> None:
    """Check each value of a backup, and copy it into an empty file."""
    with (
        closing(sqlite_check.connect(file)) as read,
        closing(sqlite3.connect(target, isolation_level=None)) as write,
    ):
        read.execute("BEGIN")  # so that the checked rows are the copied rows
        version = sqlite_check.check(read)
        tables = tables_of(read)
        done, total = 0, sum(read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
        make_schema(write, version)
        write.execute("PRAGMA synchronous = OFF")  # an interrupted restore is thrown away
        write.execute("BEGIN")
        for table in tables:
            for rows in sqlite_check.rows(read, table):
                if cancelled.is_set():
                    return
                write.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
                done += len(rows)
                progress(done, total)
        write.execute("COMMIT")


def _finish(file: Path) -> None:
    """Make a new backup independent of other files, drop what finews didn't make, and check that it can be restored."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        # A file in WAL mode can't be read where no file can be made beside it.
        db.execute("PRAGMA journal_mode = DELETE")
        for kind, name in foreign_parts(schema_of(db), expected_schema(SCHEMA_VERSION)):
            quoted = name.replace('"', '""')
            db.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    with closing(sqlite_check.connect(file)) as db:
        sqlite_check.check(db)
        for table in tables_of(db):
            for _ in sqlite_check.rows(db, table):
                pass
    _flush(file)


def _flush(path: Path) -> None:
    """Wait until *path*, a file or a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
