"""Articles' pages of many sites, by one table: ``pages.toml``, and a file of the user's own in the same form.

What the table doesn't know, JSON-LD and Open Graph say. The text of a site that isn't in the table is found by
trafilatura, which guesses.
"""

import logging
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import fields as keys_of
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cssselect import SelectorError
from lxml import etree
from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from finews_spider.articles.body import without_markup
from finews_spider.articles.fields import find_time, plain
from finews_spider.articles.fields import stocks as quotes
from finews_spider.articles.links import host_of
from finews_spider.codes import PUBLISHERS, publisher_name, publisher_of
from finews_spider.errors import BlockedError, ConfigError, SourceError
from finews_spider.i18n import Message
from finews_spider.items import Article
from finews_spider.sources.html import element_text, read_html, read_text
from finews_spider.sources.publishers.metadata import read_metadata
from finews_spider.sources.publishers.page_text import clean_text

SHIPPED = files(__package__) / "pages.toml"
CAPTCHA = re.compile("aliyunCaptcha|aliyun_waf|acw_sc__v2|cf-challenge|cf_chl_|安全验证|滑动验证|人机验证|访问验证")
"""What the page of a captcha has, and articles' pages seldom. 财联社's has had the first two since 2026-09."""
SHORTEST, SHORT = 20, 200
"""Characters of a text that was found by guessing: fewer are no article, and the text of a captcha is short."""
STOCK = re.compile(r"(sh|sz|bj|hk)_?([0-9]{5,6})\Z", re.IGNORECASE)
LABEL = re.compile(r"\A(?:文章|稿件|信息)?来源[:：\s]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where the pages of a site have what. All but ``hosts`` and ``publisher`` are CSS selectors, in order."""

    hosts: tuple[str, ...]
    publisher: str = ""
    """As codes begin with it: its articles are read so on any host, such as a mirror's. Empty: the hosts decide."""
    body: tuple[str, ...]
    title: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    """Parts of the body that are no text of the article."""
    names: tuple[str, ...] = ()
    """Links that the site has put on names in the text, with a code in brackets. Only the name stays."""
    stocks: tuple[str, ...] = ()
    """Texts in the body that end in a market and a stock, such as ``stock_sz300750``."""
    partial: tuple[str, ...] = ()
    """What a page has only if its text is cut, such as an offer to pay."""


KEYS = tuple(field.name for field in keys_of(Page))
SELECTORS = frozenset(KEYS) - {"hosts", "publisher"}
ELEMENTS = frozenset({"body", "drop", "names"})
"""The keys whose selectors name elements, not texts."""
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class Pages:
    """The table: the user's own pages, then those that finews ships."""

    pages: tuple[Page, ...]

    def find(self, code: str, url: str) -> Page | None:
        """Return how the page of an article is read: by its publisher, else by the host; None if neither is known."""
        publisher, host = publisher_of(code), host_of(url)
        found = (page for page in self.pages if host in page.hosts or (publisher and page.publisher == publisher))
        return next(found, None)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts in the table."""
        return frozenset(host for page in self.pages for host in page.hosts)

    def knows(self, url: str) -> bool:
        """Return whether the host of *url* is in the table."""
        return host_of(url) in self.hosts


def load_pages(path: str | Path = "") -> Pages:
    """Read the table that finews ships, and the file at *path* before it.

    :raises ConfigError: the file can't be read, or a page of it is wrong; the message names the file and the page.
    """
    own = _read(Path(path)) if path else ()
    return Pages((*own, *_read(SHIPPED)))


def _read(file: Any) -> tuple[Page, ...]:
    """Return the pages of a table.

    :param file: a path, or what ``importlib.resources`` has in place of one.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("page", [])
    except OSError as error:
        raise ConfigError("the table of pages {path} can't be read: {why}", path=file, why=error.strerror) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("the table of pages {path}: {error}", path=file, error=error) from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError("the table of pages {path} has no [[page]]", path=file)
    pages = []
    for number, table in enumerate(tables, 1):
        try:
            pages.append(_page(table))
        except ConfigError as error:
            raise ConfigError(
                "the table of pages {path}, page {number}: {error}", path=file, number=number, error=error
            ) from None
    return tuple(pages)


def _page(table: dict[str, Any]) -> Page:
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError("a page has no key {key!r}; its keys are {known}", key=key, known=", ".join(KEYS))
        values = value if isinstance(value, list) and key != "publisher" else [value]
        if not all(isinstance(each, str) and each.strip() for each in values):
            allowed = Message("text in quotes") if key == "publisher" else Message("text in quotes or a list")
            raise ConfigError("{name} = {value!r} should be {allowed}", name=key, value=value, allowed=allowed)
        for selector in values if key in SELECTORS else ():
            _check(key, selector)
    lists = {key: tuple([value] if isinstance(value, str) else value) for key, value in table.items()}
    page = Page(**{"hosts": (), "body": (), **lists, "publisher": table.get("publisher", "")})
    for key in ("hosts", "body"):
        if not getattr(page, key):
            raise ConfigError("a page has no {key!r}", key=key)
    if page.publisher and page.publisher not in PUBLISHERS:
        known = ", ".join(PUBLISHERS)
        raise ConfigError("there is no publisher {name!r}; there are {known}", name=page.publisher, known=known)
    if wrong := next((host for host in page.hosts if not HOST.fullmatch(host)), ""):
        raise ConfigError("{host!r} is no host, such as 'www.example.com'", host=wrong)
    return page


def _check(key: str, selector: str) -> None:
    try:
        HTMLTranslator().css_to_xpath(selector)
    except (SelectorError, ValueError) as error:
        raise ConfigError(
            "{key}: {selector!r} is no CSS selector: {error}", key=key, selector=selector, error=error
        ) from None
    if key in ELEMENTS and "::" in selector:
        raise ConfigError("{key}: {selector!r} should name an element, without '::'", key=key, selector=selector)


def read_page(table: Pages, body: bytes, code: str, content_type: str, url: str) -> Article:
    """Return the article *code* with the fields that its page has.

    :param content_type: the HTTP header, which may name the encoding.
    :param url: of the page.
    :raises BlockedError: the page asks for a captcha in place of the text.
    :raises SourceError: the answer is no web page, or has no text of an article; or the site isn't in the table and
        trafilatura isn't installed.
    """
    tree = read_html(body, content_type)
    page = table.find(code, url)
    if page is None:
        return _extracted(tree, body, code, content_type, url)
    root = tree.root
    article = Article(
        code=code,
        title=_first(root, page.title),
        digest=_first(root, page.digest),
        published_at=next(filter(None, map(find_time, _texts(root, page.time))), None),
        media=LABEL.sub("", _first(root, page.media)),
        source_url=url,
        partial=next(_found(root, page.partial), None) is not None,
    )
    if not (article.title and article.published_at and article.media):
        found = read_metadata(tree)
        article.title = article.title or found.title
        article.published_at = article.published_at or found.time
        article.media = article.media or found.media or _site_name(code, url)
    # The text is read last, since what isn't text is removed from the tree.
    if (node := next(_found(root, page.body), None)) is not None:
        article.stocks = quotes([_stock(written) for written in _texts(node, page.stocks)])
        article.body = clean_text(node, url, _found(node, page.drop), _found(node, page.names))
    if not article.body:
        raise _without_text(body, code, content_type)
    return article


def _extracted(tree: Selector, body: bytes, code: str, content_type: str, url: str) -> Article:
    """Return the article of a page whose site isn't in the table."""
    try:
        from trafilatura import extract, extract_metadata  # an extra, which takes 0.1 s to load
    except ImportError:
        raise SourceError(
            f"the table of pages doesn't have the site of {url}, and trafilatura, which finds the text of any page, "
            "isn't installed; install it with: pip install 'finews[pages]'"
        ) from None
    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # it warns of what is a SourceError here
    written = extract(
        tree.root,
        url=url,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_images=True,
        favor_precision=True,
    )
    written = written or "<body></body>"
    text = clean_text(Selector(text=written, type="html").root.find("body"), url)
    length = len(without_markup(text).strip())
    if length < SHORTEST or (length < SHORT and CAPTCHA.search(read_text(body, content_type))):
        raise _without_text(body, code, content_type)
    found = read_metadata(tree)
    time = found.time or find_time(extract_metadata(tree.root, default_url=url, extensive=False).date or "")
    return Article(
        code=code,
        title=found.title,
        digest=found.digest,
        body=text,
        published_at=time,
        media=found.media or _site_name(code, url),
        source_url=url,
        extracted=True,
    )


def _without_text(body: bytes, code: str, content_type: str) -> SourceError:
    if CAPTCHA.search(read_text(body, content_type)):
        return BlockedError(f"the page of {code} asks for a captcha", body)
    return SourceError(f"the page of {code} has no text", body)


@cache
def _compiled(selector: str) -> etree.XPath:
    """Return a CSS selector that lxml needn't translate and compile for each page."""
    return etree.XPath(HTMLTranslator().css_to_xpath(selector), smart_strings=False)


def _found(node: Any, selectors: Iterable[str]) -> Iterator[Any]:
    """Yield the elements and texts in *node* that one of *selectors* finds."""
    return (found for selector in selectors for found in _compiled(selector)(node))  # type: ignore[union-attr]


def _texts(node: Any, selectors: Iterable[str]) -> Iterator[str]:
    """Yield the text of everything that one of *selectors* finds."""
    return (plain(found) if isinstance(found, str) else element_text(found) for found in _found(node, selectors))


def _first(node: Any, selectors: Iterable[str]) -> str:
    return next(filter(None, _texts(node, selectors)), "")


def _stock(written: str) -> str:
    match = STOCK.search(written)
    return f"{match[2]}.{match[1].upper()}" if match else ""


def _site_name(code: str, url: str) -> str:
    return host_of(url).removeprefix("www.") if publisher_of(code) == "web" else publisher_name(publisher_of(code))
