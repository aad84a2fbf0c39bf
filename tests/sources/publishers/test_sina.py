import json
from datetime import datetime

import pytest

from finews_spider.articles.text import text_of
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources.publishers.sina import live, roll
from finews_spider.times import SHANGHAI
from tests.sources.publishers.answers import SINA_ARTICLE, SINA_EXT, SINA_FLASH, as_bytes, sina_live, sina_roll


def flash(ext=SINA_EXT, **changes):
    """Return the only row of a list, and its article."""
    written = ext if isinstance(ext, str) else json.dumps(ext, ensure_ascii=False)
    [ref] = live(sina_live(SINA_FLASH | {"ext": written} | changes), "").refs
    return ref.complete(), ref.make_article and ref.make_article()


def test_a_flash_holds_the_whole_article():
    ref, article = flash(update_time="2026-09-19 11:09:00")
    assert article.code == ref.code == "sina-5103048"
    assert article.body == "<p>【新茶上市】产区今日开秤。（茶山晚报）</p>"
    assert article.published_at == datetime(2026, 9, 19, 11, 5, 56, tzinfo=SHANGHAI)
    assert ref.time == datetime(2026, 9, 19, 11, 9, tzinfo=SHANGHAI)
    assert article.media == ref.media == "茶山晚报"
    assert article.source_url == "https://finance.sina.com.cn/7x24/2026-09-19/doc-inisinhh0000001.shtml"
    assert article.stocks == ("1.600001",)
    assert len(ref.text_hash) == 64


def test_neither_staff_nor_readers_are_kept():
    ref, _ = flash()
    assert not any(word in repr(ref) for word in ("mail.example", "读者甲", "好茶"))


@pytest.mark.parametrize(
    "ext", ["", "null", "[]", "{", '{"docurl": null, "stocks": 7}', '{"docurl": "", "stocks": [[]]}']
)
def test_a_young_row_without_an_address_is_shown_by_its_id(ext):
    ref, article = flash(ext, docurl="")
    assert (ref.url, article.stocks) == ("https://wap.cj.sina.cn/pc/7x24/5103048", ())


def test_the_mobile_page_serves_where_the_desktop_page_is_missing():
    assert flash("{}")[0].url == SINA_FLASH["docurl"]


@pytest.mark.parametrize(
    ("market", "symbol", "stocks"),
    [
        *(("cn", "sh600030", ("1.600030",)), ("cn", "sz399975", ("0.399975",)), ("cn", "bj920001", ("0.920001",))),
        *(("hk", "06030", ("116.06030",)), ("cn", "si931071", ()), ("cn", "sih30590", ()), ("us", "jpm", ())),
        *(("sb", "839192", ()), ("fund", "159363", ()), ("commodity", "nf_fu0", ()), ("global", "hf_gas", ())),
        *((None, "sh600030", ()), ("cn", None, ()), ("cn", 600030, ()), ("cn", "", ()), ("hk", "hk06030", ())),
    ],
)
def test_stocks(market, symbol, stocks):
    assert flash({"stocks": [{"market": market, "symbol": symbol, "key": "茶"}]})[1].stocks == stocks


@pytest.mark.parametrize(
    ("text", "body", "media"),
    [
        ("产区开秤。", "<p>产区开秤。</p>", "新浪财经"),
        ("产区开秤。\n价格平稳。 (茶山晚报)", "<p>产区开秤。</p><p>价格平稳。 (茶山晚报)</p>", "茶山晚报"),
        ('见<a href="//x.example">公告</a>&amp;说明 🍵 1<2', "<p>见公告&amp;说明 🍵 1&lt;2</p>", "新浪财经"),
    ],
)
def test_the_text(text, body, media):
    _, article = flash(rich_text=text)
    assert (article.body, article.media) == (body, media)


def test_a_row_without_a_text_only_names_its_page():
    ref, article = flash(rich_text="")
    assert (ref.code, ref.url, article) == ("sina-5103048", SINA_EXT["docurl"], None)


