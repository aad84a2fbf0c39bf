"""Lists in JSON whose fields the channels file names, read as a user's channel says."""

import json
from datetime import datetime

import pytest

from finews_spider.config.channels import load_channels
from finews_spider.errors import ConfigError, SourceError
from finews_spider.sources.json_list import parse
from finews_spider.times import SHANGHAI

A, B = "202609011234567890", "202609011234567891"
NOON = datetime(2026, 9, 1, 12, 30, tzinfo=SHANGHAI)
CHANNEL = """
[[channel]]
name = "日报"
kind = "json"
url = "https://papers.example/list"
"""


def mapping(tmp_path, text, channel=CHANNEL):
    (tmp_path / "my.toml").write_text(f"{channel}[channel.json]\n{text}", encoding="utf-8")
    return load_channels(tmp_path / "my.toml")[0].json


def read(tmp_path, text, answer, channel=CHANNEL):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return parse(body, mapping(tmp_path, text, channel))


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ("", [{"id": A}]),
        ("papers", {"papers": [{"id": A}]}),
        ("data.0.papers", {"data": [{"papers": [{"id": A}]}]}),
        ("", f'callback([{{"id": "{A}"}}])'.encode()),
        ("papers", f'var list={{"papers": [{{"id": "{A}"}}]}};'.encode()),
    ],
)
def test_the_rows_are_where_the_path_leads(tmp_path, rows, answer):
    page = read(tmp_path, f'rows = "{rows}"\ncode = "id"', answer)
    assert [ref.code for ref in page.refs] == [A]


def test_a_row_with_every_field(tmp_path):
    row = {
        "id": f"NW{A}",
        "head": {"line": "新茶&amp;上市"},
        "at": "2026-09-01 12:30",
        "abstract": "摘要",
        "paper": "茶业日报",
        "link": "https://finance.example/a.html",
        "quotes": ["1.600160"],
    }
    fields = 'code = "id"\ntitle = ["title", "head.line"]\ntime = "at"\ndigest = "abstract"\nmedia = "paper"\nurl = "link"\nstocks = "quotes"'
    (ref,) = read(tmp_path, fields, [row]).refs
    assert (ref.code, ref.title, ref.time, ref.digest) == (A, "新茶&上市", NOON, "摘要")
    assert (ref.media, ref.url, ref.stocks) == ("茶业日报", "https://finance.example/a.html", ("1.600160",))


@pytest.mark.parametrize(
    ("written", "time_format"),
    [
        ("2026-09-01 12:30", ""),
        (1788237000, ""),
        (1788237000000, ""),
        (1788237000.25, ""),
        ("2026-09-01T04:30:00Z", ""),
        ("2026年9月1日 12:30", ""),
        ("01.09.2026 12:30", "%d.%m.%Y %H:%M"),
        ("20260901123000", "%Y%m%d%H%M%S"),
        ("Tue, 01 Sep 2026 04:30:00 +0000", "%a, %d %b %Y %H:%M:%S %z"),
    ],
)
def test_times_are_read_as_they_are_written(tmp_path, written, time_format):
    (ref,) = read(tmp_path, f'code = "id"\ntime = "at"\ntime_format = "{time_format}"', [{"id": A, "at": written}]).refs
    assert (ref.time, ref.time_is_guess) == (NOON, False)


def test_a_time_without_a_year_is_a_guess_and_one_in_another_form_is_none(tmp_path):
    (ref,) = read(tmp_path, 'code = "id"\ntime = "at"', [{"id": A, "at": "09-01 12:30"}]).refs
    assert (ref.time, ref.time_is_guess) == (NOON, True)
    (ref,) = read(tmp_path, 'code = "id"\ntime = "at"\ntime_format = "%d.%m.%Y"', [{"id": A, "at": "2026-09-01"}]).refs
    assert (ref.time, ref.time_is_guess) == (None, False)


def test_a_link_names_the_article_of_a_row_and_any_other_link_is_an_advertisement(tmp_path):
    rows = [{"to": f"https://finance.eastmoney.com/a/{A}.html"}, {"to": "https://shop.example/", "name": "广告"}]
    page = read(tmp_path, 'url = "to"\ntitle = "name"', rows)
    assert [ref.code for ref in page.refs] == [A]
    assert (len(page.adverts), page.problems) == (1, [])


def test_the_cursor_may_stand_in_the_last_row(tmp_path):
    channel = CHANNEL.replace("/list", "/list?after={cursor}")
    page = read(
        tmp_path, 'rows = "list"\ncode = "id"\ncursor = "list.-1.id"', {"list": [{"id": A}, {"id": int(B)}]}, channel
    )
    assert page.cursor == B
    assert read(tmp_path, 'rows = "list"\ncode = "id"\ncursor = "list.-1.id"', {"list": []}, channel).cursor == ""


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": "busy"}, "the answer has no data.list, only ['status']"),
        ({"data": {"list": "none"}}, "the answer's data.list is no list: 'none'"),
        (b"<html>", "the answer is HTML instead of JSON"),
    ],
)
def test_an_answer_without_the_rows_says_what_it_has(tmp_path, answer, error):
    with pytest.raises(SourceError, match="^" + error.replace("[", r"\[")):
        read(tmp_path, 'rows = "data.list"\ncode = "id"', answer)


def test_an_object_without_a_path_to_its_rows(tmp_path):
    with pytest.raises(
        SourceError, match=r"the answer is no list, only \['list'\]; the channel's json.rows should name one"
    ):
        read(tmp_path, 'code = "id"', {"list": []})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('title = "t"', r"\[channel.json\] needs a 'code' or a 'url'"),
        ('code = "id"\nrow = "list"', r"\[channel.json\] has no key 'row'; its keys are rows, "),
        ("code = 7", "json.code = 7 should be text in quotes or a list"),
        ('code = "id"\nrows = ["a"]', r"json.rows = \['a'\] should be text in quotes$"),
        ('code = "id"\ncursor = "next"', "needs a 'cursor' if the url has {cursor}, and only then"),
        ('code = "id"\ntime_format = "%H:%M"', "json.time_format = '%H:%M' should have a year"),
        ('code = "id"\ntime_format = "%Q"', "json.time_format = '%Q' should have a year"),
    ],
)
def test_a_wrong_mapping_is_named_with_its_line(tmp_path, text, error):
    with pytest.raises(ConfigError, match=f"my.toml, line 2: .*{error}"):
        mapping(tmp_path, text)


def test_only_the_kind_json_has_a_mapping(tmp_path):
    with pytest.raises(ConfigError, match="the kind 'json' needs a"):
        mapping(tmp_path, 'code = "id"', CHANNEL.replace('"json"', '"columns"'))
    (tmp_path / "my.toml").write_text(CHANNEL, encoding="utf-8")
    with pytest.raises(ConfigError, match="the kind 'json' needs a"):
        load_channels(tmp_path / "my.toml")
