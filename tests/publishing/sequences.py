"""Random sequences of what befalls a mirror, each followed by a publication, compared with one that builds everything."""

import asyncio
import json
import os
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from finews_spider.articles.normalize import normalize
from finews_spider.cli.options import read_config
from finews_spider.config.config import Config
from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import LinkTargets
from finews_spider.publishing.publish import publish
from finews_spider.stores import open_store
from finews_spider.times import SHANGHAI
from tests.running import ROOT

START = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)
MEDIA = ("晨报", "财经 周刊", "Tide & Sons", "夜读")
STOCKS = ("1.600519", "0.300750", "116.00700")


class Sequence:
    """A mirror to which things happen, by the dice of a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.folder = folder
        self.mirror = folder / "mirror"
        self.codes: list[str] = []
        self.before: datetime | None = None
        site.init(self.mirror, "https://mirror.example/news")

    def config(self, name: str) -> Config:
        return read_config([f"FINEWS_MIRROR_DIR={self.mirror}", f"FINEWS_SITE_DIR={self.folder / name}"])

    def step(self) -> str:
        """Let something happen, export, and return what it was."""
        happen = self.dice.choices(
            [self.add, self.revise, self.take_down, self.restore, self.age, self.own_page, self.status, self.config_],
            [8, 4, 2, 1, 1, 1, 1, 1],
        )[0]
        asyncio.run(self._within(happen))
        return happen.__name__

    async def _within(self, happen) -> None:
        async with open_store(f"sqlite:///{self.folder / 'news.db'}") as self.store:
            await happen()
            await Exporter(self.store, MirrorFolder(self.mirror), LINKS, self.before).export()

    def article(self, code: str, number: int) -> Article:
        day = START + timedelta(days=number % 5, minutes=number)
        stock = self.dice.choice(STOCKS)
        link = f'<a href="https://quote.eastmoney.com/unify/r/{stock}" data-code="{stock}">股</a>'
        is_roll = number % 3 == 0
        return normalize(
            Article(
                code=code,
                channel="甲",
                title=f"题{number} {self.dice.random()}",
                media=MEDIA[number % 4],
                body=f"<p>文{self.dice.random()} {link}</p>",
                published_at=day,
                layout="roll" if is_roll else "media",
            )
        )

    async def add(self) -> None:
        for _ in range(self.dice.choice([1, 3, 70])):
            number = len(self.codes)
            self.codes.append(f"20260102{number:010}")
            await self.store.save([self.article(self.codes[-1], number)], START)

    async def revise(self) -> None:
        if self.codes:
            number = self.dice.randrange(len(self.codes))
            await self.store.save([self.article(self.codes[number], number)], START + timedelta(days=9))

    async def take_down(self) -> None:
        if self.codes:
            await self.store.take_down(self.dice.choice(self.codes), "x", START)

    async def restore(self) -> None:
        for code in self.codes:
            if await self.store.restore(code):
                return

    async def age(self) -> None:
        self.before = self.dice.choice([None, START + timedelta(days=1), START + timedelta(days=2)])

    async def own_page(self) -> None:
        page = self.mirror / self.dice.choice(["about.html", "notes/a.html", "robots.txt", "plain.txt"])
        page.parent.mkdir(exist_ok=True)
        if page.exists() and self.dice.random() < 0.3:
            page.unlink()
        else:
            page.write_text(f"---\nlayout: default\n---\n{self.dice.random()}")

    async def status(self) -> None:
        MirrorFolder(self.mirror).write(
            "_data/status.json", json.dumps({"channels": [], "written": str(self.dice.random())})
        )

    async def config_(self) -> None:
        config = self.mirror / "_config.yml"
        config.write_text(config.read_text("utf-8").replace("title:", "title: x", 1), "utf-8")


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a built site."""
    root = folder.resolve()
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def play(folder: Path, seed: int, steps: int, kills: int = 0) -> None:
    """Let *steps* things happen, publish after each of them, and compare with a whole build.

    :param kills: publications that are killed, each at a random step, before the one that comes to its end.
    """
    sequence, done = Sequence(folder, seed), []
    for number in range(steps):
        done.append(sequence.step())
        for _ in range(kills if number else 0):
            before = content(folder / "site")
            killed_publication(sequence)
            seen = content(folder / "site")
            if seen != before:  # killed after the link was switched
                check(sequence, done, seen)
        publish(sequence.config("site"), force=True)
        if kills or number % 4 == 3 or number == steps - 1:
            check(sequence, done, content(folder / "site"))


def check(sequence: Sequence, done: list[str], ours: dict[str, bytes]) -> None:
    """Compare the files of a site with those of a whole build."""
    publish(sequence.config("whole"), everything=True, force=True)
    whole = content(sequence.folder / "whole")
    assert sorted(path for path in {*ours, *whole} if ours.get(path) != whole.get(path)) == [], done


def killed_publication(sequence: Sequence) -> None:
    """Begin a publication, and kill it at one of its steps."""
    steps = sequence.folder / "steps"
    env = os.environ | {
        "FINEWS_MIRROR_DIR": str(sequence.mirror),
        "FINEWS_SITE_DIR": str(sequence.folder / "site"),
        "CRASH_FOLDER": str(sequence.folder),
        "CRASH_STEPS": str(steps),
        "CRASH_NOW": START.isoformat(),
        "CRASH_AT": str(sequence.dice.randrange(1, 150)),
    }
    command = [sys.executable, "-m", "tests.crash_runner", "publish", "--force"]
    subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True)
