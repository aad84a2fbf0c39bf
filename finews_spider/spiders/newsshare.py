"""`scrapy crawl newsshare`: fetches the articles of given links."""

import logging
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request

from finews_spider.articles.links import code_of_link
from finews_spider.config.config import Config
from finews_spider.errors import ConfigError
from finews_spider.items import ArticleRef
from finews_spider.spiders.article import ArticleSpider
from finews_spider.stats import names

logger = logging.getLogger(__name__)

# An article's URL may hold a comma itself (/news/1345,{code}.html). So a comma separates two links only where the
# second begins as a link does.
SEPARATOR = re.compile(r"\s+|,(?=\s*(?:NW|https?:|//|@|-(?:,|$)|\d{12,24}(?:,|\s|$)))", re.IGNORECASE)


class NewsshareSpider(ArticleSpider):
    """Fetches single articles.

    Example: scrapy crawl newsshare -a links=NW202206012399294452

    :param links: share links, infoCodes and article URLs of any shape, separated by commas or blanks; ``@FILE`` reads
        them from a file, ``-`` from standard input.
    :param refresh: ``1`` fetches articles again that are stored already.
    """

    name = "newsshare"

    def __init__(self, config: Config, /, links: str = "", refresh: str = "", **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.refresh = refresh not in {"", "0"}
        given = read_links(links)
        codes = {link: code_of_link(link) for link in given}
        self.codes = list(dict.fromkeys(filter(None, codes.values())))
        self.bad_links = [link for link, code in codes.items() if not code]
        if not self.codes:
            bad = f"{self.bad_links[0]!r} is not an article" if self.bad_links else "no link is given"
            raise ConfigError(f"{bad}; write -a links=NW202206012399294452, a share link, an article's URL, @FILE or -")

    def identity(self) -> dict[str, Any]:
        return super().identity() | {"codes": self.codes, "refresh": self.refresh}

    async def initial_requests(self) -> AsyncIterator[Request | ArticleRef]:
        """Request each article that isn't stored yet."""
        for link in self.bad_links:
            logger.error("%r is not an article; the other links go on", link)
        self.crawler.stats.set_value(names.LINKS_BAD, len(self.bad_links))
        with self.store_errors():
            known = await self.store.known(self.codes)
        for code in self.codes:
            stored = known.get(code)
            if stored and (stored.taken_down or (stored.newest and not self.refresh)):
                why = "was taken down" if stored.taken_down else "is stored already; -a refresh=1 fetches it again"
                logger.info("NW%s %s", code, why)
                self.crawler.stats.inc_value(names.LISTED_UNCHANGED)
                continue
            self.backlog.enqueue([ArticleRef(code=code, channel=self.name)])
        for request in self.requests():
            yield request


def read_links(given: str) -> list[str]:
    """Return the links of an argument, with those of its files and of standard input, each once.

    :raises ConfigError: a file can't be read.
    """
    links: list[str] = []
    for link in filter(None, SEPARATOR.split(given.strip())):
        if link == "-":
            links += sys.stdin.read().split()
        elif link.startswith("@"):
            try:
                links += Path(link[1:]).read_text(encoding="utf-8").split()
            except (OSError, ValueError) as error:
                raise ConfigError(f"the links file {link[1:]} can't be read: {error}") from None
        else:
            links.append(link)
    return list(dict.fromkeys(links))
