"""Answers that are JavaScript, but hold no JSON."""

import json
from contextlib import suppress
from time import process_time

import pytest

from finews_spider.errors import SourceError
from finews_spider.sources.answer import read_json
from finews_spider.sources.javascript import Unread


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'b'", "b"),
        (r"'it\'s'", "it's"),
        (r'"it\'s \x26 \/ \q \0 \v"', "it's & / q \0 \v"),
        (r'"\u{1F4C8}\ud83d\udcc8\ud800"', "\U0001f4c8\U0001f4c8\ufffd"),
        (r'"\u{999999}"', "\U0010ffff"),
        (r'"\xZZ \u12 \\\x2 \u{} \\x"', "\ufffdZZ \ufffd12 \\\ufffd2 \ufffd{} \\x"),
        ('"a\\\nb\\\r\nc"', "abc"),
        ('`a\n"b" \\``', 'a\n"b" `'),
        ("`a${b}`", None),
        ("undefined", None),
        ("void 0", None),
        ("null", None),
        ("new Date(0)", None),
        ("function(){ return {} }", None),
        ("!0", True),
        ("!1", False),
        ("(true)", True),
        ("-1", -1),
        ("+.5", 0.5),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-Infinity", None),
        ("9" * 5000, float("inf")),
        ("[1, 'b', /* c */ 2, ]", [1, "b", 2]),
        ("{b: 1, 'c': 2, 3: [], [d]: 4, ...e, f, g() {}, /* h */ i$: {},}", {"b": 1, "c": 2, "3": [], "i$": {}}),
    ],
    ids=lambda each: str(each)[:20],
)
def test_javascript_literals(written, value):
    for text in (f"cb({{a:{written}}})", f"{{a: {written}}}", f"// x\n{{a: {written},}};"):
        assert read_json(text.encode()) == {"a": value}


@pytest.mark.parametrize(
    "row",
    [
        '{"id": 2, "title": "新"茶"上市"}',
        '{"id": 2, "title": "新"茶上市"}',
        '{"id": 2, "title": "新\\"}',
        '{"id": 2, "title": }',
        '{"id": 2 "title": "新茶"}',
        '{"id": 2, "title": "新茶",',
        '{"id": 2, "title": "新茶"',
        '{"id": 2, "title": "新茶',
        '{"id": 2, "title": "新茶"]}',
        '{"id"',
        "{id: 2, title: 'C:\\'}",
        "{id: 2, title: <b>}",
        "undefined is",
        "{",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("around", ["{}", "cb({});", "try{{cb({})}}catch(e){{}}"])
def test_a_broken_row_does_not_affect_other_rows(row, place, around):
    good = [{"id": n, "title": "秋粮入库", "stocks": ["1.600001"]} for n in (1, 3, 4)]
    rows = [json.dumps(each, ensure_ascii=False) for each in good]
    rows.insert(place, row)
    answer = read_json(around.format(f'{{"rc":1,"rows":[{",".join(rows)}],"size":4}}').encode())
    assert {**answer, "rows": []} == {"rc": 1, "rows": [], "size": 4}
    assert [each for each in answer["rows"] if isinstance(each, dict)] == good
    assert any(isinstance(each, Unread) and each.source.rstrip() in row for each in answer["rows"])


def test_an_error_outside_of_the_rows_is_the_answers():
    with pytest.raises(SourceError, match="not JSON"):
        read_json(b'cb({"rc":1 "rows":[{"id":1},{"id":2}]})')


WORST = ["<a ", '{"a":"b},']
OTHERS = ['{"a":"b" ', "[", "{", "{a:", "(", "(a,", "(a=", "({", "[[a,", "'", '"', "`", "`${", "/", "/*", "//", "\\", "a=>(", "a?(",
          "if(", ",", "}", "@", "#", "\\u", "\ufffd"]  # fmt: skip


@pytest.mark.parametrize("part", [*WORST, *(pytest.param(part, marks=pytest.mark.torture) for part in OTHERS)])
@pytest.mark.parametrize("end", ["", "]})"])
def test_hostile_javascript_is_refused_quickly(part, end):
    text = f'cb({{"a":[{part * 200_000}{end}'  # the worst would take a minute
    began = process_time()
    with suppress(SourceError):
        read_json(text.encode())
    assert process_time() - began < 30
