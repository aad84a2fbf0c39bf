import json
from datetime import datetime

import pytest

from finews_spider.articles.text import text_of
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article, ArticleRef
from finews_spider.sources.publishers import wscn
from finews_spider.times import SHANGHAI

LIVE = {
    "article": None,
    "author": {"display_name": "某编辑", "id": 1, "uri": "https://wallstreetcn.com/authors/1"},
    "channels": ["global-channel", "forex-channel"],
    "comment_count": 0,
    "content": "<p>茶价今日上调。</p>\n",
    "content_more": "<p>次日起执行，为期一个月。（某社）</p>\n",
    "content_text": "茶价今日上调。",
    "cover_images": [],
    "display_time": 1789786807,
    "fund_codes": [],
    "highlight_title": "",
    "id": 3167590,
    "images": [],
    "is_priced": False,
    "reference": "",
    "score": 1,
    "symbols": [],
    "tags": [],
    "title": "茶价上调",
    "type": "live",
    "uri": "https://wallstreetcn.com/livenews/3167590",
}
ROW = {
    "author": {"display_name": "某编辑", "id": 1},
    "categories": ["global"],
    "content_args": [],
    "content_short": "产区开秤，价格高开。",
    "display_time": 1790663006,
    "external": False,
    "id": 3782720,
    "image": {"uri": "https://img.example/1.jpeg", "height": 5, "width": 7, "size": 9},
    "is_paid": False,
    "is_priced": False,
    "layout": "wscn-layout",
    "source_name": "",
    "source_uri": "",
    "subtitle": "",
    "symbols": [],
    "tags": [],
    "title": "新茶&quot;高开&quot;",
    "unshow_content_short": False,
    "uri": "https://wallstreetcn.com/articles/3782720",
}
TEXT = '<p style="text-align: left;">产区今日开秤。</p>\n<h2>行情</h2>\n<p>价格高开。</p>'
DISCLAIMER = (
    '<div style="color: #666;">风险提示及免责条款</div>\n          <div style="color: #666;">\n'
    "            投资有风险。\n          </div>\n"
)
ARTICLE = {
    "author": {"display_name": "某编辑", "id": 1},
    "categories": [{"key": "global", "name": "首页"}],
    "content": TEXT + DISCLAIMER,
    "content_short": "产区开秤，价格高开。",
    "display_time": 1790663006,
    "id": 3782720,
    "is_need_pay": False,
    "is_priced": False,
    "next": {"id": 3782721, "title": "下一篇", "url": "https://wallstreetcn.com/articles/3782721"},
    "source_name": "",
    "source_uri": "",
    "title": "新茶高开",
    "unshow_content_short": False,
    "words_count": 12,
}
CODE, PAGE = "wscn-3782720", "https://wallstreetcn.com/articles/3782720"
LIVE_CODE, LIVE_PAGE = "wscn-live-3167590", "https://wallstreetcn.com/livenews/3167590"
GONE = {"code": 60301, "message": "内容不存在或已被删除", "data": {}}


def answer(data):
    return {"code": 20000, "message": "OK", "data": data}


def page(*rows, cursor="1789782018"):
    return answer({"items": list(rows), "next_cursor": cursor, "polling_cursor": "3167593"})


def in_flow(row, kind="article"):
    return {"resource_type": kind, "resource": row}


def as_bytes(value):
    return json.dumps(value).encode()


def lives(*rows):
    return wscn.lives(as_bytes(page(*rows)), "application/json")


def articles(*rows):
    return wscn.articles(as_bytes(page(*rows)), "application/json")


def article(**changes):
    return wscn.article(as_bytes(answer(ARTICLE | changes)), CODE, "application/json", PAGE)


def live(**changes):
    return wscn.live(as_bytes(answer(LIVE | changes)), LIVE_CODE, "application/json", LIVE_PAGE)


