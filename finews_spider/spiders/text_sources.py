"""The sources of an article's text, in the order in which a crawl requests them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scrapy.http import Response

from finews_spider.config.config import Config
from finews_spider.downloadhandlers import browser
from finews_spider.errors import ArticleGone, ConfigError
from finews_spider.items import Article, ArticleRef
from finews_spider.sources import ARTICLE_PAGES, ARTICLE_SOURCES

RENDER = ("auto", "api", "browser")
"""Which text sources are requested: all one after the other, those without a browser, or only the browser."""


@dataclass(frozen=True, slots=True)
class TextSource:
    """The URL of an article's text, and the function that reads the answer."""

    name: str
    url: str
    parse: Callable[..., Article]
    is_page: bool = False
    """Whether the answer is the article's own page: its headers name the encoding, and it may redirect elsewhere."""
    in_browser: bool = False

    def request_url(self, ref: ArticleRef) -> str:
        return self.url.format(code=ref.code, info_code=ref.info_code, now=now_ms())

    def read(self, response: Response, code: str) -> Article:
        """Return the article of an answer.

        :raises ArticleGone: the upstream no longer has it.
        :raises SourceError: the answer isn't the article.
        """
        if not self.is_page:
            return self.parse(response.body, code)
        if code not in response.url:
            raise ArticleGone(f"{code} redirects to {response.url}")
        return self.parse(response.body, code, content_type(response))


def text_sources(config: Config, render: str) -> Sequence[TextSource]:
    """Return the sources of a crawl, in the order in which they are requested.

    :param render: one of RENDER.
    :raises ConfigError: the browser is required and there is none.
    """
    has_browser = browser.available(config.chromium)
    if render == "browser" and not has_browser:
        raise ConfigError("render=browser needs a browser: pip install 'finews[browser]', FINEWS_CHROMIUM not off")
    plain = (
        TextSource("GetNewsText", config.text_url, ARTICLE_SOURCES["getnewstext"]),
        TextSource("newsinfo", config.article_url, ARTICLE_SOURCES["newsinfo"]),
        TextSource("page", config.page_url, ARTICLE_PAGES["page"], is_page=True),
    )
    rendered = TextSource("browser", config.share_url, ARTICLE_PAGES["rendered"], is_page=True, in_browser=True)
    if render == "browser":
        return (rendered,)
    return (*plain, rendered) if render == "auto" and has_browser else plain


def now_ms() -> int:
    """Return the milliseconds since 1970. In a URL they keep the answer from being cached."""
    return int(time.time() * 1000)


def content_type(response: Response) -> str:
    """Return the Content-Type header, which may name the encoding."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
