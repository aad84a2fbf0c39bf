"""Runs finews as a user does: the real command, in its own process and folder."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from finews_spider.config.config import Config
from finews_spider.config.given import declared_settings
from finews_spider.mirror import journal
from finews_spider.stores import open_store
from finews_spider.stores.records import Summary
from finews_spider.times import SHANGHAI
from tests.fork_server import Command

ROOT = Path(__file__).parents[1]
GOLDEN = Path(os.environ.get("FINEWS_TEST_GOLDEN", ROOT.parent / "shared/golden"))


def make_crawler(**settings):
    """Return a crawler that runs nothing, with the settings of finews and *settings*."""
    return get_crawler(settings_dict={**declared_settings(), **settings})


def withhold(upstream, behaviour: str) -> None:
    """Let every source of an article's text misbehave; ``ok`` ends that."""
    for path in ("GetNewsText", "api/article", r"^/a/\d"):
        upstream.misbehave(path, behaviour)


class Runner:
    """A user's folder with a store and a mirror, and the commands run in it.

    With *fresh*, each command starts a new interpreter, as in a shell, and not a copy of one that has loaded Scrapy.
    """

    def __init__(
        self, folder: Path, upstream=None, *, store: str = "sqlite:///news.db", fresh: bool = False, **settings: str
    ) -> None:
        self.folder = folder
        self.fresh = fresh
        self.store = store if store != "sqlite:///news.db" else f"sqlite:///{folder / 'news.db'}"
        self.mirror = folder / "mirror"
        self.settings = {
            "FINEWS_STORE": self.store,
            "FINEWS_MIRROR_DIR": str(self.mirror),
            "SCRAPY_SETTINGS_MODULE": "finews_spider.settings",
            "PYTHONPATH": str(ROOT),
            "FINEWS_CHROMIUM": "off",  # an article that fails would open one; the tests of the browser switch it on
        }
        self.quick = {"AUTOTHROTTLE_ENABLED": "0", "FINEWS_RETRY_SECONDS": "0.05", "DOWNLOAD_TIMEOUT": "20"}
        if upstream:
            channels = folder / "channels.toml"
            channels.write_text(upstream.channels_toml(), encoding="utf-8")
            self.settings |= upstream.settings() | {"FINEWS_CHANNELS": str(channels)}
        self.settings |= settings

    def start(self, *arguments: str, **overrides: str) -> subprocess.Popen | Command:
        """Start ``finews …``, or ``scrapy …`` if the first argument is ``scrapy``."""
        module = "scrapy" if arguments[0] == "scrapy" else "finews_spider"
        arguments = arguments[1:] if module == "scrapy" else arguments
        quick = [part for name, value in (self.quick | overrides).items() for part in ("-s", f"{name}={value}")]
        crawls = module == "scrapy" or arguments[0] in {"run", "watch", "fetch"}
        command = [module, *arguments, *(quick if crawls else [])]
        environment = os.environ | self.settings
        if not self.fresh:
            return Command(command, self.folder, environment)
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, *arguments: str, code: int | None = 0, stdin: str = "", **overrides: str):
        """Run a command to its end, check its exit code, and return its ``stdout`` and ``stderr``."""
        process = self.start(*arguments, **overrides)
        try:
            out, err = process.communicate(stdin, timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{arguments} didn't end:\n{process.communicate()}") from None
        if code is not None:
            assert process.returncode == code, f"exit code {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def ask(self, question):
        """Return the result of the coroutine ``question(store)`` for the store as it is now."""

        async def answer():
            async with open_store(self.store) as store:
                return await question(store)

        return asyncio.run(answer())

    def config(self) -> Config:
        """Return the settings as the commands have them."""
        given = Settings()
        given.setmodule("finews_spider.settings")
        given.setdict(self.settings)
        return Config.from_settings(given)

    def summary(self) -> Summary:
        """Return the store's figures, with everything counted as of today."""
        return self.ask(lambda store: store.summary(datetime(2000, 1, 1, tzinfo=SHANGHAI)))

    def article(self, code: str):
        return self.ask(lambda store: store.get(code))

    def posts(self) -> dict[str, bytes]:
        """Return the mirror's posts: file name → bytes."""
        return {path.name: path.read_bytes() for path in sorted((self.mirror / "_posts").glob("*"))}

    def state(self) -> dict[str, tuple[int, bytes]]:
        """Return every file of the mirror except locks and the journal: path → time of change and bytes."""
        files = (
            path
            for path in self.mirror.rglob("*")
            if path.is_file() and path.suffix != ".lock" and path.name != journal.NAME
        )
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def interrupt(process: subprocess.Popen | Command) -> tuple[str, str]:
    """Press Ctrl-C once and wait for the end."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=120)


def wait_for(condition, seconds=120):
    """Wait until *condition* holds, and fail if it doesn't in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
