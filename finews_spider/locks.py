"""Locks: one run at a time on a store, one export at a time on a mirror folder. They end with their holder's process.

With SQLite a run locks a file beside the database. With MongoDB, which several hosts may share, it holds a lease there,
which a thread renews. A killed holder keeps the others out until its lease has run out.
"""

import asyncio
import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from uuid import uuid4

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.errors import ConfigError, LockedError, StoreError
from finews_spider.i18n import Message, recognized
from finews_spider.stores import database_file, open_store
from finews_spider.stores.base import Access
from finews_spider.stores.lease import LeaseStore
from finews_spider.times import SHANGHAI

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MIRROR_SECONDS = 60
"""How long to wait for another export. One of a usual run takes a second, a first one minutes."""
PAUSE_SECONDS = 0.05
MIRROR_LOCK = ".finews-export.lock"
NAME = "run"
HOLDER = Message("host {host}, pid {pid}, since {since}")


@contextmanager
def run_lock(config: Config) -> Iterator[None]:
    """Hold the lock of a run inside. SIGTERM does what Ctrl-C does, so that the lock is always released.

    :raises ConfigError: the lock file can't be written.
    :raises StoreError: the store can't give the lease.
    :raises KeyboardInterrupt: Ctrl-C, or the lease is lost, which a line on standard error reports.
    :raises LockedError: another run holds the lock.
    """
    database = database_file(config.store)
    lock = _locked(Path(f"{database}.lock"), 0) if database else _leased(config)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with lock:
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    """Call the handler of Ctrl-C. Raising SIGINT won't do: background jobs of a shell ignore it."""
    ctrl_c = signal.getsignal(signal.SIGINT)
    (ctrl_c if callable(ctrl_c) else signal.default_int_handler)(number, frame)


@contextmanager
def mirror_lock(config: Config) -> Iterator[None]:
    """Wait for the lock on writing the mirror folder, and hold it inside. It raises what :func:`run_lock` does."""
    with _locked(config.mirror_dir / MIRROR_LOCK, MIRROR_SECONDS):
        yield


@contextmanager
def mirror_read_lock(config: Config) -> Iterator[None]:
    """Keep others from writing the mirror folder inside, without making a file there.

    If there is no lock file, or something else in its place, nobody writes the folder.
    """
    path = config.mirror_dir / MIRROR_LOCK
    if fcntl is None or not path.is_file() or not _may_lock(path):
        yield
        return
    with path.open("rb") as file:
        end = time.monotonic() + MIRROR_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise _locked_by(path.read_text(encoding="utf-8", errors="replace"), path) from None
                time.sleep(PAUSE_SECONDS)
        yield


@contextmanager
def publish_lock(config: Config) -> Iterator[None]:
    """Hold the lock on building and sending the site inside. It raises what :func:`run_lock` does."""
    site = config.site_dir.absolute()
    with _locked(site.with_name(f".{site.name}.lock"), 0):
        yield


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[None]:
    from filelock import FileLock, Timeout

    held = FileLock(path)
    try:
        if not _may_lock(path):
            raise ConfigError(
                "the lock {path} is a link or not a file, and finews would write where it leads; remove it", path=path
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=seconds)
        path.write_text(_holder(), encoding="utf-8")
    except Timeout:
        raise _locked_by(path.read_text(encoding="utf-8", errors="replace"), path) from None
    except OSError as error:
        raise ConfigError("the lock {path} can't be written", error, path=path) from None
    with held:
        yield


def _may_lock(path: Path) -> bool:
    """Whether *path* can be a lock: a file without another name, or nothing yet."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


@contextmanager
def _leased(config: Config) -> Iterator[None]:
    lease = _Lease(config)
    if other := lease.acquire():
        raise _locked_by(other)
    lease.start()
    try:
        yield
    finally:
        lease.end()


def _holder() -> str:
    since = datetime.now(SHANGHAI).isoformat(" ", "seconds")
    return HOLDER.format(host=socket.gethostname(), pid=os.getpid(), since=since)


def _locked_by(holder: str, path: Path | None = None) -> LockedError:
    facts = recognized(holder, [HOLDER])
    if path:
        held = Message("it holds {path}", path=path)
        facts = Message("{holder}; {held}", holder=facts, held=held) if facts else held
    return LockedError("another run is under way ({facts})", facts=facts)


class _Lease(threading.Thread):
    """The lease of this process. A thread with its own connection renews it until it ends."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="lease", daemon=True)
        self.url = config.store
        self.seconds = config.lease_seconds
        # Containers of one image may have the same host name, process id and second.
        self.holder = f"{uuid4().hex} {_holder()}"
        self.ended = threading.Event()

    def acquire(self, within: float | None = None) -> str:
        """Take or renew the lease, and return which other process holds it; empty: this one does.

        :param within: seconds; None: no limit, since opening a store may upgrade it first.
        :raises StoreError: the store doesn't answer, or not in time.
        """

        async def acquire() -> str:
            async with asyncio.timeout(within), self._store() as store:
                return await store.lease(NAME, self.holder, self.seconds)

        try:
            holder = asyncio.run(acquire())
        except TimeoutError:
            raise StoreError("the store doesn't answer in time") from None
        return "" if holder == self.holder else holder.partition(" ")[2]

    def _store(self, access: Access = Access.CREATE) -> LeaseStore:
        store = open_store(self.url, access)
        assert isinstance(store, LeaseStore)  # for a store in a file, run_lock locks the file
        return store

    def run(self) -> None:
        """Renew the lease until the end. If that fails, report it and stop this process."""
        why: str = Message("renewing it failed")
        try:
            why = self._renew()
        finally:
            if not self.ended.is_set():
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
                logs.print_error("this run lost its lease and stops ({why})", why=why)

    def _renew(self) -> str:
        """Renew the lease well before it runs out, and return why it is lost."""
        renewed = time.monotonic()
        while not self.ended.wait(self.seconds / 4):
            began = time.monotonic()
            try:
                if other := self.acquire(self.seconds / 4):
                    return other
                renewed = began
            except StoreError as error:
                if time.monotonic() > renewed + self.seconds / 2:
                    return error.message
        return ""

    def end(self) -> None:
        """Stop renewing, and release the lease for the next run. If the store doesn't answer, the lease runs out."""
        self.ended.set()
        self.join()

        async def release() -> None:
            async with asyncio.timeout(self.seconds / 4), self._store(Access.CHANGE) as store:
                await store.release(NAME, self.holder)

        with suppress(StoreError, TimeoutError):
            asyncio.run(release())
