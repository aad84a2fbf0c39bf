"""Random sequences of what befalls a mirror, each followed by a publication, compared with one that builds everything."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from finews_spider.articles.normalize import normalize
from finews_spider.cli.options import read_config
from finews_spider.config.config import Config
from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.images import ImageFolder
from finews_spider.mirror.importer import import_posts, post_files
from finews_spider.mirror.post import LinkTargets
from finews_spider.mirror.verify import verify
from finews_spider.publishing.publish import publish
from finews_spider.stores import open_store
from finews_spider.times import SHANGHAI
from tests.images import jpeg
from tests.mirror.unusual_categories import CATEGORIES
from tests.running import ROOT

START = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)
MEDIA = ("晨报", "财经 周刊", "Tide & Sons", "夜读")
STOCKS = ("1.600519", "0.300750", "116.00700")
OLD_POST = (
    "---\nlayout: post\ntitle: {title}\ndate: {day} 08:14:19 +0800\ncategories: {category}\ntags: {tag}\n---\n"
    "<p>{text}</p>\n\n<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW{code}>\n\n"
    "[返回{tag}](//finews.withounder.com/category/x.html)｜[返回首页](//finews.withounder.com/)"
)
"""A post as the mirror wrote it that finews took over."""
SHOWS_DATA = (
    "---\nlayout: default\n---\n{{ site.data.mirror.home | jsonify }} {{ site.data.mirror.archive.days | size }}"
)


class Sequence:
    """A mirror to which things happen, by the dice of a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.folder = folder
        self.mirror = folder / "mirror"
        self.codes: list[str] = []
        self.before: datetime | None = None
        self.images: dict[str, str] = {}
        site.init(self.mirror, "https://mirror.example/news")

    def config(self, name: str) -> Config:
        return read_config([f"FINEWS_MIRROR_DIR={self.mirror}", f"FINEWS_SITE_DIR={self.folder / name}"])

    def step(self) -> str:
        """Let something happen, export, and return what it was."""
        likely = (
            [self.add] * 6
            + [self.revise, self.reprint] * 4
            + [self.import_] * 3
            + [self.take_down, self.own_page, self.image] * 2
        )
        happen = self.dice.choice(
            [*likely, self.restore, self.twin, self.age, self.status, self.layout, self.initialize, self.repair]
        )
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
        picture = f'<img src="{self.dice.choice([*self.images])}">' if self.images and number % 2 else ""
        return normalize(
            Article(
                code=code,
                channel="甲",
                title=f"题{number} {self.dice.random()}",
                media=MEDIA[number % 4],
                body=f"<p>文{self.dice.random()} {link}{picture}</p>",
                image_files={source: path for source, path in self.images.items() if source in picture},
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
        page = self.mirror / self.dice.choice(["about.html", "notes/a.html", "robots.txt", "plain.txt", "data.html"])
        page.parent.mkdir(exist_ok=True)
        if page.exists() and self.dice.random() < 0.3:
            page.unlink()
        else:
            text = SHOWS_DATA if page.name == "data.html" else "---\nlayout: default\n---\n"
            page.write_text(f"{'' if page.name == 'plain.txt' else text}{self.dice.random()}")

    async def status(self) -> None:
        MirrorFolder(self.mirror).write(
            "_data/status.json", json.dumps({"channels": [], "written": str(self.dice.random())})
        )

    async def layout(self) -> None:
        files = ["_config.yml", "_layouts/post.html", "_includes/rows.html", "assets/site.css"]
        file = self.mirror / self.dice.choice(files)
        file.write_text(
            f"{file.read_text('utf-8')}\n{'#' if file.suffix == '.yml' else ''} {self.dice.random()}", "utf-8"
        )

    async def initialize(self) -> None:
        site.init(self.mirror, overwrite=True)

    async def image(self) -> None:
        """A crawl writes an image, which an article shows or doesn't."""
        number = len(self.images)
        source = f"https://img.example/{number}.jpg"
        self.images[source] = ImageFolder(self.mirror).write(jpeg(str(number)))

    async def twin(self) -> None:
        """Another channel has an article under a code of its own."""
        if self.codes and (first := await self.store.get(self.dice.choice(self.codes))):
            code = f"20260103{len(self.codes):010}"
            await self.store.save([replace(first, code=code, channel="乙", revision=0, duplicate_of="")], START)

    async def reprint(self) -> None:
        """Other publications have some articles under titles of their own, hours or days later."""
        for code in self.dice.sample(self.codes, min(len(self.codes), 3)):
            first = await self.store.get(code)
            if first and first.published_at:
                self.codes.append(f"20260104{len(self.codes):010}")
                shown = first.published_at + timedelta(hours=self.dice.choice([1, 10, 100]))
                changes = {"title": f"转{self.dice.random()}", "media": self.dice.choice(MEDIA), "published_at": shown}
                reprint = replace(first, code=self.codes[-1], revision=0, duplicate_of="", story="", **changes)
                await self.store.save([normalize(reprint)], START)

    async def import_(self) -> None:
        """Import an old mirror of posts with odd categories, one of which is there twice."""
        old = self.folder / f"old{self.dice.random()}"
        (old / "_posts").mkdir(parents=True)
        for category in self.dice.sample(CATEGORIES, 6):
            number = len(self.codes)
            self.codes.append(f"20220102{number:010}")
            days = ["2022-01-02", "2022-01-03"] if number % 4 == 0 else ["2022-01-02"]
            for day in days:
                front = {
                    "title": json.dumps(f"旧{number}"),
                    "category": json.dumps(category),
                    "tag": f"{MEDIA[number % 4]}新闻",
                }
                text = OLD_POST.format(day=day, code=self.codes[-1], text=f"旧文{number}", **front)
                (old / f"_posts/{day}-NW{self.codes[-1]}.md").write_text(text, encoding="utf-8")
        imported = await import_posts(self.store, old, post_files(old))
        assert imported.new >= 4, imported
        await self.store.requeue()

    async def repair(self) -> None:
        """Somebody harms the data, and `finews verify --repair` mends it."""
        exporter = Exporter(self.store, MirrorFolder(self.mirror), LINKS, self.before)
        await exporter.export()
        for file in self.mirror.glob("_data/mirror/*.json"):
            if self.dice.random() < 0.5:
                file.write_text(self.dice.choice(["", "[]", "{", '{"days": 3}', file.read_text("utf-8")[:-9]]), "utf-8")
        await verify(self.store, exporter, repair=True, force=True)
        assert not await verify(self.store, exporter)


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
            killed_publication(sequence, sequence.dice.randrange(1, 250), "--force")
            seen = content(folder / "site")
            if seen != before:  # killed after the link was switched
                check(sequence, done, seen)
        published = publish(sequence.config("site"), force=True)
        assert not published.why_whole, (done, published.why_whole)
        if kills or number % 4 == 3 or number == steps - 1:
            check(sequence, done, content(folder / "site"))


def check(sequence: Sequence, done: list[str], ours: dict[str, bytes]) -> None:
    """Compare the files of a site with those of a whole build."""
    publish(sequence.config("whole"), everything=True, force=True)
    whole = content(sequence.folder / "whole")
    assert sorted(path for path in {*ours, *whole} if ours.get(path) != whole.get(path)) == [], done


def killed_publication(sequence: Sequence, at: int, *options: str) -> list[str]:
    """Begin a publication, kill it at one of its steps, and return these; at 0, it comes to its end."""
    steps = sequence.folder / "steps"
    steps.unlink(missing_ok=True)
    env = os.environ | {
        "FINEWS_MIRROR_DIR": str(sequence.mirror),
        "FINEWS_SITE_DIR": str(sequence.folder / "site"),
        "CRASH_FOLDER": str(sequence.folder),
        "CRASH_STEPS": str(steps),
        "CRASH_NOW": START.isoformat(),
        "CRASH_AT": str(at),
    }
    command = [sys.executable, "-m", "tests.crash_runner", "publish", *options]
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True)
    taken = steps.read_text("utf-8").splitlines()
    assert done.returncode == (-signal.SIGKILL if at == len(taken) else 0), done.stderr
    return taken
