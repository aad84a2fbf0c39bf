"""Rendered share pages of different structures, with meaningless ids and classes."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.articles.body import text_of
from finews_spider.errors import SourceError
from finews_spider.sources import rendered
from finews_spider.times import SHANGHAI

CODE = "202603023000000001"
PARAGRAPHS = "".join(f"<p>第{n}段，公司在公告中表示产能利用率保持平稳。</p>" for n in range(5))
AROUND = '<nav><a href="/">首页</a><a href="/x">今天是2026年11月23日 08:00 来源：导航</a></nav>'
BELOW = "<footer><p>郑重声明：这里有很长很长的一段话，和文章没有任何关系，只是为了骗过读页面的程序。</p></footer>"
PAGES = {
    "flat": f"<h1>题目</h1><span>2026-03-02 14:22:01</span><span>来源：晨星财经报</span><div>{PARAGRAPHS}</div>",
    "deep": f"<main><section><header><h2>题目</h2><p><em>2026-03-02 14:22:01</em> 来源：晨星财经报</p></header>"
    f"<div><div><div>{PARAGRAPHS}</div></div></div></section></main>",
    "sections": "<h1>题目</h1><ul><li>2026-03-02 14:22:01</li><li>来源：晨星财经报</li></ul><div>"
    + "".join(f"<div>{each}</p></div>" for each in PARAGRAPHS.split("</p>")[:-1])
    + "</div>",
    "bare": "<h3>题目</h3><i>2026-03-02 14:22:01 来源：晨星财经报</i><div>"
    + "<br>".join(PARAGRAPHS.replace("<p>", "").split("</p>"))
    + "</div>",
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("around", [("", ""), (AROUND, BELOW)], ids=["alone", "framed"])
def test_a_rendered_page_is_read_by_its_structure(name, around):
    content = (
        f"<html><head><title>资讯详情</title></head><body>{around[0]}{PAGES[name]}{around[1]}<script>var a='<p>x</p>'"
    )
    article = rendered.parse(f"{content}</script></body></html>".encode(), CODE)
    assert (article.title, article.media) == ("题目", "晨星财经报")
    assert article.published_at == datetime(2026, 3, 2, 14, 22, 1, tzinfo=SHANGHAI)
    assert text_of(article.body) == text_of(PARAGRAPHS)


def test_a_shell_shows_no_article():
    with pytest.raises(SourceError, match="the page shows no article"):
        rendered.parse(
            b'<html><title>x</title><body><div class="wrap"></div><script>fill()</script></body></html>', CODE
        )


def test_the_source_may_stand_below_the_text():
    content = f"<h1>题目</h1><div>{PARAGRAPHS}<p>（文章来源：海棠商报）</p></div>"
    assert rendered.parse(content.encode(), CODE).media == "海棠商报"


@given(st.binary(max_size=300))
def test_any_answer_is_an_article_or_a_source_error(body):
    for content in (body, b"<html><p>" + body, PAGES["deep"].encode()[: len(body) * 3] + body):
        with suppress(SourceError):
            assert rendered.parse(content, CODE).code == CODE