@pytest.mark.parametrize("deleted", [1, "1"])
def test_a_deleted_flash_is_not_listed(deleted):
    page = live(sina_live(SINA_FLASH | {"is_delete": deleted}, SINA_FLASH | {"id": "5103047", "ext": ""}), "")
    assert [ref.code for ref in page.refs] == ["sina-5103047"]
    assert page.problems == []


def test_jsonp():
    page = live(b"try{jQuery_1(" + sina_live(SINA_FLASH) + b");}catch(e){};", "")
    assert [ref.code for ref in page.refs] == ["sina-5103048"]


@pytest.mark.parametrize("read", [live, roll])
def test_an_error_of_the_upstream_is_shown(read):
    with pytest.raises(SourceError, match=r"reports an error: 参数 有误$"):
        read(as_bytes({"result": {"status": {"code": 11, "msg": "参数\n有误"}, "data": []}}), "")


def test_an_article():
    page = roll(sina_roll(SINA_ARTICLE), "")
    assert (page.cursor, page.next, page.problems) == ("", "", [])
    assert page.refs == [
        ArticleRef(
            code="sina-nitmeav0000001",
            title="新茶上市，价格平稳",
            time=datetime(2026, 9, 29, 0, 34, 3, tzinfo=SHANGHAI),
            digest="产区今日开秤，茶农说价格与去年相当...",
            media="茶山晚报",
            url="https://finance.sina.com.cn/world/2026-09-29/doc-initmeav0000001.shtml",
        )
    ]


def test_a_video_names_no_article():
    video = SINA_ARTICLE | {"docid": "comos:nitmeav0000002", "vid": "501234"}
    page = roll(sina_roll(video, SINA_ARTICLE), "")
    assert [ref.code for ref in page.refs] == ["sina-nitmeav0000001"]
    assert (len(page.adverts), page.problems) == (1, [])


@pytest.mark.parametrize("image", [[], {}, {"u": "http://n.example/2.png", "w": 100, "h": 100, "t": ""}, None])
def test_a_picture_may_be_an_object_or_an_empty_list(image):
    assert len(roll(sina_roll(SINA_ARTICLE | {"img": image}), "").refs) == 1


@pytest.mark.parametrize(
    "docid", ["", None, 7, "nitmeav0000003", "comos:", "comos:" + "n" * 31, "comos:NIT/../x", "x:1"]
)
def test_a_row_without_a_document_is_a_problem(docid):
    page = roll(sina_roll(SINA_ARTICLE | {"docid": docid, "url": ""}, SINA_ARTICLE), "")
    assert [ref.code for ref in page.refs] == ["sina-nitmeav0000001"]
    assert len(page.problems) + len(page.adverts) == 1


def test_recording(captured):
    body = (captured / "sina/sina_live_page1.EXCERPT-2-of-20-rows.json").read_bytes()
    page = live(body, "")
    assert [ref.code for ref in page.refs] == ["sina-5103045", "sina-5103044"]
    assert (page.problems, page.adverts) == ([], [])
    assert [ref.time for ref in page.refs] == [
        datetime(2026, 9, 19, 11, 2, 57, tzinfo=SHANGHAI),
        datetime(2026, 9, 19, 11, 2, 26, tzinfo=SHANGHAI),
    ]
    rows = json.loads(body)["result"]["data"]["feed"]["list"]
    found = [ref.make_article() for ref in page.refs]
    assert [text_of(article.body) for article in found] == [row["rich_text"] for row in rows]
    assert [(article.media, article.stocks) for article in found] == [("新浪财经", ())] * 2
    assert [article.source_url.rpartition("/")[2] for article in found] == [
        "doc-inisinhh9981330.shtml",
        "doc-inisinhf3208479.shtml",
    ]
    assert "example.com" not in repr([page, found])
