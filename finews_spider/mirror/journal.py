"""The journal of a mirror folder: the path of each file that finews writes or removes there, said before it is done.

``finews publish`` reads it to learn what changed since it last did so. A line is a path as a JSON string. The line is
appended before the file is written, so a program that is killed may leave a line without a change, never a change
without a line. The first line names the journal: if another journal has taken its place, all files may have changed.
A long journal loses its oldest lines; then the first line also says how many bytes are gone.
"""

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from finews_spider.errors import MirrorError

NAME = ".finews-journal"
UNBLOCKED = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Follows no link, and doesn't wait at a pipe."""
HEADER = re.compile(rb"([0-9a-f]{32})(?: ([1-9]\d{0,17}))?\n")
LONGEST_HEADER = 52
LONGEST, KEPT = 64_000_000, 32_000_000
"""Bytes at which a journal is shortened, and those that are kept: the changes of a month or more."""
MARK_SIZE = 4096
"""Bytes before a position by which it is recognised: a journal from a backup may have grown beyond it."""


class Position(NamedTuple):
    """How far a journal was read."""

    journal: str = ""
    offset: int = 0
    """Bytes of lines before it, with those that the journal has lost."""
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
    with _errors(root):
        with suppress(FileNotFoundError):
            with _open(root) as file:
                if _header(file):
                    return
            (root / NAME).unlink()
        _begin(root)


def shorten(root: Path) -> None:
    """Remove the oldest lines of a long journal. The caller holds the mirror's lock.

    :raises MirrorError: it can't be read or written.
    """
    new = root / f"{NAME}.new"
    with _errors(root), suppress(FileNotFoundError), _open(root) as file:
        size, header = os.fstat(file.fileno()).st_size, _header(file)
        if not header or size <= LONGEST:
            return
        file.seek(size - KEPT)
        file.readline()
        lost = header.lost + file.tell() - header.size
        new.write_bytes(f"{header.name} {lost}\n".encode() + file.read())
        new.replace(root / NAME)


def read(root: Path, since: Position) -> Changes:
    """Return what the journal of *root* says since that position.

    :raises MirrorError: it can't be read.
    """
    with _errors(root), suppress(FileNotFoundError), _open(root) as file:
        if header := _header(file):
            return _changes(file, header, since)
    return Changes(None, Position())


@contextmanager
def _errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MirrorError("the journal {file} can't be read or written", error, file=root / NAME) from None


def _open(root: Path) -> BinaryIO:
    return os.fdopen(os.open(root / NAME, os.O_RDONLY | UNBLOCKED), "rb")


class _Header(NamedTuple):
    name: str
    lost: int
    """Bytes of lines that aren't there any more."""
    size: int


def _header(file: BinaryIO) -> _Header | None:
    match = HEADER.match(file.read(LONGEST_HEADER))
    return _Header(match[1].decode(), int(match[2] or 0), match.end()) if match else None


def _changes(file: BinaryIO, header: _Header, since: Position) -> Changes:
    size = os.fstat(file.fileno()).st_size
    unknown = Changes(None, _position(file, header, size))
    start = since.offset - header.lost + header.size
    if not header.size <= start <= size or since != _position(file, header, start):
        return unknown
    file.seek(start)
    *lines, rest = file.read(size - start).split(b"\n")
    try:
        paths = {str(json.loads(line)) for line in lines}
    except ValueError:  # half a line, of a disk that was full, and another one after it
        return unknown
    return unknown if rest else Changes(paths, unknown.position)


def _position(file: BinaryIO, header: _Header, place: int) -> Position:
    """Return the position of a place in the file."""
    start = max(header.size, place - MARK_SIZE)
    file.seek(start)
    mark = hashlib.sha256(file.read(place - start)).hexdigest()[:32]
    return Position(header.name, header.lost + place - header.size, mark)
