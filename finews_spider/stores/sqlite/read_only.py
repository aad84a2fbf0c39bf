"""An SQLite file opened to be read, which makes and changes nothing: neither the file nor another one beside it.

SQLite's own read-only mode isn't enough. It leaves a ``-wal`` and a ``-shm`` beside a file in WAL mode, and where they
can't be made it doesn't open the file. While nobody writes there is no ``-wal``. The file is then read without locks,
as one that can't change, and its reader looks afterwards whether that held (:class:`Stamp`).
"""

import os
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

BUSY_SECONDS = 60
"""How long to wait for other processes."""


class Stamp(NamedTuple):
    """What tells one state of a file, and of what SQLite keeps beside it, from another."""

    inode: int
    size: int
    changed: int
    log: int
    """Bytes of the write-ahead log or of the journal that undoes a transaction."""
    shared: bool
    """There is a ``-shm``: a process has the file open, or was killed."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the stamp of *path* as it is now.

        :raises OSError: there is no such file.
        """
        found = path.stat()
        log = max(_size(f"{path}-wal"), _size(f"{path}-journal"))
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, log, os.path.exists(f"{path}-shm"))  # noqa: PTH110


def connect_to_read(path: Path) -> tuple[sqlite3.Connection, Stamp | None]:
    """Return a connection to *path* that only reads, and the stamp that has to hold while it is used.

    The stamp is None where SQLite's own locks see to that.
    """
    stamp = Stamp.of(path)
    if not stamp.log:
        return _connect(path, "immutable=1"), stamp
    if stamp.shared or not _size(f"{path}-wal"):
        return _connect(path, "mode=ro"), None
    # A log without its -shm, which SQLite would make: nobody has the file open, so it can be copied.
    with TemporaryDirectory(prefix="finews-read-") as folder:
        copy = Path(folder, "store")
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        return in_private(_connect(copy, "mode=rw")), stamp


def in_private(db: sqlite3.Connection) -> sqlite3.Connection:
    """Close *db*, and return what it holds as a database of this process alone, which its end removes."""
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
