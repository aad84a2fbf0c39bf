import json
from datetime import datetime

import pytest

from finews_spider.articles.text import text_of
from finews_spider.errors import ArticleGone, BlockedError, SourceError
from finews_spider.items import Article, ArticleRef
from finews_spider.sources.publishers import cls
from finews_spider.times import SHANGHAI

ROW = {
    "level": "C",
    "content": "【新茶上市】财联社9月18日电，产区今日开秤。\n价格高开。 （茶业日报）",
    "img": "",
    "is_top": 0,
    "brief": "【新茶上市】财联社9月18日电，产区今日开秤。",
    "id": 2487615,
    "ctime": 1789745925,
    "type": -1,
    "title": "新茶上市",
    "modified_time": 1789745925,
    "status": 1,
    "shareurl": "https://api3.cls.cn/share/article/2487615?os=web&sv=8.7.9&app=CailianpressWeb",
    "images": [],
    "stock_list": [],
    "is_ad": 0,
    "ad": {"id": 0, "title": "", "url": ""},
    "subjects": [{"article_id": 2487615, "subject_id": 1, "subject_name": "茶"}],
    "author": "茶业日报",
    "assocArticleUrl": "",
}
DEPTH_ROW = {
    "id": 2492814,
    "ctime": 1790274888,
    "title": "新茶&quot;高开&quot;",
    "brief": "①产区今日开秤；\n②价格高开。",
    "image": "https://img.example/1.png",
    "article_tag": [{"id": 8, "name": "原创"}],
    "source": "某记者",
    "external_link": "",
    "is_ad": 0,
    "c_type": 0,
    "SortScore": 0,
}
DETAIL = {
    "id": 2492814,
    "column": {"columnID": -1, "columnName": "文章"},
    "isFree": True,
    "title": "新茶高开",
    "brief": "①产区今日开秤；\n②价格高开。",
    "content": "<p><strong>财联社9月25日讯（编辑 某某）</strong>产区今日开秤。</p>\n<p>价格高开。</p>",
    "ctime": 1790274888,
    "images": ["https://img.example/1.png"],
    "author": {"name": "财联社 某记者"},
    "status": 1,
    "notes": '{"reviewer":"某责编"}',
    "secReviewer": "某责编",
}
NEXT_DATA = {
    "props": {"pageProps": {"query": {"id": "2492814"}, "articleDetail": DETAIL, "error": {"errno": 200}}},
    "page": "/detail/[id]",
}
CODE, PAGE = "cls-2492814", "https://www.cls.cn/detail/2492814"
HEAD = '<!DOCTYPE html><html lang="zh"><head><title>新茶</title></head><body><h1></h1>'


def answer(data):
    return {"errno": 0, "msg": "", "data": data}


def as_bytes(value):
    return json.dumps(value).encode()


def page_of(data):
    """Return a page with embedded *data*, in which ``<`` is escaped, as the publisher does it."""
    script = json.dumps(data).replace("<", "\\u003c")
    return f'{HEAD}<script id="__NEXT_DATA__" type="application/json">{script}</script></body></html>'.encode()


def telegraph(*rows):
    return cls.telegraph(as_bytes(answer({"roll_data": list(rows), "is_vip": 0})), "application/json")


def depth(*rows):
    return cls.depth(as_bytes(answer(list(rows))), "application/json")


def detail(**changes):
    props = NEXT_DATA["props"]["pageProps"] | {"articleDetail": DETAIL | changes}
    return cls.detail(page_of({"props": {"pageProps": props}}), CODE, "text/html", PAGE)


def test_the_signature_of_two_programs():
    url = "https://www.cls.cn/v3/depth/home/assembled/1000?app=CailianpressWeb&os=web&sv=8.7.9&sign={sign}"
    assert cls.signed(url) == url.replace("{sign}", "b02d8f7bc4c45eeb3e86904203597da2")


def test_the_signature_is_of_sorted_parameters_that_are_not_empty():
    url = "https://x.example/list?category=&sv=8.7.9&last_time=&sign={sign}&os=web&app=CailianpressWeb&k="
    signature = "b02d8f7bc4c45eeb3e86904203597da2"
    assert cls.signed(url) == f"https://x.example/list?sv=8.7.9&sign={signature}&os=web&app=CailianpressWeb&"


