"""The sample's lists and texts of other publishers are read whole, and have the traps of the real ones."""

import json
import re
import urllib.error
from urllib.parse import urljoin

import pytest

from finews_spider.config.channels import Channel
from finews_spider.sample import SampleUpstream
from finews_spider.sample.publishers import CHANNELS, FEEDS
from finews_spider.sources.publishers import LISTS
from tests.sample.test_sample import get

COUNT = 70
ALL = {path: (name, kind) for name, kind, path, _ in (*CHANNELS, *FEEDS)}
PATHS = {kind: path for _, kind, path, _ in CHANNELS}


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=COUNT, seed=4, publishers=COUNT) as upstream:
        yield upstream


def read(upstream, path, kind, **values):
    """Return a page of a list."""
    url = Channel(name="样", kind=kind, url=path, count=values.pop("count", 20)).list_url(**{"now": 1, **values})
    return LISTS[kind](get(upstream, url), "")


def ids(page):
    return [ref.code.rpartition("-")[2] for ref in page.refs]


@pytest.mark.parametrize("path", ALL)
def test_each_list_is_read_to_its_end_by_its_cursor_pages_or_links(upstream, path):
    _, kind = ALL[path]
    found, cursor, page, place = [], "", 1, path
    while not set(ids(listed := read(upstream, place, kind, page=page, cursor=cursor))) <= set(found):
        assert listed.problems == []
        found += ids(listed)
        if listed.next:
            place = urljoin(place, listed.next)
        elif listed.cursor or "{page}" in place:
            cursor, page = listed.cursor, page + 1
        else:
            break
    whole = {"cls-depth": 30, "sina-roll": COUNT - COUNT // 10}.get(kind, COUNT)
    assert len(set(found)) == whole
    # A row of 财联社 may have the second of the one before, which is on the page before.
    assert len(found) == whole or kind == "cls-telegraph"


def test_a_page_that_is_too_long_is_refused_in_each_publishers_way(upstream):
    assert json.loads(get(upstream, "/apiv1/content/articles?limit=31"))["data"] == ""
    assert read(upstream, PATHS["cls-telegraph"], "cls-telegraph", count=51).refs == []
    assert len(read(upstream, PATHS["sina-roll"], "sina-roll", count=60).refs) == 45  # 50, of which 5 are videos
    assert len(read(upstream, PATHS["gelonghui-lives"], "gelonghui-lives").refs) == 15


def test_a_wrong_signature_is_an_error(upstream):
    url = PATHS["cls-telegraph"].replace("{cursor}", "0").replace("{count}", "5").replace("{sign}", "0" * 32)
    assert json.loads(get(upstream, url))["errno"] == 10012


def test_a_flash_of_the_same_second_comes_with_the_next_page(upstream):
    path, kind = PATHS["cls-telegraph"], "cls-telegraph"
    first = read(upstream, path, kind, count=2)
    assert first.refs[0].time == first.refs[1].time or first.refs[1].time == read(upstream, path, kind).refs[2].time
    following = read(upstream, path, kind, cursor=first.cursor)
    assert ids(following)[0] in ids(first), "the cursor is a second after the last row"


def test_the_order_of_an_editor_is_not_that_of_time_and_pages_overlap(upstream):
    first = read(upstream, PATHS["cls-depth"], "cls-depth")
    times = [ref.time for ref in first.refs]
    assert times != sorted(times, reverse=True)
    last = int(min(times).timestamp())
    following = read(upstream, PATHS["cls-depth"].replace("last_time=0", f"last_time={last}"), "cls-depth")
    assert len(set(ids(first)) & set(ids(following))) == 7


def test_the_newest_flash_of_sina_has_no_url_yet(upstream):
    rows = json.loads(get(upstream, PATHS["sina-live"].format(page=1, count=3)))["result"]["data"]["feed"]["list"]
    assert ["docurl" in row for row in rows] == ["docurl" in row["ext"] for row in rows] == [False, True, True]


def test_the_list_of_ths_is_gbk_without_years(upstream):
    body = get(upstream, "/today_list/")
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert re.search(r"<span>\d\d月\d\d日 \d\d:\d\d</span>", body.decode("gbk"))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(upstream, "/today_list/index_9.shtml")


def test_without_a_timestamp_gelonghui_answers_with_an_old_page(upstream):
    path, kind = PATHS["gelonghui-lives"], "gelonghui-lives"
    assert not set(ids(read(upstream, path, kind))) & set(ids(read(upstream, path, kind, now="")))


def test_paid_texts_break_off_and_free_ones_end_with_a_disclaimer(upstream):
    def article(number):
        return json.loads(get(upstream, f"/apiv1/content/articles/{3_690_001 + number}?extract=0"))["data"]

    paid, free = article(3), article(4)
    assert (paid["is_priced"], paid["is_need_pay"], free["is_priced"]) == (True, True, False)
    assert paid["content"].count("<p>") == 1 < free["content"].count("<p>")
    assert "风险提示及免责条款" in free["content"]
    assert "风险提示" not in paid["content"]
    assert json.loads(get(upstream, "/apiv1/content/articles/1?extract=0"))["code"] == 60301


def test_the_second_half_of_a_live_is_in_content_more(upstream):
    rows = json.loads(get(upstream, "/apiv1/content/lives?channel=global-channel&client=pc&limit=4"))["data"]["items"]
    assert {bool(row["content_more"]) for row in rows} == {True, False}


def test_a_publishers_page_holds_its_data_in_a_script(upstream):
    page = get(upstream, "/detail/3690004").decode()
    data = json.loads(re.search(r'__NEXT_DATA__".*?>(.*?)</script>', page)[1])
    assert data["props"]["pageProps"]["articleDetail"]["isFree"] is False
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(upstream, "/detail/1")


def test_advance_publishes_and_revises_in_each_list():
    with SampleUpstream(articles=10, publishers=10) as upstream:
        before = read(upstream, PATHS["gelonghui-lives"], "gelonghui-lives")
        upstream.advance(new=2, revised=1)
        after = read(upstream, PATHS["gelonghui-lives"], "gelonghui-lives")
        assert len(after.refs) == len(before.refs) + 2
        revised = {ref.code: ref for ref in after.refs}[before.refs[0].code]
        assert revised.time > before.refs[0].time
        assert revised.make_article().published_at == before.refs[0].make_article().published_at
        assert revised.text_hash != before.refs[0].text_hash
