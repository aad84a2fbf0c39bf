"""The journal of a mirror folder: the path of each file that finews writes or removes there, said before it is done.

``finews publish`` reads it to learn what changed since it last did so. A line is a path as a JSON string. The line is
appended before the file is written, so a program that is killed may leave a line without a change, never a change
without a line. The first line names the journal: if another journal has taken its place, all files may have changed.
"""

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

NAME = ".finews-journal"
APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
HEADER = 33
"""Bytes of the first line."""


class Position(NamedTuple):
    """How far a journal was read."""

    journal: str = ""
    offset: int = 0
    """Bytes."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the position that ``str()`` wrote; the beginning of no journal if *text* is something else."""
        journal, _, offset = text.partition(" ")
        return cls(journal, int(offset)) if offset.isdecimal() else cls()

    def __str__(self) -> str:
        return f"{self.journal} {self.offset}"


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
        handle = os.open(root / NAME, APPEND)
    except FileNotFoundError:
        _begin(root)
        handle = os.open(root / NAME, APPEND)
    try:
        os.write(handle, lines)
    finally:
        os.close(handle)


def _begin(root: Path) -> None:
    """Make a new journal, with its name from its first moment on; of several who do so at once, one makes it."""
    new = root / f"{NAME}.{secrets.token_hex(8)}"
    new.write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")
    try:
        with suppress(FileExistsError):
            os.link(new, root / NAME)
    finally:
        new.unlink()


def read(root: Path, since: Position) -> Changes:
    """Return what the journal of *root* says since that position.

    :raises OSError: it can't be read.
    """
    try:
        with (root / NAME).open("rb") as file:
            name = file.read(HEADER).decode("ascii", "replace").strip()
            size = os.fstat(file.fileno()).st_size
            if name != since.journal or not HEADER <= since.offset <= size:
                return Changes(None, Position(name, size))
            file.seek(since.offset)
            lines = file.read(size - since.offset).split(b"\n")
    except FileNotFoundError:
        return Changes(None, Position())
    paths = set()
    for line in lines[:-1]:
        try:
            path = json.loads(line)
        except ValueError:  # half a line, of a disk that was full
            return Changes(None, Position(name, size))
        paths.add(str(path))
    return Changes(paths, Position(name, size - len(lines[-1])))
