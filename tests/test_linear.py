"""Every regular expression of the package, and every reader of foreign text, takes linear time.

The tests find the expressions in all modules, and try each one on repeated near-matches, which are made from its parse
tree. They try the readers on nested, unclosed and repeated parts of their formats.
"""

import signal
from contextlib import contextmanager, suppress
from functools import partial
from time import process_time

import pytest

from finews_spider import logs
from finews_spider.articles import body, fields, links, readings, stories
from finews_spider.articles.normalize import normalize
from finews_spider.articles.text import has_words, lines_of
from finews_spider.errors import MirrorError, SourceError
from finews_spider.items import Article
from finews_spider.mirror import escape, reader, sanitize
from finews_spider.mirror.listing_updates import ListedPost, entries_of
from finews_spider.mirror.search import postings
from finews_spider.sources import ARTICLE_PAGES, ARTICLE_SOURCES, LIST_PAGES, mirror_category
from finews_spider.stats import channels
from finews_spider.stores import changes as history
from finews_spider.stores.records import Post
from tests.expressions import expressions, has_possessives, near_matches
from tests.sources.test_sources import LISTS

CODE = "202609011234567890"
LARGE = 20_000
HUGE = 400_000
"""Nearly LONGEST_BODY: quadratic time in C, such as of ``list.remove``, only shows at this size."""
LONGEST = 60
"""The most seconds that anything here may take on a slow machine."""
QUICK = 0.5
"""Seconds that a machine may spend on other work. A reader that takes less for the larger input isn't compared."""
LONGEST_START = 30
"""Characters of a near-match that is cut and repeated."""
EXPRESSIONS = expressions()
for bounded in (
    *("articles.bounds.ATTRIBUTE", "articles.tokens.IMAGE"),  # their input is complete tags, or bodies of complete tags
    "files.MADE",  # its input is names of files, which have at most 255 bytes
):
    EXPRESSIONS.pop(bounded)


@contextmanager
def ended():
    """Stop the code inside after LONGEST seconds of this process's time."""

    def end(*_):
        raise AssertionError(f"it takes more than {LONGEST} seconds")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def assert_linear(read, make, large_size=LARGE):
    """Four times the input takes at most eight times as long, plus half a second for other work of the machine."""
    small_size = large_size // 4

    def work(size):
        began = process_time()
        with suppress(SourceError, MirrorError):
            read(make(size))
        return process_time() - began

    with ended():
        large = work(large_size)
        if large < QUICK:
            return
        small = work(small_size)
        if large > 8 * small + QUICK:  # again: other work may have delayed it
            large = min(large, work(large_size))
        assert large <= 8 * small + QUICK, f"{small:.2f} s, then {large:.2f} s: {make(3)!r}"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_linear_in_its_near_matches(name):
    pattern, methods = EXPRESSIONS[name]
    is_bytes = isinstance(pattern.pattern, bytes)
    for example in dict.fromkeys(near_matches(pattern)):
        starts = [example[:length] for length in range(1, min(len(example), LONGEST_START) + 1)]
        for part in starts:
            for prefix, repeated in (("", part), (part, part[-1]), ("", part + part[-1] * 9), ("", f"{part}\n")):
                for method in methods:
                    assert_linear(partial(run, pattern, method, is_bytes=is_bytes), partial(fill, prefix, repeated))


def run(pattern, method, text, *, is_bytes):
    call = getattr(pattern, method)
    text = text.encode("latin-1", "ignore") if is_bytes else text
    if method == "sub":
        call(lambda match: match[0], text)
    elif method == "finditer":
        list(call(text))
    else:
        call(text)