def test_the_signature_is_of_what_the_server_decodes():
    encoded, plain = (
        cls.signed("https://x.example/?a=%E8%8C%B6&sign={sign}"),
        cls.signed("https://x.example/?a=茶&sign={sign}"),
    )
    assert encoded.rpartition("=")[2] == plain.rpartition("=")[2]


def test_a_url_without_the_placeholder_stays():
    assert cls.signed("https://x.example/list?a=1&sign=2") == "https://x.example/list?a=1&sign=2"


def test_a_row_of_the_telegraph_is_read_whole():
    (ref,) = telegraph(ROW).refs
    assert ref.make_article() == Article(
        code="cls-2487615",
        title="新茶上市",
        body="<p>【新茶上市】财联社9月18日电，产区今日开秤。</p><p>价格高开。 （茶业日报）</p>",
        published_at=datetime(2026, 9, 18, 23, 38, 45, tzinfo=SHANGHAI),
        media="茶业日报",
        source_url="https://www.cls.cn/detail/2487615",
    )
    assert (ref.code, ref.time, ref.title) == ("cls-2487615", ref.make_article().published_at, "新茶上市")


def test_a_row_that_was_touched_again_keeps_its_first_time():
    (ref,) = telegraph(ROW | {"modified_time": 1789745925 + 434}).refs
    assert (ref.time - ref.make_article().published_at).seconds == 434


@pytest.mark.parametrize("author", ["", None, "某记者", 7, "茶业"])
def test_an_author_who_does_not_end_the_text_is_no_publication(author):
    assert telegraph(ROW | {"author": author}).refs[0].make_article().media == "财联社"


def test_plain_text_is_no_markup():
    (ref,) = telegraph(ROW | {"content": "涨幅<5%，R&amp;D &lt;b>不变", "author": ""}).refs
    assert ref.make_article().body == "<p>涨幅&lt;5%，R&amp;D &lt;b&gt;不变</p>"


def test_the_pictures_of_a_row_are_part_of_it():
    (ref,) = telegraph(ROW | {"images": ["https://img.example/1.png", "https://img.example/1.png", "x", None]}).refs
    assert ref.make_article().body.endswith('（茶业日报）</p><p><img src="https://img.example/1.png"></p>')


@pytest.mark.parametrize("kind", [20024, 0, None, "", True])
def test_a_row_of_another_type_is_a_teaser(kind):
    assert telegraph(ROW | {"type": kind}).refs[0].make_article().partial
    assert not telegraph(ROW | {"type": "-1"}).refs[0].make_article().partial


def test_a_teaser_without_a_text_is_asked_for():
    (ref,) = telegraph(ROW | {"type": 20024, "content": ""}).refs
    assert (ref.code, ref.url, ref.make_article) == ("cls-2487615", "https://www.cls.cn/detail/2487615", None)


def test_an_advertisement_in_the_telegraph():
    page = telegraph(ROW, ROW | {"id": 7, "is_ad": 1})
    assert ([ref.code for ref in page.refs], len(page.adverts), page.problems) == (["cls-2487615"], 1, [])


def test_the_cursor_is_a_second_after_the_oldest_row():
    rows = [ROW | {"id": number, "ctime": 1789746000 - number, "modified_time": 1} for number in (1, 3, 2)]
    assert telegraph(*rows).cursor == "1789745998"
    assert telegraph(ROW | {"is_top": 1, "ctime": 1789000000}, *rows).cursor == "1789745998"
    assert telegraph(ROW | {"ctime": "1789745925"}, ROW | {"ctime": None}, 7).cursor == "1789745926"
    assert telegraph().cursor == telegraph(ROW | {"ctime": 0}).cursor == ""


@pytest.mark.parametrize(
    ("listed", "stocks"),
    [
        (["sh600000", "sz000001", "bj430017", "920403.BJ", "hk00700"],
         ("1.600000", "0.000001", "0.430017", "0.920403", "116.00700")),
        (["usABC", "600000", "sh60000", "", None, 7, ["sh600000"]], ()),
    ],
)  # fmt: skip
def test_stocks(listed, stocks):
    (ref,) = telegraph(ROW | {"stock_list": [{"StockID": each, "name": "某股"} for each in listed]}).refs
    assert ref.make_article().stocks == stocks


