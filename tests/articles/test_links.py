import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from w3lib.url import canonicalize_url

from finews_spider.articles import links
from finews_spider.articles.links import code_of_link

CODE = "202609011234567890"
OLD = "20170401725887367"
CFH = "20260901101113747001360"


@pytest.mark.parametrize("code", [CODE, OLD, CFH])
@pytest.mark.parametrize(
    "link",
    [
        "{}",
        "NW{}",
        " nw{}\n",
        "https://finance.eastmoney.com/a/{}.html",
        "http://stock.eastmoney.com/a/{}.html?from=share&utm_source=x#comments",
        "https://wap.eastmoney.com/a/{}.html",
        "//global.eastmoney.com/a/{}.html",
        "hk.eastmoney.com/a/{}.html",
        "/a/{}.html",
        "<https://finance.eastmoney.com/a/{}.html>",
        "HTTPS://Finance.Eastmoney.com:443/a/{}.html",
        "http://finance.eastmoney.com/news/1345,{}.html",
        "http://finance.eastmoney.com/news/11072,{}.html?x=1",
        "https://emwap.eastmoney.com/info/detail/{}",
        "https://emwap.eastmoney.com/news/info/detail/{}?fontsize=2",
        "http://wap.eastmoney.com/3g/news/article,8,344,1,{}.shtml",
        "http://caifuhao.eastmoney.com/news/{}",
        "https://caifuhao.eastmoney.com/news/{}?from=guba",
        "https://newsinfo.eastmoney.com/kuaixun/v2/api/article/{}?guid=1788237005000",
        "http://newsinfo.eastmoney.com/kuaixun/v2/api/content/getnews?newsid={}&newstype=1",
        "http://choicewzp1.eastmoney.com/NewsData/GetNewsText.do?id=NW{}",
        "http://app.jg.eastmoney.com/NewsData/GetNewsText.do?id={}&cid=Admin",
        "http://finews.example/html_News/NewsShare.html?infoCode=NW{}",
        "http://app.jg.eastmoney.com/html_News/DetailOnly.html?isprice=1&amp;infocode=nw{}#top",
    ],
)
def test_article_links(link, code):
    assert code_of_link(link.format(code)) == code


@pytest.mark.parametrize(
    "link",
    [
        "",
        "   ",
        "<>",
        "https://finance.eastmoney.com/",
        "https://finance.eastmoney.com/a/ccjdd.html",
        "https://finance.eastmoney.com/a/ccjdd_2.html",
        f"https://finance.eastmoney.com/x/{CODE}.html",
        f"https://finance.eastmoney.com/a/{CODE}",
        f"https://finance.eastmoney.com/a/{CODE}.html/more",
        "https://finance.eastmoney.com/a/2026.html",
        f"https://news.example/news/{CODE}",
        f"https://news.example/?infoCode=NW{CODE}",
        f"https://np-newspic.dfcfw.com/download/D{CODE}_w210h154.jpg",
        f"http://app.jg.eastmoney.com/html_Notice/Detail.html?infocode=AN{CODE}",
        f"http://app.jg.eastmoney.com/html_News/NewsShare.html?id={CODE}",
        "http://app.jg.eastmoney.com/html_News/NewsShare.html?infoCode=",
        "http://quote.eastmoney.com/unify/r/116.09988",
        f"ftp://finance.eastmoney.com/a/{CODE}.html",
        f"javascript:alert('/a/{CODE}.html')",
        f"http://[finance/a/{CODE}.html",
        f"{CODE} {CODE}",
        "AN" + CODE,
    ],
)
def test_no_article(link):
    assert code_of_link(link) == ""


@pytest.mark.parametrize(
    ("link", "page"),
    [
        (
            "http://Finance.eastmoney.com/a/202603023000000001.html?from=wechat&utm_source=x#top",
            "http://finance.eastmoney.com/a/202603023000000001.html",
        ),
        (
            "//finance.eastmoney.com/news/1345,202603023000000001.html",
            "http://finance.eastmoney.com/news/1345,202603023000000001.html",
        ),
        ("https://x.example/p?b=2&a=1#z", "https://x.example/p?a=1&b=2"),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_pages_canonical_url(link, page):
    assert links.canonical(link) == page


HOSTS = (
    "finance.eastmoney.com",
    "www.cls.cn",
    "finance.sina.com.cn",
    "news.10jqka.com.cn",
    "www.nbd.com.cn",
    "x.example",
)
PATHS = (f"/a/{CODE}.html", "/detail/123", "/x/doc-initmeav9622448.shtml", "/20260930/c680400243.shtml", "/b_1.html")
PIECES = (
    "/",
    "//",
    "/..",
    ".",
    "-",
    ",",
    "A",
    "é",
    "中",
    "%41",
    "%e4",
    "~",
    ":80",
    "?b=1&a=2",
    "#x",
    "&amp;",
    "+",
    " ",
)
URLS = st.builds(
    lambda scheme, host, parts: f"{scheme}://{host}{''.join(parts)}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(HOSTS),
    st.lists(st.sampled_from(PATHS + PIECES), max_size=4),
)


@given(URLS)
@settings(max_examples=1000, derandomize=True, deadline=None)
def test_a_url_that_is_canonical_is_read_as_any_other(url):
    if links.CANONICAL.fullmatch(url):
        assert links.canonical(url) == canonicalize_url(url)
    for code in (code_of_link, links.web_code):
        assert code(url) == code(f"《{url}》")


def test_the_articles_a_body_links_to():
    body = """<a href="http://finance.eastmoney.com/a/202603023000000001.html?x=1">一</a><A class=k
        href='//stock.eastmoney.com/a/202603023000000002.html'>二</A><a href="http://evil.example/a/202603023000000003.html">
        三</a><a href="http://finance.eastmoney.com/a/202603023000000001.html">又一</a><a href="http://[">坏</a>"""
    hosts = ["finance.eastmoney.com", "stock.eastmoney.com"]
    assert [ref.code for ref in links.refs_in(body, hosts)] == ["202603023000000001", "202603023000000002"]
