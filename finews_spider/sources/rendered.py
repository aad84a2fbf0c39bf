"""A share page that a browser has rendered. Its ids and classes are unknown, so it is read by its structure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from finews_spider.articles import fields
from finews_spider.errors import SourceError
from finews_spider.items import Article
from finews_spider.sources.header import find_credit, find_media, find_time
from finews_spider.sources.html import inner, read_html

PARAGRAPHS = frozenset({"p", "table", "ul", "ol", "blockquote", "center"})
ASIDE = frozenset({"head", "script", "style", "nav", "footer", "aside", "noscript", "form", "button", "select"})
HEADINGS = frozenset({"h1", "h2", "h3"})
SHORTEST = 10
"""The fewest characters of an article's text."""
MORE = 1.2
"""The parent is the body instead of its child if it has this many times as much text in paragraphs."""


def parse(body: bytes, code: str, content_type: str = "") -> Article:
    """Return the article *code* with the fields that the page shows.

    :param content_type: the HTTP header, which may name the encoding.
    :raises SourceError: the answer is no web page, or shows no article.
    """
    root = read_html(body, content_type).root
    found = _body(root)
    if found is None:
        raise SourceError("the page shows no article", body)
    heading, before = _before(root, found)
    return Article(
        code=code,
        title=heading or fields.plain(root.findtext(".//title")),
        body=inner(found),
        published_at=find_time(before, code),
        media=find_media(before) or find_credit(_text(found)),
    )


def _body(root: etree._Element) -> etree._Element | None:
    """Return the element with most of the text in its paragraphs, or with most text of its own if there are none."""
    elements = list(_elements(root))
    first = next((element for element in elements if element.tag in HEADINGS), None)
    above = {first, *(first.iterancestors() if first is not None else ())}
    lengths = _lengths(root)
    sizes = {element: _size(element, lengths) for element in elements if element not in above}
    best = max(sizes, key=lambda element: sizes[element], default=None)
    if best is None or sizes[best] < SHORTEST:
        return None
    while (parent := best.getparent()) is not None and parent.tag != "body":
        shared = sum(sizes.get(child, 0) for child in parent) + sizes.get(parent, 0)
        if shared < MORE * sizes[best] or any(each.tag in HEADINGS for each in parent.iter()):
            break
        sizes[parent], best = shared, parent
    return best


def _size(element: etree._Element, lengths: Mapping[etree._Element, int]) -> int:
    """Return the characters of an element's own text and of its own paragraphs, without paragraphs of links."""
    if element.tag in PARAGRAPHS | HEADINGS | {"title", "a", "span"}:
        return 0
    own = len((element.text or "").strip()) + sum(len((child.tail or "").strip()) for child in element)
    return own + sum(lengths[child] for child in element if child.tag in PARAGRAPHS)


def _lengths(root: etree._Element) -> dict[etree._Element, int]:
    """Return element → characters of its text, 0 if half of them are in links."""
    whole: Counter[etree._Element] = Counter()
    linked: Counter[etree._Element] = Counter()
    for element in reversed(list(root.iter())):  # children come before their parents
        if isinstance(element.tag, str):
            whole[element] += len((element.text or "").strip())
        if element.tag == "a":
            linked[element] = whole[element]
        if (parent := element.getparent()) is not None:
            whole[parent] += whole[element] + len((element.tail or "").strip())
            linked[parent] += linked[element]
    return {element: 0 if linked[element] >= length / 2 else length for element, length in whole.items()}


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements of the page, without those that never hold the article's text."""
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element.tag in ASIDE:
            walk.skip_subtree()
        else:
            yield element


def _before(root: etree._Element, body: etree._Element) -> tuple[str, list[etree._Element]]:
    """Return the text of the last heading before the body, and the elements between the heading and the body."""
    heading: str = ""
    since: list[etree._Element] = []
    holders = set(body.iterancestors())
    for element in _elements(root):
        if element is body:
            break
        if element.tag in HEADINGS:
            heading, since = " ".join(_text(element).split()), []
        elif element not in holders:
            since.append(element)
    return heading, since


def _text(element: etree._Element) -> str:
    """Return the text of an element without comments."""
    return str(element.xpath("string()"))
