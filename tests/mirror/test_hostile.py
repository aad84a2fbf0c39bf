"""Hostile articles, from the store to a real browser: no script runs, no request leaves, and the text is the article's.

Each page is opened twice: as a reader does, and with its Content-Security-Policy switched off, for the posts must be
harmless by themselves: in a feed reader, or in a theme of someone else's.
"""

import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served
from tests.feed_validators import check_atom, check_json_feed

NEWEST = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
EVIL = "window.top.ran = 1; alert(1)"
GET = "//evil.example/x"

TITLES = [
    "\"双引号\" '单引号' \\ 反斜 \\n \\u0041",
    "冒号: 井号 # 百分 % 艾特 @ 感叹 ! 星 * 与 &amp; | > - ? [列] {表}",
    "---\ntitle: 换了\n---\n",
    "控制\x00\x07\x1b[31m\x7f\x85\u2028字符",
    "双向\u202e\u2066覆盖\u2069\u200f",
    "代理\ud800对\udfff",
    "😀👨‍👩‍👧 emoji 與 𠀀",
    "题" * 10_000,
    "{{ site.title }}{% include x.html %}{% raw %}{{{",
    f"<script>{EVIL}</script><img src=x onerror='{EVIL}'>",
    "</title></h1></main><style>*{display:none}</style>",
    "&lt;b&gt; &#60;i&#62; &amp;amp;",
    "*粗* _斜_ `码` [链](javascript:alert(1)) # 题 | 表 |",
    "null",
    "~",
    "2026-01-01",
    "1e5",
    "!ruby/object:Gem::Installer {}",
    "&锚 *锚 <<: *x",
    "]]><x/>",
    "\u200b零宽﻿",
]
BODIES = [
    f"<script>{EVIL}</script><p>正文</p>",
    f"<p onclick='{EVIL}' onmouseover='{EVIL}'>正文</p><img src=x onerror='{EVIL}'>",
    f"<svg onload='{EVIL}'><script>{EVIL}</script></svg><p>正文</p>",
    f"<p>正文</p><iframe src='{GET}'></iframe><iframe srcdoc='<script>{EVIL}</script>'></iframe>",
    f"<p>正文</p><object data='{GET}'></object><embed src='{GET}'><applet code='{GET}'></applet>",
    f"<p>正文</p><link rel=stylesheet href='{GET}'><style>@import '{GET}';p{{background:url({GET})}}</style>",
    f"<p style=\"background:url('{GET}')\">正文</p><p style='position:fixed;inset:0;z-index:9'>盖</p>",
    f"<p>正文</p><meta http-equiv=refresh content='0;url={GET}'><base href='{GET}'>",
    f"<p>正文</p><form action='{GET}'><button formaction='javascript:{EVIL}' autofocus>按</button></form>",
    f"<p>正文</p><video src='{GET}' autoplay></video><audio src='{GET}'></audio><source srcset='{GET} 1x'>",
    f"<p>正文</p><a href='javascript:{EVIL}'>甲</a><a href='data:text/html,<script>{EVIL}</script>'>乙</a>",
    f"<p>正文</p><a href='java\nscript:{EVIL}'>丙</a><a href='&#106;avascript:{EVIL}'>丁</a>",
    "<p>正文</p>{% include x.html %}{{ site.posts }}{% raw %}<p>{{ content }}</p>{% endraw %}{%",
    "</article></main></body></html><p>正文</p><h1>另一篇</h1>",
    f"<p>正文</p><!--><script>{EVIL}</script>--><!-- --!><img src=x onerror='{EVIL}'>",
    f"<noscript><p title=\"</noscript><img src=x onerror='{EVIL}'>\">正文</p></noscript><p>正文</p>",
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror='{EVIL}'&gt;\"></style></table></math><p>正文",
    f"<p>正文</p><template><script>{EVIL}</script></template><xmp><img src=x onerror='{EVIL}'></xmp>",
    "<p>正文\n\n***\n\n    <script>alert(1)</script>\n\n[链](javascript:alert(1))\n{: onclick='alert(1)'}</p>",
    '正文 *一* [链](javascript:alert(1)){: onclick="alert(1)"} <https://evil.example/x> ![图](//evil.example/x)',
    '{::options parse_block_html="true" /}\n{::nomarkdown}<script>alert(1)</script>{:/}\n正文',
    f"<p>正文</p>\n---\nlayout: default\n---\n<script>{EVIL}</script>",
    f"<p id='q' name='q'>正文</p><a id=location name=location href='{GET}'>x</a><img name=body src='data:,'>",
    f"<p>正文<a href='{GET}' ping='{GET}' target=_top>链</a></p><img loading=eager srcset='{GET} 2x' src='data:,x'>",
    "<p>正文</p><marquee onstart='alert(1)'>动</marquee><details open ontoggle='alert(1)'>开</details>",
    "<plaintext>正文",
    "<table><tr><td>正文<script>alert(1)//",
    "<p>正文" + "<div>" * 600,
]
COVERING = [
    *(
        f'<p>正文</p><div style="{style}"><a href="{GET}" style="{style}">盖</a></div>'
        for style in (
            "position:fixed;top:0;left:0;width:100%;height:100%;z-index:9",
            "position:relative;top:-900px",
            "position:sticky;top:0",
            "height:99999999px",
            "min-height:9e9px",
            "padding-top:99999px",
            "margin:-999px 0 0 -99px",
            "margin-top:9999px;margin-bottom:9999px",
            "float:left;height:4000px;width:2000px",
            "font-size:999999px",
            "line-height:999999px",
            "font:99999px serif",
            "border:99999px solid",
            "outline:9999px solid red",
            "box-shadow:0 0 0 9999px red",
            "transform:translateY(-900px)",
            "vertical-align:9999px",
            "text-indent:-9999px",
            "letter-spacing:9999px",
            "display:grid;width:300%",
            "min-width:9999px;overflow:visible",
            "--page:red;all:unset;inset:0",
        )
    ),
    f'<p>正文</p><a class="skip" href="{GET}" style="height:9000px;width:9000px;display:block">盖</a>',
    '<p>正文</p><div class="top end name body" id="main">盖</div>',
    '<p>正文</p><table width="99999999" height="99999999" border="99999"><tr><td height="99999999" colspan="99999">盖</table>',
    '<p>正文</p><img src="data:," width="99999999" height="99999999" hspace="99999" vspace="99999">',
    '<p>正文</p><center><font size="99999" style="position:absolute">盖',
]
MARKDOWN = [
    "<p>正文</p><div/>[链](javascript:alert(1))</div>",
    "<p>正文</p><div/>\n![图](/n.png){: onerror='alert(1)'}\n</div>",
    '<p>正文</p><section />\n\n甲\n{: style="position:fixed;inset:0" class="skip"}\n\n</section>',
    "<p>正文</p><table /><script/>\n[x]: javascript:alert(1)\n[x]</table>",
    "<p>正文<span/>[链](javascript:alert(1)){: onclick='alert(1)'}</p></span>",
    "<p>正文</p>\n{:/nomarkdown}\n<script>alert(1)</script>[链](javascript:alert(1))\n{::nomarkdown}",
    "<P>正文</p><CENTER>[链](javascript:alert(1))</center>",
    "<p>正文<b></p><!-- more --><div title='\n\n[链](javascript:alert(1))'>乙",
]
FIELDS = [
    {"media": "../../etc/passwd"},
    {"media": "<script>alert(1)</script>"},
    {"media": "{{ site.title }}"},
    {"media": "CON"},
    {"media": "a: b # c"},
    {"digest": f"正文 <script>{EVIL}</script> {{{{ x }}}} [链](javascript:alert(1))", "layout": "roll"},
    {"source_url": f"javascript:{EVIL}", "layout": "roll"},
    {"source_url": "http://x.example/>\n<script>alert(1)</script>", "layout": "roll"},
    {"stocks": ("1.../../x", "116.09988", "1.<script>")},
    {"body": "<p>正文<a data-code='1,600160' href='//q'>&lt;script&gt;alert(1)&lt;/script&gt;</a></p>"},
]


