"""Makes unfinished files, which a command writes before it renames them, and removes those of killed commands.

The name of such a file or folder contains its host and its process. The next command that makes one in the same folder
removes those whose process has ended. It removes another host's files after a day, because it can't know whether that
host's process still runs.
"""

import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finews_spider.errors import ConfigError

MADE = re.compile(r".*\.finews-(.+)-(\d+)-\w+\.partial(?:-journal|-wal|-shm)?", re.ASCII)
BESIDE = ("", "-journal", "-wal", "-shm")
"""The suffixes of an SQLite file and of the files that SQLite makes beside it."""
DAY = 86_400
"""Seconds."""
STARTED = time.time()
"""When this process started, in seconds since 1970."""


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
        raise ConfigError(f"{what or f'the folder {folder}'} can't be written", error) from None
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
