"""What the answers of several publishers have in common."""

import html
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from finews_spider.sample.publishers.articles import Piece, SamplePublishers

Query = Mapping[str, str]
"""Parameters of the URL, and the named parts of its path."""
Answer = Callable[[SamplePublishers, Query, str], bytes | None]
"""Makes an answer of the articles, the URL's parameters, and the sample's own URL. None: there is no such page."""
CLOCK = "%Y-%m-%d %H:%M:%S"


def before(listed: list[Piece], cursor: str) -> list[Piece]:
    """Return what was published strictly before *cursor*, in seconds since 1970; all where it is 0 or empty."""
    last = int(cursor or 0)
    return [piece for piece in listed if not last or piece.seconds < last]


def numbered(listed: list[Piece], page: str, size: str) -> list[Piece]:
    """Return page number *page*, the first being 1, of *size* rows."""
    return listed[(int(page) - 1) * int(size) :][: int(size)]


def paragraphs(lines: Iterable[str], *, indent: bool = False) -> str:
    """Return *lines* as HTML."""
    blank = "\u3000\u3000" if indent else ""
    return "".join(f"<p>{blank}{html.escape(line, quote=False)}</p>\n" for line in lines)


def web_page(content: str, head: str = "", charset: str = "utf-8") -> bytes:
    """Return a web page; what *charset* lacks is written as a reference."""
    whole = f'<!DOCTYPE html><html><head><meta charset="{charset}">{head}</head><body>{content}</body></html>'
    return whole.encode(charset, "xmlcharrefreplace")


def as_json(value: Any) -> bytes:
    """Return *value* as JSON."""
    return json.dumps(value, ensure_ascii=False).encode()