def test_a_live_is_read_whole_from_its_row():
    (ref,) = lives(LIVE).refs
    assert ref.make_article() == Article(
        code=LIVE_CODE,
        title="茶价上调",
        body="<p>茶价今日上调。</p><p>次日起执行，为期一个月。（某社）</p>",
        published_at=datetime(2026, 9, 19, 11, 0, 7, tzinfo=SHANGHAI),
        media="某社",
        source_url=LIVE_PAGE,
    )
    assert (ref.code, ref.title, ref.time, ref.complete().url) == (
        LIVE_CODE,
        "茶价上调",
        ref.make_article().published_at,
        LIVE_PAGE,
    )


@pytest.mark.parametrize("end", ["。", "。（公司公告称，无影响）", "。（记者 某某）"])
def test_a_live_without_a_publication_at_its_end(end):
    (ref,) = lives(LIVE | {"content_more": f"<p>次日起执行{end}</p>\n"}).refs
    assert ref.complete().media == "华尔街见闻"


def test_the_second_half_of_a_live_changes_its_hash():
    (ref,), (other,) = lives(LIVE).refs, lives(LIVE | {"content_more": "<p>改为两个月。</p>"}).refs
    assert ref.listing.text_hash != other.listing.text_hash


def test_the_cursor_of_older_lives():
    assert lives(LIVE).cursor == "1789782018"
    assert lives().cursor == ""


def test_a_priced_live_is_partial():
    (ref,) = lives(LIVE | {"is_priced": True}).refs
    assert ref.make_article().partial


def test_a_live_without_a_text_is_asked_for():
    (ref,) = lives(LIVE | {"content": "", "content_more": None}).refs
    assert (ref.code, ref.make_article) == (LIVE_CODE, None)


def test_the_pictures_of_a_live_are_part_of_it():
    shown = '<p><img src="https://img.example/1.png"></p>'
    images = [{"uri": "https://img.example/1.png"}, {"uri": 'https://img.example/2.png?a=1&b="'}, {"uri": "x"}, None]
    (ref,) = lives(LIVE | {"content_more": shown, "images": images}).refs
    assert ref.make_article().body.count("<img") == 2
    assert ref.make_article().body.endswith('<p><img src="https://img.example/2.png?a=1&amp;b=&quot;"></p>')


def test_lives_and_articles_of_one_number_are_two():
    flow = articles(in_flow(ROW | {"id": 3167590}), in_flow(LIVE, "live"))
    assert [ref.code for ref in flow.refs] == ["wscn-3167590", LIVE_CODE]
    assert flow.refs[1].make_article().body.endswith("（某社）</p>")


def test_the_row_of_an_article():
    found = articles(ROW)
    assert found.cursor == "1789782018"
    assert found.refs == [
        ArticleRef(
            code=CODE,
            title='新茶"高开"',
            time=datetime(2026, 9, 29, 14, 23, 26, tzinfo=SHANGHAI),
            digest="产区开秤，价格高开。",
            media="华尔街见闻",
            url=PAGE,
        )
    ]


def test_a_row_may_come_twice_its_number_as_a_text_and_its_source_elsewhere():
    found = articles(ROW, ROW | {"id": "3782720"}, ROW | {"id": "3782721", "source_name": "茶业日报"})
    assert [(ref.code, ref.media) for ref in found.refs] == [(CODE, "华尔街见闻"), ("wscn-3782721", "茶业日报")]


def test_the_page_of_a_paid_article_loses_its_query():
    url = "https://wallstreetcn.com/premium/articles/3782720"
    (ref,) = articles(ROW | {"uri": f"{url}?layout=wscn-layout", "is_priced": True}).refs
    assert ref.url == url


def test_a_summary_that_is_the_cut_text_is_left_out():
    (ref,) = articles(ROW | {"unshow_content_short": True, "content_short": "产区今日..."}).refs
    assert ref.digest == ""


def test_themes_and_advertisements_of_the_information_flow():
    found = articles(in_flow(ROW), in_flow({"id": 1, "title": "专题"}, "theme"), in_flow({"id": 2}, "ad"))
    assert ([ref.code for ref in found.refs], len(found.adverts), found.problems) == ([CODE], 2, [])


