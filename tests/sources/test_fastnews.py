import json
from datetime import datetime

import pytest

from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources.fastnews import parse
from finews_spider.times import SHANGHAI

ROW = {
    "code": "202609011234567890",
    "title": "新茶上市",
    "summary": "【新茶上市】产区今日开秤。",
    "showTime": "2026-09-01 12:30:05",
    "realSort": "1788237005067890",
    "stockList": ["1.600001", "116.00001", "90.BK0001"],
    "image": [],
    "titleColor": 0,
    "share": 1,
}


def answer(*rows, **changes):
    data = {"sortEnd": "1788237005067890", "total": 1, "fastNewsList": list(rows), **changes}
    return json.dumps({"code": "1", "message": "success", "data": data}).encode()


def test_a_row():
    page = parse(answer(ROW))
    assert page.cursor == "1788237005067890"
    assert page.refs == [
        ArticleRef(
            code="202609011234567890",
            title="新茶上市",
            time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
            digest="【新茶上市】产区今日开秤。",
            stocks=("1.600001", "116.00001"),
        )
    ]


def test_the_cursor_may_be_a_number():
    assert parse(answer(ROW, sortEnd=1788237005067890)).cursor == "1788237005067890"


def test_a_page_of_bad_rows_still_has_a_cursor():
    page = parse(answer({"code": ""}))
    assert (page.refs, page.cursor) == ([], "1788237005067890")


@pytest.mark.parametrize("body", [answer(), answer(sortEnd=""), b'{"code":"1","message":"success","data":null}'])
def test_nothing_more(body):
    page = parse(body)
    assert (page.refs, page.cursor, page.problems) == ([], "", [])


def test_the_same_code_with_another_summary_comes_once():
    page = parse(answer(ROW, ROW | {"summary": "另一段"}))
    assert [ref.digest for ref in page.refs] == ["【新茶上市】产区今日开秤。"]


def test_data_of_another_shape():
    with pytest.raises(SourceError, match="fastNewsList"):
        parse(b'{"code":"1","message":"success","data":{"list":[]}}')
