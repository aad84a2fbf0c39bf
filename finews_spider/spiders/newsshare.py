"""`scrapy crawl newsshare`: fetches the articles of given links."""

import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response

from finews_spider.articles.links import OTHER_CODE, links_in
from finews_spider.articles.normalize import normalize
from finews_spider.codes import publisher_of
from finews_spider.config.config import Config
from finews_spider.errors import ConfigError
from finews_spider.i18n import Message
from finews_spider.items import Article
from finews_spider.spiders.article import ArticleSpider
from finews_spider.spiders.fetch import compose
from finews_spider.spiders.run_store import store_errors
from finews_spider.stats import names

logger = logging.getLogger(__name__)

# A comma separates a link from the next one, from a file or from `-`; it may also stand in a link or in a file's name.
SEPARATOR = re.compile(
    rf"\s+|[,，、；](?=\s*(?:NW|{OTHER_CODE}|https?:|//|@|-(?:,|$)|\d{{12,24}}(?:,|\s|$)))", re.IGNORECASE
)
BULLET = re.compile(r"^\s*-\s+(?=\S)", re.MULTILINE)
"""The `-` before an entry of a pasted list, which isn't the one for standard input."""
EXAMPLE = "NW202206012399294452"
"""An article. `scrapy check` requests it where no link is given."""


class NewsshareSpider(ArticleSpider):
    """Fetches single articles.

    Example: scrapy crawl newsshare -a links=NW202206012399294452

    :param links: share links, infoCodes and article URLs of any shape, with blanks, punctuation or text between them;
        ``@FILE`` reads them from a file, ``-`` from standard input.
    :param refresh: ``1`` fetches articles again that are stored already.
    """

    name = "newsshare"

    def __init__(self, config: Config, /, links: str = "", refresh: str = "", **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.refresh = refresh not in {"", "0"}
        given = read_links(links or (EXAMPLE if "SCRAPY_CHECK" in os.environ else ""))
        found = {link: self.text_sources.find(link) for link in given}
        self.refs = {ref.code: replace(ref, channel=self.name) for ref in found.values() if ref}
        self.bad_links = [link for link, ref in found.items() if not ref]
        self.allowed_hosts |= self.text_sources.hosts({publisher_of(code) for code in self.refs})
        self.allowed_hosts |= {urlsplit(ref.url).hostname or "" for ref in self.refs.values() if ref.url}
        if not self.refs:
            bad = Message("no link is given")
            if self.bad_links:
                bad = Message("{link!r} is not an article", link=self.bad_links[0])
            raise ConfigError(
                "{bad}; write -a links={example}, a share link, an article's URL, @FILE or -", bad=bad, example=EXAMPLE
            )

    def sample_url(self) -> str:
        """Return the URL of the first article's text, which `scrapy check` requests."""
        ref = next(iter(self.refs.values()))
        return self.text_sources.of(ref)[0].request_url(ref)

    def parse(self, response: Response) -> Iterator[Article]:
        """Yield the article of an answer, for `scrapy parse --spider newsshare -a links=LINK URL` and `scrapy check`.

        @sample
        @returns items 1 1
        @fills code title body published_at
        """
        ref = self.text_sources.find(response.url)
        path = urlsplit(response.url).path
        sources = self.text_sources.of(ref) if ref else ()
        source = next((each for each in sources if ref and urlsplit(each.request_url(ref)).path == path), None)
        if not ref or not source:
            known = "the text sources FINEWS_TEXT_URL, _ARTICLE_URL and _PAGE_URL"
            logger.error("%s is no article's page, and none of %s", response.url, known)
            return
        yield normalize(compose(replace(ref, channel=self.name), source.read(response, ref), None))

    def identity(self) -> dict[str, Any]:
        return super().identity() | {"codes": list(self.refs), "refresh": self.refresh}

    async def initial_requests(self) -> AsyncIterator[Any]:
        """Request each article that isn't stored yet."""
        for link in self.bad_links:
            logger.error("%r is not an article; the other links go on", link)
        self.crawler.stats.set_value(names.LINKS_BAD, len(self.bad_links))
        with store_errors(self.crawler):
            known = await self.store.known(list(self.refs))
            posts = await self.store.posts_of([c for c, ref in self.refs.items() if not self.text_sources.of(ref)])
        for code, ref in self.refs.items():
            stored = known.get(code)
            if stored and (stored.taken_down or (stored.newest and not self.refresh)):
                why = "was taken down" if stored.taken_down else "is stored already; -a refresh=1 fetches it again"
                logger.info("%s %s", ref.info_code, why)
                self.crawler.stats.inc_value(names.LISTED_UNCHANGED)
                continue
            located = self.text_sources.locate(ref, posts.get(code))
            if located:
                self.backlog.enqueue([located])
            else:
                logger.error("%s alone doesn't lead to its page; give the URL of the page", code)
                self.crawler.stats.inc_value(names.LINKS_BAD)
        for request in self.requests():
            yield request


def read_links(given: str) -> list[str]:
    """Return the links of an argument, with those of its files and of standard input, each once.

    There may be other text between the links.

    :raises ConfigError: a file can't be read.
    """
    texts: list[str] = []
    if "\n" in given:
        given = BULLET.sub("", given)
    for part in SEPARATOR.split(given.strip()):
        if part == "-":
            texts.append(sys.stdin.read())
        elif part.startswith("@"):
            try:
                texts.append(Path(part[1:]).read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:
                raise ConfigError("the links file {file} can't be read: {error}", file=part[1:], error=error) from None
        else:
            texts.append(part)
    return list(dict.fromkeys(links_in("\n".join(texts))))
