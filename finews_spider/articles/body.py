"""What an article's HTML says of itself.

The regular expressions take linear time, also on hostile input. The upstream's chart comments are nested, unbalanced
and may open inside a paragraph: nothing is ever cut between two of them.
"""

import re
from collections.abc import Iterator

from finews_spider.articles import fields

# A tag, or a comment, which may hold one. What has no ">" at its end is no tag, but is matched too, so that nothing
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
LEFT_OUT = (
    (
        re.compile(r"<a\b[^<>]*EmImageRemark", re.ASCII | re.IGNORECASE),
        re.compile(r"</?[ap]\b", re.ASCII | re.IGNORECASE),
    ),
    (re.compile(r"<p\b[^<>]*em_media", re.ASCII | re.IGNORECASE), re.compile(r"</?p\b", re.ASCII | re.IGNORECASE)),
)
"""What opens a live chart with its caption, or the line that names the source, and what ends it."""
BLANKS = "\t\n\v\f\r\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What is a blank, written out: Unicode's own list, by which ``str.split`` goes, differs between Pythons."""
_BLANKS = re.compile(f"[{BLANKS}]+")
_SHORTEST = len("<p em_media")


def stocks_of(fragment: str) -> tuple[str, ...]:
    """Return the stocks that links and charts point to, as ``market.code``, in order, each once."""
    return fields.stocks([quote for tag in _tags(fragment, "data-code", "/unify/r/") for quote in _quotes(tag)])


def stock_names_of(fragment: str) -> dict[str, str]:
    """Return stock → name, as the links that bear the stock's code read; the first name of each."""
    names: dict[str, str] = {}
    for tag in _tags(fragment, "data-code"):
        if tag[1].lower() == "a" and (name := NAME.match(fragment, tag.end())):
            for stock in fields.stocks(_attributes(tag).get("data-code")):
                names.setdefault(stock, fields.line(fields.plain(name[1])))
    return names


def images_of(fragment: str) -> tuple[str, ...]:
    """Return the URL of every ``<img>``, as written less its entities, in order, each once; no ``data:``, no paths."""
    sources = (_attributes(tag).get("src", "") for tag in _tags(fragment, "src") if tag[1].lower() == "img")
    return tuple(dict.fromkeys(source for source in sources if URL.match(source)))


def text_of(fragment: str) -> str:
    """Return the bare text without any blanks, charts and source line: the same for the same text in other dress."""
    return _BLANKS.sub("", fields.plain(without_markup(fragment)))


def without_markup(fragment: str) -> str:
    """Return *fragment* without tags, comments, live charts with their captions, and the line that names the source."""
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
    """Give the tags whose attributes hold one of *parts*, in lower case."""
    for tag in TAG.finditer(fragment):
        if tag[3] and tag[2] and any(part in tag[2].lower() for part in parts):
            yield tag


def _attributes(tag: re.Match[str]) -> dict[str, str]:
    """Return the attributes of a tag, as written less their entities; the first of each name."""
    found: dict[str, str] = {}
    for name, value in ATTRIBUTE.findall(tag[2]):
        found.setdefault(name.lower(), fields.plain(value.strip("\"'")))
    return found


def _quotes(tag: re.Match[str]) -> Iterator[str]:
    """Give the quote codes that a tag names, in order."""
    for name, value in _attributes(tag).items():
        if name == "data-code":
            yield value
        elif name == "href" and (link := LINK.search(value)):
            yield link[1]