@pytest.mark.parametrize("listed", [None, {}, "sh600000", ["sh600000"], [None]])
def test_no_list_of_stocks(listed):
    assert telegraph(ROW | {"stock_list": listed}).refs[0].make_article().stocks == ()


@pytest.mark.parametrize("read", [cls.telegraph, cls.depth])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"errno": 10012, "msg": "签名\n错误", "data": {}}, "reports an error: 签名 错误"),
        ({"errno": "50101", "msg": ""}, "reports an error: {'errno': '50101'"),
        ({"msg": ""}, "reports an error: {'msg': ''}"),
        ({"errno": 0, "msg": ""}, "the answer has no"),
        (answer("x"), "object data|data is no list"),
    ],
)
def test_an_error_of_a_list_is_named(read, body, reason):
    with pytest.raises(SourceError, match=reason):
        read(as_bytes(body), "")


@pytest.mark.parametrize(("read", "row"), [(telegraph, ROW), (depth, DEPTH_ROW)])
def test_a_tag_that_is_taken_for_a_row_names_no_article(read, row):
    page = read(row, {"id": 8, "name": "原创"}, {"id": 1556, "title": "某话题"})
    assert (len(page.refs), len(page.problems)) == (1, 2)


def test_a_row_of_the_depth_list():
    assert depth(DEPTH_ROW).refs == [
        ArticleRef(
            code=CODE,
            title='新茶"高开"',
            time=datetime(2026, 9, 25, 2, 34, 48, tzinfo=SHANGHAI),
            digest="①产区今日开秤；\n②价格高开。",
            media="财联社",
            url=PAGE,
        )
    ]


def test_the_depth_list_keeps_the_editors_order():
    page = depth(DEPTH_ROW, DEPTH_ROW | {"id": "2492801", "ctime": 1}, DEPTH_ROW | {"id": 2492812})
    assert [ref.code for ref in page.refs] == [CODE, "cls-2492801", "cls-2492812"]
    assert page.cursor == ""


def test_what_leads_elsewhere_in_the_depth_list_is_an_advertisement():
    page = depth(
        DEPTH_ROW, DEPTH_ROW | {"id": 1, "external_link": "https://x.example/"}, DEPTH_ROW | {"id": 2, "is_ad": 1}
    )
    assert ([ref.code for ref in page.refs], len(page.adverts), page.problems) == ([CODE], 2, [])


@pytest.mark.parametrize("number", [None, "", 0, -7, 2.5, True, "x", 10**12, [2492814]])
def test_a_row_without_a_number_names_no_article(number):
    for read, row in ((telegraph, ROW), (depth, DEPTH_ROW)):
        page = read(row, row | {"id": number})
        assert (len(page.refs), len(page.problems + page.adverts)) == (1, 1)


def test_an_article():
    assert detail() == Article(
        code=CODE,
        title="新茶高开",
        digest="①产区今日开秤；\n②价格高开。",
        body="<p><strong>财联社9月25日讯</strong>产区今日开秤。</p>\n<p>价格高开。</p>",
        published_at=datetime(2026, 9, 25, 2, 34, 48, tzinfo=SHANGHAI),
        media="财联社",
        source_url=PAGE,
    )


@pytest.mark.parametrize("url", ["", PAGE, f"{PAGE}?os=web"])
def test_the_page_of_an_article(url):
    assert cls.detail(page_of(NEXT_DATA), CODE, "text/html", url).source_url == PAGE


def test_the_page_of_flash_news():
    found = detail(
        content="财联社9月25日电，产区&amp;茶农<5家。\n价格高开。（责任编辑：某某）", brief="财联社9月25日电"
    )
    assert (found.digest, found.body) == ("", "<p>财联社9月25日电，产区&amp;茶农&lt;5家。</p><p>价格高开。</p>")


