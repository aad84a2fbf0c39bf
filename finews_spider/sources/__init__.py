"""The formats of the upstream's answers, one module for each.

A source gets the bytes of an answer. A list source returns a :class:`~finews_spider.items.ListPage`, an article source
an :class:`~finews_spider.items.Article` with the fields that the answer has. A source uses no clock, no settings and no
Scrapy. For any bytes, it raises no error but :class:`~finews_spider.errors.SourceError`. A row that can't be read
becomes a problem of its page, and the other rows are read.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from finews_spider.items import Article, ListPage


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
    kind: _reader(kind) for kind in ("category-page", "mirror-category")
}
"""The same for lists that are web pages. The second argument is the Content-Type, which may name the encoding."""

ARTICLE_SOURCES: dict[str, Callable[[bytes, str], Article]] = {
    name: _reader(name) for name in ("getnewstext", "newsinfo")
}
"""Name of an article source → the function that reads its answers; the second argument is the code. In order of
preference."""

ARTICLE_PAGES: dict[str, Callable[[bytes, str, str], Article]] = {name: _reader(name) for name in ("page", "rendered")}
"""The same for articles that are web pages. The third argument is the Content-Type."""
