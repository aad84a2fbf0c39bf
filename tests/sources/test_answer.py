import codecs
import json

import pytest

from finews_spider.errors import SourceError
from finews_spider.sources.answer import read_json

ANSWER = {"records": [{"title": "早间快报：新茶上市"}, {"title": "晚间快报：秋粮入库"}]}
JSON = json.dumps(ANSWER, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"\r\n {JSON}\n",
        f"{JSON};",
        f"var ajaxResult={JSON}",
        f"var ajaxResult = {JSON};\n",
        f"ajaxResult={JSON} ;",
        f"jQuery1830_17({JSON})",
        f"page.callback ( {JSON} ) ; ",
        f"/**/cb({JSON})",
        f"/*{{*/ cb({JSON});//}}",
        f";cb({JSON})",
        f"cb&&cb({JSON})",
        f"window.cb && window.cb({JSON});",
        f"typeof cb === 'function' && cb({JSON});",
        f"try{{cb({JSON})}}catch(e){{}}",
        f"try {{ cb({JSON}); }} catch (e) {{ log([e]) }} finally {{}}",
        f"(function(){{ cb({JSON}) }})();",
        f"if (window.cb) {{ cb({JSON}) }}",
        f"let data = {JSON};",
        f"const data={JSON}",
        f"var a, b={JSON};\nvar c = [];",
        f'window["x"]={JSON};',
        f"self.page.data = {JSON} // done",
        f"/* x */ {JSON} ; // y",
        f"({JSON})",
    ],
)
def test_wrappings(text):
    assert read_json(text.encode()) == ANSWER


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + JSON.encode(),
        codecs.BOM_UTF8 + f"var ajaxResult={JSON};".encode(),
        codecs.BOM_UTF8 + JSON.encode("gbk"),
        codecs.BOM_UTF16_LE + JSON.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + JSON.encode("utf-16-be"),
        JSON.encode("gbk"),
        JSON.encode("gb18030"),
        json.dumps(ANSWER).encode(),
    ],
)
def test_encodings(body):
    assert read_json(body) == ANSWER


def test_one_bad_byte_spoils_one_character():
    rows = [{"title": f"第{number}条消息"} for number in range(100)]
    body = json.dumps({"records": rows}, ensure_ascii=False).encode()
    broken = body.replace("第7条".encode(), "第7条".encode()[:-1])
    answer = read_json(broken)
    assert answer["records"][7]["title"] == "第7\ufffd消息"
    assert answer["records"][:7] + answer["records"][8:] == rows[:7] + rows[8:]


def test_a_stray_byte_among_ascii_is_no_gb18030():
    assert read_json(b'{"title":"A\xe4B"}') == {"title": "A\ufffdB"}


def test_a_short_gbk_text():
    assert read_json('{"title":"涨"}'.encode("gbk")) == {"title": "涨"}


@pytest.mark.parametrize(
    ("escaped", "title"),
    [
        (r"\ud800", "\ufffd"),
        (r"\udc00\uD800", "\ufffd\ufffd"),
        (r"a\ud83dz", "a\ufffdz"),
        (r"\ud83d\udcc8", "\U0001f4c8"),
        (r"\ud800\ud83d\udcc8", "\ufffd\U0001f4c8"),
        (r"\\ud800", r"\ud800"),
        (r"\\\ud800", "\\\ufffd"),
    ],
)
def test_lone_surrogates(escaped, title):
    assert read_json(f'{{"title":"{escaped}"}}'.encode()) == {"title": title}


def test_raw_line_breaks_in_strings():
    assert read_json(b'{"digest":"a\r\n\tb"}') == {"digest": "a\r\n\tb"}


@pytest.mark.parametrize("cut", range(len(JSON.encode())))
def test_cut_anywhere(cut):
    with pytest.raises(SourceError):
        read_json(JSON.encode()[:cut])


@pytest.mark.parametrize("cut", range(len(JSON) + len("callback()")))
def test_cut_jsonp(cut):
    with pytest.raises(SourceError):
        read_json(f"callback({JSON})"[:cut].encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"var ajaxResult=;", "not JSON"),
        (b"cb();", "not JSON"),
        (b"cb([1]);", "no object"),
        (b"cb({a: [1});", "not JSON"),
        (b"{a: b c}", "not JSON"),
        (b"<!DOCTYPE html><title>404</title>", "HTML"),
        (b"\n<html>", "HTML"),
        (b"[1]", "no object"),
        (b"null", "no object"),
        (b'"text"', "no object"),
        (b"17", "no object"),
        (b"Service Unavailable", "not JSON"),
        (b'{"a":1}{"b":2}', "not JSON"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b"{a:" + b"[" * 2000 + b"]" * 2000 + b"}", "nested"),
        (b"\x00\x01\xff\xfe", "not JSON"),
    ],
)
def test_refused(body, reason):
    with pytest.raises(SourceError, match=reason) as refusal:
        read_json(body)
    assert len(str(refusal.value).splitlines()) == 1


def test_refusal_shows_what_came_instead():
    with pytest.raises(SourceError, match="begins b'<title>Maintenance"):
        read_json(b"<title>Maintenance</title>")
