"""A store in one file: an SQLite store that nobody writes, whichever store it was made of."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from finews_spider.errors import ConfigError, StoreError
from finews_spider.files import unfinished
from finews_spider.stores.base import ArticleStore, Progress
from finews_spider.stores.sqlite import check as sqlite_check
from finews_spider.stores.sqlite.check import RefusedError
from finews_spider.stores.sqlite.read_only import connect_to_read
from finews_spider.stores.sqlite.rows import DECIDE_TWINS, MIGRATIONS
from finews_spider.stores.sqlite.store import SqliteStore
from finews_spider.stores.sqlite.upkeep import stoppable

MAGIC = b"SQLite format 3\0"


async def backup(store: ArticleStore, file: Path, progress: Progress) -> None:
    """Write all that *store* keeps into *file*: whole, or not at all; nobody else may read it.

    What a restore would refuse, as of a damaged store, never takes the place of what was there.

    :raises ConfigError: there can be no such file.
    :raises StoreError: the store can't be read, it is damaged, or the disk is full.
    """
    with unfinished(file.parent, file.name) as partial:
        await store.backup(partial, progress)
        try:
            await asyncio.to_thread(_finish, partial)
            partial.replace(file)
            _flush(file.parent)
        except RefusedError as error:
            raise StoreError(f"the store {error}; {file} wasn't written, and what was there stays") from None
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{file} can't be written: {error}") from None


@asynccontextmanager
async def opened(file: Path, folder: Path, progress: Progress) -> AsyncIterator[Path]:
    """Give a new store in *folder* that holds what the backup *file* does; the file stays as it is.

    Only values get into it, and each of them is one that finews could have written.

    :raises ConfigError: the file is no backup, damaged or made by a newer finews.
    """
    try:
        with file.open("rb") as opened_file:
            if opened_file.read(len(MAGIC)) != MAGIC:
                raise ConfigError(f"{file} is no backup")
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from None
    with unfinished(folder, "restore") as partial:
        try:
            await stoppable(asyncio.to_thread, _rewrite, file, partial, progress)
            async with SqliteStore(f"sqlite:///{partial}") as made:  # opening brings it up to date
                await made.run(DECIDE_TWINS)
        except RefusedError as error:
            raise ConfigError(f"{file} {error}") from None
        except (sqlite3.Error, OSError, StoreError) as error:
            reason = " ".join(str(error).split())[:300]
            raise ConfigError(f"{file} is damaged or can't be copied to {folder}: {reason}") from None
        yield partial


def articles_in(file: Path) -> int:
    """Return how many articles a backup holds, 0 where nobody can say."""
    try:
        with closing(connect_to_read(file)[0]) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except (sqlite3.Error, OSError):
        return 0


def _rewrite(file: Path, target: Path, progress: Progress, cancelled: threading.Event) -> None:
    """Write the rows of a backup into an empty file, each value looked at."""
    with (
        closing(sqlite_check.connect(file)) as read,
        closing(sqlite3.connect(target, isolation_level=None)) as write,
    ):
        read.execute("BEGIN")  # what is read is what was checked
        version = sqlite_check.check(read)
        tables = sqlite_check.tables(read)
        done, total = 0, sum(read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
        sqlite_check.make(write, version)
        write.execute("PRAGMA synchronous = OFF")  # nobody needs what a restore wrote that was cut short
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
    """Make a new backup a file by itself, with nothing that finews doesn't make, and see that it can be restored."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        # In WAL mode a file can't be read where nothing can be written beside it.
        db.execute("PRAGMA journal_mode = DELETE")
        for kind, name in sqlite_check.foreign(sqlite_check.schema_of(db), sqlite_check.schema(len(MIGRATIONS))):
            quoted = name.replace('"', '""')
            db.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    with closing(sqlite_check.connect(file)) as db:
        sqlite_check.check(db)
        for table in sqlite_check.tables(db):
            for _ in sqlite_check.rows(db, table):
                pass
    _flush(file)


def _flush(path: Path) -> None:
    """Wait until *path*, a file or folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
