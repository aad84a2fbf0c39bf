"""`scrapy crawl category`: every article of a category page, the upstream's or a mirror's."""

import os
import re
from typing import Any
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url

from finews_spider.config.channels import Channel
from finews_spider.config.config import Config
from finews_spider.errors import ConfigError
from finews_spider.spiders.feed import FeedSpider

COLUMN_PAGE = re.compile(r"(/a/[a-z]\w*?)(?:_[0-9]+)?\.html", re.ASCII)
EXAMPLE = "https://finance.eastmoney.com/a/cgnjj.html"
"""A column's page. `scrapy check` requests its list where no URL is given."""


class CategorySpider(FeedSpider):
    """Reads a category page and its next pages, and fetches what is new or revised on them.

    Example: scrapy crawl category -a url=https://finance.eastmoney.com/a/cgnjj.html -a pages=3

    :param url: a column's page (``https://finance.eastmoney.com/a/cgnjj.html``) or a mirror's category page.
    :param pages: pages to read at most.
    """

    name = "category"
    reads_all_pages = True

    def __init__(self, config: Config, /, url: str = "", pages: str = "1", **kwargs: Any) -> None:
        given = url or (EXAMPLE if "SCRAPY_CHECK" in os.environ else "")
        super().__init__(config, [_channel(config, given)], pages=pages, **kwargs)


def _channel(config: Config, given: str) -> Channel:
    """Return the channel that shows the same list as the page *given*, else one that reads the page itself.

    :raises ConfigError: it is not the URL of a page.
    """
    # A mirror links to its own pages without a scheme.
    url = canonicalize_url(f"https:{given}" if given.startswith("//") else given.strip())
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            "url={given!r} is not the URL of a page; write -a url={example}", given=given, example=EXAMPLE
        )
    column = COLUMN_PAGE.fullmatch(parts.path)
    for channel in config.channels():
        if column and _site(url) == _site(channel.page) and f"{column[1]}.html" == urlsplit(channel.page).path:
            return channel
    name = (parts.netloc + parts.path).replace(",", "-")
    return Channel(name=name, kind="category-page" if column else "mirror-category", url=url)


def _site(url: str) -> list[str]:
    """Return the end of a URL's host: all of Eastmoney's hosts show the same columns."""
    return (urlsplit(url).hostname or "").split(".")[-2:]
