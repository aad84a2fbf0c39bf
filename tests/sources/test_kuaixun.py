import json
from datetime import datetime

import pytest

from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources.kuaixun import parse
from finews_spider.times import SHANGHAI

ROW = {
    "id": "202609011234567890",
    "newsid": "202609011234567890",
    "url_w": "http://finance.eastmoney.com/a/202609011234567890.html",
    "title": "新茶上市",
    "digest": "【新茶上市】产区今日开秤。",
    "showtime": "2026-09-01 12:30:05",
    "ordertime": "2026-09-01 12:30:05",
    "column": "100,102",
}
REF = ArticleRef(
    code="202609011234567890",
    title="新茶上市",
    time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
    digest="【新茶上市】产区今日开秤。",
    url="http://finance.eastmoney.com/a/202609011234567890.html",
)


def answer(**changes):
    return json.dumps({"rc": 1, "me": "", "LivesList": [ROW], **changes}, ensure_ascii=False)


@pytest.mark.parametrize("template", ["{}", "var ajaxResult={}", "var ajaxResult={};", "\ufeffvar ajaxResult = {} ;\n"])
def test_a_row(template):
    assert parse(template.format(answer()).encode()).refs == [REF]


def test_rc_as_a_string():
    assert parse(answer(rc="1").encode()).refs == [REF]


def test_an_empty_title_stays_empty():
    page = parse(answer(LivesList=[ROW | {"title": "", "newsid": ""}]).encode())
    assert [(ref.code, ref.title) for ref in page.refs] == [("202609011234567890", "")]


@pytest.mark.parametrize("rc", [0, "0", -1, None, True])
def test_errors(rc):
    with pytest.raises(SourceError, match="频道不存在"):
        parse(answer(rc=rc, me="频道不存在", LivesList=[]).encode())