def article(number: int, **fields) -> Article:
    shown = NEWEST - timedelta(minutes=number)
    fields = {"title": f"第{number}篇", "body": f"<p>正文{number}</p>", "media": "晨报"} | fields
    return normalize(Article(code=f"20260102{number:010}", channel="甲", published_at=shown, **fields))


ARTICLES = [
    *(article(n, title=title) for n, title in enumerate(TITLES)),
    *(article(100 + n, body=body.replace("正文", f"正文{n}号")) for n, body in enumerate(BODIES)),
    *(article(200 + n, **fields) for n, fields in enumerate(FIELDS)),
    *(article(300 + n, body=body.replace("正文", f"正文{n}则")) for n, body in enumerate([*COVERING, *MARKDOWN])),
]


@contextmanager
def outside():
    """Give the port of a server that stands for all other hosts, and the list of the paths that were requested."""
    requests = []

    class World(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), World) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, requests
        server.shutdown()
        thread.join()


def all_hosts_are(port):
    """Return the argument by which Chromium takes all the world, but who updates it, for one server on loopback."""
    return f"--host-resolver-rules=MAP *.googleapis.com ~NOTFOUND, MAP * 127.0.0.1:{port}, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    """Return the folder of a built site of all ARTICLES, and article → its URL."""
    folder = tmp_path_factory.mktemp("hostile")
    urls = export(folder / "mirror", ARTICLES, feed_text=True)
    site.init(folder / "mirror")
    return build(folder / "mirror", folder / "site"), urls


@pytest.fixture(scope="module")
def world():
    """Return a browser for which every host is one server, and the list of the paths requested from it."""
    with outside() as (port, requests), chromium(all_hosts_are(port), "--ignore-certificate-errors") as browser:
        yield browser, requests


# What is seen where each of the page's own links is: that link, or something else.
COVERED = """() => [...document.querySelectorAll("header a:not(.skip), body > footer a, nav a")].filter(link => {
  link.scrollIntoView({block: "center"});
  const {left, top, width, height} = link.getBoundingClientRect();
  return !link.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map(link => link.href)"""
TALLEST = 20_000
"""Pixels of a page whose article says next to nothing."""


def look_at(browser, built, urls, *, without_csp):
    """Open each page of a built site, and return code → title, heading and text; and what went wrong."""
    pages, wrong = {}, []
    with served(built) as home, browser.new_context(bypass_csp=without_csp) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"{page.url}: {dialog.message}"), dialog.dismiss()))
        lists = ["/", "/archive/2026-01-02/", "/search/?q=alert", "/stock/1.600160/", "/category/", "/404.html"]
        for code, url in [*urls.items(), *((None, url) for url in lists)]:
            page.goto(home + url, wait_until="networkidle" if "q=" in url else "load")
            scripts = 'script:not([src^="/assets/"], [type="application/ld+json"])'
            if page.evaluate("scripts => window.ran || document.querySelector(scripts) !== null", scripts):
                wrong.append(f"{url}: a script")
            wrong.extend(f"{url}: {link} is covered" for link in page.evaluate(COVERED))
            if page.evaluate("document.documentElement.scrollHeight") > TALLEST * (1 + (code is None)):
                wrong.append(f"{url}: the footer is out of sight")
            if code:
                pages[code] = page.title(), page.locator("h1").first.inner_text(), page.locator("main").inner_text()
    return pages, wrong


@pytest.fixture(scope="module", params=[False, True], ids=["as a reader", "without CSP"])
def seen(request, mirror, world):
    """Return what a browser saw of each page, what went wrong, and what left for the world."""
    (built, urls), (browser, requests) = mirror, world
    requests.clear()
    return *look_at(browser, built, urls, without_csp=request.param), list(requests), request.param


def test_no_script_runs(seen):
    assert seen[1] == []


def test_no_request_leaves(seen):
    _, _, requests, without_csp = seen
    # A picture is fetched by who looks at a post; which hosts may show one is for the site's policy to say.
    assert set(requests) <= ({"/x"} if without_csp else set())


@pytest.mark.parametrize("hostile", ARTICLES[: len(TITLES)], ids=lambda a: repr(a.title[:20]))
def test_a_title_is_what_it_is(seen, hostile):
    title, heading, text = seen[0][hostile.code]
    words = "".join(hostile.title.split())
    assert "".join(heading.split()) == words
    assert "".join(title.split()).startswith(words)
    assert "正文" in text


@pytest.mark.parametrize("hostile", ARTICLES[len(TITLES) :], ids=lambda a: repr(a.body[:30]))
def test_the_article_is_on_its_page_under_its_title(seen, hostile):
    _, heading, text = seen[0][hostile.code]
    assert heading == hostile.title
    assert "正文" in text


def test_every_page_ends_as_the_site_ends_it(mirror):
    built, urls = mirror
    ends = {(built / url.lstrip("/")).read_text("utf-8").rpartition("</main>")[2] for url in urls.values()}
    assert len(ends) == 1


def test_the_feeds_are_valid_and_have_the_titles(mirror):
    check_atom(*mirror[0].rglob("feed.xml"))
    check_json_feed(*mirror[0].rglob("feed.json"))
    feed = ET.parse(mirror[0] / "feed.xml").getroot()
    titles = [e.text for e in feed.iter("{http://www.w3.org/2005/Atom}title")]
    newest = sorted(ARTICLES, key=lambda a: a.published_at, reverse=True)[:10]
    assert ["".join(a.title.split())[:30] for a in newest] == ["".join(t.split())[:30] for t in titles[1:11]]
