"""Columns with their list in the HTML. The pages are our own work."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.errors import SourceError
from finews_spider.sources import category_page
from finews_spider.times import SHANGHAI

A, B = (f"20260302300000000{n}" for n in range(2))


def html(content):
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{content}</body></html>'.encode()


def column(rows):
    return html(f'<ul id="newsListContent">{rows}</ul>')


ROW = f"""<li id="newsTr0"><div class="image"><a href="//finance.eastmoney.com/a/{A}.html"><img src="//x/1.jpg"></a></div>
    <div class="text"><p class="title"><a href="http://finance.eastmoney.com/a/{A}.html">题目一</a></p>
    <p class="info" title="全文 &amp; 摘要">全文…</p><p class="time">2026年03月02日 14:22</p></div></li>"""


def test_a_columns_row_gives_title_time_and_digest():
    [ref] = category_page.parse(column(ROW)).refs
    assert (ref.code, ref.title, ref.digest) == (A, "题目一", "全文 & 摘要")
    assert ref.time == datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI)


@pytest.mark.parametrize("broken", ['<a href="http://[">坏</a>', '<a href="/about.html" "坏" {=1>坏</a>'])
def test_a_broken_link_does_not_affect_other_links(broken):
    assert [ref.code for ref in category_page.parse(column(f"<li>{broken}</li>{ROW}")).refs] == [A]


def test_older_lists_and_rankings_are_links_with_or_without_a_time():
    page = html(
        f'<table><tr><td><a href="/news/1345,{A}.html">一</a></td><td>03-02 14:22</td></tr></table>'
        f'<div class="Wydj"><ul><li><a href="/a/{B}.html">二</a></li></ul></div><a href="/about.html">关于</a>'
    )
    refs = category_page.parse(page).refs
    assert [(ref.code, ref.title) for ref in refs] == [(A, "一"), (B, "二")]
    assert [ref.time for ref in refs] == [datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI), None]


@pytest.mark.parametrize(
    ("code", "written", "shown"),
    [
        ("202212313000000001", "01月01日 00:05", datetime(2023, 1, 1, 0, 5, tzinfo=SHANGHAI)),
        ("202212313000000001", "01-01 00:05", datetime(2023, 1, 1, 0, 5, tzinfo=SHANGHAI)),
        ("202212313000000001", "1月1日 0:05:09", datetime(2023, 1, 1, 0, 5, 9, tzinfo=SHANGHAI)),
        ("202212313000000001", "1/1 00：05", datetime(2023, 1, 1, 0, 5, tzinfo=SHANGHAI)),
        ("202301013000000001", "12月31日 23:59", datetime(2022, 12, 31, 23, 59, tzinfo=SHANGHAI)),
        ("202301013000000001", "12月31日（周六）23:59", datetime(2022, 12, 31, 23, 59, tzinfo=SHANGHAI)),
        ("202206013000000001", "06-01 09:20", datetime(2022, 6, 1, 9, 20, tzinfo=SHANGHAI)),
        ("202403013000000001", "02月29日 09:20", datetime(2024, 2, 29, 9, 20, tzinfo=SHANGHAI)),
    ],
)
def test_a_time_without_its_year_is_a_guess_near_the_codes_date(code, written, shown):
    [ref] = category_page.parse(html(f'<ul><li><a href="/a/{code}.html">一</a><span>{written}</span></li></ul>')).refs
    assert (ref.time, ref.time_is_guess) == (shown, True)


@pytest.mark.parametrize(
    "written",
    ["今天 09:20", "昨天 09:20", "09:20", "5分钟前", "刚刚", "涨1.5 10:30", "13-01 09:20", "02-29 09:20", "3月"],
)
def test_a_time_without_a_valid_date_is_none(written):
    row = f'<ul><li><a href="/a/202302283000000001.html">一</a><span>{written}</span></li></ul>'
    [ref] = category_page.parse(html(row)).refs
    assert (ref.time, ref.time_is_guess) == (None, False)


def test_a_rows_time_is_not_its_titles_or_its_digests():
    title = "回顾2021年1月2日 10:00与3月4日 11:00"
    row = ROW.replace("题目一", title).replace("全文…", "2020-05-06 10:00 全文…")
    [ref] = category_page.parse(column(row)).refs
    assert (ref.title, ref.time) == (title, datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI))
    plain = f'<ul><li><a href="/a/{A}.html">{title}</a> 03-02 14:22</li></ul>'
    [ref] = category_page.parse(html(plain)).refs
    assert (ref.time, ref.time_is_guess) == (datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI), True)


def test_a_row_in_the_list_takes_precedence_over_the_ranking():
    page = column(ROW).replace(b"<body>", f'<body><a href="/a/{A}.html">短题</a>'.encode())
    assert [ref.title for ref in category_page.parse(page).refs] == ["题目一"]


def test_an_empty_shell_differs_from_a_page_without_a_list():
    ranking = f'<div class="Wydj"><a href="/a/{B}.html">二</a></div>'.encode()
    with pytest.raises(category_page.EmptyShell):
        category_page.parse(column("\n").replace(b"</body>", ranking + b"</body>"))
    with pytest.raises(SourceError, match="no article") as error:
        category_page.parse(html("<p>nothing</p>"))
    assert not isinstance(error.value, category_page.EmptyShell)


@given(st.binary(max_size=300))
def test_any_answer_is_a_page_or_a_source_error(body):
    for content in (body, b"<html><a href='" + body, column(ROW)[: len(body) * 3] + body):
        with suppress(SourceError):
            category_page.parse(content)
