"""Reads stocks, images and text from an article's HTML.

The regular expressions take linear time, even on hostile input. The upstream marks charts with comments that are
nested and unbalanced and may begin inside a paragraph, so nothing between two of them is ever removed.
"""

import re
from collections.abc import Iterator

from finews_spider.articles import fields

# A tag, or a comment, which may contain a tag. Text without the final ">" is no tag. It is matched too, so that nothing
# is read twice.
TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <([a-z][^\s/<>]*)
        ([^<>=]*(?:=(?:\s*"[^"]*"|\s*'[^']*'|(?!\s*["']))[^<>=]*)*)
        (>?)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ATTRIBUTE = re.compile(r"""(?<![^\s"'/])([^\s=/"'<>]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""")
LINK = re.compile(r"/unify/r/([\w.-]{1,30})", re.ASCII)
NAME = re.compile(r"([^<>]{1,30})</a>", re.IGNORECASE)
URL = re.compile(r"(?:https?:)?//[^/\s]", re.IGNORECASE)
MARKUP = re.compile(r"<!--(?:-?>|.*?(?:-->|\Z))|<[a-z/!?][^<>]*>", re.ASCII | re.DOTALL | re.IGNORECASE)
SOURCE = re.compile(r"[:：]([^:：（）()\n]{1,40})[）)]")
LONGEST_SOURCE = 600
"""Characters in which the name of the source stands, with its markup."""
LEFT_OUT = (
    (
        re.compile(r"<a\b[^<>]*EmImageRemark", re.ASCII | re.IGNORECASE),
        re.compile(r"</?[ap]\b", re.ASCII | re.IGNORECASE),
    ),
    (re.compile(r"<p\b[^<>]*em_media", re.ASCII | re.IGNORECASE), re.compile(r"</?p\b", re.ASCII | re.IGNORECASE)),
)
"""The beginning of a live chart with its caption, or of the line with the source, and the tag that ends it."""
ADVERTISEMENT = re.compile(r"<p\b[^<>]*>\s*<a\b[^<>]*>\s*<img\b([^<>]*)>\s*</a>\s*</p>", re.ASCII | re.IGNORECASE)
"""A picture with a link that is a paragraph of its own, as Eastmoney's advertisement is."""
BLANKS = "\t\n\v\f\r\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""All blanks. ``str.split`` follows Unicode's own list, which differs between versions of Python."""
_BLANKS = re.compile(f"[{BLANKS}]+")
_BREAK = re.compile(r"</?(?:p|div|br|li|td|th|tr|h[1-6])\b", re.IGNORECASE)
_SHORTEST = len("<p em_media")


def without_advertisement(fragment: str) -> str:
    """Return *fragment* without Eastmoney's advertisement for opening an account, which ends many of its articles."""
    return ADVERTISEMENT.sub(lambda match: "" if "em_handle_adv_close" in match[1] else match[0], fragment)


def stocks_of(fragment: str) -> tuple[str, ...]:
    """Return the stocks of links and charts as ``market.ticker``, in order, each once."""
    return fields.stocks([quote for tag in _tags(fragment, "data-code", "/unify/r/") for quote in _quotes(tag)])


def stock_names_of(fragment: str) -> dict[str, str]:
    """Return stock → name, which is the text of the first link with the stock's code."""
    names: dict[str, str] = {}
    for tag in _tags(fragment, "data-code"):
        if tag[1].lower() == "a" and (name := NAME.match(fragment, tag.end())):
            for stock in fields.stocks(_attributes(tag).get("data-code")):
                names.setdefault(stock, fields.line(fields.plain(name[1])))
    return names


def source_of(fragment: str) -> str:
    """Return the publication in ``（文章来源：新京报）``, which most bodies end with; empty where there is none."""
    _, _, rest = fragment.rpartition("文章来源")
    match = SOURCE.match(MARKUP.sub("", rest[:LONGEST_SOURCE]))
    return fields.line(fields.plain(match[1])) if match else ""


def images_of(fragment: str) -> tuple[str, ...]:
    """Return the URL of every ``<img>`` with its entities decoded, in order, each once; without ``data:`` and paths."""
    sources = (_attributes(tag).get("src", "") for tag in _tags(fragment, "src") if tag[1].lower() == "img")
    return tuple(dict.fromkeys(source for source in sources if URL.match(source)))


def text_of(fragment: str) -> str:
    """Return the text without blanks, charts and the line with the source. Other markup gives the same result."""
    return _BLANKS.sub("", fields.plain(without_markup(fragment)))


def lines_of(fragment: str) -> str:
    """Return the text as :func:`text_of`, but with its blanks, and with a newline where a block begins or ends."""
    return fields.plain(without_markup(_BREAK.sub(r"\n\g<0>", fragment)))


def without_markup(fragment: str) -> str:
    """Return *fragment* without tags, comments, live charts with their captions, and the line with the source."""
    kept: list[str] = []
    begin, end = 0, None
    for tag in MARKUP.finditer(fragment):
        if not end:
            kept.append(fragment[begin : tag.start()])
        markup = tag[0]
        if not end or end.match(markup):
            may_open = len(markup) > _SHORTEST and markup[1] in "aApP"
            end = next((end for opening, end in LEFT_OUT if opening.match(markup)), None) if may_open else None
        begin = tag.end()
    if not end:
        kept.append(fragment[begin:])
    return "".join(kept)


def _tags(fragment: str, *parts: str) -> Iterator[re.Match[str]]:
    """Yield the tags whose attributes contain one of *parts*, which are in lower case."""
    for tag in TAG.finditer(fragment):
        if tag[3] and tag[2] and any(part in tag[2].lower() for part in parts):
            yield tag


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    """Return name → value with its entities decoded, for the attributes of a tag. The first of each name counts."""
    found: dict[str, str] = {}
    for name, value in ATTRIBUTE.findall(tag[2]):
        found.setdefault(name.lower(), fields.plain(value.strip("\"'")))
    return found


def _quotes(tag: re.Match[str]) -> Iterator[str]:
    """Yield the quote codes in a tag, in order."""
    for name, value in _attributes(tag).items():
        if name == "data-code":
            yield value
        elif name == "href" and (link := LINK.search(value)):
            yield link[1]
