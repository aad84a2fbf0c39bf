"""An unexpected error while an article or a list is made: only that one fails."""

import re

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import ROOT, Runner

FAULTS = """
import os
from finews_spider import sources
from finews_spider.pipelines import normalize
from finews_spider.stores.sqlite.store import SqliteStore

FIRST, EVERY, NORMAL, STORE = os.environ.get("FAULTY", ",,,").split(",")

def broken(parse, *codes):
    def fail(body, code, *rest):
        return 1 // 0 if code in codes else parse(body, code, *rest)
    return fail

for kind, codes in (("getnewstext", (FIRST, EVERY)), ("newsinfo", (EVERY,))):
    sources.ARTICLE_SOURCES[kind] = broken(sources.ARTICLE_SOURCES[kind], *codes)
sources.ARTICLE_PAGES["page"] = broken(sources.ARTICLE_PAGES["page"], EVERY)
if os.environ.get("FAULTY_LIST"):
    sources.LIST_SOURCES["webapi-market"] = lambda body: 1 // 0

whole = normalize.clean
normalize.clean = lambda article: 1 // 0 if article.code == NORMAL else whole(article)

save = SqliteStore.save
async def save_some(self, articles, now):
    if any(article.code == STORE for article in articles):
        "\\ud800".encode()
    return await save(self, articles, now)
SqliteStore.save = save_some
"""
"""Used as sitecustomize.py: errors in a source, in all of them, in a stage, in the store's batch, in a list's source."""


@pytest.fixture
def upstream():
    with SampleUpstream(articles=40, seed=18) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    (tmp_path / "sitecustomize.py").write_text(FAULTS)
    finews = Runner(tmp_path, upstream, fresh=True)
    finews.settings["PYTHONPATH"] = f"{tmp_path}:{ROOT}"
    return finews


def test_an_error_while_an_article_is_made_is_one_failure_and_the_others_are_stored(finews, upstream):
    first, *failing = upstream.news.codes[:4]
    finews.settings["FAULTY"] = ",".join([first, *failing])
    done = finews("run", code=1, LOG_LEVEL="WARNING")
    assert "Traceback" not in done.stderr
    assert all(
        re.search(f"NW{code} failed: .*ZeroDivisionError|{code} failed: .*Unicode", done.stderr) for code in failing
    )
    assert re.search(
        rf"GetNewsText\S*{first}: an error of finews itself, ZeroDivisionError at sitecustomize", done.stderr
    )
    (run,) = finews.ask(lambda store: store.runs(1))
    assert (run["exit_code"], run["failed"], run["failures"]) == (1, 3, {"error": 3})
    summary = finews.summary()
    assert (summary.articles, sum(summary.failed.values())) == (37, 3)
    assert len(finews.posts()) == 37 - summary.duplicates
    assert finews("status", "--check", code=1)

    del finews.settings["FAULTY"]
    finews("run")
    assert (finews.summary().articles, finews.summary().failed) == (40, {})


def test_an_error_while_a_list_is_read_is_a_failed_list_and_the_others_are_read(finews):
    finews.settings["FAULTY_LIST"] = "1"
    done = finews("run", code=1, LOG_LEVEL="WARNING")
    assert "channel 市场新闻37 failed: " in done.stderr
    assert "Traceback" not in done.stderr
    (run,) = finews.ask(lambda store: store.runs(1))
    assert (run["lists_failed"], run["failures"]) == (1, {"error": 1})
    assert finews.summary().articles == 40


def test_an_error_after_the_crawl_is_a_failed_run(finews, tmp_path):
    with (tmp_path / "sitecustomize.py").open("a") as file:
        file.write("from finews_spider.cli import screen\nscreen.print_run = lambda stats: 1 // 0\n")
    assert "ZeroDivisionError" in finews("run", code=1).stderr
    assert "exited with 1" in finews("status", "--check", code=1).stderr
