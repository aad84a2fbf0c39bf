"""Articles' pages of many sites, by the table. The pages are our own work, in the shape of those recorded in 2026-09."""

import sys
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.errors import BlockedError, ConfigError, SourceError
from finews_spider.sources.publishers.pages import load_pages, read_page
from finews_spider.times import SHANGHAI
from tests.hostile import BODIES
from tests.sources.test_sources import check_result, thorough

SHOWN = datetime(2026, 9, 29, 0, 34, 3, tzinfo=SHANGHAI)
PARAGRAPH = "这是一段足够长的正文，说的是市场今天发生了什么，为什么发生，以及接下来要看什么。"
SINA = """<!DOCTYPE html><html><head><meta charset="utf-8"/><title>题目_新浪财经_新浪网</title>
<meta property="og:title" content="题目" /><meta property="article:published_time" content="2026-09-29T00:34:03+08:00" />
<meta property="article:author" content="某报" /></head><body><h1 class="main-title">题目</h1>
<div class="date-source"><span class="date">2026年09月29日 00:34</span> <span class="source ent-source">某报</span></div>
<div class="article" id="artibody"><!-- 相关专题 -->
<p>	<a href="https://finance.sina.com.cn/zt_d/subject-1" target="_blank">专题：某事</a></p>
<p>　　正文<span id=stock_sz300750><a href=https://finance.sina.com.cn/realstock/company/sz300750/nc.shtml class="keyword">某股</a></span><span id=quote_sz300750></span>。</p>
<p>　　又见<span id=stock_sh600519><a class="keyword" href="/x">甲</a></span>与<span id=usstock_MU><a class="keyword">乙</a></span>。</p>
<div class="img_wrapper"><img src="//n.sinaimg.cn/1.png" alt=""><span class="img_descr">图</span></div>
<style>.appendQr_wrap{border:1px}</style><div class="clearfix appendQr_wrap"><img src="//n.sinaimg.cn/qr.png" /><div>海量资讯</div></div>
<p class="article-editor">责任编辑：某人 </p></div><div class="comments">读者</div></body></html>"""
THS = """<html><head><title>题目</title><meta property="og:title" content="题目"/></head><body><h1 class="a">题目</h1>
<div class="b"><div class="c"><span>2026-09-30 13:10:01</span><div>来源：<a href="https://x.example/">某报</a></div></div>
<div><span>分享</span></div></div><div class="news-content article-content"><div class="news-content-parsed"><p>甲<span><a
href="https://q.10jqka.com.cn/x" class="link-wrapper link-blue">周期（883436）</a></span>乙</p></div></div></body></html>"""
NBD = """<html><head><title>题目 | 每经网</title></head><body><script type="application/ld+json">
{"@context": "https://ziyuan.baidu.com/contexts/cambrian.jsonld", "@id": "x", "title": "题目", "pubDate": "2026-09-29T23:00:00"}
</script><script type="application/ld+json">{"@context": "https://zhanzhang.baidu.com/contexts/cambrian.jsonld", "pubDate": "2026-09-29T22:06:06"}
</script><div class="g-article"><div class="g-article-top"><h1>
  题目 </h1><p class="u-time"><span class="source"> 每日经济新闻 </span><span class="time"> 2026-09-29 22:44:43 </span></p></div>
<div class="g-articl-text"><p style="color:#6d6d6d"> 每经记者｜某人&nbsp;&nbsp;&nbsp;&nbsp;每经编辑｜别人&nbsp; </p>
<p>正文。</p><p>每经记者了解到：还有一段。</p><p class="nbd-mzsm">免责声明</p></div></div></body></html>"""
TABLE = load_pages()


def page(body, head="", title="题目_某网"):
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'


def read(text, code="web-0123456789abcdef", url="https://news.example/a/1.html", table=TABLE, content_type=""):
    article = read_page(table, text if isinstance(text, bytes) else text.encode(), code, content_type, url)
    check_result(article)
    assert (article.code, article.source_url) == (code, url)
    return article


def load(tmp_path, text):
    file = tmp_path / "pages.toml"
    file.write_text(text, "utf-8")
    return load_pages(file)


