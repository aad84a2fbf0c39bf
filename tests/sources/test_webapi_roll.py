import json
from datetime import datetime

from finews_spider.items import ArticleRef
from finews_spider.sources.webapi_roll import parse
from finews_spider.times import SHANGHAI

ROW = {
    "infoCode": "NW202609011234567890",
    "id": "202609011234567890",
    "title": "新茶上市&quot;开门红&quot;",
    "digest": "【新茶上市“开门红”】产区今日开秤。",
    "url_w": "http://finance.eastmoney.com/a/202609011234567890.html",
    "showtime": "2026-09-01 12:30:05",
}


def refs(*rows):
    return parse(json.dumps({"records": rows}).encode()).refs


def test_a_row():
    assert refs(ROW) == [
        ArticleRef(
            code="202609011234567890",
            title='新茶上市"开门红"',
            time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
            digest="【新茶上市“开门红”】产区今日开秤。",
            url="http://finance.eastmoney.com/a/202609011234567890.html",
        )
    ]


def test_a_row_with_neither_title_nor_time_nor_url():
    assert refs(ROW | {"title": "", "showtime": "", "url_w": ""}) == [
        ArticleRef(code="202609011234567890", digest="【新茶上市“开门红”】产区今日开秤。")
    ]


def test_the_code_may_stand_in_the_id_alone_and_be_a_number():
    assert [ref.code for ref in refs({"id": 202609011234567890})] == ["202609011234567890"]
    assert [ref.code for ref in refs(ROW | {"infoCode": None})] == ["202609011234567890"]
