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
NO_TEXT = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <a\b(?=[^<>]*?EmImageRemark)[^<>]*+>[^<]*+(?:<(?!/?[ap]\b)[^<]*+)*+  # a live chart with its caption
      | <p\b(?=[^<>]*?em_media)[^<>]*+>[^<]*+(?:<(?!/?p\b)[^<]*+)*+          # the line that names the source
      | <[a-z/!?][^<>]*+>""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


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
    return "".join(fields.plain(NO_TEXT.sub("", fragment)).split())


def _source(attributes: str) -> str:
    values = (value for name, value in ATTRIBUTE.findall(attributes) if name.lower() == "src")
    return fields.plain(next(values, "").strip("\"'"))