@pytest.mark.parametrize("odd", [in_flow({"id": 7, "title": "图表"}, "chart"), in_flow(None), in_flow([], "live")])
def test_what_is_unknown_in_the_information_flow_is_a_problem(odd):
    found = articles(in_flow(ROW), odd)
    assert ([ref.code for ref in found.refs], found.adverts, len(found.problems)) == ([CODE], [], 1)


@pytest.mark.parametrize("number", [None, "", 0, -7, 2.5, True, "3782720x", "٣", 10**12, [3782720]])
def test_a_row_without_a_number_names_no_article(number):
    for read, row in ((articles, ROW), (lives, LIVE)):
        found = read(row | {"id": number}, row)
        assert (len(found.refs), len(found.problems + found.adverts)) == (1, 1)


@pytest.mark.parametrize(("read", "row"), [(lives, LIVE), (articles, ROW)])
def test_an_author_who_is_taken_for_a_row_names_no_article(read, row):
    found = read(row, {"id": 120000003969, "display_name": "某编辑"})
    assert (len(found.refs), len(found.problems)) == (1, 1)


def test_too_high_a_limit_is_named():
    with pytest.raises(SourceError, match="limit over 30"):
        wscn.articles(as_bytes(answer("")), "")


@pytest.mark.parametrize("read", [wscn.lives, wscn.articles])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": 10000, "message": "参数\n错误", "data": ""}, "reports an error: 参数 错误"),
        ({"message": "x"}, "reports an error: x"),
        ({}, "reports an error: {}"),
        (answer(None), "no object data"),
        (answer({"list": []}), "no items"),
        (answer({"items": "x"}), "items is no list"),
    ],
)
def test_an_error_of_a_list_is_named(read, body, reason):
    with pytest.raises(SourceError, match=reason):
        read(as_bytes(body), "")


def test_an_article():
    assert article() == Article(
        code=CODE,
        title="新茶高开",
        digest="产区开秤，价格高开。",
        body=TEXT,
        published_at=datetime(2026, 9, 29, 14, 23, 26, tzinfo=SHANGHAI),
        media="华尔街见闻",
        source_url=PAGE,
    )


def test_an_articles_source_and_page():
    assert article(source_name="茶业日报").media == "茶业日报"
    for url, shown in ((f"{PAGE}?utm=1", PAGE), ("", PAGE), ("http://mirror.example/9", "http://mirror.example/9")):
        assert wscn.article(as_bytes(answer(ARTICLE)), CODE, "", url).source_url == shown


def test_only_the_closing_disclaimer_is_dropped():
    assert article(content=f"{DISCLAIMER}<p>后文</p>").body == f"{DISCLAIMER}<p>后文</p>"
    assert article(content="<p>风险提示及免责条款</p>").body == "<p>风险提示及免责条款</p>"


@pytest.mark.parametrize("changes", [{"is_priced": True, "is_need_pay": True}, {"is_need_pay": True}, {"is_priced": 1}])
def test_a_paid_article_is_partial(changes):
    assert article(content="<p>产区今日开秤。</p>", **changes).partial
    assert not article().partial


def test_a_paid_article_without_a_text_has_its_summary():
    found = article(content="", is_need_pay=True, content_short="开秤&amp;高开\n次日回落")
    assert (found.body, found.partial) == ("<p>开秤&amp;高开</p><p>次日回落</p>", True)
    with pytest.raises(SourceError, match="shows nothing without payment") as refusal:
        article(content="", is_need_pay=True, content_short="")
    assert not isinstance(refusal.value, ArticleGone)


@pytest.mark.parametrize("read", [wscn.article, wscn.live])
def test_a_deleted_article_is_gone(read):
    with pytest.raises(ArticleGone, match="wscn-7: 内容不存在或已被删除"):
        read(as_bytes(GONE), "wscn-7", "", "")


@pytest.mark.parametrize("read", [article, live])
def test_without_a_text_it_is_gone(read):
    with pytest.raises(ArticleGone, match="no text"):
        read(content="", content_more="")


