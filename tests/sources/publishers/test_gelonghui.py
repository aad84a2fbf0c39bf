import json
from datetime import datetime

import pytest

from finews_spider.articles.text import text_of
from finews_spider.codes import id_of
from finews_spider.errors import SourceError
from finews_spider.sources.publishers.gelonghui import lives
from finews_spider.times import SHANGHAI
from tests.sources.publishers.answers import GELONGHUI_FLASH, as_bytes, gelonghui_lives


def flash(**changes):
    """Return the only row of a list, and its article."""
    [ref] = lives(gelonghui_lives(GELONGHUI_FLASH | changes), "").refs
    return ref.complete(), ref.make_article and ref.make_article()


def test_a_flash_holds_the_whole_article():
    ref, article = flash()
    assert article.code == ref.code == "gelonghui-2694771"
    assert article.title == ref.title == "新茶上市"
    assert article.body == "<p>格隆汇9月30日｜产区今日开秤。</p>"
    assert article.published_at == datetime(2026, 9, 30, 14, 4, 54, tzinfo=SHANGHAI)
    assert ref.time == datetime(2026, 9, 30, 14, 4, 59, tzinfo=SHANGHAI)
    assert article.media == "格隆汇"
    assert article.source_url == ref.url == "https://www.gelonghui.com/live/2694771"
    assert article.stocks == ("116.00001",)
    assert len(ref.text_hash) == 64


@pytest.mark.parametrize(
    ("market", "code", "stocks"),
    [
        *(("SH", "600519", ("1.600519",)), ("SZ", "000596", ("0.000596",)), ("HK", "01797", ("116.01797",))),
        *(("US", "AAPL", ()), ("", "600519", ()), (None, "600519", ()), ("SH", 600519.0, ()), ("SH", [], ())),
    ],
)
def test_stocks(market, code, stocks):
    assert flash(relatedStocks=[{"market": market, "code": code, "name": "茶"}])[1].stocks == stocks


@pytest.mark.parametrize("related", [None, [], {}, "600519.SH", [None, "x", []]])
def test_no_stocks(related):
    assert flash(relatedStocks=related)[1].stocks == ()


@pytest.mark.parametrize(
    ("source", "media"),
    [({"name": " 茶山晚报 ", "link": None}, "茶山晚报"), ({"name": ""}, "格隆汇"), (None, "格隆汇"), ("x", "格隆汇")],
)
def test_the_publication(source, media):
    assert flash(source=source)[0].media == media


@pytest.mark.parametrize(
    ("title", "read"),
    [("茶 <b>&amp;</b> 🍵 ", "茶 <b>&</b> 🍵"), *((none, "产区今日开秤") for none in ("", "  ", None, {}))],
)
def test_the_title(title, read):
    assert flash(title=title)[0].title == read


def test_the_text_is_no_html():
    _, article = flash(content="一<script>1</script>\n二&amp;三", updateTimestamp=None)
    assert article.body == "<p>一&lt;script&gt;1&lt;/script&gt;</p><p>二&amp;三</p>"


def test_an_id_may_be_a_text():
    assert flash(id=" 2694771 ")[0].code == "gelonghui-2694771"


@pytest.mark.parametrize("bad", [{"id": None}, {"id": 2.5}, {"id": "x"}, {"id": 10**30}, {"id": 0}, None, 7])
def test_the_cursor_is_the_last_id(bad):
    last = bad if not isinstance(bad, dict) else GELONGHUI_FLASH | bad
    page = lives(gelonghui_lives(GELONGHUI_FLASH, GELONGHUI_FLASH | {"id": 2694769}, last), "")
    assert [ref.code for ref in page.refs] == ["gelonghui-2694771", "gelonghui-2694769"]
    assert page.cursor == "2694769"


@pytest.mark.parametrize("rows", [None, []])
def test_an_empty_page_has_no_cursor(rows):
    page = lives(as_bytes({"statusCode": 200, "message": "", "result": rows}), "")
    assert (page.refs, page.cursor, page.problems) == ([], "", [])


def test_an_error_of_the_upstream_is_shown():
    with pytest.raises(SourceError, match=r"reports an error: 缺少参数$"):
        lives(as_bytes({"statusCode": 400, "message": "缺少参数", "result": None}), "")


def test_recording(captured):
    body = (captured / "gelonghui/glh_live_page1.json").read_bytes()
    page = lives(body, "")
    assert (page.problems, page.adverts, page.cursor) == ([], [], "2694746")
    assert " ".join(ref.code[-2:] for ref in page.refs) == "71 69 68 67 66 63 58 57 56 54 53 51 50 49 46"
    assert page.refs[0].time == datetime(2026, 9, 30, 14, 4, 54, tzinfo=SHANGHAI)
    assert page.refs[-1].time == datetime(2026, 9, 30, 13, 37, 22, tzinfo=SHANGHAI)
    found = [ref.make_article() for ref in page.refs]
    assert {article.code[-2:]: article.stocks for article in found if article.stocks} == {
        "58": ("116.01797",),
        "56": ("1.600519",),
        "49": ("1.603919", "0.000596"),
    }
    assert all(ref.title and not ref.title.startswith("格隆汇") for ref in page.refs)
    assert [text_of(article.body) for article in found] == [row["content"] for row in json.loads(body)["result"]]
    assert all(article.source_url == f"https://www.gelonghui.com/live/{id_of(article.code)}" for article in found)
    assert {article.media for article in found} == {"格隆汇"}
