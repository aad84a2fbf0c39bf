"""Export and import of 20,000 articles, beside bare loops over the same files."""

import asyncio
import shutil
from itertools import count

import pytest

from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.importer import import_posts, post_files
from finews_spider.mirror.post import LinkTargets
from finews_spider.stores import open_store
from tests.benchmarks.measure import compare, more, times_as_fast
from tests.benchmarks.news import FIRST, articles
from tests.benchmarks.references import files

ARTICLES = 20_000
LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)


class Mirror:
    """A store with ARTICLES in it, and its mirror folder."""

    def __init__(self, folder):
        self.database = folder / "news.db"
        self.folder = folder / "mirror"

    async def _fill(self, first, number):
        async with open_store(f"sqlite:///{self.database}") as store:
            batch = list(articles(number, first))
            for start in range(0, number, 500):
                await store.save(batch[start : start + 500], FIRST)

    def fill(self, number, first=0):
        asyncio.run(self._fill(first, number))

    async def _export(self, *, everything):
        async with open_store(f"sqlite:///{self.database}") as store:
            if everything:
                await store.requeue()
            return await Exporter(store, MirrorFolder(self.folder), LINKS).export()

    def export(self):
        return asyncio.run(self._export(everything=False))

    def export_anew(self, folder):
        self.folder = folder
        asyncio.run(self._export(everything=True))

    def files(self):
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    mirror = Mirror(tmp_path_factory.mktemp("measured"))
    mirror.fill(ARTICLES)
    mirror.export()
    return mirror


@pytest.mark.benchmark
def test_a_first_export(mirror, tmp_path, figure):
    expected = mirror.files()
    # A new folder each time: ext4 is slow to make files where it has just removed some.
    number = count()
    ours, reference = compare(
        lambda: mirror.export_anew(tmp_path / f"ours-{next(number)}"),
        lambda: files.write(tmp_path / f"bare-{next(number)}", expected),
        rounds=5,
        times=1,
    )
    assert mirror.files() == expected
    for folder in tmp_path.iterdir():
        if folder != mirror.folder:
            shutil.rmtree(folder)
    beside = f"a bare loop writing the same {len(expected)} files"
    figure("first export of 20,000 articles", ours, reference, beside, goal=times_as_fast(0.7), floor=0.05)


@pytest.mark.benchmark
def test_a_tick_of_20(mirror, figure):
    mirror.fill(500, ARTICLES)
    mirror.export()
    new = count(ARTICLES + 500, 20)

    def tick():
        mirror.fill(20, next(new))
        mirror.export()

    ours, reference = compare(tick, mirror.export, rounds=5, times=1)
    figure("20 new on a day of 500, stored and exported", ours, reference, "nothing to do", goal=more(1))


@pytest.mark.benchmark
def test_an_import(mirror, tmp_path, figure):
    posts = post_files(mirror.folder)
    number = count()

    async def work():
        async with open_store(f"sqlite:///{tmp_path / str(next(number))}.db") as store:
            return await import_posts(store, mirror.folder, posts)

    ours, reference = compare(lambda: asyncio.run(work()), lambda: files.read(posts), rounds=5, times=1)
    beside = "a bare loop reading and YAML-parsing the same files"
    figure("import of 20,000 posts", ours, reference, beside, goal=times_as_fast(0.7), floor=0.1)
