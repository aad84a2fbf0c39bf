"""Article pages, our own work, with the structures of the upstream's pages since 2017."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.articles.body import text_of
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.sources import page
from finews_spider.times import SHANGHAI

CODE = "202603023000000001"
TEXT = (
    '<p>　　星河重工第三季度营收同比增长12.5%。<!-- EM_StockImg_Start --></p><p style="text-align:center;"><a class="EmImageRemark" '
    'href="x"><img src="https://charts.example/r.png" data-code="600123|1|5"></a></p><!-- EM_StockImg_Start --><p>　　公司说'
    '&lt;三&gt;季度平稳。</p><!-- EM_StockImg_End --><p class="em_media">（文章来源：晨星财经报）</p>'
)
NOW = f"""<title>题目一_东方财富网</title><meta name="description" content="描述">
    <div class="contentwrap"><div id="topbox"><div class="title">题目一</div><div class="tipbox"><div class="infos">
    <div class=" item">2026年03月02日 14:22</div><div class=" item">来源：晨星财经报</div></div><div class="aboutctrl"></div>
    </div></div><div class="abstract"><div class="txt">摘要一</div></div>
    <div class="txtinfos" id="ContentBody">{TEXT}</div></div>"""
BEFORE = f"""<title>题目一_东方财富网</title><div class="newsContent"><h1>题目一</h1><div class="Info"><div class="time">
    2026年03月02日 14:22</div><div class="source">来源：晨星财经报</div></div><div class="b-review">摘要一</div>
    <div id="ContentBody" class="Body">{TEXT}</div></div>"""
MOBILE = f"""<div class="atitle">题目一</div><div class="time">2026-03-02 14:22 来源：晨星财经报</div>
    <div class="digest_content">摘要一</div><div id="xgstock"><a data-code="1.600123">星河</a></div>
    <article id="zwtext">{TEXT}</article>"""


def html(content, charset='<meta charset="utf-8">'):
    return f"<!DOCTYPE html><html><head>{charset}</head><body>{content}</body></html>"


@pytest.mark.parametrize("content", [NOW, BEFORE, MOBILE], ids=["contentwrap", "newsContent", "3g"])
def test_every_template_gives_the_whole_article(content):
    article = page.parse(html(content).encode(), CODE)
    assert (article.title, article.media, article.digest) == ("题目一", "晨星财经报", "摘要一")
    assert article.published_at == datetime(2026, 3, 2, 14, 22, tzinfo=SHANGHAI)
    assert text_of(article.body) == text_of(TEXT)
    assert "EM_StockImg_Start" in article.body
    assert "ContentBody" not in article.body


def test_the_template_without_a_header():
    article = page.parse(
        html(f'<title>题目一_东方财富网</title><div class="a content_text">{TEXT}</div>').encode(), CODE
    )
    assert (article.title, article.published_at, article.media) == ("题目一", None, "")
    assert text_of(article.body) == text_of(TEXT)


def test_the_mobile_page_names_stocks():
    assert page.parse(html(MOBILE).encode(), CODE).stocks == ("1.600123",)


@pytest.mark.parametrize(
    ("charset", "header", "encoding"),
    [
        ("", "text/html; charset=gb2312", "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gbk">', "text/html", "gb18030"),
        ("", "", "gb18030"),
        ("", "", "utf-8"),
        ("", "", "utf-8-sig"),
        ('<meta charset="utf-8">', "", "utf-8"),
    ],
)
def test_the_encoding_comes_from_header_meta_or_the_bytes(charset, header, encoding):
    article = page.parse(html(NOW, charset).encode(encoding), CODE, header)
    assert (article.title, article.media) == ("题目一", "晨星财经报")


@pytest.mark.parametrize("text", ["", "  ", "<p></p>", "<!-- nothing -->"])
def test_a_page_without_the_text_is_gone(text):
    with pytest.raises(ArticleGone, match=CODE):
        page.parse(html(NOW.replace(TEXT, text)).encode(), CODE)


def test_a_page_that_is_not_an_article_is_gone():
    with pytest.raises(ArticleGone):
        page.parse(html("<p>您访问的页面不存在</p>").encode(), CODE)


def test_an_article_of_nothing_but_an_image_is_one():
    assert "<img" in page.parse(html(NOW.replace(TEXT, '<p><img src="//x/1.png"></p>')).encode(), CODE).body


@pytest.mark.parametrize("at", [0.3, 0.6, 0.95])
def test_a_page_that_is_cut_off_is_no_article(at):
    whole = html(NOW).encode()
    with pytest.raises(SourceError, match="cut off"):
        page.parse(whole[: int(len(whole) * at)], CODE)


def test_another_articles_page_is_an_error():
    link = '<link rel="canonical" href="http://finance.eastmoney.com/a/202603023000000002.html">'
    with pytest.raises(SourceError, match="asked for 202603023000000001, got 202603023000000002"):
        page.parse(html(NOW, link).encode(), CODE)


@pytest.mark.parametrize("body", [b"", b" \n", b'{"data": null}', b"[1]", b"plain text", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_is_no_page_is_an_error_and_not_gone(body):
    with pytest.raises(SourceError) as error:
        page.parse(body, CODE)
    assert not isinstance(error.value, ArticleGone)


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=nonsense"]))
def test_any_answer_is_an_article_or_a_source_error(body, header):
    for content in (body, b"<html><div id=ContentBody>" + body, html(NOW).encode()[: len(body) * 5] + body):
        with suppress(SourceError):
            assert page.parse(content, CODE, header).code == CODE


def test_the_text_may_stand_where_no_page_has_it():
    assert page.parse(b"<html><head><title id=ContentBody>x</title></head></html>", CODE).body == "x"


def test_a_page_of_a_thousand_levels_is_read():
    deep = "<div>" * 1000 + TEXT + "</div>" * 1000
    assert text_of(page.parse(html(NOW.replace(TEXT, deep)).encode(), CODE).body)