def test_a_page_of_sina():
    article = read(SINA, "sina-nitmeav9622448", "https://finance.sina.com.cn/c/2026-09-29/doc-initmeav9622448.shtml")
    assert (article.title, article.published_at, article.media) == ("题目", SHOWN, "某报")
    assert article.stocks == ("0.300750", "1.600519")
    assert article.body.startswith("<p>　　正文<span")
    assert article.body.rstrip().endswith(
        '<img src="//n.sinaimg.cn/1.png" alt=""><span class="img_descr">图</span></div>'
    )
    assert 'href="https://finance.sina.com.cn/x"' in article.body
    assert (article.partial, article.extracted) == (False, False)


def test_a_page_of_ths():
    article = read(THS, "ths-680400243", "http://news.10jqka.com.cn/20260930/c680400243.shtml")
    shown = datetime(2026, 9, 30, 13, 10, 1, tzinfo=SHANGHAI)
    assert (article.title, article.published_at, article.media) == ("题目", shown, "某报")
    assert article.body == "<p>甲<span>周期</span>乙</p>"
    alone = THS.replace('<a href="https://x.example/">某报</a>', "别报")
    assert read(alone, "ths-680400243").media == "别报"


def test_a_page_of_nbd():
    article = read(NBD, "nbd-4595080", "https://www.nbd.com.cn/articles/2026-09-29/4595080.html")
    shown = datetime(2026, 9, 29, 22, 44, 43, tzinfo=SHANGHAI)
    assert (article.title, article.published_at, article.media) == ("题目", shown, "每日经济新闻")
    assert article.body.split() == ["<p>正文。</p><p>每经记者了解到：还有一段。</p>"]


def test_the_publisher_decides_where_the_host_is_a_mirrors():
    assert read(THS, "ths-680400243", "http://127.0.0.1:8000/20260930/c680400243.shtml").body.startswith("<p>甲")


def test_what_the_table_lacks_is_in_the_head(tmp_path):
    table = load(tmp_path, '[[page]]\nhosts = ["news.example"]\nbody = "article"\n')
    linked = """<script type="application/ld+json">[{"@type": "WebSite", "name": "x"}, {"@graph": [{"@type": ["NewsArticle"],
      "headline": "题目 &amp; 副题", "datePublished": "2026-09-28T16:34:03Z", "publisher": {"name": "某报"}, "description": "摘要"}]}]</script>"""
    article = read(page("<article><p>文</p></article>", linked), table=table)
    assert (article.title, article.published_at, article.media) == ("题目 & 副题", SHOWN, "某报")
    open_graph = (
        '<meta property="og:title" content="题目"><meta property="og:site_name" content="某报">'
        '<meta name="og: time" content="2026-09-29 00:34:03">'
    )
    article = read(page("<article><p>文</p></article>", open_graph), table=table)
    assert (article.title, article.published_at, article.media) == ("题目", SHOWN, "某报")
    article = read(
        page("<article><p>文</p></article>", '<script type="application/ld+json">{"@type": </script>'), table=table
    )
    assert (article.title, article.published_at, article.media) == ("题目_某网", None, "news.example")


@pytest.mark.parametrize(
    "line",
    [
        "<p>责任编辑：某人</p>",
        "<p>　　（责任编辑：某人）</p>",
        "<div><span>责编 | </span><span>某人</span></div>",
        "<p>校对：某人 审核：别人</p>",
        "<p>每经编辑 某人</p>".replace(" ", "｜"),
        "<p>文<em>（编辑 某人）</em></p>".replace("文", ""),
    ],
)
def test_lines_with_the_names_of_editors_are_dropped(tmp_path, line):
    table = load(tmp_path, '[[page]]\nhosts = ["news.example"]\nbody = "article"\n')
    body = read(page(f"<article><p>编辑部的故事：正文。</p>{line}</article>"), table=table).body
    assert "某人" not in body
    assert "编辑部的故事：正文。" in body


