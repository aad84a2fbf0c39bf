import json
from datetime import datetime

import pytest

from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources.columns import parse
from finews_spider.times import SHANGHAI

ROW = {
    "code": "202609011234567890",
    "np_dst": "CMS",
    "title": "新茶上市",
    "summary": "产区今日开秤。",
    "showTime": "2026-09-01 12:30:05",
    "mediaName": "茶业日报",
    "image": "",
    "url": "http://finance.eastmoney.com/news/1345,202609011234567890.html",
    "uniqueUrl": "http://finance.eastmoney.com/a/202609011234567890.html",
}
REF = ArticleRef(
    code="202609011234567890",
    title="新茶上市",
    time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
    digest="产区今日开秤。",
    media="茶业日报",
    url="http://finance.eastmoney.com/a/202609011234567890.html",
)


def answer(*rows, code="1"):
    data = {"page_index": 1, "list": list(rows), "totle_hits": 5000, "page_size": 20}
    return json.dumps({"req_trace": "1", "code": code, "message": "success", "data": data})


@pytest.mark.parametrize("code", [1, "1"])
def test_a_row(code):
    assert parse(answer(ROW, code=code).encode()).refs == [REF]


def test_jsonp():
    assert parse(f"jQuery183_17({answer(ROW)});".encode()).refs == [REF]


@pytest.mark.parametrize("key", ["np_dst", "Np_dst"])
def test_an_article_of_caifuhao_has_its_page_there(key):
    row = ROW | {"code": "20260901101113747001360", "np_dst": "", key: "CFH", "uniqueUrl": "", "url": ""}
    [ref] = parse(answer(row).encode()).refs
    assert ref.url == "http://caifuhao.eastmoney.com/news/20260901101113747001360"


def test_a_row_without_a_unique_url_has_the_legacy_one():
    [ref] = parse(answer(ROW | {"uniqueUrl": ""}).encode()).refs
    assert ref.url == "http://finance.eastmoney.com/news/1345,202609011234567890.html"


@pytest.mark.parametrize("body", [answer().encode(), b'{"code":"1","message":"success","data":null}'])
def test_an_empty_page(body):
    page = parse(body)
    assert (page.refs, page.cursor, page.problems) == ([], "", [])


def test_a_missing_parameter():
    with pytest.raises(SourceError, match="'req_trace' is not present"):
        parse(b'{"code":0,"message":"Required String parameter \'req_trace\' is not present"}')


def test_data_of_another_shape():
    with pytest.raises(SourceError, match="no list"):
        parse(b'{"code":"1","message":"success","data":{"fastNewsList":[]}}')


def test_recording(golden):
    page = parse((golden / "captured/getNewsByColumns-344.json").read_bytes())
    assert page.problems == []
    assert len(page.refs) == 20
    assert all(ref.title and ref.time and ref.digest and ref.media and ref.code in ref.url for ref in page.refs)
    first = page.refs[0]
    assert first.code == "202609183878840472"
    assert first.media == "东方财富Choice数据"
    assert first.time == datetime(2026, 9, 19, 1, 9, 8, tzinfo=SHANGHAI)
