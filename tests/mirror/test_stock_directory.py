"""The directory of stocks leads to every stock, its pages are small, and a change writes those of its stocks."""

import json
import random
from contextlib import suppress

import pytest
import yaml

from finews_spider.mirror import journal, stock_directory
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import Head
from finews_spider.mirror.rows import Row
from finews_spider.mirror.stock_directory import MOST


def head(name: str, time: str = "2026-01-02T08:00:00+08:00", total: int = 1) -> Head:
    return Head([Row(time, "/x.html", "题", "报")], total, name)


def matter(folder, path):
    return yaml.safe_load(folder.read(path).split("---\n")[1])


def pages(folder) -> dict[str, list]:
    """Return the pages of the directory with their stocks."""
    return {path: matter(folder, path)["stocks"] for path in folder.files("stock")}


def markets(folder):
    return json.loads(folder.read("_data/mirror/markets.json"))


@pytest.fixture
def folder(tmp_path):
    return MirrorFolder(tmp_path)


def test_a_small_market_is_one_page_with_names_numbers_and_the_newest(folder):
    new = "2026-01-03T09:00:00+08:00"
    stock_directory.update(folder, {"1.600519": head("贵州茅台", new, 7), "1.600036": head("招商银行")})
    assert markets(folder) == [["sh", 2, [["sh", "", 2]]]]
    assert matter(folder, "stock/sh.html") == {
        "layout": "stocks",
        "words": "market_sh",
        "prefix": "",
        "stocks": [
            ["1.600036", "招商银行", "2026-01-02T08:00:00+08:00", 1],
            ["1.600519", "贵州茅台", new, 7],
        ],
    }
    newest = json.loads(folder.read("_data/mirror/stocks.json"))
    assert [stock[0] for stock in newest] == ["1.600519", "1.600036"]


@pytest.mark.parametrize(
    ("key", "market"),
    [
        *(("1.601318", "sh"), ("1.688981", "star"), ("1.689009", "star"), ("0.002594", "sz"), ("0.300750", "chinext")),
        *(("0.301236", "chinext"), ("0.832000", "bj"), ("0.920000", "bj"), ("1.900901", "b"), ("0.200011", "b")),
        *(("116.00700", "hk"), ("105.AAPL", "us"), ("106.BRK_A", "us"), ("1.510300", "fund"), ("0.159915", "fund")),
        *(("1.000001", "indices"), ("0.399001", "indices"), ("100.HSI", "indices"), ("113.AU0", "other")),
    ],
)
def test_each_code_has_its_market(folder, key, market):
    stock_directory.update(folder, {key: head("名")})
    assert [name for name, *_ in markets(folder)] == [market]


def test_thousands_of_stocks_are_all_there_on_small_pages(folder):
    keys = [*(f"1.60{n:04}" for n in range(2_000)), *(f"0.30{n:04}" for n in range(0, 3_000, 3))]
    keys += [*(f"105.{a}{b}{c}" for a in "AB" for b in "ABCDEFGHIJ" for c in "ABCDEFGHIJ"), "105.A", "106.A", "105.AB"]
    stock_directory.update(folder, {key: head(key) for key in keys})
    listed = [stock[0] for stocks in pages(folder).values() for stock in stocks]
    assert sorted(listed) == sorted(keys)
    assert max(map(len, pages(folder).values())) <= MOST
    assert sum(total for _, total, _ in markets(folder)) == len(keys)
    linked = [f"stock/{name}.html" for _, _, groups in markets(folder) for name, *_ in groups]
    assert sorted(linked) == sorted(pages(folder))
    assert [stock[0] for stock in pages(folder)["stock/us-A.html"]] == ["105.A", "106.A"]


def test_a_change_writes_the_pages_of_its_stocks(folder):
    keys = [f"1.60{n:04}" for n in range(4_000)]
    stock_directory.update(folder, {key: head("名") for key in keys})
    start = journal.read(folder.root, journal.Position()).position
    stock_directory.update(folder, {"1.600519": head("贵州茅台", "2026-01-03T09:00:00+08:00", 2)})
    written = journal.read(folder.root, start).paths
    assert {path for path in written if path.startswith("stock/")} == {"stock/sh-6005.html"}


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_changes_leaves_no_trace(tmp_path, seed):
    dice = random.Random(seed)
    keys = [f"1.60{n:04}" for n in dice.sample(range(3_000), 2 * MOST)]
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    left: dict[str, Head] = {}
    for _ in range(12):
        some = {key: dice.choice([None, head("名", total=dice.randrange(9))]) for key in dice.sample(keys, MOST)}
        left = {key: value for key, value in {**left, **some}.items() if value}
        stock_directory.update(one, some)
    stock_directory.update(other, left)
    names = [*(f"_data/mirror/{name}.json" for name in ("markets", "stocks")), stock_directory.STOCKS]
    assert pages(one) == pages(other)
    assert [one.read(name) for name in names] == [other.read(name) for name in names]


def test_a_killed_update_is_finished_by_the_next_one(folder):
    before = {f"1.60{n:04}": head("名") for n in range(2 * MOST)}
    stock_directory.update(folder, before)
    changes = {"1.600150": None, "1.603000": head("新")}
    for left in range(6):
        write, count = folder.write, iter(range(left))

        def killed(path, text, write=write, count=count):
            if next(count, None) is None:
                raise KeyboardInterrupt
            return write(path, text)

        folder.write = killed
        with suppress(KeyboardInterrupt):
            stock_directory.update(folder, changes)
        folder.write = write
    stock_directory.update(folder, changes)
    other = MirrorFolder(folder.root.with_name("other"))
    stock_directory.update(other, {key: value for key, value in {**before, **changes}.items() if value})
    assert pages(folder) == pages(other)
