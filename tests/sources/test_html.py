"""What all web pages share: parsing bytes into a tree, and extracting texts."""

import pytest

from finews_spider.errors import SourceError
from finews_spider.sources import html

PAGE = "<!DOCTYPE html><html><head>{}</head><body><p>第三季度营收</p></body></html>"


@pytest.mark.parametrize(
    ("meta", "header", "encoding"),
    [
        ("", "text/html; charset=GB2312", "gb18030"),
        ('<meta charset="gbk">', "text/html", "gb18030"),
        ("", "", "gb18030"),
        ("", "text/html", "utf-8"),
        ('<meta charset="gbk">', "", "utf-8-sig"),
        ("", "text/html; charset=nonsense", "utf-8"),
    ],
)
def test_the_encoding_is_found(meta, header, encoding):
    page = html.read_html(PAGE.format(meta).encode(encoding), header)
    assert html.text_of(page) == "第三季度营收"


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b"[]", b"text", b"a < b", b"\x00\x01"])
def test_an_answer_that_is_no_page_is_refused(body):
    with pytest.raises(SourceError, match=r"empty|JSON|no HTML"):
        html.read_html(body)


@pytest.mark.parametrize(
    ("links", "href"),
    [
        ('<a rel="next" href=" x_2.html ">2</a>', "x_2.html"),
        ('<link rel="next" href="/page2/">', "/page2/"),
        ('<a href="x_1.html">上一页</a><a href="x_2.html"> 下一页 </a>', "x_2.html"),
        ('<a href="x_2.html">›</a>', "x_2.html"),
        ('<a href="x.html">next year</a>', ""),
        ('<a rel="next" href="http://[">2</a>', ""),
    ],
)
def test_the_next_page(links, href):
    assert html.next_page(html.read_html(PAGE.format(links).encode())) == href


def test_scripts_are_no_text():
    page = html.read_html(b"<p>a<script>b</script><style>c</style> d</p>")
    assert html.text_of(page) == "a d"


@pytest.mark.parametrize(
    ("page", "inside"),
    [
        ('<div id="x" title="a &gt; b">1 &lt; 2<p>段</p>尾</div>', "1 &lt; 2<p>段</p>尾"),
        ("<div id='x' title='\"'>A&amp;B<br></div>", "A&amp;B<br>"),
        ('<div id="x" 字="1">文</div>', "文"),
        ('<div id="x"></div>', ""),
    ],
)
def test_the_html_between_an_elements_tags(page, inside):
    assert html.inner(html.read_html(page.encode(), "text/html; charset=utf-8").css("#x")[0].root) == inside
