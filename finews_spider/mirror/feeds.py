"""Feeds, as Atom and as JSON Feed: the newest posts of the site, of each publication and of each stock.

Each entry is one line of the feed's page, and the layout has what surrounds the lines. An update keeps the lines of the
posts that didn't change, and makes the other lines from the posts' files. So a feed follows from the posts that it
names, whatever came and went before.
"""

import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from finews_spider.articles import body, bounds
from finews_spider.articles.tokens import Token, attributes_of, tokens_of
from finews_spider.codes import EASTMONEY
from finews_spider.errors import MirrorError
from finews_spider.items import Article
from finews_spider.mirror import escape
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import Head, ListPageKey
from finews_spider.mirror.post import OLD_POSTS, POSTS
from finews_spider.mirror.rows import Row

ENTRIES = 20
"""The most entries of a publication's or a stock's feed."""
MOST_STOCKS = 20
"""The most stocks that an entry names."""
SUMMARY = 160
"""The most characters of a summary."""
LONGEST_TITLE = 200
HOME = "{home/"
"""In a line, the site's address. Only ``_config.yml`` knows it, so the layout fills it in. Texts have no brace."""
LANGUAGE = "zh-CN"
MOST_KEPT = 4096
"""Entries that are kept in memory while feeds are written; each stands in a few feeds."""
OF_A_POST = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/([^/]+)\.html", re.ASCII)
EXTENSIONS = ("md", "markdown", "html")

_HOME = "\x7f"
"""Stands for HOME until the text around it is escaped."""
_NOT_IN_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Also DEL and the controls up to U+009F, which XML allows."""
_BRACE_IN_TEXT = re.compile(r'\{(?!")')
"""A brace in a string of a JSON text; the braces of objects have a quote behind them."""
_UPDATED = re.compile(r"<updated>([^<]*)</updated>")


class Entry(NamedTuple):
    """A post for a feed."""

    url: str
    """From the site's root on."""
    title: str
    published: str
    """ISO 8601, as ``updated``."""
    updated: str
    media: str
    summary: str = ""
    html: str = ""
    """The whole text; empty where the feed has the summary alone."""
    stocks: Mapping[str, str] = {}
    """Those that the text links to: quote code → name."""
    source: str = ""
    """The article's page at the upstream, where the post names it."""


class _Format(NamedTuple):
    layout: str
    extension: str
    line: Callable[[Entry], str]
    start: Callable[[str], str]
    """URL → how the line of its post begins."""
    end_of_start: str
    """Follows this beginning in the line, and isn't part of it."""
    join: Callable[[list[str]], str]
    """Lines → the page's text."""


class Feeds:
    """Writes the feeds of a mirror folder, and reads each post once for all of them.

    :param has_text: entries have the whole text, not only a summary.
    """

    def __init__(self, folder: MirrorFolder, *, has_text: bool) -> None:
        self._folder = folder
        self._has_text = has_text
        self._entry = lru_cache(MOST_KEPT)(self._read_entry)

    def update(self, key: ListPageKey, head: Head | None, changed: Collection[str], home: str) -> None:
        """Bring the two feeds of a list up to date, after the list; remove them if it has no row.

        :param head: the list's head now; None if no row is left.
        :param changed: URLs of the posts that were written or removed.
        :param home: URL of the page to which the feeds belong, from the site's root on.
        :raises MirrorError: the folder can't be read or written.
        """
        for form in FORMATS:
            path = path_of(key, form.extension)
            if not head:
                self._folder.remove(path)
                continue
            title = f"{head.title} {key.key.partition('.')[2]}".strip() if key.kind == "stock" else head.title
            lines = self._lines(form, self._folder.read(path) or "", head.rows[:ENTRIES], changed)
            self._folder.write(
                path,
                f"---\nlayout: {form.layout}\nsitemap: false\ntitle: {escape.yaml_string(title)}\n"
                f"home: {escape.yaml_string(home.lstrip('/'))}\n---\n{lines}",
            )

    def of_site(self, before: Mapping[str, object], rows: Iterable[Row], changed: Collection[str]) -> dict[str, str]:
        """Return the entries of the site's feeds: layout → lines.

        :param before: what this function returned last.
        :param rows: the posts to name, the newest first.
        :param changed: URLs of the posts that were written or removed.
        """
        rows = list(rows)
        return {form.layout: self._lines(form, str(before.get(form.layout)), rows, changed) for form in FORMATS}

    def _lines(self, form: _Format, before: str, rows: Iterable[Row], changed: Collection[str]) -> str:
        kept = {line.partition(form.end_of_start)[0]: line.removesuffix(",") for line in before.split("\n")}

        def line_of(row: Row) -> str:
            line = "" if row.url in changed else kept.get(form.start(row.url))
            return line or form.line(self._entry(row._replace(stock="")))

        return form.join([line_of(row) for row in rows])

    def _read_entry(self, row: Row) -> Entry:
        from finews_spider.mirror import reader  # it loads YAML, which an export with nothing to do does without

        for path in _files_of(row.url):
            if text := self._folder.read(path):
                with suppress(MirrorError):
                    article = reader.read_own(_NOT_IN_XML.sub("", text))
                    article.source_url = "" if "-NW" in path else article.source_url  # else it is the share link
                    return _entry_of(row, article, has_text=self._has_text)
        return Entry(row.url, row.title, row.time, row.updated or row.time, row.media or EASTMONEY)


