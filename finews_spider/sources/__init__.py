"""The upstream's answer formats, one module each: bytes in, items out.

A list source returns a :class:`~finews_spider.items.ListPage`, an article source an
:class:`~finews_spider.items.Article` as far as the answer has it. They know no clock, no settings and no Scrapy, and
whatever the bytes, they raise nothing but :class:`~finews_spider.errors.SourceError`. A row that can't be read is a
problem of its page and takes none of its neighbours along.
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
"""Kind of a channel → the reader of its lists."""

LIST_PAGES: dict[str, Callable[[bytes, str], ListPage]] = {
    kind: _reader(kind) for kind in ("category-page", "mirror-category")
}
"""The same for lists that are web pages; these readers take the Content-Type too, which may name the encoding."""

ARTICLE_SOURCES: dict[str, Callable[[bytes, str], Article]] = {
    name: _reader(name) for name in ("getnewstext", "newsinfo")
}
"""Name of an article source → the reader of its answers, given the code that was asked for; in order of preference."""

ARTICLE_PAGES: dict[str, Callable[[bytes, str, str], Article]] = {name: _reader(name) for name in ("page", "rendered")}
"""The same for articles that are web pages, with the Content-Type."""
