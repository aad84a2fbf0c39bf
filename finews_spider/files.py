"""What a command writes before it puts that in its place, and what killed commands left of that.

Such a file or folder is named by its host and process. The next command that makes one in that place removes those
whose process is gone, and what another host made, which can't be asked, after a day.
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
"""What SQLite puts beside its file."""
DAY = 86_400
STARTED = time.time()


@contextmanager
def unfinished(folder: Path, name: str, mode: int = 0o600, what: str = "") -> Iterator[Path]:
    """Give a new file in *folder*, and leave nothing of it.

    :param name: of what it is to become.
    :param mode: who may read it, as far as the umask lets them.
    :param what: what the user asked for; empty for the folder.
    :raises ConfigError: that can't be written.
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
    """Give a new folder in the system's temporary one, and leave nothing of it."""
    sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(".partial", _prefix(name)) as made:
        yield Path(made)


def sweep(folder: Path) -> None:
    """Remove from *folder* what killed commands left there, as far as that is ours and can be done."""
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
    """Whether there is a process of this id, whosever it is."""
    try:
        os.kill(process, 0)
    except PermissionError:  # another user's
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _prefix(name: str) -> str:
    short = name.encode()[:100].decode(errors="ignore")  # with the rest it stays below the 255 bytes of a file's name
    return f"{short}.finews-{_host()}-{os.getpid()}-"


def _host() -> str:
    return re.sub(r"[^\w.-]", "", socket.gethostname(), flags=re.ASCII)[:60] or "host"


def _is_left(name: str, changed: float) -> bool:
    """Whether a killed command left the file of that *name*, which was *changed* last then."""
    made = MADE.fullmatch(name)
    if not made or made[1] != _host():
        return bool(made) and changed < time.time() - DAY
    process = int(made[2])
    if process == os.getpid():  # a container's process has the same id each time
        return changed < STARTED
    return not is_running(process)