@pytest.mark.parametrize(
    ("declared", "content_type", "encoding"),
    [
        ('<meta charset="gb2312">', "", "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=GBK">', "", "gb18030"),
        ("", "text/html; charset=gb2312", "gb18030"),
        ("", "", "gb18030"),
        ('<meta charset="gb2312">', "", "utf-8"),
        ('<meta charset="utf-8">', "text/html; charset=utf-8", "gb18030"),
    ],
)
def test_encodings(declared, content_type, encoding):
    text = f"<html><head>{declared}</head><body>{THS.replace('题目', '朱镕基与陈喆谈市场')}</body></html>"
    assert read(text.encode(encoding), "ths-680400243", content_type=content_type).title == "朱镕基与陈喆谈市场"


@pytest.mark.parametrize(
    "captcha",
    [
        '<script>var aliyunCaptcha = 1;</script><div id="captcha"></div>',
        "<title>安全验证</title><div>请滑动验证</div>",
        '<div id="cf-challenge-running">Checking your browser</div>',
    ],
)  # fmt: skip
def test_a_captcha_is_no_article(captcha):
    for code in ("sina-nitmeav9622448", "web-0123456789abcdef"):
        with pytest.raises(BlockedError, match=f"the page of {code} asks for a captcha"):
            read(page(captcha), code)
        with pytest.raises(BlockedError):
            read(page(captcha).replace("utf-8", "gbk").encode("gbk"), code)


@pytest.mark.parametrize("text", [page("<p>别的页面</p>"), page('<div id="artibody"> <script>x</script></div>')])
def test_a_page_without_its_text_is_refused(text):
    with pytest.raises(SourceError, match="the page of sina-nitmeav9622448 has no text") as error:
        read(text, "sina-nitmeav9622448")
    assert not isinstance(error.value, BlockedError)


def test_an_article_may_speak_of_captchas():
    assert read(SINA.replace("正文", "正文说到安全验证"), "sina-nitmeav9622448").title == "题目"


def test_a_text_is_cut_where_the_page_asks_to_pay(tmp_path):
    table = load(tmp_path, '[[page]]\nhosts = ["news.example"]\nbody = "article"\npartial = ".paywall"\n')
    whole, cut = page("<article><p>文</p></article>"), page("<article><p>文</p></article><div class=paywall>订阅</div>")
    assert [read(text, table=table).partial for text in (whole, cut)] == [False, True]


def test_the_page_of_an_unknown_site_is_read_by_a_program_that_guesses():
    pytest.importorskip("trafilatura")
    text = page(
        f"<nav><a href=/>首页</a></nav><h1>题目</h1><article>{f'<p>{PARAGRAPH}</p>' * 5}<p>责任编辑：某人</p>"
        '<img src="/1.png"></article><footer>版权所有</footer><div id="comments"><p>读者的评论</p></div>',
        '<meta property="article:published_time" content="2026-09-29T00:34:03+08:00">',
        "题目",
    )
    article = read(text)
    assert (article.title, article.published_at, article.media, article.extracted) == (
        "题目",
        SHOWN,
        "news.example",
        True,
    )
    assert article.body.count(PARAGRAPH) == 5
    assert not any(part in article.body for part in ("首页", "版权", "某人", "读者"))
    for empty in ("", "<h1>404</h1><p>找不到页面</p>"):
        with pytest.raises(SourceError, match="has no text"):
            read(page(empty))


def test_without_trafilatura_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(
        SourceError, match=r"the site of https://news\.example/a/1\.html, .*pip install 'finews\[pages\]'"
    ):
        read(page("<p>文</p>"))


def test_the_users_own_table_takes_precedence(tmp_path):
    table = load(
        tmp_path, '[[page]]\nhosts = ["finance.sina.com.cn", "own.example"]\ntitle = ["h2", "h1"]\nbody = ".own"\n'
    )
    text = page("<h1>题目</h1><div class=own>我的</div>")
    assert read(text, "sina-nitmeav9622448", "https://finance.sina.com.cn/x", table).body == "我的"
    assert read(text, "web-0123456789abcdef", "https://own.example/x", table).title == "题目"
    assert read(THS, "ths-680400243", table=table).title == "题目"
    assert [table.knows(f"https://{host}/") for host in ("own.example", "www.nbd.com.cn", "other.example")] == [
        True,
        True,
        False,
    ]
    assert not table.knows("http://[::1")
    assert table.hosts == {*TABLE.hosts, "own.example"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[page]]\nhosts = ["a.example"]\nbody = "p"\ntitel = "h1"', "page 1: a page has no key 'titel'"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p"\n[[page]]\nbody = "p"', "page 2: a page has no 'hosts'"),
        ('[[page]]\nhosts = ["a.example"]', "page 1: a page has no 'body'"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p["', "page 1: body: 'p[' is no CSS selector"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p:nope"', "is no CSS selector"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p::text"', "should name an element"),
        ('[[page]]\nhosts = ["a.example"]\nbody = 7', "body = 7 should be text in quotes or a list"),
        ('[[page]]\nhosts = ["a.example"]\nbody = ["p", ""]', "body = ['p', ''] should be"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p"\npublisher = ["sina"]', "publisher = ['sina'] should be text in quotes"),
        ('[[page]]\nhosts = ["a.example"]\nbody = "p"\npublisher = "reuters"', "there is no publisher 'reuters'"),
        ('[[page]]\nhosts = ["https://a.example/"]\nbody = "p"', "'https://a.example/' is no host"),
        ('[page]\nhosts = ["a.example"]', "has no [[page]]"),
        ("", "has no [[page]]"),
        ("[[page", "pages.toml: "),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)
    assert message in str(error.value)
    assert str(tmp_path / "pages.toml") in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        load_pages(tmp_path / "none.toml")
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="the table of pages"):
        load_pages(tmp_path / "latin")


