"""Mirrors of any size with their sites. What must be different from article to article is; every file is where it belongs.

A large store has its BASE articles once more for each earlier week, as tests/benchmarks/large_store.py makes it, and its mirror is
written by the exporter. Its site is what ``finews publish --all`` makes of that, but for one thing: a post's page is not
built by Jekyll where the same post of another day was; that page is copied, with the other day.
``Site.check`` compares a sample with what Jekyll makes of these pages.
"""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from finews_spider.config.config import Config
from finews_spider.mirror import site
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import LinkTargets
from finews_spider.publishing import jekyll, sources
from finews_spider.publishing.publish import publish
from finews_spider.stores import open_store
from tests.benchmarks.finews_command import CORES
from tests.benchmarks.large_store import multiply
from tests.benchmarks.news import A_DAY, FIRST, articles
from tests.running import ROOT, Runner

BASE = 5_000
SPAN = BASE // A_DAY
"""Days that the articles of BASE have."""
LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)
SAMPLE = 60
MADE = "made"
"""A file that a folder has when its site is there and right."""


class Taken(NamedTuple):
    """What a command took."""

    cpu: float
    """Seconds, its children's included."""
    wall: float
    memory: float
    """MB at most, of the command itself."""
    memory_of_a_child: float
    """MB at most, of the largest of its children."""


class Site:
    """A store, its mirror folder and its site."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.number = number
        """Of the next article."""
        self.mirror = folder / "mirror"
        self.site = folder / "site"

    @classmethod
    def made(cls, folder: Path, size: int, base: "Site | None" = None) -> "Site":
        """Make a site of *size* articles.

        :param base: the site of BASE articles; needed for a larger one.
        """
        made = cls(folder, min(size, BASE))
        if (folder / MADE).exists():  # an earlier session kept it
            with closing(sqlite3.connect(folder / "news.db")) as db:
                (count,) = db.execute("SELECT count(*) FROM articles").fetchone()
            made.number += count - size
            return made
        site.init(made.mirror, "https://mirror.example/news")
        asyncio.run(made._save(0, made.number))
        if size > BASE:
            with closing(sqlite3.connect(folder / "news.db")) as db, db:
                db.execute("INSERT INTO runs VALUES ('20260101T000000-000000', '{}')")
            multiply(folder / "news.db", size // BASE)
        asyncio.run(made._export())
        made.build(base)
        made.check()
        (folder / MADE).touch()
        return made

    def settings(self, **settings: str) -> dict[str, str]:
        return {**Runner(self.folder).settings, "FINEWS_SITE_DIR": str(self.site), **settings}

    def config(self) -> Config:
        return Runner(self.folder, FINEWS_SITE_DIR=str(self.site)).config()

    async def _save(self, first: int, count: int) -> None:
        async with open_store(f"sqlite:///{self.folder / 'news.db'}") as store:
            for start in range(0, count, 500):
                await store.save(list(articles(min(500, count - start), first + start)), FIRST)

    async def _export(self) -> None:
        async with open_store(f"sqlite:///{self.folder / 'news.db'}") as store:
            exported = await Exporter(store, MirrorFolder(self.mirror), LINKS).export()
            assert not exported.failed

    def add(self, count: int) -> None:
        """Store and export *count* new articles of a new day."""
        asyncio.run(self._save(self.number, count))
        asyncio.run(self._export())
        self.number += count

    def publish(self, *options: str, cores: int = 0, **settings: str) -> Taken:
        """Run ``finews publish`` as a user does, and return what it took."""
        report = self.folder / "report.json"
        env = os.environ | self.settings(**settings) | {CORES: str(cores)}
        command = [sys.executable, "-m", "tests.benchmarks.finews_command", str(report), "publish", *options]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return Taken(**json.loads(report.read_text(encoding="ascii")))

    def build(self, base: "Site | None") -> None:
        """Build all pages. Those of posts that *base* has on another day are copied from there."""
        real = jekyll.build
        try:
            if base:
                jekyll.build = Copying(base, real).build
            assert publish(self.config(), everything=True).why_whole == ""
        finally:
            jekyll.build = real

    def outputs(self, of: str = "") -> dict[str, str]:
        """Return source → page of the site, of the sources in a folder."""
        with closing(sqlite3.connect(self.folder / ".site.db")) as db:
            return dict(db.execute("SELECT source, path FROM outputs WHERE source GLOB ?", [f"{of}*"]))

    def check(self, seed: int = 1) -> None:
        """Compare some pages, and all own ones, with what a plain ``jekyll build`` makes of their sources."""
        outputs = self.outputs()
        owned = sources.owned(self.mirror)
        some = random.Random(seed).sample(sorted(source for source in outputs if "/" in source), SAMPLE)
        sample = {source for source in (*some, *owned.pages) if source in outputs}
        data = (path.relative_to(self.mirror).as_posix() for path in (self.mirror / "_data/mirror").glob("*.json"))
        folder = self.folder / "sample"
        for path in (*owned.theme, *data, *sample):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.mirror / path, folder / path)
        build(folder, self.folder / "sample-site")
        for source in sample:
            page = outputs[source]
            assert (self.site / page).read_bytes() == (self.folder / "sample-site" / page).read_bytes(), source
        shutil.rmtree(folder)


class Copying:
    """Builds a piece as Jekyll does, but copies the pages of posts that another site has on another day."""

    def __init__(self, base: Site, real) -> None:
        self.base = base
        self.pages = base.outputs("_posts/")
        self.real = real

    def build(self, source: Path, out: Path, env: dict[str, str]) -> None:
        posts = [*(source / "_posts").glob("*")]
        for post in posts:
            post.unlink()
        if any(not entry.name.startswith("_") for entry in source.iterdir()):
            self.real(source, out, env)  # which removes what else there is
        lines = [self._copy(post, out) for post in posts]
        with Path(env["FINEWS_OUTPUTS"]).open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in lines)

    def _copy(self, post: Path, out: Path) -> tuple[str, str]:
        day, code = date.fromisoformat(post.name[:10]), post.stem[11:]
        original = FIRST.date() + timedelta(days=(day - FIRST.date()).days % SPAN)
        original_code = code.replace(f"{day:%Y%m%d}", f"{original:%Y%m%d}", 1)
        page = self.pages[f"_posts/{original}-{original_code}{post.suffix}"]

        def moved(text: str) -> str:
            for old, new in (
                (original_code.removeprefix("NW"), code.removeprefix("NW")),
                (f"{original}", f"{day}"),
                (f"{original:%Y/%m/%d}", f"{day:%Y/%m/%d}"),
                (f"{original.year}年{original.month}月{original.day}日", f"{day.year}年{day.month}月{day.day}日"),
            ):
                text = text.replace(old, new)
            return text

        to = out / moved(page)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(moved((self.base.site / page).read_text("utf-8")), encoding="utf-8")
        return f"_posts/{post.name}", moved(page)


def build(source: Path, out: Path) -> None:
    """Run a plain ``jekyll build``."""
    command = ["jekyll", "build", "--source", str(source), "--destination", str(out), "--disable-disk-cache"]
    env = os.environ | {"LC_ALL": "C.UTF-8", "JEKYLL_ENV": "production"}
    subprocess.run(command, env=env, check=True, capture_output=True)
