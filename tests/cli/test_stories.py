"""Where a user learns which articles are reprints: `finews show`, `status`, the exports, the read API, a run's record."""

import json

import pytest

from finews_spider import open_store
from tests.running import Runner
from tests.stores.samples import NOW
from tests.stores.test_stories import CPI, FIRST, reprint, stored


@pytest.fixture
def finews(tmp_path, store_url):
    """Return a user's folder with a story and an article that is alone."""
    finews = Runner(tmp_path, store=store_url)
    articles = [stored(each) for each in [*CPI.story, CPI.neighbours[0]]]
    finews.ask(lambda store: store.save(articles, NOW))
    return finews


def test_show_names_the_other_articles_of_a_story(finews):
    finews.ask(lambda store: store.save([reprint(title="另一个\x1b[31m标题", media="晚报")], NOW))
    shown = finews("show", reprint().code).stdout
    [first] = [line for line in shown.splitlines() if line.startswith("first as")]
    assert f"NW{FIRST}" in first
    assert shown.count("reprinted as") == len(CPI.story) - 1
    others = finews("show", FIRST).stdout
    assert "first as" not in others
    assert f"NW{reprint().code}" in others
    assert "晚报" in others
    assert "\x1b" not in others
    assert json.loads(finews("show", FIRST, "--json").stdout)["story"] == FIRST
    assert "reprinted" not in finews("show", CPI.neighbours[0].code).stdout


def test_status_exports_and_the_read_api_tell_the_stories(finews):
    assert "; stories with reprints: 1;" in finews("status").stdout
    assert finews.summary().stories == 1
    records = [json.loads(line) for line in finews("export", "--format", "jsonl").stdout.splitlines()]
    wanted = dict.fromkeys((each.code for each in CPI.story), FIRST) | {CPI.neighbours[0].code: ""}
    assert {each["code"]: each["story"] for each in records} == wanted
    with open_store(finews.store) as store:
        assert {each["code"]: each["story"] for each in store.articles()} == wanted
