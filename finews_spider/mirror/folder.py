"""The mirror folder: its files appear whole or not at all, and none is written outside of it.

The folder itself may be a symbolic link. Below it, nothing is written, removed or read through a link, for a link may
lead anywhere.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finews_spider.errors import MirrorError
from finews_spider.files import (
    ABSENT,
    LinkError,
    folders_on_the_way,
    lstat,
    open_folders,
    read_file,
    replace_file,
)
from finews_spider.i18n import Message
from finews_spider.mirror import journal

LONGEST_NAME = 255 - len("..new")
"""Bytes that a file system takes, less what :func:`_unfinished_name` adds."""
READ = Message("the mirror folder {root} can't be read: {path}")
WRITE = Message("the mirror folder {root} can't be written: {path}")


class MirrorFolder:
    """A folder of files, each named by its path below it.

    Every method raises :class:`MirrorError` where the path leads outside, or where the disk reports an error.
    """

    def __init__(self, root: Path, *, is_journaled: bool = True) -> None:
        """Take a folder, which need not exist yet.

        :param is_journaled: the mirror's journal notes what is written and removed.
        """
        self.root = root
        self.is_journaled = is_journaled

    def check(self, path: str) -> None:
        """Raise an error unless a file can have this path."""
        folders_on_the_way(self.root, path)
        if "\0" in path or max(len(part.encode()) for part in path.split("/")) > LONGEST_NAME:
            raise MirrorError("{path!r:.100} is not a valid file name, or is too long for one", path=path)

    def read(self, path: str) -> str | None:
        """Return a file's text; None where there is no such file, or where it isn't UTF-8."""
        content = self.read_bytes(path)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            return None

    def read_bytes(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is no file. A link and a pipe are no files."""
        with self._errors(READ, path), suppress(*ABSENT), open_folders(self.root, path) as (*_, parent):
            return read_file(parent, _name_of(path))
        return None

    def is_file(self, path: str) -> bool:
        """Whether there is a file; a link is none."""
        about = self._lstat(path)
        return about is not None and stat.S_ISREG(about.st_mode)

    def exists(self, path: str) -> bool:
        """Whether anything has this path, even a link that leads nowhere."""
        return self._lstat(path) is not None

    def _lstat(self, path: str) -> os.stat_result | None:
        with self._errors(READ, path), suppress(*ABSENT), open_folders(self.root, path) as (*_, parent):
            return lstat(parent, _name_of(path))
        return None

    def write(self, path: str, content: str | bytes) -> bool:
        """Write a file unless it has these bytes already; return whether it was written."""
        content = content.encode() if isinstance(content, str) else content
        with self._errors(WRITE, path), open_folders(self.root, path, create=True) as (*_, parent):
            name = _name_of(path)
            if read_file(parent, name) == content:
                return False
            self._note(path)
            replace_file(parent, name, content, _unfinished_name(name))
        return True

    def remove(self, path: str) -> bool:
        """Remove a file, and the folders that become empty by that; return whether the file was there."""
        *folders, name = path.split("/")
        with self._errors(WRITE, path), suppress(*ABSENT), open_folders(self.root, path) as (*above, parent):
            with suppress(OSError):
                os.unlink(_unfinished_name(name), dir_fd=parent)
            lstat(parent, name)
            self._note(path)
            os.unlink(name, dir_fd=parent)
            with suppress(OSError):
                for folder, handle in zip(reversed(folders), reversed(above), strict=True):
                    os.rmdir(folder, dir_fd=handle)
            return True
        return False

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder."""
        with self._errors(READ, path), suppress(*ABSENT), open_folders(self.root, f"{path}/") as (*_, folder):
            return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        return []

    def files(self, *folders: str) -> Iterator[str]:
        """Give the paths of all files in *folders*, by default in all folders; hidden files and links are included."""
        for top in folders or ("",):
            prefix = f"{top}/" if top else ""
            with self._errors(READ, top), suppress(*ABSENT), open_folders(self.root, prefix) as (*_, folder):
                for below, subfolders, names, handle in os.fwalk(".", dir_fd=folder):
                    links = [name for name in subfolders if stat.S_ISLNK(lstat(handle, name).st_mode)]
                    yield from (os.path.normpath(f"{prefix}{below}/{name}") for name in (*names, *links))

    def _note(self, path: str) -> None:
        if self.is_journaled and not path.startswith(".finews-"):
            journal.note(self.root, [path])

    @contextmanager
    def _errors(self, failed: str, path: str) -> Iterator[None]:
        """Turn the disk's errors into a :class:`MirrorError` of one line.

        :param failed: the template of its message.
        """
        try:
            yield
        except LinkError as error:
            raise MirrorError(str(self.root), error) from None
        except OSError as error:
            raise MirrorError(failed, error, root=self.root, path=path) from None


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _unfinished_name(name: str) -> str:
    """Return the name that the file *name* has until it is whole.

    It has a leading dot, so that Jekyll never takes it for a post. If its writer is killed, the next one that writes or
    removes the file uses the same name.
    """
    return f".{name}.new"
