"""Environments with faults: full and read-only disks, wrong clocks, a MongoDB that stops."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from tests.fork_server import Command
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner
from tests.servers import TOOLS, ferretdb_settings, free_port, missing, wait_for


class Disk:
    """A small disk in memory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ballast = root / "ballast"

    def fill(self, left: int) -> None:
        """Leave so many bytes free, rounded to pages of 4 KiB."""
        self.ballast.unlink(missing_ok=True)
        state = os.statvfs(self.root)
        with suppress(OSError), self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(state.f_bavail * state.f_frsize - left, 1))

    def free(self) -> None:
        """Free all of its space."""
        self.ballast.unlink(missing_ok=True)

    def read_only(self, on: bool = True) -> None:
        subprocess.run(["mount", "-o", f"remount,{'ro' if on else 'rw'}", self.root], check=True)


@contextmanager
def disk(root: Path, megabytes: int = 8) -> Iterator[Disk]:
    """Give a small disk that is mounted at *root*. This needs the right to mount."""
    root.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", root], capture_output=True, check=False
    )
    if done.returncode:
        missing("mount", f"a small disk needs root and the right to mount: {done.stderr.decode().strip()}")
    try:
        yield Disk(root)
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


def calm_upstream(articles: int = 60, delay: float = 0) -> MisbehavingUpstream:
    """Return an upstream without duplicates, because the order of its answers would decide which article is the first."""
    upstream = MisbehavingUpstream(articles, seed=6, delay=delay)
    for number in range(10, articles + 100, 53):
        upstream.news.revisions[number] = 1, upstream.news.shown(number)
    return upstream


def tree(mirror: Path) -> dict[str, bytes]:
    """Return every file of a mirror, except locks, the journal and the pages that show when runs were."""
    files = {str(path.relative_to(mirror)): path for path in mirror.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if not name.startswith(".finews-") and name not in {"_data/status.json", "status/index.html"}
    }


def content(finews: Runner) -> dict[str, tuple]:
    """Return what the store keeps of each article, except when it was first seen."""

    async def all_of(store):
        return {
            post.article.code: (replace(post.article, first_seen_at=None), post.path, post.category, post.pending)
            for post in await store.posts(10_000, "")
        }

    return finews.ask(all_of)


def start_at(finews: Runner, seconds: float, *arguments: str) -> Command:
    """Start a command whose clock is *seconds* ahead."""
    quick = [part for name, value in finews.quick.items() for part in ("-s", f"{name}={value}")]
    command = ["tests.clocks", str(seconds), "finews_spider", *arguments, *(quick if arguments[0] == "run" else [])]
    return Command(command, finews.folder, os.environ | finews.settings)


def runner_on(small: Disk, what: str, folder: Path, upstream: MisbehavingUpstream, **settings: str) -> Runner:
    """Return a runner in *folder* with its ``store``, its ``mirror`` or ``both`` on a small disk."""
    store = {"store": f"sqlite:///{small.root}/news.db"} if what != "mirror" else {}
    finews = Runner(folder, upstream, **store, **settings)
    if what != "store":
        finews.mirror = small.root / "mirror"
        finews.settings["FINEWS_MIRROR_DIR"] = str(finews.mirror)
    return finews


class MongoServer:
    """A FerretDB that can be stopped, frozen and started again, with its data, at the same port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        where = os.pathsep.join([os.environ.get("PATH", ""), str(TOOLS)])
        self.program = shutil.which("ferretdb", path=where)
        if not self.program or "FINEWS_TEST_MONGODB" in os.environ:
            missing("mongodb", "a server to stop and start has to be ours, a ferretdb on the PATH or in .tools")
        self.folder = folder
        self.port = free_port()
        self.url = f"mongodb://127.0.0.1:{self.port}/finews"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        log = self.folder / "log"
        with log.open("a") as file:
            environment = os.environ | ferretdb_settings(self.folder, self.port)
            self.process = subprocess.Popen([self.program], env=environment, stdout=file, stderr=file)
        wait_for(self.url, self.process, log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)
