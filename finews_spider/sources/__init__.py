"""The formats of the upstream's answers, one module for each.

A source gets the bytes of an answer. A list source returns a :class:`~finews_spider.items.ListPage`, an article source
an :class:`~finews_spider.items.Article` with the fields that the answer has. A source uses no clock, no settings and no
Scrapy. For any bytes, it raises no error but :class:`~finews_spider.errors.SourceError`. A row that can't be read
becomes a problem of its page, and the other rows are read.
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
"""Kind of a channel → the function that reads its lists."""

LIST_PAGES: dict[str, Callable[[bytes, str], ListPage]] = {
    "category-page": category_page.parse,
    "mirror-category": mirror_category.parse,
}
"""The same for lists that are web pages. The second argument is the Content-Type, which may name the encoding."""

ARTICLE_SOURCES: dict[str, Callable[[bytes, str], Article]] = {
    "getnewstext": getnewstext.parse,
    "newsinfo": newsinfo.parse,
}
"""Name of an article source → the function that reads its answers; the second argument is the code. In order of
preference."""

ARTICLE_PAGES: dict[str, Callable[[bytes, str, str], Article]] = {
    "page": page.parse,
    "rendered": rendered.parse,
}
"""The same for articles that are web pages. The third argument is the Content-Type."""
