"""What every reader of a publisher guarantees for any answer."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.errors import SourceError
from finews_spider.items import Article, ListPage
from tests.sources.publishers.readers import LISTS, READERS
from tests.sources.test_other_types import HUGE, OTHERS, WRITTEN, changed, places
from tests.sources.test_sources import JSON, check_result, thorough


def read_anything(name, body):
    """Return the checked result of the reader for *body*; None if the reader refuses *body*."""
    try:
        result = READERS[name].read(body)
    except SourceError as error:
        refusal = str(error)
    else:
        check_result(result)
        for ref in getattr(result, "refs", []):
            if ref.make_article:
                article = ref.make_article()
                check_result(article)
                assert (article.code, article.title) == (ref.code, ref.title)
                assert article.body
                assert ref.text_hash
        return result
    assert len(refusal.splitlines()) == 1
    return None


def codes_of(result):
    return [result.code] if isinstance(result, Article) else [ref.code for ref in result.refs]


def rows_of(name, answer):
    """Return the list of rows in *answer*, and what holds it under which key."""
    *way, last = READERS[name].rows
    for key in way:
        answer = answer[key]
    return answer, last


def with_rows(name, rows):
    answer = copy.deepcopy(READERS[name].answer)
    holder, key = rows_of(name, answer)
    holder[key] = rows
    return READERS[name].wrap(answer)


@pytest.mark.parametrize("name", READERS)
def test_a_good_answer_is_read(name):
    reader = READERS[name]
    assert codes_of(read_anything(name, reader.wrap(reader.answer))) == [reader.code]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"7", b"\xff\xfe", b"\x00", b"<html>", b'{"code":20000,"errno":0}']
)
def test_an_answer_of_another_kind_is_refused(name, body):
    assert read_anything(name, body) is None


@pytest.mark.parametrize("name", READERS)
def test_an_answer_cut_at_any_byte_is_refused_or_its_row_is_a_problem(name):
    reader = READERS[name]
    whole = reader.wrap(reader.answer)
    for cut in range(whole.rindex(b"}") + 1):
        result = read_anything(name, whole[:cut])
        assert result is None or (codes_of(result) == [] and result.problems), cut


@pytest.mark.parametrize("name", LISTS)
def test_a_broken_row_names_no_article_by_what_is_inside_of_it(name):
    """Tags, subjects and authors in a row have an ``id``, as rows have."""
    holder, key = rows_of(name, READERS[name].answer)
    good = holder[key][0]
    written = with_rows(name, [good, "BROKEN", good])
    row = json.dumps(good).encode()
    for place in (place for place in range(1, len(row)) if row[place - 1] in b",{["):
        result = read_anything(name, written.replace(b'"BROKEN"', row[:place] + b" x " + row[place:]))
        assert result is None or set(codes_of(result)) <= {READERS[name].code}, place


URL = "http://a.example/1.png"


@pytest.mark.parametrize("name", LISTS)
def test_what_is_left_out_while_decoding_is_not_read(name):
    """An answer behind a byte order mark is decoded in full."""
    reader = READERS[name]
    for path in [None, *places(reader.answer)]:
        for value in (1, "1", "甲", [URL], [{"uri": URL}], json.dumps({"docurl": URL})):
            answer = reader.wrap(changed(reader.answer, path, value) if path else reader.answer)
            found, full = read_anything(name, answer), read_anything(name, b"\xef\xbb\xbf" + answer)
            assert (found is None) == (full is None), path
            if found:
                assert [made_of(ref) for ref in found.refs] == [made_of(ref) for ref in full.refs], path
                assert (found.cursor, len(found.problems), len(found.adverts)) == (
                    full.cursor,
                    len(full.problems),
                    len(full.adverts),
                ), path


def made_of(ref):
    return ref, ref.make_article and ref.make_article()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("rows", [None, []])
def test_a_list_without_rows_is_the_end(name, rows):
    assert read_anything(name, with_rows(name, rows)) == ListPage([])


@pytest.mark.parametrize("name", READERS)
@given(body=st.binary(max_size=60))
@thorough
def test_any_bytes(name, body):
    read_anything(name, body)


@pytest.mark.parametrize("name", READERS)
def test_each_field_may_have_any_other_type_be_there_twice_or_lack(name):
    reader = READERS[name]
    for path in places(reader.answer):
        for other in OTHERS:
            written = reader.wrap(changed(reader.answer, path, other))
            for short, long in WRITTEN.items():
                written = written.replace(short.encode(), long.encode())
            read_anything(name, written)
        for number in HUGE:
            read_anything(name, reader.wrap(changed(reader.answer, path, "HUGE")).replace(b'"HUGE"', number.encode()))
        if isinstance(path[-1], str):
            key, whole = json.dumps(path[-1]).encode(), reader.wrap(reader.answer)
            read_anything(name, whole.replace(key, key + b": {}, " + key))
            read_anything(name, whole.replace(key, b'"else"'))


@pytest.mark.parametrize("name", LISTS)
@given(data=st.data())
@thorough
def test_a_row_of_any_kind_leaves_its_neighbours_alone(name, data):
    holder, key = rows_of(name, READERS[name].answer)
    good = holder[key][0]
    path = data.draw(st.sampled_from(list(places(good))))
    odd = data.draw(st.sampled_from([changed(good, path, data.draw(JSON)), data.draw(JSON)]))
    page = read_anything(name, with_rows(name, [odd, good]))
    assert READERS[name].code in codes_of(page)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@thorough
def test_any_json_in_any_place(name, data):
    path = data.draw(st.sampled_from(list(places(READERS[name].answer))))
    read_anything(name, READERS[name].wrap(changed(READERS[name].answer, path, data.draw(JSON))))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "text", ["😀 \ud83d", "<b>涨</b> & &amp; &lt;i>", "{{ x }}\n\u202e", '"><script>alert(1)</script>', "\0\x1b[31m"]
)
def test_hostile_text_in_any_place(name, text):
    for path in places(READERS[name].answer):
        read_anything(name, READERS[name].wrap(changed(READERS[name].answer, path, text)))
