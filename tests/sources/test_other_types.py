"""In the sample's and in recorded answers, each field gets a value of every other type. It is read or refused in a line."""

import copy
import json
import re
from collections.abc import Iterator

import pytest

from finews_spider.sample import SampleNews, answers
from finews_spider.sources import ARTICLE_SOURCES
from tests.sources.test_sources import CODE, as_bytes, parse_anything

DEEP = "a nest of 100,000"
OTHERS = [
    *(None, True, 0, -1, 2.5, 10**18, float("nan"), float("inf"), float("-inf"), 1e308),
    *("", " ", "x", "0", "\0", "\ud800", "\udfff\ud800", "NaN", "9" * 5000, "2026-99-99 99:99:99", "[{", "<p>", "字" * 10_000),
    *([], {}, [[]], [None], [{}], {"": None}, {"code": "1"}, [1, "a", {}]),
    DEEP,
]  # fmt: skip
WRITTEN = {f'"{DEEP}"': "[" * 100_000 + "]" * 100_000}
HUGE = ("1" * 5000, "-" + "1" * 5000, "1e999999")
"""Numbers that Python itself wouldn't write."""
news = SampleNews(12, 6)
rows = [news.article(number) for number in (1, 2)]
SAMPLES = {
    "webapi-roll": answers.webapi_roll(rows),
    "webapi-media": answers.webapi_media(rows),
    "webapi-market": answers.webapi_market(rows),
    "kuaixun": answers.kuaixun(rows),
    "fastnews": answers.fastnews(rows),
    "columns": answers.columns(rows, 1, ""),
    "getnewstext": answers.get_news_text(rows[0], ""),
    "newsinfo": answers.newsinfo(rows[0], ""),
}
RECORDED = {
    "webapi-market": "upstream/newmarket-37.json",
    "getnewstext": "upstream/GetNewsText-NW202206012399294452.json",
    "columns": "captured/getNewsByColumns-344.json",
    "newsinfo": "captured/newsinfo-article-202609183878840472.json",
}


def places(value, path=()) -> Iterator[tuple]:
    """Yield the path to every value in *value*; in long lists, to the first two."""
    if path:
        yield path
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    ):
        yield from places(inner, (*path, key))


def changed(whole, path, other):
    made = copy.deepcopy(whole)
    *way, last = path
    holder = made
    for key in way:
        holder = holder[key]
    holder[last] = other
    return made


def trimmed(value):
    """Return *value* with at most two elements of each list and shortened texts, so that the tests are fast."""
    if isinstance(value, dict):
        return {key: trimmed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trimmed(inner) for inner in value[:2]]
    return value[:300] if isinstance(value, str) else value


def check_every_field(name: str, body: bytes) -> None:
    text = body.decode().removeprefix("var ajaxResult=").rstrip(";")
    if name in ARTICLE_SOURCES:  # they refuse another article than the requested one
        text = re.sub(r"(?<!\d)\d{18}(?!\d)", CODE, text)
    whole = trimmed(json.loads(text[text.index("{") : text.rindex("}") + 1]))
    assert parse_anything(name, as_bytes(whole)) is not None
    for path in places(whole):
        for other in OTHERS:
            written = as_bytes(changed(whole, path, other))
            for short, long in WRITTEN.items():
                written = written.replace(short.encode(), long.encode())
            parse_anything(name, written)
        for number in HUGE:
            parse_anything(name, as_bytes(changed(whole, path, "HUGE")).replace(b'"HUGE"', number.encode()))
        if isinstance(path[-1], str):  # the key twice, and not at all
            key = json.dumps(path[-1]).encode()
            parse_anything(name, re.sub(rb"(?=%s)" % re.escape(key), key + b": {}, ", as_bytes(whole)))
            parse_anything(name, as_bytes(whole).replace(key, b'"else"'))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_of_the_samples_answers(name):
    check_every_field(name, SAMPLES[name])


@pytest.mark.parametrize("name", RECORDED)
def test_every_field_of_the_recorded_answers(name, golden):
    check_every_field(name, (golden / RECORDED[name]).read_bytes())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_samples_answer_cut_at_any_byte_is_refused(name):
    body = SAMPLES[name].rstrip(b";").replace(rows[0].code.encode(), CODE.encode())
    assert [cut for cut in range(len(body)) if parse_anything(name, body[:cut]) is not None] == []


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_an_undeclared_charset_is_read(name, encoding):
    body = SAMPLES[name].replace(rows[0].code.encode(), CODE.encode())
    whole = parse_anything(name, body)
    assert whole is not None
    assert parse_anything(name, body.decode().encode(encoding)) == whole


@pytest.mark.parametrize("name", SAMPLES)
def test_undecodable_bytes_anywhere_are_read_or_refused(name):
    body = SAMPLES[name].replace(rows[0].code.encode(), CODE.encode())
    for place in range(0, len(body), 7):
        parse_anything(name, body[:place] + b"\xff\xc0\x80\xed\xa0\x80" + body[place:])
