"""The journal of a mirror folder: the path of each file that finews writes or removes there, said before it is done.

``finews publish`` reads it to learn what changed since it last did so. A line is a path as a JSON string. The line is
appended before the file is written, so a program that is killed may leave a line without a change, never a change
without a line. The first line names the journal: if another journal has taken its place, all files may have changed.
"""

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from finews_spider.errors import MirrorError

NAME = ".finews-journal"
UNBLOCKED = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Follows no link, and doesn't wait at a pipe."""
HEADER = re.compile(rb"([0-9a-f]{32})\n")
HEADER_SIZE = 33
MARK_SIZE = 4096
"""Bytes before a position by which it is recognised: a journal from a backup may have grown beyond it."""


class Position(NamedTuple):
    """How far a journal was read."""

    journal: str = ""
    offset: int = 0
    """Bytes."""
    mark: str = ""
    """A digest of what stands before."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the position that ``str()`` wrote; the beginning of no journal if *text* is something else."""
        parts = text.split()
        return cls(parts[0], int(parts[1]), parts[2]) if len(parts) == 3 and parts[1].isdecimal() else cls()  # noqa: PLR2004 -- as many as there are

    def __str__(self) -> str:
        return f"{self.journal} {self.offset} {self.mark}"


class Changes(NamedTuple):
    """What a journal says since a position."""

    paths: set[str] | None
    """Files below the mirror folder that may have changed; None where that isn't known, so that all may have."""
    position: Position
    """Where the journal ends now."""


def note(root: Path, paths: Iterable[str]) -> None:
    """Append *paths* to the journal of the mirror folder *root*, which is made where there is none.

    :raises OSError: it can't be written.
    """
    lines = "".join(f"{json.dumps(path)}\n" for path in paths).encode()
    try:
        handle = _append_to(root)
    except FileNotFoundError:
        _begin(root)
        handle = _append_to(root)
    try:
        if os.write(handle, lines) != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(handle)


def _append_to(root: Path) -> int:
    return os.open(root / NAME, os.O_WRONLY | os.O_APPEND | UNBLOCKED)


def _begin(root: Path) -> None:
    """Make a new journal, with its name from its first moment on; of several who do so at once, one makes it."""
    new = root / f"{NAME}.{secrets.token_hex(8)}"
    new.write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")
    try:
        with suppress(FileExistsError):
            os.link(new, root / NAME)
    finally:
        new.unlink()


def ensure(root: Path) -> None:
    """Make a new journal where there is none, or a broken one, so that not all has to count as changed for ever.

    :raises MirrorError: it can't be read or written.
    """
    try:
        with suppress(FileNotFoundError):
            with _open(root) as file:
                if HEADER.fullmatch(file.read(HEADER_SIZE)):
                    return
            (root / NAME).unlink()
        _begin(root)
    except OSError as error:
        raise MirrorError(f"the journal {root / NAME} can't be read", error) from None


def read(root: Path, since: Position) -> Changes:
    """Return what the journal of *root* says since that position.

    :raises MirrorError: it can't be read.
    """
    try:
        with _open(root) as file:
            header = HEADER.fullmatch(file.read(HEADER_SIZE))
            return _changes(file, header[1].decode(), since) if header else Changes(None, Position())
    except FileNotFoundError:
        return Changes(None, Position())
    except OSError as error:
        raise MirrorError(f"the journal {root / NAME} can't be read", error) from None


def _open(root: Path) -> BinaryIO:
    return os.fdopen(os.open(root / NAME, os.O_RDONLY | UNBLOCKED), "rb")


def _changes(file: BinaryIO, name: str, since: Position) -> Changes:
    size = os.fstat(file.fileno()).st_size
    unknown = Changes(None, _position(file, name, size))
    if not HEADER_SIZE <= since.offset <= size or since != _position(file, name, since.offset):
        return unknown
    file.seek(since.offset)
    *lines, rest = file.read(size - since.offset).split(b"\n")
    try:
        paths = {str(json.loads(line)) for line in lines}
    except ValueError:  # half a line, of a disk that was full, and another one after it
        return unknown
    return unknown if rest else Changes(paths, unknown.position)


def _position(file: BinaryIO, name: str, offset: int) -> Position:
    start = max(0, offset - MARK_SIZE)
    file.seek(start)
    return Position(name, offset, hashlib.sha256(file.read(offset - start)).hexdigest()[:32])
