import json
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.articles.text import text_of
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources.publishers.ths import article_list, flash
from finews_spider.times import SHANGHAI
from tests.sources.publishers.answers import THS_FLASH, as_bytes, ths_flash, ths_list, ths_row


def one(**changes):
    """Return the only row of a list of flash news, and its article."""
    [ref] = flash(ths_flash(THS_FLASH | changes), "").refs
    return ref.complete(), ref.make_article and ref.make_article()


def listed(*rows, **changes):
    return article_list(ths_list(*rows, **changes), "text/html; charset=gbk")


def test_a_flash_holds_the_whole_article():
    ref, article = one()
    assert article.code == ref.code == "ths-680400955"
    assert article.title == ref.title == "新茶上市"
    assert article.body == "<p>产区今日开秤，价格平稳。（茶山晚报）</p>"
    assert article.published_at == datetime(2026, 9, 30, 13, 39, 10, tzinfo=SHANGHAI)
    assert ref.time == datetime(2026, 9, 30, 13, 39, 15, tzinfo=SHANGHAI)
    assert article.media == ref.media == "茶山晚报"
    assert article.source_url == ref.url == "https://news.10jqka.com.cn/20260930/c680400955.shtml"
    assert article.stocks == ("1.600001",)
    assert len(ref.text_hash) == 64


@pytest.mark.parametrize(
    ("market", "ticker", "stocks"),
    [
        *(("17", "600438", ("1.600438",)), ("20", "513310", ("1.513310",)), ("33", "002129", ("0.002129",))),
        *(("36", "159567", ("0.159567",)), ("151", "920786", ("0.920786",)), ("177", "HK6127", ("116.06127",))),
        *(("177", "HK80700", ("116.80700",)), ("185", "AAPL", ("105.AAPL",)), ("169", "GS", ("106.GS",))),
        *((33, "002129", ("0.002129",)), ("48", "885728", ()), ("129", "IF9999", ()), ("999", "600438", ())),
        *(("", "1.600438", ()), (None, "600438", ()), ("17", None, ()), ("17", {}, ()), ("177", "", ())),
    ],
)
def test_stocks(market, ticker, stocks):
    assert one(stock=[{"name": "茶", "stockCode": ticker, "stockMarket": market}])[1].stocks == stocks


@pytest.mark.parametrize("stock", [None, [], {}, "600438", [None, "x", []]])
def test_no_stocks(stock):
    assert one(stock=stock)[1].stocks == ()


@pytest.mark.parametrize(
    ("end", "media"),
    [
        ("开秤。（新华社）", "新华社"),
        ("开秤。(中新网)", "中新网"),
        ("“开秤。” （21世纪经济报道）\n", "21世纪经济报道"),
        ("开秤。（来源：茶山晚报）", "茶山晚报"),
        ("价格增长（同比）", "同花顺"),
        ("开秤。（完）", "同花顺"),
        ("开秤。（记者 张三）", "同花顺"),
        ("开秤。（本报记者张三）", "同花顺"),
        ("开秤。（责任编辑：李四）", "同花顺"),
        ("开秤。（茶山晚报）另有报道。", "同花顺"),
        ("开秤。（）", "同花顺"),
    ],
)
def test_the_publication_stands_behind_the_last_sentence(end, media):
    assert one(digest=end)[0].media == media


def test_a_source_of_the_row_takes_precedence():
    assert one(source="茶山日报")[0].media == "茶山日报"


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ("http://u.example/1.png", '<p><img src="http://u.example/1.png"></p>'),
        *((none, "") for none in ("", None, {}, "javascript:alert(1)")),
    ],
)
def test_a_picture_beside_the_text(picture, shown):
    assert one(picUrl=picture)[1].body == f"<p>产区今日开秤，价格平稳。（茶山晚报）</p>{shown}"


@pytest.mark.parametrize("code", [200, "500", None, {}])
def test_the_status_is_a_text_or_a_number(code):
    answer = as_bytes({"code": code, "msg": "服务\n繁忙", "data": {"list": []}})
    if code == 200:
        assert flash(answer, "").refs == []
    else:
        with pytest.raises(SourceError, match=r"reports an error: 服务 繁忙$"):
            flash(answer, "")


def test_a_list_of_articles():
    page = listed(ths_row(digest="产区开秤，价格平稳，茶农"), ths_row(680400086, "价格平稳", "09月30日 13:02"))
    assert page.next == "http://news.10jqka.com.cn/today_list/index_2.shtml"
    assert (page.problems, page.adverts) == ([], [])
    assert page.refs[0] == ArticleRef(
        code="ths-680400243",
        title="新茶上市",
        time=datetime(2026, 9, 30, 13, 10, tzinfo=SHANGHAI),
        time_is_guess=True,
        digest="产区开秤，价格平稳，茶农",
        url="http://news.10jqka.com.cn/20260930/c680400243.shtml",
    )
    assert [ref.code for ref in page.refs] == ["ths-680400243", "ths-680400086"]