PAGES = {"sina-nitmeav9622448": SINA, "ths-680400243": THS, "nbd-4595080": NBD}


@pytest.mark.parametrize("code", PAGES)
@given(data=st.data())
@thorough
def test_any_bytes_in_a_page(code, data):
    whole = PAGES[code].encode()
    begin = data.draw(st.integers(0, len(whole)))
    body = whole[:begin] + data.draw(st.binary(max_size=20)) + whole[begin + data.draw(st.integers(0, 40)) :]
    with suppress(SourceError):
        read(body, code)


@given(body=BODIES)
@thorough
def test_any_page_of_an_unknown_site(body):
    pytest.importorskip("trafilatura")
    with suppress(SourceError):
        read(page(f"<article><p>{PARAGRAPH}</p>{body}</article>").encode("utf-8", "replace"))


@pytest.mark.parametrize("body", [b"", b"{}", b"x", b"\x00", b"<" * 200_000, b"<p>" * 5000, b"\xff\xfe"])
def test_an_answer_of_another_kind_is_refused(body):
    for code in PAGES:
        with pytest.raises(SourceError):
            read(body, code)


RECORDED = {
    "sina/sina_article_detail.EXCERPT-head-and-body.html": ("sina-nitmeav9622448", SHOWN, "环球市场播报", 10),
    "sina/gne-3.html": ("sina-icezzrq4681677", datetime(2019, 9, 9, 20, 52, 38, tzinfo=SHANGHAI), "新浪财经-自媒体综合", 118),
    "ths/ths_article_detail.EXCERPT-head-and-4-paragraphs.html": (
        "ths-680400243", datetime(2026, 9, 30, 13, 10, 1, tzinfo=SHANGHAI), "人民日报", 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_pages(captured, name):
    code, shown, media, paragraphs = RECORDED[name]
    article = read((captured / name).read_bytes(), code)
    assert (article.published_at, article.media, article.body.count("<p>")) == (shown, media, paragraphs)
    assert article.title in (captured / name).read_text("utf-8").split("<title>")[1]
    assert not any(part in article.body for part in ("责任编辑", "appendQr", "专题：", "883436", "<!--", "<style"))


def test_a_recorded_page_of_nbd(captured):
    body = (captured / "nbd/nbd_article_detail.EXCERPT-jsonld-and-head.html").read_bytes() + b"<p>x</p></div></div>"
    article = read(body, "nbd-4595080")
    shown = datetime(2026, 9, 29, 22, 44, 43, tzinfo=SHANGHAI)  # the second of Baidu's blocks has 22:06:06
    assert (article.published_at, article.media, article.body.strip()) == (shown, "每日经济新闻", "<p>x</p>")
    assert article.title.startswith("九成")


def test_a_recorded_page_whose_site_is_not_in_the_table(captured):
    pytest.importorskip("trafilatura")
    article = read((captured / "cls/cls_article_detail.html").read_bytes(), url="https://www.cls.cn/detail/2492814")
    assert (article.extracted, article.published_at.date().isoformat()) == (True, "2026-09-25")
    assert article.body.count("<p>") > 8
