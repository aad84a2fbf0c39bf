"""The sources of an article's text, in the order in which a crawl requests them."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.http import Response

from finews_spider.articles.links import canonical, ref_of_link, web_code
from finews_spider.codes import id_of, publisher_of
from finews_spider.config.config import Config
from finews_spider.downloadhandlers import browser
from finews_spider.errors import ArticleGone, ConfigError
from finews_spider.items import Article, ArticleRef
from finews_spider.sources import ARTICLE_PAGES, ARTICLE_SOURCES
from finews_spider.sources.publishers import IMAGE_HOSTS, TEXTS, text_of_kind
from finews_spider.stores.records import Post

if TYPE_CHECKING:
    from finews_spider.sources.publishers.pages import Pages

RENDER = ("auto", "api", "browser")
"""Which text sources are requested: all one after the other, those without a browser, or only the browser."""


@dataclass(frozen=True, slots=True)
class TextSource:
    """The URL of an article's text, and the function that reads the answer."""

    name: str
    url: str
    """With placeholders; empty: the article's own page."""
    parse: Callable[[bytes, str, str, str], Article]
    """Reads an answer: its body, the article's code, the Content-Type and the page's URL."""
    is_page: bool = False
    """Whether the answer is the article's own page, which may redirect elsewhere."""
    in_browser: bool = False

    def request_url(self, ref: ArticleRef) -> str:
        """Return the URL to request; empty if nothing names an http URL."""
        if not self.url:
            return canonical(ref.url)
        return self.url.format(code=ref.code, info_code=ref.info_code, id=id_of(ref.code), now=now_ms())

    def read(self, response: Response, ref: ArticleRef) -> Article:
        """Return the article of an answer.

        :raises ArticleGone: the upstream no longer has it.
        :raises SourceError: the answer isn't the article.
        """
        if self.is_page and id_of(ref.code) not in response.url:
            raise ArticleGone(f"{ref.code} redirects to {response.url}")
        page = ref.url or (response.url if self.is_page else "")  # the answer of an API isn't at the article's page
        return self.parse(response.body, ref.code, content_type(response), page)


class TextSources:
    """The sources of any article's text.

    :param render: one of RENDER; it is about Eastmoney's articles.
    :raises ConfigError: the browser is required and there is none, or the user's table of hosts is wrong.
    """

    def __init__(self, config: Config, render: str) -> None:
        self.eastmoney = eastmoney_sources(config, render)
        self._config = config
        if config.pages:
            self._pages  # noqa: B018 -- a wrong table ends the crawl before it begins

    @cached_property
    def _pages(self) -> "Pages":
        from finews_spider.sources.publishers.pages import load_pages  # most crawls of Eastmoney need no table

        return load_pages(self._config.pages)

    @cached_property
    def _urls(self) -> dict[str, dict[str, str]]:
        """Key of TEXTS → channel → the URL of its texts, where the channels file names one."""
        urls: dict[str, dict[str, str]] = {}
        for channel in self._config.channels():
            if channel.text_url:
                urls.setdefault(text_of_kind(channel.kind), {})[channel.name] = channel.text_url
        return urls

    def of(self, ref: ArticleRef) -> Sequence[TextSource]:
        """Return the sources of an article's text; there are none where its publisher has it in its lists alone."""
        key = ref.code.rpartition("-")[0]
        if not key:
            return self.eastmoney
        text, own = TEXTS.get(key), self._urls.get(key, {})
        url = own.get(ref.channel) or next(iter(own.values()), text.url if text else "")
        if not text or not (url or canonical(ref.url)):
            return ()
        return (TextSource(key, url, text.read or self._read_page, is_page=not text.read and key != "web"),)

    def locate(self, ref: ArticleRef, stored: Post | None) -> ArticleRef | None:
        """Return an article that a user named, with the URL of its page if its code alone doesn't lead there.

        :param stored: what the store has of it, which names the URL.
        :return: None if the store names none that finews may request.
        """
        if self.of(ref) or ref.code.rpartition("-")[0] not in TEXTS:
            return ref
        url = stored.article.source_url if stored else ""
        return replace(ref, url=url) if self.find(url) else None

    def why_none(self, ref: ArticleRef) -> str:
        """Return why an article has no source."""
        if ref.code.rpartition("-")[0] in TEXTS:
            return "its code alone doesn't lead to its page; give the URL of the page"
        return "its publisher has the text in its lists alone, and they no longer name it"

    def _read_page(self, body: bytes, code: str, content_type: str, url: str) -> Article:
        from finews_spider.sources.publishers.pages import read_page

        return read_page(self._pages, body, code, content_type, url)

    def hosts(self, publishers: Collection[str]) -> set[str]:
        """Return the hosts that have the texts of these *publishers*, and the images where finews copies them."""
        texts = {key: text for key, text in TEXTS.items() if publisher_of(f"{key}-") in publishers}
        urls = [url for key, text in texts.items() for url in self._urls.get(key, {"": text.url}).values() if url]
        hosts = {host for text in texts.values() for host in text.hosts}
        hosts |= {urlsplit(url).hostname or "" for url in urls}
        if self._config.pages and "web" in publishers:
            hosts |= self._pages.hosts
        if self._config.images == "local":
            hosts |= {host for publisher in publishers for host in IMAGE_HOSTS.get(publisher, ())}
        return hosts

    def find(self, link: str) -> ArticleRef | None:
        """Return the article that a user's *link* names, or None.

        It may be any page on the hosts of the user's own table and of FINEWS_ALLOWED_HOSTS.
        """
        if ref := ref_of_link(link):
            return ref
        page = canonical(link)
        is_known = urlsplit(page).hostname in self._config.allowed_hosts
        is_known = is_known or bool(self._config.pages and self._pages.knows(page))
        return ArticleRef(code=web_code(page), url=page) if is_known else None


def eastmoney_sources(config: Config, render: str) -> Sequence[TextSource]:
    """Return the sources of the text of Eastmoney's articles.

    :param render: one of RENDER.
    :raises ConfigError: the browser is required and there is none.
    """
    has_browser = browser.available(config.chromium)
    if render == "browser" and not has_browser:
        raise ConfigError("render=browser needs a browser: pip install 'finews[browser]', FINEWS_CHROMIUM not off")
    plain = (
        TextSource("GetNewsText", config.text_url, _taking(2, ARTICLE_SOURCES["getnewstext"])),
        TextSource("newsinfo", config.article_url, _taking(2, ARTICLE_SOURCES["newsinfo"])),
        TextSource("page", config.page_url, _taking(3, ARTICLE_PAGES["page"]), is_page=True),
    )
    read = _taking(3, ARTICLE_PAGES["rendered"])
    rendered = TextSource("browser", config.share_url, read, is_page=True, in_browser=True)
    if render == "browser":
        return (rendered,)
    return (*plain, rendered) if render == "auto" and has_browser else plain


def _taking(count: int, parse: Callable[..., Article]) -> Callable[..., Article]:
    """Return *parse* as a TextSource has it: it takes the first *count* arguments."""
    return lambda *answer: parse(*answer[:count])


def now_ms() -> int:
    """Return the milliseconds since 1970. In a URL they keep the answer from being cached."""
    return int(time.time() * 1000)


def content_type(response: Response) -> str:
    """Return the Content-Type header, which may name the encoding."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