def test_the_last_page_has_no_next():
    assert listed(ths_row(), following="").next == ""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_rare_characters_of_either_encoding(encoding):
    body = ths_list(ths_row(title="喆茶🍵&lt;b&gt;")).decode("gb18030")
    if encoding == "utf-8":
        body = body.replace("charset=gbk", "charset=utf-8")
    assert [ref.title for ref in article_list(body.encode(encoding), "text/html").refs] == ["喆茶🍵<b>"]


@pytest.mark.parametrize(
    ("day", "written", "shown"),
    [
        ("20261231", "01月01日 00:05", datetime(2027, 1, 1, 0, 5, tzinfo=SHANGHAI)),
        ("20270101", "12月31日 23:59", datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)),
        ("20280228", "02月29日 09:00", datetime(2028, 2, 29, 9, 0, tzinfo=SHANGHAI)),
        ("20270228", "02月29日 09:00", None),
        ("20260930", "13:10", None),
        ("20260930", "", None),
        ("20269930", "09月30日 13:10", None),
        ("x", "09月30日 13:10", None),
    ],
)
def test_the_year_is_that_of_the_address(day, written, shown):
    [ref] = listed(ths_row(time=written).replace("20260930", day)).refs
    assert (ref.time, ref.time_is_guess) == (shown, shown is not None)


@pytest.mark.parametrize(
    "bad",
    [
        "<li></li>",
        "<li><a href='http://x.example'>广告</a></li>",
        ths_row(seq="abc"),
        ths_row(seq=""),
        ths_row().replace("data-seq", "data-other"),
        ths_row(seq=0, title=""),
    ],
)
def test_a_bad_row_leaves_the_others_alone(bad):
    page = listed(ths_row(1), bad, ths_row(2))
    assert [ref.code for ref in page.refs] == ["ths-1", "ths-2"]
    assert len(page.problems) + len(page.adverts) == 1


def test_a_row_without_a_summary():
    row = ths_row()
    [ref] = listed(row[: row.index("</span></span>")] + "</span></span></li>").refs
    assert (ref.title, ref.digest) == ("新茶上市", "")


def test_an_empty_list():
    page = listed()
    assert (page.refs, page.problems) == ([], [])


@pytest.mark.parametrize("body", [b"", b"{}", b"<html><body><p>1</p></body></html>", b"\xff\xfe", ths_flash(THS_FLASH)])
def test_a_page_without_a_list_is_refused(body):
    with pytest.raises(SourceError):
        article_list(body, "")


@given(st.binary(max_size=200))
def test_any_bytes_in_a_row(body):
    whole = ths_list(ths_row(1), "ROW", ths_row(2)).replace(b"ROW", body)
    for content in (whole, whole[: len(body) * 9]):
        with suppress(SourceError):
            page = article_list(content, "text/html; charset=gbk")
            assert all(ref.code.startswith("ths-") for ref in page.refs)


def test_recorded_flash(captured):
    body = (captured / "ths/ths_flash_page1.EXCERPT-5-of-50-rows.json").read_bytes()
    page = flash(body, "")
    assert (page.problems, page.adverts) == ([], [])
    assert [ref.code.removeprefix("ths-680400") for ref in page.refs] == ["955", "824", "786", "624", "554"]
    assert page.refs[0].time == datetime(2026, 9, 30, 13, 39, 10, tzinfo=SHANGHAI)
    found = [ref.make_article() for ref in page.refs]
    assert [len(article.stocks) for article in found] == [6, 1, 1, 6, 0]
    assert found[3].stocks[:4] == ("0.002946", "0.001318", "0.300898", "0.920786")
    assert [text_of(article.body) for article in found] == [row["digest"] for row in json.loads(body)["data"]["list"]]
    assert all(article.source_url.endswith(f"/c{article.code.removeprefix('ths-')}.shtml") for article in found)


def test_recorded_list(captured):
    body = (captured / "ths/ths_article_list_today.EXCERPT-4-of-25-rows.html").read_bytes()
    page = article_list(body, "text/html; charset=utf-8")
    assert (page.problems, page.adverts, page.next) == ([], [], "")
    assert [ref.code.removeprefix("ths-680") for ref in page.refs] == ["400243", "400086", "399736", "399373"]
    assert [f"{ref.time:%Y-%m-%d %H:%M}" for ref in page.refs] == [
        *("2026-09-30 13:10", "2026-09-30 13:02", "2026-09-30 12:47", "2026-09-30 12:32"),
    ]
    assert [len(ref.title) for ref in page.refs] == [15, 19, 19, 16]
    assert not any(ref.digest.endswith(".") or ref.digest[0].isspace() for ref in page.refs)
    assert article_list(body.decode().encode("gb18030"), "text/html; charset=gbk") == page
