"""What every source guarantees for any answer."""

import importlib
import json
import pkgutil
import subprocess
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider import sources
from finews_spider.codes import is_code
from finews_spider.errors import SourceError
from finews_spider.items import Article, ListPage
from finews_spider.sources import (
    ARTICLE_PAGES,
    ARTICLE_SOURCES,
    LIST_PAGES,
    LIST_SOURCES,
    Mapping,
    json_list,
    newsinfo,
    publishers,
)
from finews_spider.times import SHANGHAI

CODE, NEIGHBOUR = "202609011234567890", "202609011234567891"
ROWS = {
    "webapi-roll": ("infoCode", "id", "title", "digest", "url_w", "showtime"),
    "webapi-media": ("infocode", "from", "title", "showtime", "simtitle", "simdigest"),
    "webapi-market": ("infoCode", "medianame", "title", "datetime"),
    "kuaixun": ("newsid", "id", "url_w", "title", "digest", "showtime"),
    "fastnews": ("code", "title", "summary", "showTime", "realSort", "stockList"),
    "columns": ("code", "title", "summary", "showTime", "mediaName", "np_dst", "url", "uniqueUrl"),
    "json": ("id", "headline", "at", "abstract", "paper", "link", "quotes"),
}
ENVELOPES = {
    "webapi-roll": lambda rows: {"records": rows},
    "webapi-media": lambda rows: {"nodeList": rows},
    "webapi-market": lambda rows: {"record": rows},
    "kuaixun": lambda rows: {"rc": 1, "me": "", "LivesList": rows},
    "fastnews": lambda rows: {"code": "1", "message": "", "data": {"sortEnd": "1", "fastNewsList": rows}},
    "columns": lambda rows: {"code": "1", "message": "", "data": {"list": rows}},
    "json": lambda rows: {"result": {"next": "1", "papers": rows}},
}
MAPPING = Mapping(
    rows="result.papers",
    cursor="result.next",
    code=("id",),
    title=("headline", "title"),
    time=("at",),
    digest=("abstract",),
    media=("paper.name", "paper"),
    url=("link",),
    stocks=("quotes",),
)
LISTS = {**LIST_SOURCES, "json": partial(json_list.parse, mapping=MAPPING)}
ANSWERS = {
    "getnewstext": {
        "Id": f"NW{CODE}", "newsid": CODE, "Title": "题", "Date": "2026-09-01", "From": "某报", "medianame": "某报",
        "url": "", "docreader": "", "reletecodes": ["00001.HK"], "text": "<p>文</p>", "content": "",
    },
    "newsinfo": {
        "Art_Code": CODE, "Art_Title": "题", "Art_ShowTime": "2026/09/01 00:00:00", "Art_Content": "<p>文</p>",
        "Art_Description": "", "Art_Digest": "", "Art_Media_Name": "某报", "Art_UniqueUrl": "", "Art_Url": "",
        "Art_Tip_Info": '[{"Type":999,"Code":"0.300001"}]', "TopStocks": "[]",
    },
}  # fmt: skip
HELPERS = {"answer", "header", "html", "javascript", "rows"}

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
TELLING = st.sampled_from(
    [f"NW{CODE}", CODE, int(CODE), "2026-09-01 12:00", 1788237005, "[{}]", "1.600001", "<p>", "CFH"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | TELLING,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=5,
)
thorough = settings(max_examples=60, derandomize=True, deadline=None)


def as_bytes(value):
    return json.dumps(value).encode()


def wrap_article(name, fields):
    return {"data": fields} if name == "newsinfo" else fields


def parse_anything(name, body):
    """Return the checked result of the source for *body*; None if the source refuses *body*."""
    try:
        result = LISTS[name](body) if name in LISTS else ARTICLE_SOURCES[name](body, CODE)
    except SourceError as error:
        refusal = str(error)
    else:
        check_result(result)
        return result
    assert len(refusal.splitlines()) == 1
    return None


def check_result(result):
    if isinstance(result, Article):
        check_item(result, result.published_at)
    else:
        assert isinstance(result, ListPage)
        assert all("\n" not in problem for problem in result.problems)
        for ref in result.refs:
            check_item(ref, ref.time)


def check_item(item, time):
    assert is_code(item.code)
    assert time is None or time.tzinfo is SHANGHAI
    assert isinstance(item.stocks, tuple)
    for value in asdict(item).values():
        if isinstance(value, str):
            value.encode()  # no lone surrogates


NAMES = [*LISTS, *ARTICLE_SOURCES]
ALL = {**LIST_SOURCES, **LIST_PAGES, **ARTICLE_SOURCES, **ARTICLE_PAGES}


def good_answer(name):
    if name in ANSWERS:
        return wrap_article(name, dict(ANSWERS[name]))
    return ENVELOPES[name]([{ROWS[name][0]: CODE, "title": "题"}])


def test_every_parsing_module_is_registered_and_tested():
    modules = {module.name for module in pkgutil.iter_modules(sources.__path__) if not module.ispkg}
    registered = {name.replace("-", "_") for name in ALL if name not in publishers.LISTS} | {"json_list"}
    assert modules == registered | HELPERS
    assert not any(hasattr(importlib.import_module(f"finews_spider.sources.{name}"), "parse") for name in HELPERS)
    assert {f"test_{name}.py" for name in modules} <= {path.name for path in Path(__file__).parent.iterdir()}


def test_a_channels_file_is_checked_without_a_parser_of_html():
    code = "import sys; from finews_spider.config.channels import load_channels; load_channels(); print('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"


def test_the_order_of_the_article_sources():
    assert list(ARTICLE_SOURCES) == ["getnewstext", "newsinfo"]


@pytest.mark.parametrize("name", NAMES)
def test_good_answers_are_read(name):
    result = parse_anything(name, as_bytes(good_answer(name)))
    assert isinstance(result, Article) or [ref.code for ref in result.refs] == [CODE]


@pytest.mark.parametrize("name", NAMES)
def test_cut_anywhere(name):
    whole = json.dumps(good_answer(name), ensure_ascii=False).encode()
    assert [cut for cut in range(len(whole)) if parse_anything(name, whole[:cut]) is not None] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b"null", b"{", b"\xff\xfe", b"\x00"])