def fill(prefix, part, size):
    return prefix + part * (size // len(part))


def test_no_expression_uses_what_some_pythons_match_wrongly():
    """Python 3.11.2's re takes possessive quantifiers and atomic groups wrongly (CPython's gh-106052)."""
    wrong = {name for name, (pattern, _) in EXPRESSIONS.items() if has_possessives(pattern)}
    assert wrong == set()


JSON = [  # for one source: all sources use the same function
    "[",
    '{"a":',
    '{"a":1},',
    '"',
    "\\",
    "\\u",
    "\\ud83d",
    ",",
    "\ufffd",
    " ",
    "9",
    "cb(",
    "/*",
    "'",
    "`${",
    "x=",
    "{a:1,",
    '"a" b,',
    '{"code":1 x},',
    '{"a":"b},',
    '{"a":{"a":1}},',
]
ROWS = [f'{{"code":"{CODE}","newsid":"{CODE}","infoCode":"{CODE}","title":"题"}},', "null,"]
HTML = [
    "<",
    "<a",
    "<a ",
    "<p>",
    "<div>",
    "<ul><li>",
    "<b>",
    "<a href=",
    '<a href="',
    "<img ",
    '<img src="',
    "<img a='b\" ",
    "<!--",
    "-->",
    "<p em_media ",
    "em_media ",
    '<p class="em_media">',
    "<a EmImageRemark>",
    "EmImageRemark ",
    'data-code = "',
    "data-code ",
    '<a data-code="1.600001">股</a>',
    "/unify/r/",
    "a=",
    "a = ",
    '"',
    "'",
    "</p",
    "</p>",
    "&",
    "&#",
    "&amp;",
    "\u3000",
    "\n",
    " ",
    "{{",
    "[返回",
    "\u0316\u0301",
    "e\u0301",
    "中",
    "a",
    "1",
    "2026-",
    "2026年1月",
    "1月1日 ",
    "来源：",
    "文章来源：（",
    "<h1>",
    "<table><tr><td>",
    "<script>",
    '<div class="source time infos">来源：',
    '<div class="source"><img>',
    "<b>来源：",
    "<li>01-01 ",
    f'<ul><li><a href="/a/{CODE}.html">题</a>',
    f'<a href="/a/{CODE}.html">下一页',
    "<p>正文，正文正文正文。</p>",
    "<div>正文，正文正文正文。",
    "<p>甲\n<p>乙\n",
    "\ud800",
    "\x00",
    "（",
    "<br>",
    "<!---->",
    "<template>",
    "<select><option>",
    "<p/>",
    "<h1>题</h1>",
    "<a>正文，正文正文正文。</a>",
    "<div><p>正文，正文正文正文。</p>",
    "<b>来源：</b>晨报",
    '<div data-source="晨报">',
    '<div class="time">1月1日 10:00',
    '<link rel=next href="/x">',
    "http://a/",
    "\u0316<b></b>\u0301",
]
TEXTS = [
    "1",
    "a",
    " ",
    "&#",
    "&amp;",
    "-",
    "2026-01-01 ",
    "1月1日 ",
    "http://",
    "http://[",
    "/",
    "%",
    "?id=",
    "x.",
    "1.",
    "//a:",
    "@",
    "\x1b",
    "\u202e",
]
POSTS = [
    "\n---\n",
    "---",
    "a: ",
    "- ",
    "\n- ",
    "[",
    "{",
    "&a ",
    "*a",
    "!!int ",
    "'",
    '"',
    "> ",
    "\n<x>",
    "[返回",
    "\n[返回",
    "\n<x>\n[返回",
    "59:",
    "9",
]
POST = '---\nlayout: post\ntitle: "题"\ndate: 2026-01-02 12:00:00 +0800\ncategories: x\ntags: 晨报新闻\n---\n'
WRAPPERS = {
    "webapi-roll": '{"records":[',
    "webapi-media": '{"nodeList":[',
    "webapi-market": '{"record":[',
    "kuaixun": '{"rc":1,"LivesList":[',
    "fastnews": '{"code":1,"data":{"fastNewsList":[',
    "columns": '{"code":1,"data":{"list":[',
    "json": '{"result":{"papers":[',
    "getnewstext": '{"text":"',
    "newsinfo": '{"data":{"Art_Content":"',
}
CONTENT = "<html><head><title>题</title></head><body><div class=infos><div class=time>"


def answers(parse, wrapper, *arguments):
    """Return a reader of an answer that is the text itself, or has the text inside."""
    closing = {"[": "]", "{": "}", '"': '"'}
    inside = "".join(closing.get(character, "") for character in reversed([c for c in wrapper if c in "[{"]))
    inside = f'"{inside}' if wrapper.endswith('"') else inside

    def read(text):
        for whole in (text, wrapper + text, wrapper + text.rstrip(",") + inside):
            with suppress(SourceError):
                parse(whole.encode("utf-8", "replace"), *arguments)

    return read


def pages(parse, *arguments):
    def read(text):
        for whole in (text, CONTENT + text, f"{CONTENT}</div></div><div id=ContentBody>{text}</div></body></html>"):
            with suppress(SourceError):
                parse(whole.encode("utf-8", "replace"), *arguments)

    return read


def post(text):
    for whole in (
        f"---\n{text}\n---\n正文\n\n<{CODE}>",
        f"{POST}{text}\n\n<http://x/>",
        f"{POST}\n<http://x/>{text}",
        f"{POST}> {text}",
    ):
        with suppress(MirrorError):
            reader.read_post(f"_posts/2026-01-02-{CODE}.md", whole)


def index(text):
    whole = normalize(Article(code=CODE, title=text, digest=text, media=text, body=text))
    entries_of(ListedPost(Post(whole, path=f"_posts/2026-01-02-{CODE}.md", category="x"), "/x", "x", "名", ()))
    postings.build_postings({0: dict.fromkeys(("text", "title", "media", "stocks"), text)})


def differences(text):
    text = text.replace("\ud800", "")  # a store has no such text
    old, new = lines_of(text), lines_of(f"甲{text}乙")
    history.diff(old, new)
    history.diff(text.split(), text[1:].split())


def compare(text):
    """Compare articles of this text, one of which goes on: also one with few different letters isn't compared letter by letter."""
    one, other = (readings.read(text[:500], whole) for whole in (text, f"{text}{text[-100:]}"))
    for reading in (one, other):
        reading.sketch(readings.ASKED)
    stories.is_reprint(one, other)


READERS = {
    **{name: (answers(parse, WRAPPERS[name]), ROWS + (JSON if name == "kuaixun" else [])) for name, parse in LISTS.items()},
    **{name: (answers(parse, WRAPPERS[name], CODE), ["&amp;", "\\\\", "1.600001,"]) for name, parse in ARTICLE_SOURCES.items()},
    **{name: (pages(parse, ""), HTML) for name, parse in LIST_PAGES.items()},
    **{name: (pages(parse, CODE, ""), HTML) for name, parse in ARTICLE_PAGES.items()},
    "share_ref": (pages(mirror_category.share_ref), HTML),
    "body": (lambda text: [read(text) for read in (body.stocks_of, body.stock_names_of, body.images_of, body.text_of)], HTML),
    "links": (lambda text: links.refs_in(text, {"finance.eastmoney.com"}), HTML),
    "link": (lambda text: [read(text) for read in (links.code_of_link, links.canonical, links.links_in)], TEXTS),
    "fields": (
        lambda text: [
            read(text)
            for read in (fields.text, fields.plain, fields.line, fields.code, fields.time, fields.find_time, fields.stocks)
        ] + [fields.guess_time(text, CODE)],
        TEXTS,
    ),
    "normalize": (lambda text: normalize(Article(code=CODE, title=text, digest=text, media=text, body=text, source_url=text)), HTML),
    "post": (post, POSTS + HTML),
    "index": (index, HTML),
    "stories": (compare, [*HTML, *TEXTS, "1,000", "1 月 ", "第十二", "2026-", "(600519", "声明:", "免责声明\n", "中国"]),
    "text": (lambda text: has_words(text, text, ["甲"]), HTML),
    "history": (differences, [*HTML, "甲 乙 丙 ", "a b "]),
    "log": (lambda text: logs.escaped(logs.redact(text)), TEXTS),
    "figures": (lambda text: channels.ChannelFigures().add_article(text, is_new=True), HTML),
    "sanitize": (sanitize.body, HTML),
    "markdown": (lambda text: [escape.markdown(text), escape.yaml_string(text)], TEXTS),
}  # fmt: skip


TRIED = [(name, part) for name, (_, parts) in READERS.items() for part in parts]


@pytest.mark.parametrize(("name", "part"), TRIED)
def test_a_reader_is_linear(name, part):
    assert_linear(READERS[name][0], partial(fill, "", part))


@pytest.mark.torture
@pytest.mark.parametrize(("name", "part"), TRIED)
def test_a_reader_is_linear_in_all_that_an_article_may_have(name, part):
    assert_linear(READERS[name][0], partial(fill, "", part), HUGE)


def test_every_source_is_read_here():
    assert {*LISTS, *LIST_PAGES, *ARTICLE_SOURCES, *ARTICLE_PAGES} <= READERS.keys()
