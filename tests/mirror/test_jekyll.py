"""Real Jekyll builds the posts, and what it prints is the article: nothing became markup, nothing was lost."""

import html
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from finews_spider.items import Article
from finews_spider.mirror.post import LinkTargets, path_of, render
from finews_spider.times import SHANGHAI
from tests.servers import missing

LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)
LAYOUT = "<title>{{ page.title | escape }}</title><main>{{ content }}</main>"
TRICKS = [
    "平常的文字。",
    "*ST甲与*ST乙 _一_ __二__ `码` ~~删~~ ^上^",
    "{{ site.title }} {% include x %} {% raw %} {{{ }}}",
    "a -- b --- c ... d << e >> f \"g\" 'h'",
    "1. 一",
    "12. 十二",
    "# 题",
    "- 项",
    "+ 项",
    ": 定义",
    "=== ---",
    "> 引",
    "| 表 | 格 |",
    "[链](http://evil.example) ![图](http://evil.example/x.png) <http://evil.example>",
    "&amp; &lt;b&gt; &#42; R&D",
    "<b>粗</b><script>alert(1)</script>",
    "$$x$$ \\(y\\) \\* \\\\",
    "{: .class} {::nomarkdown}",
    "[^1] 脚注 *[缩]: 写",
    "😀 emoji 与 ‍组合",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a function: article → the page that Jekyll made of it."""
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    folder = tmp_path_factory.mktemp("site")
    (folder / "_layouts").mkdir()
    (folder / "_posts").mkdir()
    (folder / "_layouts/post.html").write_text(LAYOUT)
    for article in [*QUOTES, *BODIES]:
        (folder / path_of(article)).write_text(render(article, "emnews", LINKS), encoding="utf-8")
    command = ["jekyll", "build", "--quiet", "-s", str(folder), "-d", str(folder / "_site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    pages = {path.stem: path.read_text("utf-8") for path in (folder / "_site").rglob("*.html")}
    return lambda article: pages[article.code]


def roll(number, **fields):
    shown = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI) - timedelta(minutes=number)
    base = Article(code=f"2026010212345{number:05}", title="题", body="<p>文</p>", layout="roll", published_at=shown)
    return replace(base, **fields)


QUOTES = [roll(n, digest=text, title=text) for n, text in enumerate(TRICKS)]
BODIES = [roll(100 + n, body=body) for n, text in enumerate(TRICKS) for body in (f"<p>{html.escape(text)}</p>",)]
BODIES += [roll(200 + n, body=html.escape(text)) for n, text in enumerate(TRICKS)]
BODIES += [roll(300 + n, body=f"<p>一</p>\n\n    {html.escape(text)}\n\n<p>二</p>") for n, text in enumerate(TRICKS)]


def text_in(page, element):
    inside = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)[1]
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", inside)).split())


@pytest.mark.parametrize("article", QUOTES, ids=TRICKS)
def test_a_digest_and_a_title_are_printed_as_they_are(built, article):
    page = built(article)
    assert text_in(page, "blockquote") == "".join(article.digest.split())
    assert html.unescape(re.search("<title>(.*?)</title>", page, re.DOTALL)[1]) == article.title
    assert not re.search(r"<(em|strong|code|del|a|img|h\d|li|table|script|b)\b", page.partition("</blockquote>")[0])


@pytest.mark.parametrize("article", BODIES, ids=lambda article: article.body)
def test_a_body_is_printed_as_it_is(built, article):
    page = built(article)
    printed = text_in(page, "main").partition("https://page.example")[0]
    assert printed == "".join(html.unescape(re.sub(r"<[^>]*>", "", article.body)).split())
    assert not re.search(r"<(em|strong|code|del|img|h\d|li|table|script|b)\b", page)
