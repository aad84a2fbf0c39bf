"""The formats of the upstream's answers, one module for each.

A source gets the bytes of an answer. A list source returns a :class:`~finews_spider.items.ListPage`, an article source
an :class:`~finews_spider.items.Article` with the fields that the answer has. A source uses no clock, no settings and no
Scrapy. For any bytes, it raises no error but :class:`~finews_spider.errors.SourceError`. A row that can't be read
becomes a problem of its page, and the other rows are read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from finews_spider.items import Article, ListPage
from finews_spider.sources import publishers


def _reader(name: str) -> Callable[..., Any]:
    """Return the ``parse`` of the module of this *name*, which is loaded when it is first called.

    The names alone are needed to check a channels file, and that shouldn't take the 0.06 s to load an HTML parser.
    """

    def parse(*answer: object) -> object:
        return import_module(f"{__name__}.{name.replace('-', '_')}").parse(*answer)

    return parse


LIST_SOURCES: dict[str, Callable[[bytes], ListPage]] = {
    kind: _reader(kind) for kind in ("webapi-roll", "webapi-media", "webapi-market", "kuaixun", "fastnews", "columns")
}
"""Kind of a channel → the function that reads its lists."""

LIST_PAGES: dict[str, Callable[[bytes, str], ListPage]] = {
    **{kind: _reader(kind) for kind in ("category-page", "mirror-category")},
    **publishers.LISTS,
}
"""The same for lists that are web pages, and for other publishers. The second argument is the Content-Type, which may
name the encoding."""

JSON = "json"
"""The kind whose lists ``json_list`` reads, as the channel's own mapping says."""
KINDS = (*LIST_SOURCES, *LIST_PAGES, JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Where the answers of a channel of the kind ``json`` have what.

    A path is names and indices with dots between: ``data.list``, ``data.list.-1.id``.
    """

    rows: str = ""
    """Path to the rows; empty: the answer itself is the list."""
    cursor: str = ""
    """Path to the cursor of the next page; empty: there is none."""
    time_format: str = ""
    """How a time is written, as strptime has it; empty: in any form that fields.time reads."""
    code: tuple[str, ...] = ()
    """Paths in a row, of which the first with a value counts. So it is for the fields below, too."""
    title: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    stocks: tuple[str, ...] = ()


FIELDS = ("code", "title", "time", "digest", "media", "url", "stocks")


@cache
def installed_sources() -> dict[str, EntryPoint]:
    """Return kind → the list source that another package has for it: its entry points in the group ``finews.sources``.

    Each is a function of an answer's bytes and its Content-Type, as in LIST_PAGES.
    """
    return {each.name: each for each in entry_points(group="finews.sources") if each.name not in KINDS}


ARTICLE_SOURCES: dict[str, Callable[[bytes, str], Article]] = {
    name: _reader(name) for name in ("getnewstext", "newsinfo")
}
"""Name of an article source → the function that reads its answers; the second argument is the code. In order of
preference."""

ARTICLE_PAGES: dict[str, Callable[[bytes, str, str], Article]] = {name: _reader(name) for name in ("page", "rendered")}
"""The same for articles that are web pages. The third argument is the Content-Type."""
