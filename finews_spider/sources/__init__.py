"""The upstream's answer formats, one module each: bytes in, items out.

A list source returns a :class:`~finews_spider.items.ListPage`, an article source an
:class:`~finews_spider.items.Article` as far as the answer has it. They know no clock, no settings and no Scrapy, and
whatever the bytes, they raise nothing but :class:`~finews_spider.errors.SourceError`. A row that can't be read is a
problem of its page and takes none of its neighbours along.
"""

from collections.abc import Callable

from finews_spider.items import Article, ListPage
from finews_spider.sources import (
    category_page,
    columns,
    fastnews,
    getnewstext,
    kuaixun,
    mirror_category,
    newsinfo,
    page,
    rendered,
    webapi_market,
    webapi_media,
    webapi_roll,
)

LIST_SOURCES: dict[str, Callable[[bytes], ListPage]] = {
    "webapi-roll": webapi_roll.parse,
    "webapi-media": webapi_media.parse,
    "webapi-market": webapi_market.parse,
    "kuaixun": kuaixun.parse,
    "fastnews": fastnews.parse,
    "columns": columns.parse,
}
"""Kind of a channel → the reader of its lists."""

LIST_PAGES: dict[str, Callable[[bytes, str], ListPage]] = {
    "category-page": category_page.parse,
    "mirror-category": mirror_category.parse,
}
"""The same for lists that are web pages; these readers take the Content-Type too, which may name the encoding."""

ARTICLE_SOURCES: dict[str, Callable[[bytes, str], Article]] = {
    "getnewstext": getnewstext.parse,
    "newsinfo": newsinfo.parse,
}
"""Name of an article source → the reader of its answers, given the code that was asked for; in order of preference."""

ARTICLE_PAGES: dict[str, Callable[[bytes, str, str], Article]] = {
    "page": page.parse,
    "rendered": rendered.parse,
}
"""The same for articles that are web pages, with the Content-Type."""