def test_refused(name, body):
    assert parse_anything(name, body) is None


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("rows", [None, []])
def test_no_rows_make_an_empty_page(name, rows):
    assert LISTS[name](as_bytes(ENVELOPES[name](rows))) == ListPage([])


@pytest.mark.parametrize("name", LISTS)
def test_the_answer_of_another_format_is_refused(name):
    for other in set(ENVELOPES) - {name}:
        assert parse_anything(name, as_bytes(good_answer(other))) is None


@pytest.mark.parametrize("name", NAMES)
@given(body=st.binary(max_size=60))
@thorough
def test_any_bytes(name, body):
    parse_anything(name, body)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@thorough
def test_any_json_in_any_place_of_the_envelope(name, data):
    answer = good_answer(name)
    holder = data.draw(st.sampled_from([answer, *(value for value in answer.values() if isinstance(value, dict))]))
    holder[data.draw(st.sampled_from(list(holder)))] = data.draw(JSON)
    parse_anything(name, as_bytes(answer))


@pytest.mark.parametrize("name", LISTS)
@given(data=st.data())
@thorough
def test_any_json_in_any_field_of_a_row_leaves_the_neighbours_alone(name, data):
    row = data.draw(st.dictionaries(st.sampled_from(ROWS[name]), JSON) | JSON)
    rows = [{ROWS[name][0]: NEIGHBOUR}, row, {ROWS[name][0]: CODE}]
    page = parse_anything(name, as_bytes(ENVELOPES[name](rows)))
    assert {NEIGHBOUR, CODE} <= {ref.code for ref in page.refs}


@pytest.mark.parametrize("name", ARTICLE_SOURCES)
@given(data=st.data())
@thorough
def test_any_json_in_any_field_of_an_article(name, data):
    fields = ANSWERS[name] | data.draw(st.dictionaries(st.sampled_from(list(ANSWERS[name])), JSON, min_size=1))
    parse_anything(name, as_bytes(wrap_article(name, fields)))


@given(text=TEXT | st.sampled_from(["\\ud800", '"', "]"]))
@thorough
def test_text_arrives_as_it_was_written(text):
    data = ANSWERS["newsinfo"] | {"Art_Content": f"<p>{text}</p>"}
    written = json.loads(json.dumps(f"<p>{text}</p>")).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert newsinfo.parse(as_bytes({"data": data}), CODE).body == written
