"""Columns with their list in the HTML, of our own making."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.errors import SourceError
from finews_spider.items import SHANGHAI
from finews_spider.sources import category_page

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
def test_a_broken_link_leaves_its_neighbours(broken):
    assert [ref.code for ref in category_page.parse(column(f"<li>{broken}</li>{ROW}")).refs] == [A]


def test_older_lists_and_rankings_are_links_with_or_without_a_time():
    page = html(
        f'<table><tr><td><a href="/news/1345,{A}.html">一</a></td><td>03-02 14:22</td></tr></table>'
        f'<div class="Wydj"><ul><li><a href="/a/{B}.html">二</a></li></ul></div><a href="/about.html">关于</a>'
    )
    refs = category_page.parse(page).refs
    assert [(ref.code, ref.title) for ref in refs] == [(A, "一"), (B, "二")]
    assert [ref.time for ref in refs] == [datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI), None]


def test_a_row_in_the_list_wins_over_the_same_article_in_the_ranking():
    page = column(ROW).replace(b"<body>", f'<body><a href="/a/{A}.html">短题</a>'.encode())
    assert [ref.title for ref in category_page.parse(page).refs] == ["题目一"]


def test_an_empty_shell_is_told_from_a_page_without_a_list():
    ranking = f'<div class="Wydj"><a href="/a/{B}.html">二</a></div>'.encode()
    with pytest.raises(category_page.EmptyShell):
        category_page.parse(column("\n").replace(b"</body>", ranking + b"</body>"))
    with pytest.raises(SourceError, match="no article") as error:
        category_page.parse(html("<p>nothing</p>"))
    assert not isinstance(error.value, category_page.EmptyShell)


@given(st.binary(max_size=300))
def test_whatever_comes_it_is_a_page_or_a_source_error(body):
    for content in (body, b"<html><a href='" + body, column(ROW)[: len(body) * 3] + body):
        with suppress(SourceError):
            category_page.parse(content)
