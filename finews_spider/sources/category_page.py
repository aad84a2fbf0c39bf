"""A column's page with its list in the HTML, as the server sent it until 2020, and as a browser shows it since then.

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
from finews_spider.articles.links import eastmoney_code
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.html import links_of, next_page, read_html, text_of

BASE = "https://finance.eastmoney.com/"
LONGEST = 1000
"""How many characters of a row are searched for its time."""
NEAR = 200
"""How many start and end tags of a row are read. Rows may be nested."""


class EmptyShell(SourceError):  # noqa: N818 -- the field's term
    """The page has an empty element that a script fills with the list."""


def parse(body: bytes, content_type: str = "") -> ListPage:
    """Return the articles that the page lists.

    :param content_type: the HTTP header, which may name the encoding.
    :raises EmptyShell: the list is empty.
    :raises SourceError: the answer is no web page, or links to no article.
    """
    page = read_html(body, content_type)
    refs: dict[str, ArticleRef] = {}
    beside = cache(_beside)  # once for a row with thousands of links
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
    code = eastmoney_code(url)
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
    """Return the texts of a row that may hold its time, the most likely first, and the row's digest.

    The text of the links comes last, because a title may contain another date.
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
