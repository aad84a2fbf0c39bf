"""The files with stocks that an article's page shows although its post doesn't name them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from finews_spider.mirror.article_stocks import names_file, unmarked_stocks
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.verify import verify
from tests.mirror.test_exporter import LINKS, NOW, Mirror, article, run

DAY = "archive/2026-01-02/stocks.json"
NAMES = "stock/names/1.600.json"


@pytest.mark.parametrize(
    ("marked", "unmarked"),
    [
        ('<a data-code="1,600519">甲</a>', []),
        ('<a data-code="600519|1|5" data-code2="600519|1|3|">', []),
        # The layout doesn't read these.
        ('<img data-code="K 600519|1|5">', ["1.600519"]),
        ('<a data-code="1.600519">甲</a>', ["1.600519"]),
        ("<a data-code='1,600519'>甲</a>", ["1.600519"]),
        ('<a href="//quote.example/unify/r/1.600519">甲</a>', ["1.600519"]),
        ('<a data-code="90,BK0800">板块</a>', ["1.600519"]),
    ],
)
def test_a_stock_that_the_body_marks_is_left_out(marked, unmarked):
    assert unmarked_stocks(article(body=f"<p>{marked}</p>", stocks=("1.600519",))) == unmarked


def test_codes_are_those_of_the_stocks_pages():
    assert unmarked_stocks(article(stocks=("105.nvda", "90.BK0428"))) == ["105.NVDA"]
    assert names_file("105.NVDA") == "stock/names/105.NVD.json"


def test_the_files_follow_the_articles_and_go_with_the_last_one(tmp_path):
    first = article(1, stocks=("1.600001", "105.NVDA"))
    naming = article(2, body='<p><a data-code="1,600001">钢厂</a></p>')

    async def scenario(mirror):
        def data(path):
            return json.loads(mirror.files()[path])

        await mirror.save(first, naming)
        await mirror.export()
        assert data(DAY) == {first.info_code: ["1.600001", "105.NVDA"]}
        assert data(NAMES) == {"1.600001": "钢厂"}
        assert data("stock/names/105.NVD.json") == {"105.NVDA": ""}
        revised = replace(first, title="新题", content_hash="2", stocks=("1.600001",))
        await mirror.save(revised, now=NOW + timedelta(hours=1))
        await mirror.export()
        assert data(DAY) == {first.info_code: ["1.600001"]}
        assert "stock/names/105.NVD.json" not in mirror.files()
        await mirror.store.take_down(first.code, "x", NOW)
        await mirror.export()
        assert data(DAY) == {}
        await mirror.store.take_down(naming.code, "x", NOW)
        await mirror.export()
        assert not {path for path in mirror.files() if path.startswith(("archive/2026-01-02", "stock/"))}

    run(scenario, Mirror(tmp_path))


def test_verify_finds_and_repairs_what_somebody_changed(tmp_path):
    async def scenario(mirror):
        await mirror.save(article(stocks=("1.600001",)))
        await mirror.export()
        right = mirror.files()
        (mirror.folder / DAY).write_text("[]")
        (mirror.folder / NAMES).unlink()
        (mirror.folder / "stock/names/9.999.json").write_text("{}")
        exporter = Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS)
        found = await verify(mirror.store, exporter, repair=True)
        assert (found.changed, found.missing, found.orphaned) == ([DAY], [NAMES], ["stock/names/9.999.json"])
        assert mirror.files() == right

    run(scenario, Mirror(tmp_path))
