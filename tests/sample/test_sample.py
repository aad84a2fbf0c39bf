"""The sample upstream answers like the real one in the docs and recordings."""

import json
import re
import urllib.error
import urllib.request

import pytest

from finews_spider.sample import SampleNews, SampleUpstream
from finews_spider.sources import ARTICLE_SOURCES, LIST_SOURCES


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=200, seed=4, share_delay=-1) as upstream:
        yield upstream


def get(upstream, path, **headers):
    request = urllib.request.Request(upstream.url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()


LISTS = {
    "webapi-roll": "/web/webapi?type=102&count=10&newsid=1",
    "webapi-media": "/web/webapi?type=45&count=10&newsid=1",
    "webapi-market": "/information/newmarket/web/webapi?marketType=37&count=10",
    "kuaixun": "/kuaixun/v1/getlist_101_ajaxResult_10_1_.html",
    "fastnews": "/comm/web/getFastNewsList?client=web&biz=web_724&fastColumn=102&sortEnd=&pageSize=10&req_trace=1",
    "columns": "/comm/web/getNewsByColumns?client=web&biz=web_news_col&column=344&page_index=1&page_size=10&req_trace=1",
}


@pytest.mark.parametrize("kind", LISTS)
def test_each_list_is_read_by_its_source(upstream, kind):
    page = LIST_SOURCES[kind](get(upstream, LISTS[kind]))
    assert len(page.refs) == 10
    assert page.problems == []
    assert all(ref.code in upstream.news.numbers for ref in page.refs)


def test_both_article_answers_are_read_and_agree(upstream):
    for code in upstream.news.codes[:40]:
        text = ARTICLE_SOURCES["getnewstext"](get(upstream, f"/NewsData/GetNewsText.do?id=NW{code}"), code)
        info = ARTICLE_SOURCES["newsinfo"](get(upstream, f"/kuaixun/v2/api/article/{code}?guid=1"), code)
        assert (text.title, text.body, text.published_at) == (info.title, info.body, info.published_at)
    assert json.loads(get(upstream, "/kuaixun/v2/api/article/201901010000000000"))["data"] is None


def test_fastnews_walks_back_by_its_cursor(upstream):
    codes, cursor = [], ""
    while True:
        page = LIST_SOURCES["fastnews"](get(upstream, LISTS["fastnews"].replace("sortEnd=", f"sortEnd={cursor}")))
        if not page.refs:
            break
        codes += [ref.code for ref in page.refs]
        cursor = page.cursor
    assert sorted(codes) == sorted(upstream.news.codes)


def test_kuaixun_repeats_its_last_page_past_the_end(upstream):
    last, beyond = (get(upstream, LISTS["kuaixun"].replace("_1_.", f"_{page}_.")) for page in (5, 9))
    assert last == beyond != get(upstream, LISTS["kuaixun"])


def test_columns_answers_jsonp_and_names_a_missing_parameter(upstream):
    assert get(upstream, LISTS["columns"] + "&callback=cb").startswith(b"cb(")
    missing = json.loads(get(upstream, LISTS["columns"].replace("&req_trace=1", "")))
    assert missing == {"code": 0, "message": "Required String parameter 'req_trace' is not present"}
    assert json.loads(get(upstream, LISTS["fastnews"].replace("sortEnd=&", "")))["data"] is None


def test_lists_are_conditional_but_for_kuaixun(upstream):
    with urllib.request.urlopen(upstream.url + LISTS["columns"]) as response:
        tag = response.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError, match="304"):
        get(upstream, LISTS["columns"], **{"If-None-Match": tag})
    with urllib.request.urlopen(upstream.url + LISTS["kuaixun"]) as response:
        assert "ETag" not in response.headers


def test_pages(upstream):
    code = upstream.news.codes[0]
    assert f"来源：{upstream.news.article(0).media}" in get(upstream, f"/a/{code}.html").decode()
    assert b"newsListContent" in get(upstream, "/a/ccjdd.html")
    assert b"setTimeout" in get(upstream, f"/html_News/NewsShare.html?infoCode=NW{code}")
    assert b"Allow" in get(upstream, "/robots.txt")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(upstream, "/a/201901010000000000.html")


def test_every_picture_is_a_chart_and_a_live_one_is_drawn_anew(upstream):
    pictures = {name: get(upstream, f"/image/{name}.png") for name in ("10", "13", "16")}
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())
    assert len(set(pictures.values())) == len(pictures)
    assert get(upstream, "/image/10.png") == pictures["10"]
    assert get(upstream, "/image/0.300002.png?imageType=k") != get(upstream, "/image/0.300002.png?imageType=k")


def test_the_same_seed_makes_the_same_articles_and_another_makes_others():
    def articles(seed):
        news = SampleNews(60, seed)
        news.advance(new=5, revised=3)
        return [news.article(number) for number in news.listed()]

    assert articles(1) == articles(1)
    assert articles(1) != articles(2)


def test_articles_are_of_many_kinds():
    articles = [SampleNews(400).article(number) for number in range(400)]
    assert {len(article.code) for article in articles} == {17, 18, 23}
    assert len({re.sub("<.*?>|（文章来源.*?）", "", article.body) for article in articles}) < 400
    assert any('"' in article.title for article in articles)
    assert any("{{" in article.title for article in articles)
    for mark in ("EM_StockImg_Start", "keytip", "<center><img", "emh3", "em_media"):
        assert any(mark in article.body for article in articles)


def test_the_sample_publishes_and_revises_articles():
    news = SampleNews(50)
    before = {number: news.article(number) for number in range(50)}
    news.advance(new=2, revised=3)
    newest = list(news.listed())[:5]
    assert sorted(newest) == [47, 48, 49, 50, 51]
    for number in (47, 48, 49):
        after = news.article(number)
        assert after.code == before[number].code
        assert after.title != before[number].title
        assert after.body != before[number].body
        assert after.shown > before[number].shown
    assert all(news.article(number) == before[number] for number in range(47))


def test_requests_are_counted_and_the_end_leaves_no_thread():
    with SampleUpstream(articles=3) as upstream:
        get(upstream, "/robots.txt")
        get(upstream, LISTS["kuaixun"])
        assert upstream.requests == {"robots": 1, "list": 1}
        assert upstream.log[0] == ("robots", "/robots.txt")
        upstream.reset_counts()
        assert not upstream.requests
    assert not upstream._thread.is_alive()


def test_a_taken_port_is_an_error():
    with SampleUpstream(articles=1) as upstream, pytest.raises(OSError, match="address already in use"):
        SampleUpstream(articles=1, port=upstream.port).__enter__()
