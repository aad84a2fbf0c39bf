"""Opens an SQLite file for reading, without changing the file or making another one beside it.

SQLite's own read-only mode isn't enough. It leaves a ``-wal`` and a ``-shm`` beside a file in WAL mode, and where it
can't make them it doesn't open the file. While no process writes, there is no ``-wal``. The file is then read without
locks, and the reader checks afterwards that nothing has changed it (:class:`Stamp`).
"""

import os
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

BUSY_SECONDS = 60
"""How long to wait for another process."""


class Stamp(NamedTuple):
    """The state of a file and of the files that SQLite keeps beside it. A write changes it."""

    inode: int
    size: int
    changed: int
    """When the file was last written, in nanoseconds."""
    log: int
    """Bytes of the write-ahead log, or of the rollback journal."""
    shared: bool
    """There is a ``-shm``: a process has the file open, or was killed while it had."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the stamp of *path* as it is now.

        :raises OSError: there is no such file.
        """
        found = path.stat()
        log = max(_size(f"{path}-wal"), _size(f"{path}-journal"))
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, log, os.path.exists(f"{path}-shm"))  # noqa: PTH110


def connect_to_read(path: Path) -> tuple[sqlite3.Connection, Stamp | None]:
    """Return a connection to *path* that only reads, and the stamp that the file must keep while it is read.

    The stamp is None where SQLite's own locks keep the file unchanged.
    """
    stamp = Stamp.of(path)
    if not stamp.log:
        return _connect(path, "immutable=1"), stamp
    if stamp.shared or not _size(f"{path}-wal"):
        return _connect(path, "mode=ro"), None
    # A log without a -shm: no process has the file open. SQLite would make the -shm, so a copy is read.
    with TemporaryDirectory(prefix="finews-read-") as folder:
        copy = Path(folder, "store")
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        return in_private(_connect(copy, "mode=rw")), stamp


def in_private(db: sqlite3.Connection) -> sqlite3.Connection:
    """Close *db*, and return a copy of it that only this process sees and that ends with the connection."""
    private = sqlite3.connect("", isolation_level=None)
    try:
        db.backup(private)
    except BaseException:
        private.close()
        raise
    finally:
        db.close()
    return private


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except FileNotFoundError:
        return 0
