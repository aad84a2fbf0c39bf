"""What one article may cost in the mirror, whatever it holds, also one that was stored before there were bounds."""

from dataclasses import replace

import pytest

from finews_spider.mirror import listings
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listing_updates import ListedPost, entries_of
from finews_spider.mirror.listings import ListPageKey
from finews_spider.mirror.rows import Row
from finews_spider.mirror.stock_directory import MOST
from finews_spider.stores.records import Post
from tests.mirror.test_exporter import Mirror, article, run

LONG = "长" * 100_000
STOCKS = [f"1.{number:06}" for number in range(1000)]
HOSTILE = {
    "text that looks like stocks": {"body": "<p>" + "".join(f'data-code="{n}.s{n}"' for n in range(20_000))},
    "no stocks": {"body": "<p>" + "".join(f'<a data-code="1.s{n}">股</a>' for n in range(20_000))},
    "stocks": {
        "body": "".join(f'<a data-code="{stock}">{"名" * 30}</a>' for stock in STOCKS),
        "media": LONG,
        "title": LONG,
    },
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("stocks", [(), (*STOCKS, *(f"{n % 999}.s{n}" for n in range(2_000)))], ids=["new", "stored"])
def test_an_article_makes_a_bounded_number_of_bounded_files(tmp_path, fields, stocks):
    one, other = (replace(article(number, **fields), content_hash=str(number)) for number in (1, 2))
    one.stocks = stocks or one.stocks

    async def scenario(mirror):
        await mirror.save(one, other)
        await mirror.export()
        files = mirror.files()
        assert len([path for path in files if path.startswith("stock/") and path.endswith("/index.html")]) <= 200
        names = [path for path in files if path.startswith(("stock/names/", "archive/")) and path.endswith(".json")]
        assert sum(len(files.pop(path)) for path in names) < 20_000
        directory = [text for path, text in files.items() if path.startswith("stock/") and path.count("/") == 1]
        assert len(directory) <= 200
        assert max(map(len, directory), default=0) < MOST * 150
        lists = [text for path, text in files.items() if path.startswith(("stock/", "archive/"))]
        assert max(len(text) for text in lists if text not in directory) < 4000

    run(scenario, Mirror(tmp_path))


def test_lists_of_stocks_that_are_none_lose_the_article(tmp_path):
    async def scenario(mirror):
        stored = replace(article(stocks=("1.600001",)), stocks=("1.s0", "1.600001"))
        folder, key = MirrorFolder(mirror.folder), ListPageKey("stock", "1.S0")
        url = f"/chenbao/2026/01/02/{stored.info_code}.html"
        listings.update(folder, key, {url: Row("2026-01-02T11:59:00+08:00", url, "题1", "晨报")})
        await mirror.save(stored)
        await mirror.export()
        assert sorted(path for path in mirror.files() if path.startswith("stock/1.")) == [
            f"stock/1.600001/{name}" for name in ("feed.json", "feed.xml", "index.html")
        ]

    run(scenario, Mirror(tmp_path))


def test_a_list_cuts_long_titles():
    titles = ["题" * 60, "题" * 61]
    rows = [entries_of(ListedPost(Post(article(title=title)), "/x", "x", "名", ())).row for title in titles]
    assert [row.title for row in rows] == ["题" * 60, "题" * 59 + "…"]
