"""What the site's own pages show is the same, whatever came and went before; and an update writes what it touches."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.mirror import journal, json_files, latest, site_data, stock_directory
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.verify import verify
from finews_spider.stores import open_store
from finews_spider.times import SHANGHAI
from tests.mirror.test_exporter import LINKS, article

NOW = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
FRESH = datetime(2025, 12, 30, 1, tzinfo=SHANGHAI)
STOCKS = ("1.600519", "0.300750", "")
NUMBERS = st.integers(0, 11)
EVENT = st.sampled_from(["save", "save", "save", "revise", "take_down", "restore", "age"])
HARM = st.sampled_from(
    ["gone", "", "[]", "{", "null", '{"days": [[1]], "years": 3}', '{"entries": 7}', "[[" * 900, "\0"]
)
DATA = (
    *(
        f"{json_files.DATA}/{name}.json"
        for name in ("archive", "feed", "home", "markets", "parts", "publications", "stocks")
    ),
    stock_directory.STOCKS,
    latest.NEWEST,
)


def made(number: int, version: int = 0):
    """Return an article; twelve of them lie on four days of two years, of three publications."""
    stock = STOCKS[(number + version) % 3]
    link = f'<a href="https://quote.eastmoney.com/unify/r/{stock}" data-code="{stock}">股</a>' if stock else ""
    shown = FRESH + timedelta(days=number % 4, minutes=number // 2)
    media = ("晨报", "财经 周刊", "Tide & Sons")[number % 3]
    body = f"<p>文{number} &amp; {version} {'长' * 90 * (number % 3)}{link}</p>"
    fields = {"title": f"题{number} {version}", "body": body, "media": media, "published_at": shown}
    return replace(article(number, **fields), layout="roll" if number % 5 == 0 else "media")


class Mirror:
    """A store and the mirror that follows it."""

    def __init__(self, root: Path, store) -> None:
        self.folder = MirrorFolder(root / "mirror")
        self.store = store
        self.version = 0
        self.before: datetime | None = None

    def exporter(self, folder: MirrorFolder | None = None) -> Exporter:
        return Exporter(self.store, folder or self.folder, LINKS, self.before)

    async def happen(self, event: str, number: int) -> None:
        code = made(number).code
        if event == "take_down":
            if await self.store.get(code):
                await self.store.take_down(code, "x", NOW)
        elif event == "restore":
            await self.store.restore(code)
        elif event == "age":
            self.before = self.before or FRESH + timedelta(days=number % 4)
        else:
            self.version += event == "revise"
            await self.store.save([made(number, self.version if event == "revise" else 0)], NOW)


def within(scenario) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as root:
            async with open_store(f"sqlite:///{root}/news.db") as store:
                await scenario(Mirror(Path(root), store))

    asyncio.run(run())


def data_of(folder: MirrorFolder) -> dict[str, str | None]:
    """Return what the site's pages show, of all that :mod:`site_data` writes."""
    return {path: folder.read(path) for path in (*DATA, *folder.files("archive", "latest", "sitemap", "stock"))}


def files_of(folder: MirrorFolder) -> dict[str, str | None]:
    return {path: folder.read(path) for path in folder.files() if path != journal.NAME}


@given(st.lists(st.lists(st.tuples(EVENT, NUMBERS), min_size=1, max_size=6), min_size=1, max_size=6))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_it_is_that_of_a_new_mirror_of_the_same_posts(ticks):
    async def scenario(mirror: Mirror) -> None:
        for tick in ticks:
            for event, number in tick:
                await mirror.happen(event, number)
            exported = await mirror.exporter().export()
            assert exported.failed == {}
        assert not await verify(mirror.store, mirror.exporter())
        await mirror.store.requeue()
        new = MirrorFolder(mirror.folder.root.with_name("new"))
        await mirror.exporter(new).export()
        assert data_of(mirror.folder) == data_of(new)

    within(scenario)