def path_of(key: ListPageKey, extension: str) -> str:
    """Return the path of a feed of the list *key*."""
    return key.path().replace("/index.html", f"/feed.{extension}")


def _entry_of(row: Row, article: Article, *, has_text: bool) -> Entry:
    digest = "" if body.text_of(article.body).startswith(body.text_of(article.digest)) else article.digest
    summary = " ".join(_NOT_IN_XML.sub("", f"{digest} {body.lines_of(article.body)}").split())
    whole = _whole_text(article, digest) if has_text else ""
    return Entry(
        row.url,
        bounds.cut(" ".join(article.title.split()), LONGEST_TITLE),
        row.time,
        row.updated or row.time,
        row.media or EASTMONEY,
        bounds.cut(summary, SUMMARY),
        whole,
        dict(islice(body.stock_names_of(article.body).items(), MOST_STOCKS)),
        article.source_url,
    )


def _whole_text(article: Article, digest: str) -> str:
    copies = {source: _HOME + path for source, path in article.image_files.items()}
    quote = f"<blockquote>{html.escape(digest)}</blockquote>" if digest else ""
    return quote + "".join(_absolute(token, copies) for token in tokens_of(article.body))


def _absolute(token: Token, copies: Mapping[str, str]) -> str:
    """Return a tag with whole URLs, for a feed is read elsewhere; any other token as it is."""
    source = token.source
    if token.kind != "tag":
        return source
    for attribute in attributes_of(token):
        if attribute.name in {"href", "src"} and attribute.value.startswith("/"):
            secure = f"https:{attribute.value}" if attribute.value.startswith("//") else ""
            url = copies.get(attribute.value) or secure or _HOME + attribute.value[1:]
            written = attribute.source.removesuffix(attribute.written) + f'"{html.escape(url)}"'
            source = source.replace(attribute.source, written, 1)
    return source


def _files_of(url: str) -> Iterator[str]:
    """Give the files where the post of that URL may lie."""
    if found := OF_A_POST.search(url):
        name = f"{'-'.join(found.groups()[:3])}-{found[4]}"
        for top in (POSTS, OLD_POSTS):
            yield from (f"{top}/{name}.{extension}" for extension in EXTENSIONS)
    elif url.startswith(f"/{OLD_POSTS}/"):
        name = url.removesuffix(".html").lstrip("/")
        yield from (f"{name}.{extension}" for extension in EXTENSIONS)


def _xml(text: str) -> str:
    """Return *text* on one line, for an element's content or an attribute's value, and without meaning to Liquid."""
    escaped = html.escape(text).replace("\n", "&#10;").replace("{", "&#123;")
    return _NOT_IN_XML.sub("", escaped.replace(_HOME, HOME))


def _atom_start(url: str) -> str:
    return f"<entry><id>{_xml(_HOME + url[1:])}"


def _atom(entry: Entry) -> str:
    url = _xml(_HOME + entry.url[1:])
    source = f'<link rel="via" href="{_xml(entry.source)}"/>' if entry.source else ""
    stocks = "".join(f'<category term="{_xml(stock)}" label="{_xml(name)}"/>' for stock, name in entry.stocks.items())
    content = f'<content type="html">{_xml(entry.html)}</content>' if entry.html else ""
    return (
        f'{_atom_start(entry.url)}</id><title>{_xml(entry.title)}</title><link href="{url}"/>{source}'
        f"<published>{entry.published}</published><updated>{entry.updated}</updated>"
        f"<author><name>{_xml(entry.media)}</name></author>{stocks}<summary>{_xml(entry.summary)}</summary>"
        f"{content}</entry>"
    )


def _join_atom(lines: list[str]) -> str:
    """Return the lines behind the feed's own time of update, which is that of its newest change."""
    text = "\n".join(lines)
    return f"<updated>{max(_UPDATED.findall(text))}</updated>\n{text}\n" if lines else ""


def _json(value: object) -> str:
    """Return *value* as JSON on one line, without meaning to Liquid."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _NOT_IN_XML.sub("", _BRACE_IN_TEXT.sub(r"\\u007b", text).replace(_HOME, HOME))


def _json_start(url: str) -> str:
    return f'{{"id":{_json(_HOME + url[1:])}'


def _json_feed(entry: Entry) -> str:
    url = _HOME + entry.url[1:]
    text = {"summary": entry.summary, "content_html": entry.html} if entry.html else {"content_text": entry.summary}
    return _json(
        {
            "id": url,
            "url": url,
            **({"external_url": entry.source} if entry.source else {}),
            "title": entry.title,
            **text,
            "date_published": entry.published,
            "date_modified": entry.updated,
            "authors": [{"name": entry.media}],
            "tags": list(entry.stocks.values()),
            "language": LANGUAGE,
        }
    )


FORMATS = (
    _Format("atom", "xml", _atom, _atom_start, "</id>", _join_atom),
    _Format("jsonfeed", "json", _json_feed, _json_start, ',"url"', ",\n".join),
)
