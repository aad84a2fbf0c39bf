"""`from finews_spider import open_store`: a store in a script or a notebook."""

import asyncio
import contextlib
import subprocess
import sys
from datetime import date, timedelta

import pytest

from finews_spider import open_store
from finews_spider.errors import ConfigError, MissingStoreError
from finews_spider.stores import reader
from finews_spider.stores.data import FIELDS
from tests.cli.test_missing_store import tree
from tests.documented import ROOT, fences
from tests.running import Runner
from tests.stores.samples import NOW, SHOWN, A, B, C, D, article, codes

DAY = timedelta(days=1)


@pytest.fixture
def finews(tmp_path, store_url):
    """Return a user's folder with A, B, C, which was taken down, and D, a day later."""
    finews = Runner(tmp_path, store=store_url)
    articles = [article(A, media="晨报", stocks=("1.600160",)), article(B), article(C)]
    finews.ask(lambda store: store.save([*articles, article(D, published_at=SHOWN + DAY)], NOW))
    finews.ask(lambda store: store.take_down(C, "侵权", NOW))
    return finews


def test_articles_come_with_the_documented_fields(finews):
    with open_store(finews.store) as store:
        first, second, third = store.articles()
    assert tuple(first) == FIELDS
    assert (first["code"], first["published_at"], first["stocks"], first["text"]) == (
        A,
        SHOWN,
        ("1.600160",),
        f"正文{A}",
    )
    assert [second["code"], third["code"]] == [B, D]


def test_articles_are_selected_and_turned_round(finews):
    with open_store(finews.store) as store:

        def found(**options):
            return [each["code"] for each in store.articles(**options)]

        assert found(newest_first=True) == [D, B, A]
        assert found(since="2026-01-03") == found(since=date(2026, 1, 3)) == [D]
        assert found(until=date(2026, 1, 2), media="晨报", stock="600160.SH") == [A]
        with pytest.raises(ConfigError, match="is not a valid day"):
            found(since="gestern")


def test_one_article_is_found_by_any_link(finews):
    with open_store(finews.store) as store:
        assert store.article(f"https://finance.eastmoney.com/a/{A}.html")["title"] == "标题"
        assert store.article(C) is None
        assert store.article("202001011111111111") is None
        with pytest.raises(ConfigError, match="'x' is not an article"):
            store.article("x")


def test_it_works_where_an_event_loop_runs_and_sees_what_is_written_meanwhile(finews):
    async def notebook():
        with open_store(finews.store) as store:
            before = len(list(store.articles()))
            await asyncio.to_thread(finews.ask, lambda writer: writer.save([article("202601031234567890")], NOW))
            return before, len(list(store.articles()))

    assert asyncio.run(notebook()) == (3, 4)


def test_reading_changes_nothing_and_makes_nothing(tmp_path, sqlite_url):
    with pytest.raises(MissingStoreError):
        open_store(sqlite_url)
    assert tree(tmp_path) == {}
    finews = Runner(tmp_path, store=sqlite_url)
    finews.ask(lambda store: store.save([article(A)], NOW))
    before = tree(tmp_path)
    with open_store(sqlite_url) as store:
        assert len(list(store.articles())) == 1
    assert tree(tmp_path) == before


def test_many_batches_hold_each_article_once(tmp_path, sqlite_url, monkeypatch):
    monkeypatch.setattr(reader, "BATCH", 3)
    finews, stored = Runner(tmp_path, store=sqlite_url), codes(10)
    finews.ask(lambda store: store.save([article(code) for code in stored], NOW))
    with open_store(sqlite_url) as store:
        assert [each["code"] for each in store.articles()] == stored
        assert [each["code"] for each in store.articles(newest_first=True)] == stored[::-1]


def test_an_empty_url_is_the_setting_and_scrapy_is_not_loaded(tmp_path):
    finews = Runner(tmp_path)
    finews.ask(lambda store: store.save([article(A)], NOW))
    script = (
        "import sys; from finews_spider import open_store\n"
        "with open_store() as store: print([each['code'] for each in store.articles()])\n"
        "print({'scrapy', 'twisted', 'pymongo'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=finews.settings, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"['{A}']\nset()\n"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pandas")
def test_the_examples_of_the_docs_run(tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    pytest.importorskip("duckdb")
    finews = Runner(tmp_path, store=f"sqlite:///{tmp_path}/data/finews.db")
    finews.ask(lambda store: store.save([article(A, media="新京报"), article(B, media="新京报"), article(C)], NOW))
    for name in ("news.parquet", "news.jsonl", "news.csv"):
        finews("export", "--format", name.partition(".")[2], "--output", name)
    monkeypatch.chdir(tmp_path)
    for page in ("data.md", "schema.md"):
        names: dict = {}
        for language, _, lines in fences(ROOT / "docs" / page):
            if language == "python":
                with contextlib.redirect_stdout(None):
                    exec("\n".join(lines), names)
        if page == "data.md":
            assert list(names["news"]["code"]) == [A, B, C]
            assert names["media"].to_dict() == {"新京报": 2, "": 1}
            assert names["days"] == [(SHOWN.date(), 3)]
