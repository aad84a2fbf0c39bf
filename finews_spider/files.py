"""Files that appear whole or not at all.

A command that makes one large file writes an *unfinished* file or folder first, which is named by its host and process.
The next command that makes one there removes those whose process has ended. It can't check the processes of another
host, so it removes that host's files after a day.

A command that writes many files below one folder opens that folder, and uses the handles of the folders below it.
"""

import errno
import os
import re
import secrets
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finews_spider.errors import ConfigError, MirrorError
from finews_spider.i18n import Message

MADE = re.compile(r".*\.finews-(.+)-(\d+)-\w+\.partial(?:-journal|-wal|-shm)?", re.ASCII)
BESIDE = ("", "-journal", "-wal", "-shm")
"""The suffixes of an SQLite file and of the files that SQLite makes beside it."""
DAY = 86_400
"""Seconds."""
STARTED = time.time()
"""When this process started, in seconds since 1970."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Follows no link, and doesn't wait until somebody writes into a pipe."""
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
ABSENT = (FileNotFoundError, NotADirectoryError)
"""The errors for a path at which there is nothing."""


@contextmanager
def unfinished(folder: Path, name: str, mode: int = 0o600, what: str = "") -> Iterator[Path]:
    """Make a new file in *folder*, and remove it at the end unless it was renamed.

    :param name: the name of the finished file, which is part of the new file's name.
    :param mode: the permissions of the file, which the umask may restrict.
    :param what: what the error message names; empty: the folder.
    :raises ConfigError: the file can't be made.
    """
    sweep(folder)
    made = folder / f"{_prefix(name)}{secrets.token_hex(4)}.partial"
    try:
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    except OSError as error:
        raise ConfigError(
            "{what} can't be written", error, what=what or Message("the folder {folder}", folder=folder)
        ) from None
    try:
        yield made
    finally:
        for end in BESIDE:
            Path(f"{made}{end}").unlink(missing_ok=True)


@contextmanager
def unfinished_folder(name: str) -> Iterator[Path]:
    """Make a new folder in the system's temporary folder, and remove it at the end.

    :param name: part of the new folder's name.
    """
    sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(".partial", _prefix(name)) as made:
        yield Path(made)


def sweep(folder: Path) -> None:
    """Remove from *folder* what killed commands left, as far as the files belong to this user and can be removed."""
    with suppress(OSError), os.scandir(folder) as found:
        for each in found:
            with suppress(OSError):
                about = each.stat(follow_symlinks=False)
                if _is_left(each.name, about.st_mtime) and about.st_uid == os.geteuid():
                    if each.is_dir(follow_symlinks=False):
                        shutil.rmtree(each.path, ignore_errors=True)
                    else:
                        os.unlink(each.path)  # noqa: PTH108


def is_running(process: int) -> bool:
    """Return whether a process with this id is running, of any user."""
    try:
        os.kill(process, 0)
    except PermissionError:  # it belongs to another user
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _prefix(name: str) -> str:
    short = name.encode()[:100].decode(errors="ignore")  # so that the whole name has at most 255 bytes
    return f"{short}.finews-{_host()}-{os.getpid()}-"


def _host() -> str:
    return re.sub(r"[^\w.-]", "", socket.gethostname(), flags=re.ASCII)[:60] or "host"


def _is_left(name: str, changed: float) -> bool:
    """Return whether a killed command left a file.

    :param changed: when the file was last written, in seconds since 1970.
    """
    made = MADE.fullmatch(name)
    if not made or made[1] != _host():
        return bool(made) and changed < time.time() - DAY
    process = int(made[2])
    if process == os.getpid():  # in a container, a command often has the same id each time
        return changed < STARTED
    return not is_running(process)


# Files below a folder that others may write to, too: no link there is followed, for it may lead anywhere.


class LinkError(OSError):
    """A symbolic link stands where a folder should be."""


@contextmanager
def open_folders(root: Path, path: str, *, create: bool = False) -> Iterator[list[int]]:
    """Open *root* and each folder on the way to the file at *path*, and give their handles.

    *root* itself may be a symbolic link; no folder below it may be one.

    :param create: make the folders that are missing.
    :raises MirrorError: *path* leads outside *root*.
    :raises LinkError: one of the folders is a link.
    :raises OSError: a folder can't be opened or made.
    """
    names = folders_on_the_way(root, path)
    if create:
        os.makedirs(root, exist_ok=True)  # noqa: PTH103 -- a Path takes longer, and this runs for each file
    handles = [os.open(root, FOLDER)]
    try:
        for number, name in enumerate(names, 1):
            handles.append(_open_folder(handles[-1], name, "/".join(names[:number]), create=create))
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def folders_on_the_way(root: Path, path: str) -> list[str]:
    """Return the names of the folders between *root* and the file at *path*.

    :raises MirrorError: *path* leads outside *root*.
    """
    *folders, name = path.split("/")
    if path.startswith("/") or ".." in (*folders, name) or "\\" in path:
        raise MirrorError("{path!r} would lie outside the mirror folder {root}", path=path, root=root)
    return folders


def _open_folder(parent: int, name: str, path: str, *, create: bool) -> int:
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
        return _open_folder(parent, name, path, create=False)
    except OSError:
        if stat.S_ISLNK(lstat(parent, name).st_mode):
            raise LinkError(f"{path} is a link; finews follows no link below a mirror folder") from None
        raise


def replace_file(parent: int, name: str, content: bytes, unfinished_name: str, within: int | None = None) -> None:
    """Write the file *name* in the folder *parent*, in place of whatever has that name: whole, or not at all.

    :param unfinished_name: the file's name until it is whole.
    :param within: the folder of the unfinished file; by default *parent*.
    :raises OSError: the file can't be written.
    """
    within = parent if within is None else within
    try:
        try:
            handle = os.open(unfinished_name, NEW_FILE, 0o666, dir_fd=within)
        except FileExistsError:  # a killed process left it, or somebody put a link there
            os.unlink(unfinished_name, dir_fd=within)
            handle = os.open(unfinished_name, NEW_FILE, 0o666, dir_fd=within)
        with open(handle, "wb") as new:  # noqa: PTH123 -- a handle
            new.write(content)
        os.replace(unfinished_name, name, src_dir_fd=within, dst_dir_fd=parent)
    except OSError:
        with suppress(OSError):
            os.unlink(unfinished_name, dir_fd=within)
        raise


def read_file(parent: int, name: str) -> bytes | None:
    """Return the bytes of the file *name* in the folder *parent*; None where there is no file.

    A link, a pipe and a socket are no files. A folder raises an error.
    """
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


def is_file(parent: int, name: str) -> bool:
    """Whether *name* in the folder *parent* is a file; a link is not one."""
    try:
        return stat.S_ISREG(lstat(parent, name).st_mode)
    except FileNotFoundError:
        return False


def lstat(parent: int, name: str) -> os.stat_result:
    """Return the file status of *name* in the folder *parent*. For a link, it is the link's own."""
    return os.stat(name, dir_fd=parent, follow_symlinks=False)
