"""One run at a time on a store, one export at a time on a mirror folder; a holder's end, however it comes, frees both.

With SQLite a run locks a file beside the database. With MongoDB, which several hosts may share, it holds a lease there:
a thread renews it, and a holder that was killed holds up the others until the lease has run out.
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

import typer

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.errors import LOCKED, ConfigError, StoreError
from finews_spider.stores import database_file, open_store
from finews_spider.stores.base import Access, LeaseStore
from finews_spider.times import SHANGHAI

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MIRROR_SECONDS = 60
"""How long to wait for another export to end: a tick's takes a second, a first one minutes."""
PAUSE_SECONDS = 0.05
MIRROR_LOCK = ".finews-export.lock"
NAME = "run"


@contextmanager
def run_lock(config: Config) -> Iterator[None]:
    """Be the only run on the store while inside. SIGTERM is Ctrl-C there, so that nothing is left held.

    :raises ConfigError: the lock file can't be written.
    :raises StoreError: the store that should give the lease can't be asked.
    :raises KeyboardInterrupt: Ctrl-C, or the lease was lost, which is said.
    :raises typer.Exit: another run holds it.
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
    """Do what Ctrl-C does now, and not by raising that: a shell's background job ignores it from its start."""
    ctrl_c = signal.getsignal(signal.SIGINT)
    (ctrl_c if callable(ctrl_c) else signal.default_int_handler)(number, frame)


@contextmanager
def mirror_lock(config: Config) -> Iterator[None]:
    """Be the only one that writes the mirror folder while inside, when whoever writes it is done; raises as above."""
    with _locked(config.mirror_dir / MIRROR_LOCK, MIRROR_SECONDS):
        yield


@contextmanager
def mirror_read_lock(config: Config) -> Iterator[None]:
    """Keep others from writing the mirror folder while inside, and make and change nothing there; raises as above.

    Where there is no lock file yet, or what is no lock stands in its place, nobody writes.
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
                    raise _busy(path.read_text(encoding="utf-8", errors="replace"), f"it holds {path}") from None
                time.sleep(PAUSE_SECONDS)
        yield


@contextmanager
def publish_lock(config: Config) -> Iterator[None]:
    """Be the only one that builds and sends the site while inside; raises as above."""
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
                f"the lock {path} is a link or no file, and finews would write to where it leads; remove it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=seconds)
        path.write_text(_holder(), encoding="utf-8")
    except Timeout:
        raise _busy(path.read_text(encoding="utf-8", errors="replace"), f"it holds {path}") from None
    except OSError as error:
        raise ConfigError(f"the lock {path} can't be written", error) from None
    with held:
        yield


def _may_lock(path: Path) -> bool:
    """Whether *path* can be a lock: a file that has no other name, or nothing yet."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


@contextmanager
def _leased(config: Config) -> Iterator[None]:
    lease = _Lease(config)
    if other := lease.ask():
        raise _busy(other)
    lease.start()
    try:
        yield
    finally:
        lease.end()


def _holder() -> str:
    since = datetime.now(SHANGHAI).isoformat(" ", "seconds")
    return f"host {socket.gethostname()}, pid {os.getpid()}, since {since}"


def _busy(*said: str) -> typer.Exit:
    logs.tell(f"another run is under way ({'; '.join(filter(None, said))})")
    return typer.Exit(LOCKED)


class _Lease(threading.Thread):
    """The lease of this process, renewed in a thread with a connection of its own until its end."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="lease", daemon=True)
        self.url = config.store
        self.seconds = config.lease_seconds
        # Containers of one image may share the host's name, the process id and the second.
        self.holder = f"{uuid4().hex} {_holder()}"
        self.ended = threading.Event()

    def ask(self, within: float | None = None) -> str:
        """Take or renew the lease, and return which other process holds it, if one does.

        :param within: seconds; None: as long as it takes, for who opens a store may have to bring it up to date first.
        :raises StoreError: the store didn't answer, or not in time.
        """

        async def ask() -> str:
            async with asyncio.timeout(within), self._store() as store:
                return await store.lease(NAME, self.holder, self.seconds)

        try:
            holder = asyncio.run(ask())
        except TimeoutError:
            raise StoreError("the store doesn't answer in time") from None
        return "" if holder == self.holder else holder.partition(" ")[2]

    def _store(self, access: Access = Access.CREATE) -> LeaseStore:
        store = open_store(self.url, access)
        assert isinstance(store, LeaseStore)  # for a store in a file, run_lock locks the file
        return store

    def run(self) -> None:
        """Renew the lease until the end; where that can't be done, say so and stop what this process does."""
        why = "renewing it failed"
        try:
            why = self._renew()
        finally:
            if not self.ended.is_set():
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
                logs.tell(f"this run lost its lease and stops ({why})")

    def _renew(self) -> str:
        """Renew the lease well before it can run out, and return why it is lost."""
        renewed = time.monotonic()
        while not self.ended.wait(self.seconds / 4):
            began = time.monotonic()
            try:
                if other := self.ask(self.seconds / 4):
                    return other
                renewed = began
            except StoreError as error:
                if time.monotonic() > renewed + self.seconds / 2:
                    return str(error)
        return ""

    def end(self) -> None:
        """Stop renewing, and give the lease up for the next run; if the store can't be told so, it runs out."""
        self.ended.set()
        self.join()

        async def release() -> None:
            async with asyncio.timeout(self.seconds / 4), self._store(Access.CHANGE) as store:
                await store.release(NAME, self.holder)

        with suppress(StoreError, TimeoutError):
            asyncio.run(release())
