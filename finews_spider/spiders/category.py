"""`scrapy crawl category`: every article of a category page, the upstream's or a mirror's."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url

from finews_spider.config.channels import Channel
from finews_spider.errors import ConfigError
from finews_spider.spiders.feed import FeedSpider

COLUMN_PAGE = re.compile(r"(/a/[a-z]\w*?)(?:_[0-9]+)?\.html", re.ASCII)


class CategorySpider(FeedSpider):
    """Reads a category page, asks for what is new or revised on it, and goes on to its next pages.

    Example: scrapy crawl category -a url=https://finance.eastmoney.com/a/cgnjj.html -a pages=3

    :param url: a column's page (``https://finance.eastmoney.com/a/cgnjj.html``) or a mirror's category page.
    :param pages: pages to read at most.
    """

    name = "category"
    reads_all_pages = True

    def __init__(self, url: str = "", pages: str = "1", **kwargs: Any) -> None:
        super().__init__(pages=pages, **kwargs)
        # A mirror links to its own pages without a scheme.
        self.url = canonicalize_url(f"https:{url}" if url.startswith("//") else url.strip())
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"url={url!r} is no page; write -a url=https://finance.eastmoney.com/a/cgnjj.html")

    def choose_channels(self) -> dict[str, Channel]:
        """Return the channel that shows the same list, else one that reads the page itself."""
        parts = urlsplit(self.url)
        column = COLUMN_PAGE.fullmatch(parts.path)
        for channel in self.config.channels():
            if column and _site(self.url) == _site(channel.page) and f"{column[1]}.html" == urlsplit(channel.page).path:
                return {channel.name: replace(channel, pages=self.pages)}
        name = (parts.netloc + parts.path).replace(",", "-")
        kind = "category-page" if column else "mirror-category"
        return {name: Channel(name=name, kind=kind, url=self.url, pages=self.pages)}


def _site(url: str) -> list[str]:
    """Return the end of a URL's host: all of Eastmoney's hosts show the same columns."""
    return (urlsplit(url).hostname or "").split(".")[-2:]