@pytest.mark.parametrize(
    "written", ["", '{"years":["2025"],"days":[["2025-12-30",1]]}', '{"format": 1}', '{"format": []}']
)
def test_a_mirror_of_an_earlier_version_is_written_again_once(written):
    async def scenario(mirror: Mirror) -> None:
        for number in range(8):
            await mirror.happen("save", number)
        await mirror.exporter().export()
        before = files_of(mirror.folder)
        for path in [*mirror.folder.files("archive", "category", "stock", "sitemap")]:
            mirror.folder.write(path, "earlier")
        mirror.folder.write(site_data.ARCHIVE, written)
        exported = await mirror.exporter().export()
        assert (exported.written, exported.same) == (0, 8)
        assert files_of(mirror.folder) == before
        assert (await mirror.exporter().export()).same == 0

    within(scenario)


@pytest.mark.parametrize("path", DATA)
@pytest.mark.parametrize(
    "harm",
    [
        *('{"days": 5, "years": []}', '{"days": [], "years": 3}', '{"days": [["x", "y"], 7], "years": [[]]}'),
        *('{"entries": 7}', '{"entries": [7]}', '{"entries": [{"url": []}]}', '{"entries": [{"url": "/x"}]}'),
        *(
            '{"1.600519": [1, 2]}',
            '{"../x": ["a", "b", 1], "1.7": ["a", "b", 1]}',
            '[["x", 1, 2], 3]',
            '{"1.600519": ["\\ud800", "2026"]}',
            '[["\\ud800", "x", "y"]]',
        ),
    ],
)
def test_whatever_it_was_changed_to_ends_no_export(path, harm):
    async def scenario(mirror: Mirror) -> None:
        await mirror.happen("save", 1)
        await mirror.exporter().export()
        mirror.folder.write(path, harm)
        await mirror.happen("save", 5)
        assert (await mirror.exporter().export()).failed == {}

    within(scenario)


@given(st.sampled_from(DATA), HARM, st.booleans())
@settings(max_examples=30, derandomize=True, deadline=None)
def test_verify_finds_what_is_broken_and_repairs_it(path, harm, goes_on):
    async def scenario(mirror: Mirror) -> None:
        for number in range(8):
            await mirror.happen("save", number)
        await mirror.exporter().export()
        before = data_of(mirror.folder)
        if harm == "gone":
            mirror.folder.remove(path)
        else:
            mirror.folder.write(path, harm)
        if goes_on:
            await mirror.happen("save", 8)
            assert (await mirror.exporter().export()).failed == {}
        else:
            findings = await verify(mirror.store, mirror.exporter())
            assert findings.missing + findings.changed == [path]
        start = journal.read(mirror.folder.root, journal.Position()).position
        await verify(mirror.store, mirror.exporter(), repair=True)
        assert not await verify(mirror.store, mirror.exporter())
        if not goes_on:
            assert data_of(mirror.folder) == before
            assert journal.read(mirror.folder.root, start).paths == {path}

    within(scenario)


@pytest.mark.parametrize("event", ["save", "revise", "take_down"])
def test_an_update_touches_the_files_of_its_day_and_its_lists(event):
    """Whatever lies in the mirror besides: 600 articles of 60 days of two years."""

    async def scenario(mirror: Mirror) -> None:
        for number in range(600):
            shown = datetime(2025, 12, 1, 8, tzinfo=SHANGHAI) + timedelta(days=number % 60, seconds=number)
            code = f"20260103{number:010}"
            fields = {"title": f"题{number}", "body": f"<p>文{number}</p>", "media": f"报{number % 7}"}
            await mirror.store.save([replace(article(1, **fields, published_at=shown), code=code)], NOW)
        await mirror.happen("save", 3)
        await mirror.exporter().export()
        start = journal.read(mirror.folder.root, journal.Position()).position
        await mirror.happen(event, 7 if event == "save" else 3)
        await mirror.exporter().export()
        day = "2026-01-02"
        written = journal.read(mirror.folder.root, start).paths or set()
        assert {path for path in written if path.startswith("sitemap/")} <= {f"sitemap/{day}.xml"}
        assert {path for path in written if path.startswith("archive/")} <= {
            f"archive/{day}/index.html",
            f"archive/{day}/stocks.json",
            "archive/2026.html",
        }
        assert f"archive/{day}/index.html" in written
        searched = {path for path in written if path.startswith("search/")}
        assert len(written - searched) < 30, sorted(written)
        assert len(searched) < 250  # of two segments: the new one and the one that it replaces

    within(scenario)
