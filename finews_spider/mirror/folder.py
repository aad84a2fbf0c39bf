"""The mirror folder: files that appear whole or not at all, and never outside of it.

The folder itself may be a link; below it nothing is written, removed or read through one, for it may lead anywhere.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finews_spider.errors import MirrorError
from finews_spider.mirror import journal

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Neither through a link nor waiting for who writes into a pipe.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
ABSENT = (FileNotFoundError, NotADirectoryError)
LONGEST_NAME = 255 - len("..new")
"""Bytes that a file system takes, less what :func:`_unfinished` adds."""


class Folder:
    """A folder of files, each named by its path below it.

    Every method raises :class:`MirrorError` where the path leads outside or the disk says no.
    """

    def __init__(self, root: Path, *, is_journaled: bool = True) -> None:
        """Take a folder, which need not be there yet.

        :param is_journaled: what is written and removed is noted in the mirror's journal.
        """
        self.root = root
        self.is_journaled = is_journaled

    def check(self, path: str) -> None:
        """See that a file of that name can lie in the folder."""
        _folders_of(self.root, path)
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
        """Return a file's bytes, or None where there is no file: a link and a pipe are none."""
        with self._errors("read", path), suppress(*ABSENT), opened(self.root, path) as (*_, parent):
            return _read(parent, path.rpartition("/")[2])
        return None

    def exists(self, path: str) -> bool:
        """Whether there is a file; a link is none."""
        found = self._stat(path)
        return found is not None and stat.S_ISREG(found.st_mode)

    def holds(self, path: str) -> bool:
        """Whether anything has this name, be it a link that leads nowhere."""
        return self._stat(path) is not None

    def _stat(self, path: str) -> os.stat_result | None:
        with self._errors("read", path), suppress(*ABSENT), opened(self.root, path) as (*_, parent):
            return _lstat(path.rpartition("/")[2], parent)
        return None

    def write(self, path: str, content: str | bytes) -> bool:
        """Write a file unless it has these bytes already, and say whether it was written."""
        content = content.encode() if isinstance(content, str) else content
        with self._errors("written", path), opened(self.root, path, create=True) as (*_, parent):
            name = path.rpartition("/")[2]
            if _read(parent, name) == content:
                return False
            self._note(path)
            replace(parent, name, content, _unfinished(name))
        return True

    def remove(self, path: str) -> bool:
        """Remove a file and the folders that it leaves empty, and say whether it was there."""
        *folders, name = path.split("/")
        with self._errors("written", path), suppress(*ABSENT), opened(self.root, path) as (*above, parent):
            with suppress(OSError):
                os.unlink(_unfinished(name), dir_fd=parent)
            if self.is_journaled and _has(parent, name):
                self._note(path)
            os.unlink(name, dir_fd=parent)
            with suppress(OSError):
                for folder, where in zip(reversed(folders), reversed(above), strict=True):
                    os.rmdir(folder, dir_fd=where)
            return True
        return False

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder."""
        with self._errors("read", path), suppress(*ABSENT), opened(self.root, f"{path}/") as (*_, folder):
            return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        return []

    def files(self, *folders: str) -> Iterator[str]:
        """Return the paths of all files in *folders*, or of all, those with a leading dot and links among them."""
        for top in folders or ("",):
            below = f"{top}/" if top else ""
            with self._errors("read", top), suppress(*ABSENT), opened(self.root, below) as (*_, folder):
                for where, inside, names, handle in os.fwalk(".", dir_fd=folder):
                    links = [name for name in inside if stat.S_ISLNK(_lstat(name, handle).st_mode)]
                    yield from (os.path.normpath(f"{below}{where}/{name}") for name in (*names, *links))

    def _note(self, path: str) -> None:
        if self.is_journaled:
            journal.note(self.root, [path])

    @contextmanager
    def _errors(self, done: str, path: str) -> Iterator[None]:
        """Turn what the disk says into one line."""
        try:
            yield
        except LinkError as error:
            raise MirrorError(str(self.root), error) from None
        except OSError as error:
            raise MirrorError(f"the mirror folder {self.root} can't be {done}: {path}", error) from None


class LinkError(OSError):
    """Where a folder of the mirror should be is a link."""


@contextmanager
def opened(root: Path, path: str, *, create: bool = False) -> Iterator[list[int]]:
    """Open *root*, which may be a link, and each folder on the way to the file at *path*, none of which may be one.

    :param create: make those that are missing.
    :raises MirrorError: *path* leads outside.
    :raises LinkError: one of the folders is a link.
    :raises OSError: a folder can't be opened or made.
    """
    parts = _folders_of(root, path)
    if create:
        os.makedirs(root, exist_ok=True)  # noqa: PTH103 -- a Path takes longer, and this is for each file
    folders = [os.open(root, FOLDER)]
    try:
        for number, part in enumerate(parts):
            folders.append(_enter(folders[-1], part, "/".join(parts[: number + 1]), create=create))
        yield folders
    finally:
        for folder in folders:
            os.close(folder)


def _folders_of(root: Path, path: str) -> list[str]:
    """Return the names of the folders on the way to *path*.

    :raises MirrorError: *path* leads outside.
    """
    *parts, name = path.split("/")
    if path.startswith("/") or ".." in (*parts, name) or "\\" in path:
        raise MirrorError(f"{path!r} would lie outside the mirror folder {root}")
    return parts


def _enter(parent: int, name: str, path: str, *, create: bool) -> int:
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
        return _enter(parent, name, path, create=False)
    except OSError:
        if stat.S_ISLNK(_lstat(name, parent).st_mode):
            raise LinkError(f"{path} is a link, and below a mirror folder finews follows none") from None
        raise


def replace(parent: int, name: str, content: bytes, unfinished: str, within: int | None = None) -> None:
    """Put a new file in the place of whatever is called *name* in the folder *parent*: whole, or not at all.

    :param unfinished: what it is called meanwhile.
    :param within: the folder where it is so called; by default *parent*.
    :raises OSError: it can't be written.
    """
    within = parent if within is None else within
    try:
        try:
            handle = os.open(unfinished, NEW, 0o666, dir_fd=within)
        except FileExistsError:  # a killed one's, or a link that somebody put there
            os.unlink(unfinished, dir_fd=within)
            handle = os.open(unfinished, NEW, 0o666, dir_fd=within)
        with open(handle, "wb") as new:  # noqa: PTH123 -- a handle
            new.write(content)
        os.replace(unfinished, name, src_dir_fd=within, dst_dir_fd=parent)
    except OSError:
        with suppress(OSError):
            os.unlink(unfinished, dir_fd=within)
        raise


def is_file(parent: int, name: str) -> bool:
    """Whether *name* in the folder *parent* is a file; a link is none."""
    try:
        return stat.S_ISREG(_lstat(name, parent).st_mode)
    except FileNotFoundError:
        return False


def _read(parent: int, name: str) -> bytes | None:
    """Return a file's bytes, or None where *name* is no file."""
    try:
        handle = os.open(name, READ, dir_fd=parent)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link, a socket
            return None
        raise
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with open(handle, "rb", closefd=False) as file:
            return file.read() if stat.S_ISREG(mode) else None
    finally:
        os.close(handle)


def _lstat(name: str, parent: int) -> os.stat_result:
    return os.stat(name, dir_fd=parent, follow_symlinks=False)


def _has(parent: int, name: str) -> bool:
    try:
        _lstat(name, parent)
    except FileNotFoundError:
        return False
    return True


def _unfinished(name: str) -> str:
    """Return what the file *name* is called until it is whole.

    A leading dot: Jekyll never takes it for a post. Should its writer be killed, who writes or removes the file next
    takes the same name.
    """
    return f".{name}.new"