def test_an_error_of_a_text_is_no_deletion():
    with pytest.raises(SourceError, match="缺少参数") as refusal:
        wscn.article(as_bytes({"code": 60327, "message": "缺少参数", "data": {}}), CODE, "", PAGE)
    assert not isinstance(refusal.value, ArticleGone)


def test_another_article():
    with pytest.raises(SourceError, match="asked for wscn-3782720, got wscn-3782721"):
        article(id=3782721)
    with pytest.raises(SourceError, match="asked for wscn-live-3167590, got wscn-live-7"):
        live(id="7")


def test_a_single_live_is_the_row_of_the_list():
    (ref,) = lives(LIVE).refs
    found = live()
    assert found == ref.make_article()
    assert live(is_priced=True).partial


@pytest.mark.parametrize(
    ("symbols", "stocks"),
    [
        (["600519.SS", "000001.SZ", "00700.HK", "EURUSD.OTC"], ("1.600519", "0.000001", "116.00700")),
        ([{"key": "600519.SS", "name": "某股"}, {"symbol": "000001.SZ"}, None, 7], ("1.600519", "0.000001")),
        ([{"key": None, "code": "430017.BJ"}], ("0.430017",)),
        ("600519.SS", ()),
    ],
)
def test_symbols_become_stocks_as_far_as_they_map(symbols, stocks):
    assert lives(LIVE | {"symbols": symbols}).refs[0].complete().stocks == stocks
    assert articles(ROW | {"symbols": symbols}).refs[0].stocks == stocks
    assert article(symbols=symbols).stocks == stocks


def test_recorded_lives(captured):
    body = (captured / "wallstreetcn/wscn_live_page1.EXCERPT-2-of-20-rows.json").read_bytes()
    found = wscn.lives(body, "application/json")
    rows = json.loads(body)["data"]["items"]
    assert (found.cursor, found.problems, found.adverts) == ("1789782018", [], [])
    assert [ref.code for ref in found.refs] == ["wscn-live-3167593", "wscn-live-3167590"]
    assert [f"{ref.time:%d %H:%M:%S}" for ref in found.refs] == ["19 11:06:38", "19 11:00:07"]
    assert [ref.title for ref in found.refs] == [row["title"] for row in rows]
    assert [len(text_of(ref.make_article().body)) for ref in found.refs] == [139, 209]
    assert len(rows[1]["content_text"]) < 100
    assert [ref.complete().media for ref in found.refs] == ["央视", "新华社"]
    assert not any(ref.make_article().partial for ref in found.refs)


def test_lives_recorded_three_weeks_later(captured):
    rows = json.loads((captured / "wallstreetcn/whatshot-wallstreetcn-newsflash.json").read_bytes())
    found = lives(*rows)
    assert [ref.code for ref in found.refs] == ["wscn-live-3176555", "wscn-live-3176558", "wscn-live-3176557"]
    assert all(ref.make_article().body == row["content"].strip() for ref, row in zip(found.refs, rows, strict=True))


def test_a_recorded_article(captured):
    body = (captured / "wallstreetcn/wscn_article_detail.json").read_bytes()
    found = wscn.article(body, "wscn-3782700", "application/json", "https://wallstreetcn.com/articles/3782700")
    data = json.loads(body)["data"]
    assert (found.title, found.digest) == (data["title"], data["content_short"])
    assert f"{found.published_at:%Y-%m-%d %H:%M:%S}" == "2026-09-29 12:09:50"
    assert data["content"].startswith(found.body)
    assert found.body.endswith("</p>")
    assert "风险提示" not in found.body
    assert len(text_of(found.body)) > data["words_count"]
    assert not found.partial


def test_a_recorded_article_that_is_paid_for(captured):
    body = (captured / "wallstreetcn/wscn_article_detail_paid.json").read_bytes()
    found = wscn.article(body, "wscn-3782635", "application/json", "")
    data = json.loads(body)["data"]
    assert (found.partial, found.body) == (True, data["content"])
    assert len(text_of(found.body)) < data["words_count"] / 2
