"""A column's page with its list in the HTML: as the server sent it until 2020, or a browser shows it since.

``ul#newsListContent > li`` with ``p.title a``, ``p.info[title]`` and ``p.time``, read on 2026-09-18; older lists are
links with a time beside them, and the click ranking is links alone.
"""

from collections.abc import Callable
from functools import cache
from itertools import islice
from urllib.parse import urljoin

from lxml import etree
from parsel import Selector

from finews_spider.articles import fields
from finews_spider.articles.links import code_of_link
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.html import links_of, next_page, read_html, text_of

BASE = "https://finance.eastmoney.com/"
LONGEST = 1000
"""Characters of a row that are searched for its time."""
NEAR = 200
"""Starts and ends of elements of a row that are looked at: rows may lie in one another."""


class EmptyShell(SourceError):  # noqa: N818 -- what it is
    """The page has a place for the list, which a script is to fill."""


def parse(body: bytes, content_type: str = "") -> ListPage:
    """Return the articles that the page lists.

    :raises EmptyShell: the list is there, but empty.
    :raises SourceError: no web page, or none that links to an article.
    """
    page = read_html(body, content_type)
    refs: dict[str, ArticleRef] = {}
    beside = cache(_beside)  # of a row with thousands of links, once
    for link, href in links_of(page):
        ref = _ref(link, urljoin(BASE, href), beside)
        before = refs.get(ref.code)
        if ref.code and ref.title and not (before and before.time):
            refs[ref.code] = ref
    if page.xpath("//*[@id='newsListContent'][not(*)]"):
        raise EmptyShell("the list is an empty shell that a script fills")
    if not refs:
        raise SourceError("the page links to no article", body)
    return ListPage(list(refs.values()), next=next_page(page))


def _ref(link: Selector, url: str, read: Callable[[etree._Element], tuple[list[str], str]]) -> ArticleRef:
    code = code_of_link(url)
    row = link.xpath("ancestor::*[self::li or self::tr or self::dd][1]") if code else []
    beside, digest = read(row[0].root) if row else ([], "")
    times = ((fields.find_time(text), fields.guess_time(text, code)) for text in beside)
    time, guess = next(filter(any, times), (None, None))
    return ArticleRef(
        code=code,
        title=(link.root.get("title") or text_of(link)).strip() if code else "",
        time=time or guess,
        time_is_guess=not time and guess is not None,
        digest=digest,
        url=url,
    )


def _beside(row: etree._Element) -> tuple[list[str], str]:
    """Return the texts of a row in which its time may stand, the likeliest first, and the digest that it has.

    A title or a digest may hold a date of its own, so that what stands in a link comes last.
    """
    timed, beside, linked, digest = list[str](), list[str](), list[str](), ""
    holders = {"time": 0, "link": 0}
    for event, element in islice(etree.iterwalk(row, ("start", "end")), NEAR):
        name, step = element.get("class") or "", 1 if event == "start" else -1
        text = element.text
        if event == "end":
            text = element.tail if element is not row else None
        holders["time"] += step * ("time" in name or "date" in name)
        holders["link"] += step * (element.tag == "a")
        texts = timed if holders["time"] else linked if holders["link"] else beside
        texts.append(text or "")
        digest = digest or ("info" in name and element.get("title")) or ""
    return [" ".join(texts)[:LONGEST] for texts in (timed, beside, linked)], fields.plain(digest)
