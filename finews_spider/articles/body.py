"""Reads stocks, images and text from an article's HTML.

The regular expressions take linear time, even on hostile input. The upstream marks charts with comments that are
nested and unbalanced and may begin inside a paragraph, so nothing between two of them is ever removed.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from finews_spider.articles import fields

# A tag with attributes, or a comment, which may contain a tag. Text without the final ">" is no tag. It is matched too,
# so that nothing is read twice.
TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <([a-z][^\s/<>]*)(?=[\s/])
        ([^<>=]*(?:=(?:\s*"[^"]*"|\s*'[^']*'|(?!\s*["']))[^<>=]*)*)
        (>?)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ATTRIBUTE = re.compile(r"""(?<![^\s"'/])([^\s=/"'<>]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""")
LINK = re.compile(r"/unify/r/([\w.-]{1,30})", re.ASCII)
NAME = re.compile(r"([^<>]{1,30})</a>", re.IGNORECASE)
URL = re.compile(r"(?:https?:)?//[^/\s]", re.IGNORECASE)
SOURCE = re.compile(r"[:：]([^:：（）()\n]{1,40})[）)]")
LONGEST_SOURCE = 600
"""Characters in which the name of the source stands, with its markup."""
_COMMENT = r"<!--(?:-?>|.*?(?:-->|\Z))"


def _left_out(opening: str, ends: str) -> str:
    """Return the expression of an element that is left out: a tag, and all up to the next tag with a name in *ends*."""
    return rf"<{opening}[^<>]*>(?:[^<]+|{_COMMENT}|<(?!!--|/?{ends}\b[^<>]*>))*"


_ANY_TAG = "<[a-z/!?][^<>]*>"
_CHART = _left_out(r"a\b(?=[^<>]*>)[^<>]*EmImageRemark", "[ap]")
"""A live chart with its caption."""
_SOURCE_LINE = _left_out(r"p\b(?=[^<>]*>)[^<>]*em_media", "p")
MARKUP = re.compile(f"{_COMMENT}|{_ANY_TAG}", re.ASCII | re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(f"{_COMMENT}|{_CHART}|{_SOURCE_LINE}|{_ANY_TAG}", re.ASCII | re.DOTALL | re.IGNORECASE)
ADVERTISEMENT = re.compile(r"<p\b[^<>]*>\s*<a\b[^<>]*>\s*<img\b([^<>]*)>\s*</a>\s*</p>", re.ASCII | re.IGNORECASE)
"""A picture with a link that is a paragraph of its own, as Eastmoney's advertisement is."""
_CLOSED_BY = "em_handle_adv_close"
BLANKS = "\t\n\v\f\r\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""All blanks. ``str.split`` follows Unicode's own list, which differs between versions of Python."""
_BLANKS = re.compile(f"[{BLANKS}]+")
_BREAK = re.compile(r"<(?=/?(?:p|div|br|li|td|th|tr|h[1-6])\b)", re.IGNORECASE)


def without_advertisement(fragment: str) -> str:
    """Return *fragment* without Eastmoney's advertisement for opening an account, which ends many of its articles."""
    if _CLOSED_BY not in fragment:
        return fragment
    return ADVERTISEMENT.sub(lambda match: "" if _CLOSED_BY in match[1] else match[0], fragment)


def stocks_of(fragment: str) -> tuple[str, ...]:
    """Return the stocks of links and charts as ``market.ticker``, in order, each once."""
    named = (tag[2] for tag, low in _tags(fragment) if "data-code" in low or "/unify/r/" in low)
    return fields.stocks([quote for attributes in dict.fromkeys(named) for quote in _quotes(attributes)])


def stock_names_of(fragment: str) -> dict[str, str]:
    """Return stock → name, which is the text of the first link with the stock's code."""
    names: dict[str, str] = {}
    for tag, low in _tags(fragment):
        if "data-code" in low and tag[1].lower() == "a" and (name := NAME.match(fragment, tag.end())):
            for stock in fields.stocks(_attributes(tag[2], "data-code").get("data-code")):
                names.setdefault(stock, fields.line(fields.plain(name[1])))
    return names


def source_of(fragment: str) -> str:
    """Return the publication in ``（文章来源：新京报）``, which most bodies end with; empty where there is none."""
    _, _, rest = fragment.rpartition("文章来源")
    match = SOURCE.match(MARKUP.sub("", rest[:LONGEST_SOURCE]))
    return fields.line(fields.plain(match[1])) if match else ""


def images_of(fragment: str) -> tuple[str, ...]:
    """Return the URL of every ``<img>`` with its entities decoded, in order, each once; without ``data:`` and paths."""
    images = (tag[2] for tag, low in _tags(fragment) if "src" in low and tag[1].lower() == "img")
    sources = (_attributes(attributes, "src").get("src", "") for attributes in images)
    return tuple(dict.fromkeys(source for source in sources if URL.match(source)))


def text_of(fragment: str) -> str:
    """Return the text without blanks, charts and the line with the source. Other markup gives the same result."""
    return _BLANKS.sub("", fields.plain(without_markup(fragment)))


def lines_of(fragment: str) -> str:
    """Return the text as :func:`text_of`, but with its blanks, and with a newline where a block begins or ends."""
    return fields.plain(without_markup(_BREAK.sub("\n<", fragment)))


@lru_cache(maxsize=1)  # duplicates and reprints are found by it, one after the other
def half_width_lines(fragment: str) -> str:
    """Return the text as :func:`lines_of`, with ASCII in place of its full-width forms."""
    return fields.half_width(lines_of(fragment))


def without_markup(fragment: str) -> str:
    """Return *fragment* without tags, comments, live charts with their captions, and the line with the source."""
    return _HIDDEN.sub("", fragment)


@lru_cache(maxsize=1)  # stocks and images are read one after the other
def _tags(fragment: str) -> list[tuple[re.Match[str], str]]:
    """Return each tag that has attributes, and these in lower case."""
    return [(tag, tag[2].lower()) for tag in TAG.finditer(fragment) if tag[3]]


def _attributes(written: str, *names: str) -> dict[str, str]:
    """Return name → value with its entities decoded, for some attributes of a tag. The first of each name counts.

    :param written: all attributes of the tag.
    :param names: the names in lower case.
    """
    found: dict[str, str] = {}
    for written_name, value in ATTRIBUTE.findall(written):
        if (name := written_name.lower()) in names and name not in found:
            found[name] = fields.plain(value.strip("\"'"))
    return found


def _quotes(attributes: str) -> Iterator[str]:
    """Yield the quote codes in the attributes of a tag, in order."""
    for name, value in _attributes(attributes, "data-code", "href").items():
        if name == "data-code":
            yield value
        elif link := LINK.search(value):
            yield link[1]
