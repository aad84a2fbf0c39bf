"""The mirror folder: files that appear whole or not at all, and never outside of it."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from finews_spider.errors import MirrorError

LONGEST_NAME = 255 - len("..new")
"""Bytes that a file system takes, less what :func:`_unfinished` adds."""


class Folder:
    """A folder of text files, each named by its path below it.

    Every method raises :class:`MirrorError` where the path leads outside or the disk says no.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def _file(self, path: str) -> str:
        parts = path.split("/")
        if not parts[0] or ".." in parts or "\\" in path:
            raise MirrorError(f"{path!r} would lie outside the mirror folder {self.root}")
        return f"{self.root}/{path}"

    def check(self, path: str) -> None:
        """See that a file of that name can lie in the folder."""
        self._file(path)
        if "\0" in path or max(len(part.encode()) for part in path.split("/")) > LONGEST_NAME:
            raise MirrorError(f"{path!r:.100} is no name of a file, or too long for one")

    def read(self, path: str) -> str | None:
        """Return a file's text, or None where there is no such file or it is no text."""
        content = self.read_bytes(path)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            return None

    def read_bytes(self, path: str) -> bytes | None:
        try:
            with open(self._file(path), "rb") as file:  # noqa: PTH123 -- a Path costs as much as the reading
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise MirrorError(f"the mirror folder {self.root} can't be read: {path}", error) from None

    def exists(self, path: str) -> bool:
        return os.path.isfile(self._file(path))  # noqa: PTH113

    def write(self, path: str, text: str) -> bool:
        """Write a file unless it has these bytes already, and say whether it was written."""
        content = text.encode()
        if self.read_bytes(path) == content:
            return False
        file = self._file(path)
        head, unfinished = file.rpartition("/")[0], _unfinished(file)
        try:
            try:
                self._replace(unfinished, file, content)
            except FileNotFoundError:
                os.makedirs(head, exist_ok=True)  # noqa: PTH103
                self._replace(unfinished, file, content)
        except OSError as error:
            with suppress(OSError):
                os.unlink(unfinished)  # noqa: PTH108
            raise MirrorError(f"the mirror folder {self.root} can't be written: {path}", error) from None
        return True

    @staticmethod
    def _replace(unfinished: str, file: str, content: bytes) -> None:
        with open(unfinished, "wb") as new:  # noqa: PTH123
            new.write(content)
        os.replace(unfinished, file)  # noqa: PTH105

    def remove(self, path: str) -> bool:
        """Remove a file and the folders that it leaves empty, and say whether it was there."""
        file = self._file(path)
        with suppress(OSError):
            os.unlink(_unfinished(file))  # noqa: PTH108
        try:
            os.unlink(file)  # noqa: PTH108
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise MirrorError(f"{file} can't be removed", error) from None
        with suppress(OSError):
            for parent in list(PurePosixPath(path).parents)[:-1]:
                os.rmdir(f"{self.root}/{parent}")  # noqa: PTH106
        return True

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder."""
        try:
            return sorted(entry.name for entry in os.scandir(self._file(path)) if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []

    def files(self, *folders: str) -> Iterator[str]:
        """Return the paths of all files in *folders*, or of all, those with a leading dot among them."""
        for top in [self._file(folder) for folder in folders] or [str(self.root)]:
            for where, _, names in os.walk(top):
                below = PurePosixPath(os.path.relpath(where, self.root))
                yield from (str(below / name) for name in names)


def read_file(file: Path) -> bytes:
    """Return the bytes of *file*, which is no link, and waits for nobody as a pipe would.

    :raises OSError: it can't be read.
    :raises MirrorError: it is no regular file.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise MirrorError("it is a link or no file") from None
        raise
    with open(handle, "rb") as opened:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise MirrorError("it is no file")
        return opened.read()


def _unfinished(file: str) -> str:
    """Return what *file* is called until it is whole.

    A leading dot: Jekyll never takes it for a post. Should its writer be killed, who writes or removes the file next
    takes the same name.
    """
    head, _, name = file.rpartition("/")
    return f"{head}/.{name}.new"
