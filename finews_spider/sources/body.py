"""What an article's HTML says of itself.

The regular expressions take linear time, also on hostile input. The upstream's chart comments are nested, unbalanced
and may open inside a paragraph: nothing is ever cut between two of them.
"""

import re

from finews_spider.sources import fields

QUOTE = re.compile(r"""data-code\s*=\s*["']([^"'<>]{1,40})["']|/unify/r/([\w.-]{1,30})""", re.ASCII)
NAMED = re.compile(
    r"""<a\b[^<>]{0,400}?data-code\s*=\s*["']([^"'<>]{1,40})["'][^<>]{0,400}>([^<>]{1,30})</a>""", re.ASCII
)
IMG = re.compile(r"""<img\b((?:[^<>"']|"[^"]*+"|'[^']*+')*+)""", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""(?<![^\s"'/])([^\s=/"'<>]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++)""")
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
BLANKS = dict.fromkeys(
    map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000")
) | dict.fromkeys(range(0x2000, 0x200B))
"""What is a blank, written out: Unicode's own list, by which ``str.split`` goes, differs between Pythons."""


def stocks_of(fragment: str) -> tuple[str, ...]:
    """Return the stocks that links and charts point to, as ``market.code``, in order, each once."""
    return fields.stocks(list({in_data or in_link: None for in_data, in_link in QUOTE.findall(fragment)}))


def stock_names_of(fragment: str) -> dict[str, str]:
    """Return stock → name, as the links that bear the stock's code read; the first name of each."""
    names: dict[str, str] = {}
    for in_data, name in NAMED.findall(fragment):
        for stock in fields.stocks(in_data):
            names.setdefault(stock, fields.line(fields.plain(name)))
    return names


def images_of(fragment: str) -> tuple[str, ...]:
    """Return the URL of every ``<img>``, as written less its entities, in order, each once; no ``data:``, no paths."""
    sources = (_source(attributes) for attributes in IMG.findall(fragment))
    return tuple(dict.fromkeys(source for source in sources if URL.match(source)))


def text_of(fragment: str) -> str:
    """Return the bare text without any blanks, charts and source line: the same for the same text in other dress."""
    return fields.plain(without_markup(fragment)).translate(BLANKS)


def without_markup(fragment: str) -> str:
    """Return *fragment* without tags, comments, live charts with their captions, and the line that names the source."""
    kept: list[str] = []
    begin, end = 0, None
    for tag in MARKUP.finditer(fragment):
        if not end:
            kept.append(fragment[begin : tag.start()])
        if not end or end.match(tag[0]):
            end = next((end for opening, end in LEFT_OUT if opening.match(tag[0])), None)
        begin = tag.end()
    if not end:
        kept.append(fragment[begin:])
    return "".join(kept)


def _source(attributes: str) -> str:
    values = (value for name, value in ATTRIBUTE.findall(attributes) if name.lower() == "src")
    return fields.plain(next(values, "").strip("\"'"))
