"""A mirror's category pages and posts. The pages are our own work."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.errors import SourceError
from finews_spider.sources import mirror_category

A, B, C = (f"20260302300000000{n}" for n in range(3))


def html(content):
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{content}</body></html>'.encode()


def test_a_mirrors_posts_in_every_kind_of_link():
    page = mirror_category.parse(
        html(
            f'<a href="../x/2026/03/02/NW{A}.html">一</a><a href="//mirror.example/x/2026/03/02/{B}.html?utm=1#c">二</a>'
            f'<a href="https://mirror.example/x/2026/03/02/NW{C}/">三</a><a href="/x/2026/03/02/NW{A}.html">又一</a>'
            '<a href="/x/2022/05/26/old-name.html">四</a><a href="/about.html">关于</a><a href="http://[">坏</a><a href="/" "{">坏</a>'
        )
    )
    assert [ref.code for ref in page.refs] == [A, B, C]
    assert page.links == ["/x/2022/05/26/old-name.html"]


def test_a_page_without_posts_is_an_error():
    with pytest.raises(SourceError, match="no post"):
        mirror_category.parse(html('<a href="/about.html">关于</a>'))


def test_a_post_leads_to_its_share_link_before_any_other():
    share = f"http://mirror.example/html_News/NewsShare.html?infoCode=NW{A}"
    other = f'<a href="http://finance.eastmoney.com/a/{B}.html">相关</a>'
    assert mirror_category.share_ref(html(f'{other}<a href="{share}">原文</a>')).code == A
    assert mirror_category.share_ref(html(f"{other}<p>原文 {share}</p>")).code == A
    assert mirror_category.share_ref(html(other)).code == B
    assert mirror_category.share_ref(html("<p>没有</p>")) is None


@given(st.binary(max_size=300))
def test_any_answer_is_a_page_or_a_source_error(body):
    for parse in (mirror_category.parse, mirror_category.share_ref):
        for content in (body, b"<html><a href='" + body):
            with suppress(SourceError):
                parse(content)
