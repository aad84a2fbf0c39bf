"""Parses a web page in any encoding into a tree."""

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from lxml import etree
from parsel import Selector
from w3lib.encoding import html_to_unicode

from finews_spider.articles import bounds
from finews_spider.errors import SourceError
from finews_spider.sources.answer import is_gb18030

NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
CONTROLS = bytes(code for code in range(0x20) if chr(code) not in "\t\n\r")
"""The bytes of NOT_TEXT, of which no other character has any in UTF-8 or GB18030."""
MOST_TAGS = 100_000
"""The most tags of a page. Real pages have a few thousand. Each takes time and about 100 bytes of memory."""
RELATIVE = re.compile(
    r"""(<(?:a|img)\b[^<>]*?\s(?:href|src)\s*=\s*["']?)(?!["']|[a-z][a-z0-9+.-]*:|//|#)([^\s"'<>]+)""", re.IGNORECASE
)
"""A link or an image with a relative URL: the tag up to the URL, and the URL."""
THREE_BYTES = re.compile("[\u0800-\uffff]")
TEXTS = etree.XPath(".//text()[not(parent::script or parent::style)]", smart_strings=False)
OPENING = re.compile(r"""<[\w.:-]+(?:\s+[\w.:-]+(?:="[^"]*")?)*>""", re.ASCII)
"""The tag of nearly every element as lxml writes it. It takes a third of the time to write the children with it."""
NEXT = re.compile(r"\s*(?:下一页|下页|›|»|next)\s*[›»>]?\s*", re.IGNORECASE)


def read_html(body: bytes, content_type: str = "") -> Selector:
    """Return the page's tree. The encoding is that of the header, the BOM or the meta tag, else a guess from the bytes.

    :param content_type: the HTTP header.
    :raises SourceError: the answer is empty, JSON, no HTML at all, or too large or too complex.
    """
    head = body.lstrip()[:1]
    if not head:
        raise SourceError("the answer is empty")
    if head in b"{[":
        raise SourceError("the answer is JSON instead of HTML", body)
    text = read_text(body, content_type)
    if not re.search(r"<[a-zA-Z!]", text):
        raise SourceError("the answer is no HTML", body)
    if text.count("<") > MOST_TAGS:
        raise SourceError("the answer holds more tags than any page", body)
    if bounds.is_too_deep(text, bounds.DEEPEST_IN_PAGE) or bounds.has_many_attributes(text):
        raise SourceError("the answer is nested deeper than any page, or has tags of hundreds of attributes", body)
    try:
        return Selector(text=text, type="html")
    except ValueError:  # the text is only markup that opens no element
        raise SourceError("the answer is no HTML", body) from None


def read_text(body: bytes, content_type: str = "") -> str:
    """Return the characters of a page or of XML, without control characters.

    The encoding is that of the header, the BOM, the meta tag or the XML declaration, and GB18030 for GB2312 and GBK.
    Without one, and if the bytes don't fit it, it is guessed from the bytes.
    """
    encoding, text = html_to_unicode(content_type or None, body, auto_detect_fun=_encoding)
    if "\ufffd" in text or (encoding == "gb18030" and _is_utf8(body)):
        text = body.decode(_encoding(body), "replace")
    return text if len(body.translate(None, CONTROLS)) == len(body) else NOT_TEXT.sub("", text)


def absolute(fragment: str, base: str) -> str:
    """Return *fragment* with the relative URLs of its links and images made absolute. *base* is the page's URL."""

    def join(match: re.Match[str]) -> str:
        with suppress(ValueError):  # such as for a bracket in the host
            return match[1] + html.escape(urljoin(base, html.unescape(match[2])))
        return match[0]

    return RELATIVE.sub(join, fragment) if base else fragment


def text_of(found: Selector) -> str:
    """Return the text of a node on one line, without scripts and styles."""
    return element_text(found.root)


def element_text(element: etree._Element) -> str:
    """Return the text of an element on one line, without scripts and styles."""
    return " ".join("".join(TEXTS(element)).split())  # type: ignore[arg-type]  # it finds texts alone


def inner(node: etree._Element) -> str:
    """Return the HTML between an element's tags."""
    whole, closing = etree.tostring(node, encoding="unicode", method="html", with_tail=False), f"</{node.tag}>"
    if (opening := OPENING.match(whole)) and whole.endswith(closing):
        return whole[opening.end() : -len(closing)].strip()
    parts = [etree.tostring(child, encoding="unicode", method="html") for child in node]
    return f"{html.escape(node.text or '', quote=False)}{''.join(parts)}".strip()


def links_of(page: Selector, tag: str = "a") -> Iterator[tuple[Selector, str]]:
    """Yield each link and its href as it is written. Hrefs that no URL parser accepts are left out.

    :param tag: the name of the elements, ``a`` or ``link``.
    """
    for link in page.xpath(f"//{tag}[@href]"):
        href = link.root.get("href").strip()  # not ``link.attrib``, which fails for odd names of attributes
        try:
            urlsplit(href)
        except ValueError:  # such as for a bracket in the host
            continue
        yield link, href


def next_page(page: Selector) -> str:
    """Return the href of a list's next page; empty if there is none."""
    links = [*links_of(page), *links_of(page, "link")]
    named = (href for link, href in links if link.root.get("rel") == "next")
    labelled = (href for link, href in links if NEXT.fullmatch(text_of(link)))
    return next(named, "") or next(labelled, "")


def _is_utf8(body: bytes) -> bool:
    """Return whether *body* is UTF-8 with characters of three bytes, as Chinese ones. GBK never fits by chance."""
    try:
        return THREE_BYTES.search(body.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


def _encoding(body: bytes) -> str:
    return "gb18030" if is_gb18030(body) else "utf-8"
