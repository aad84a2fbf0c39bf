"""The script that reads the search index, beside the plain reader of the tests: both find the same posts in the same order."""

import random
import shutil

import pytest

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.search import index, merging
from tests.browsing import chromium, served
from tests.mirror.index_reader import rows_of
from tests.mirror.postings_reference import terms_of
from tests.mirror.test_search import WORDS, change, entry
from tests.running import ROOT

READ = """async ([terms, from, to, atOnce]) => {
    const { Index, Search } = await import("./search-index.js");
    const index = new Index("./search/data/");
    if (atOnce) index.free = atOnce;
    const search = new Search(index, terms, from, to);
    const rows = [];
    while (!(await search.isDone())) for await (const row of search.rows(7)) rows.push(row);
    return rows;
}"""
QUERIES = [
    ["油价", "价上", "上涨"],
    ["新能", "能源", "源汽", "汽车", "比亚", "亚迪", "2026"],
    ["银行", "a"],
    ["𠀀"],
    ["techw", "题"],
]
DAYS = [("", ""), ("2025-02-10", ""), ("2024-02-20", "2026-02-03"), ("2026-02-05", "2026-02-05"), ("", "2023-12-31")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an index of three years with several segments each, in which frequent terms have many small chunks."""
    monkeypatch.setattr(index, "LEVELS", (10, 40, 100))
    monkeypatch.setattr(merging, "LONGEST", 4)
    monkeypatch.setattr(merging, "CHUNK", 3)
    dice = random.Random(1)
    folder = MirrorFolder(tmp_path)
    for _ in range(25):
        days = [f"{dice.randint(2024, 2026)}-02-{dice.randint(1, 29):02}" for _ in range(dice.choice([1, 5, 40]))]
        change(folder, *(entry(dice.randrange(300), " ".join(dice.sample(WORDS, 6)), day) for day in days))
    return folder


def test_the_script_finds_what_the_plain_reader_finds(folder):
    shutil.copy(ROOT / "finews_spider/mirror/theme/assets/search-index.js", folder.root)
    for name in ("index.html", "404.html"):
        (folder.root / name).write_text("<!doctype html><title>空</title>", encoding="utf-8")
    assert any(path.rpartition("/")[2].startswith("chunk-") for path in folder.files())
    with served(folder.root) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/index.html")
        queries = [*QUERIES, *([term] for word in WORDS for term in sorted(terms_of(word))[:1])]
        for terms in queries:
            for start, end in DAYS if terms in QUERIES else DAYS[:1]:
                rows = [row for row in rows_of(folder, *terms) if start <= row[0][:10] <= (end or "9999")]
                for at_once in (None, 1, float("inf")):  # by HTTP/1.1 as here, one by one, and as by HTTP/2
                    assert page.evaluate(READ, [terms, start, end, at_once]) == rows, (terms, start, end, at_once)
