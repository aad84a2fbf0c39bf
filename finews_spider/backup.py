"""A store in one file: an SQLite store that nobody writes, whichever store it was made of."""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from finews_spider.errors import ConfigError, StoreError
from finews_spider.stores.base import ArticleStore, Progress
from finews_spider.stores.rows import MIGRATIONS
from finews_spider.stores.sqlite import SqliteStore
from finews_spider.stores.sqlite_read import connect_to_read
from finews_spider.stores.sqlite_upkeep import copy

MAGIC = b"SQLite format 3\0"


async def backup(store: ArticleStore, file: Path, progress: Progress) -> None:
    """Write all that *store* keeps into *file*: whole, or not at all; nobody else may read it.

    :raises ConfigError: there can be no such file.
    :raises StoreError: the store can't be read, or the disk is full.
    """
    with _partial(file.parent, f"{file.name}.") as partial:
        await store.backup(partial, progress)
        try:
            await asyncio.to_thread(_finish, partial)
            partial.replace(file)
            _flush(file.parent)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{file} can't be written: {error}") from None


@asynccontextmanager
async def opened(file: Path, folder: Path, progress: Progress) -> AsyncIterator[Path]:
    """Give a copy of the backup *file* in *folder*, checked and of the newest schema; the file stays as it is.

    :raises ConfigError: the file is no backup, damaged or made by a newer finews.
    """
    try:
        with file.open("rb") as opened_file:
            if opened_file.read(len(MAGIC)) != MAGIC:
                raise ConfigError(f"{file} is no backup")
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from None
    with _partial(folder, "restore-") as partial:
        try:
            await copy(asyncio.to_thread, file, partial, progress)
            await asyncio.to_thread(_check, partial, file)
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(f"{file} is damaged or can't be copied to {folder}: {error}") from None
        async with SqliteStore(f"sqlite:///{partial}"):
            pass  # opening brings it up to date
        yield partial


def articles_in(file: Path) -> int:
    """Return how many articles a backup holds, 0 where nobody can say."""
    try:
        with closing(connect_to_read(file)[0]) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except (sqlite3.Error, OSError):
        return 0


@contextmanager
def _partial(folder: Path, prefix: str) -> Iterator[Path]:
    """Give a file that only its owner can read, and leave nothing of it."""
    try:
        handle, name = tempfile.mkstemp(".partial", prefix, folder)
    except OSError as error:
        raise ConfigError(f"the folder {folder} can't be written", error) from None
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)


def _finish(file: Path) -> None:
    # In WAL mode a file can't be read where nothing can be written beside it.
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    _flush(file)


def _flush(path: Path) -> None:
    """Wait until *path*, a file or folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(copied: Path, file: Path) -> None:
    with closing(sqlite3.connect(copied)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        if not version or not tables >= {"articles", "takedowns"}:
            raise ConfigError(f"{file} is no backup: it is an SQLite file of something else")
        if version > len(MIGRATIONS):
            raise ConfigError(f"{file} was made by a newer finews (schema {version}); upgrade finews")
        said = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise ConfigError(f"{file} is damaged: {' '.join(str(said).split())}")