def test_a_paid_article_is_partial():
    assert detail(isFree=False).partial
    assert not detail(isFree=None).partial
    teaser = detail(isFree=False, content="", brief="付费内容的开头")
    assert (teaser.body, teaser.digest, teaser.partial) == ("<p>付费内容的开头</p>", "", True)
    with pytest.raises(SourceError, match="shows nothing without payment") as refusal:
        detail(isFree=False, content="", brief="")
    assert not isinstance(refusal.value, ArticleGone)


@pytest.mark.parametrize("missing", [None, {}, "", [], {"id": 2492814, "content": ""}, {"content": None}])
def test_a_page_without_an_article_is_gone(missing):
    props = {"articleDetail": missing, "error": {"errno": 200}}
    with pytest.raises(ArticleGone, match=CODE):
        cls.detail(page_of({"props": {"pageProps": props}}), CODE, "", PAGE)


def test_an_error_of_the_server_is_no_deletion():
    with pytest.raises(SourceError, match="error of the server: 500") as refusal:
        cls.detail(page_of({"props": {"pageProps": {"error": {"errno": 500}}}}), CODE, "", PAGE)
    assert not isinstance(refusal.value, ArticleGone)


def test_another_article():
    with pytest.raises(SourceError, match="asked for cls-2492814, got cls-7"):
        detail(id="7")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"{HEAD}<script>var c = new aliyunCaptcha()</script></body></html>", "asks for a captcha"),
        ('<meta name="aliyun_waf_aa" content="1"><script></script>', "asks for a captcha"),
        (f"{HEAD}</body></html>", "lacks its data"),
    ],
)
def test_a_page_that_asks_for_a_captcha_or_lacks_its_data_is_blocked(body, reason):
    with pytest.raises(BlockedError, match=reason):
        cls.detail(body.encode(), CODE, "text/html", PAGE)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"errno":0}', page_of(NEXT_DATA)[:-100]])
def test_a_page_that_is_cut_off_is_not_blocked(body):
    with pytest.raises(SourceError) as refusal:
        cls.detail(body, CODE, "text/html", PAGE)
    assert type(refusal.value) is SourceError


def test_the_name_of_a_captcha_in_an_article_is_no_captcha():
    assert "aliyunCaptcha" in detail(content="<p>aliyunCaptcha 是什么</p>").body


def test_a_recorded_page_of_the_telegraph(captured):
    body = (captured / "cls/cls_roll_page2.EXCERPT-3-of-20-rows.json").read_bytes()
    page, rows = cls.telegraph(body, "application/json"), json.loads(body)["data"]["roll_data"]
    assert (page.cursor, page.problems, page.adverts) == ("1789745926", [], [])
    assert [ref.code for ref in page.refs] == ["cls-2487620", "cls-2487619", "cls-2487615"]
    assert [f"{ref.make_article().published_at:%d %H:%M:%S}" for ref in page.refs] == [
        "18 23:51:11",
        "18 23:49:40",
        "18 23:38:45",
    ]
    assert [f"{ref.time:%d %H:%M:%S}" for ref in page.refs] == ["18 23:51:11", "18 23:56:54", "18 23:38:45"]
    assert [text_of(ref.make_article().body) for ref in page.refs] == [row["content"] for row in rows]
    assert [ref.make_article().media for ref in page.refs] == ["财联社", "财联社", "央视新闻"]
    assert not any(ref.make_article().partial for ref in page.refs)


def test_a_recorded_row_with_a_picture(captured):
    (ref,) = cls.telegraph((captured / "cls/cls_roll_with_image.json").read_bytes(), "application/json").refs
    assert (ref.code, ref.title) == ("cls-2487578", "")
    assert ref.make_article().body.count("<img") == 1


def test_a_recorded_article(captured):
    body = (captured / "cls/cls_article_detail.html").read_bytes()
    found = cls.detail(body, CODE, "text/html; charset=utf-8", PAGE)
    assert f"{found.published_at:%Y-%m-%d %H:%M:%S}" == "2026-09-25 02:34:48"
    assert f'<title data-next-head="">{found.title}</title>' in body.decode()
    dateline, _, rest = found.body.partition("讯</strong>")
    assert dateline == "<p><strong>财联社9月25日"
    assert rest in body.decode()  # the page shows the same HTML
    assert (found.body.count("<img"), found.digest[0], found.partial) == (2, "①", False)
