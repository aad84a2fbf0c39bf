import pytest

from finews_spider.articles.links import code_of_link, links_in, ref_of_link, web_code
from finews_spider.codes import is_code

LINKS = {
    "https://wallstreetcn.com/articles/3782700": "wscn-3782700",
    "https://www.wallstreetcn.com/articles/3782700/": "wscn-3782700",
    "https://m.wallstreetcn.com/articles/3782700?keyword=x#top": "wscn-3782700",
    "https://wallstreetcn.com/premium/articles/3782459?layout=wscn-layout": "wscn-3782459",
    "https://wallstreetcn.com/livenews/3167593": "wscn-live-3167593",
    "https://www.cls.cn/detail/2492814": "cls-2492814",
    "m.cls.cn/detail/2492814": "cls-2492814",
    "https://api3.cls.cn/share/article/2492814?os=web&sv=8.7.9&app=CailianpressWeb": "cls-2492814",
    "https://finance.sina.com.cn/stock/usstock/c/2026-09-29/doc-initmeav9622448.shtml": "sina-nitmeav9622448",
    "https://finance.sina.cn/usstock/mggd/2026-09-29/detail-initmeav9622448.d.html?from=wap": "sina-nitmeav9622448",
    "http://tech.sina.com.cn/it/2019-09-09/doc-iicezzrq4681677.shtml": "sina-icezzrq4681677",
    "http://news.10jqka.com.cn/20260930/c680400243.shtml": "ths-680400243",
    "https://m.10jqka.com.cn/20260930/c680400243.shtml": "ths-680400243",
    "https://news.10jqka.com.cn/m680400243/": "ths-680400243",
    "https://m.10jqka.com.cn/m680400243/": "ths-680400243",
    "http://news.10jqka.com.cn/m680400243_494/": "ths-680400243",
    "https://news.10jqka.com.cn/tapp/news/share/680400243/": "ths-680400243",
    "https://www.gelonghui.com/live/2694771": "gelonghui-2694771",
    "https://m.gelonghui.com/live/2694771": "gelonghui-2694771",
    "https://www.nbd.com.cn/articles/2026-09-29/4595080.html": "nbd-4595080",
    "http://www.nbd.com.cn/rss/zaker/articles/4595080.html": "nbd-4595080",
}


@pytest.mark.parametrize(("link", "code"), LINKS.items())
@pytest.mark.parametrize("around", ["{}", " {}\n", "《{}》", "<{}>", "{}。"])
def test_link_of_a_publisher(link, code, around):
    assert code_of_link(around.format(link)) == code
    assert is_code(code)


def test_a_code_is_a_link():
    assert code_of_link(" WSCN-live-3167593。") == "wscn-live-3167593"
    assert links_in("见 wscn-3782700,cls-2492814 和 ths-680400243。") == [
        "wscn-3782700",
        "cls-2492814",
        "ths-680400243",
    ]


def test_the_page_of_a_link_is_kept_where_the_code_does_not_lead_there():
    link = "news.10jqka.com.cn/20260930/c680400243.shtml?utm=1#top"
    assert ref_of_link(link).url == "https://news.10jqka.com.cn/20260930/c680400243.shtml"
    assert ref_of_link("ths-680400243").url == ""
    assert ref_of_link("https://finance.eastmoney.com/a/202206012399294452.html").url == ""
    assert ref_of_link("https://news.example/") is None


def test_links_as_people_write_them():
    assert code_of_link("ｈｔｔｐｓ：／／ｗａｌｌｓｔｒｅｅｔｃｎ．ｃｏｍ／articles/3782700") == "wscn-3782700"
    assert code_of_link("HTTPS://WWW.CLS.CN:443/detail/2492814?a=1&amp;b=2") == "cls-2492814"
    assert code_of_link("//www.cls.cn/detail/2492814") == "cls-2492814"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "《》",
        "stcn-3782700",
        "wscn-",
        "wscn-37_82700",
        "https://wallstreetcn.com/",
        "https://wallstreetcn.com/articles/",
        "https://wallstreetcn.com/articles/3782700/comments",
        "https://wallstreetcn.com.evil.example/articles/3782700",
        "https://evil.example/wallstreetcn.com/articles/3782700",
        "https://evil-wallstreetcn.com/articles/3782700",
        "https://wallstreetcn.com@evil.example/articles/3782700",
        "https://www.cls.cn/telegraph",
        "https://www.cls.cn/detail/２492814x",
        "https://finance.sina.com.cn/7x24/2026-09-19/doc-initmeav9622448.shtml",
        "https://finance.sina.cn/7x24/2026-09-19/detail-initmeav9622448.d.html",
        "https://finance.sina.com.cn/roll/c/56592.shtml",
        "https://finance.sina.com.cn/doc-i.shtml",
        "https://news.10jqka.com.cn/today_list/",
        "https://stockpage.10jqka.com.cn/300750/",
        "https://www.gelonghui.com/news/2694771",
        "https://www.nbd.com.cn/articles/4595080.html",
        "http://[::1/articles/3782700",
        f"https://wallstreetcn.com/articles/{'9' * 100_000}",
    ],
)
def test_other_links_name_no_article(link):
    assert code_of_link(link) == ""


def test_code_of_any_other_site():
    code = web_code("https://news.example/2026/11/a.html?b=2&a=1")
    assert is_code(code)
    assert len(code) == len("web-") + 16
    same = (
        "http://news.example/2026/11/a.html?a=1&b=2",
        "https://NEWS.example/2026/11/a.html?a=1&b=2#comments",
        "//news.example/2026/11/a.html?b=2&a=1",
        "《https://news.example/2026/11/a.html?b=2&amp;a=1》",
        "https://news.example/2026/11/a.html?b=2&utm_source=rss&a=1&utm_medium=feed",
    )
    assert {web_code(each) for each in same} == {code}
    others = (
        "https://news.example/2026/11/A.html?b=2&a=1",
        "https://news.example/2026/11/a.html",
        "https://other.example",
    )
    assert len({web_code(each) for each in others} | {code}) == 4


@pytest.mark.parametrize(
    "url", ["", "news.example/a", "mailto:a@news.example", "javascript:utm_", "http://[::1/", "http://"]
)
def test_no_code_without_an_http_url(url):
    assert web_code(url) == ""


def test_code_of_a_site_stays():
    """The code is the article's identity in stores and in names of posts."""
    assert web_code("https://news.example/a.html") == "web-ab87e83a74c0dcb6"
