"""What a page says of itself in its head: JSON-LD (schema.org and Baidu's cambrian), Open Graph and other meta tags."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parsel import Selector

from finews_spider.articles import fields
from finews_spider.errors import SourceError
from finews_spider.sources.answer import read_value

ARTICLES = ("article", "blogposting")
"""How schema.org's types of articles end, such as NewsArticle."""
BAIDU = "cambrian.jsonld"
MOST_PARTS = 1000
"""The most objects of a page's JSON-LD that are read."""
TITLES = ("og:title", "twitter:title")
TIMES = (
    *("article:published_time", "og:published_time", "og:time", "datepublished", "pubdate", "publishdate"),
    *("publish_time", "weibo:article:create_at", "bytedance:published_time"),
)
NAMES = ("og:site_name",)
DIGESTS = ("og:description", "description")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields of an article as its page's head has them, empty where it has none."""

    title: str
    time: datetime | None
    media: str
    digest: str


def read_metadata(page: Selector) -> Metadata:
    """Return what the page's head says of the article. JSON-LD takes precedence over meta tags."""
    articles = [part for part in _json_ld(page) if _is_article(part)]
    metas: dict[str, str] = {}
    for meta in page.xpath("//meta[@content][@property or @name or @itemprop]"):
        get = meta.root.get
        name = (get("property") or get("name") or get("itemprop")).lower().replace(" ", "")
        metas.setdefault(name, fields.plain(get("content")))

    def first(keys: tuple[str, ...], names: tuple[str, ...]) -> str:
        values = [fields.plain(part.get(key)) for part in articles for key in keys]
        return next(filter(None, [*values, *(metas.get(name, "") for name in names)]), "")

    times = [*(part.get(key) for part in articles for key in ("datePublished", "pubDate")), *map(metas.get, TIMES)]
    publishers = (part.get("publisher") for part in articles)
    media = (fields.plain(each.get("name")) for each in publishers if isinstance(each, dict))
    title = first(("headline", "title"), TITLES) or fields.plain(page.xpath("string(//title)").get())
    digest = first(("description",), DIGESTS)
    return Metadata(
        title=" ".join(title.split()),
        time=next(filter(None, (fields.find_time(fields.text(each)) for each in times)), None),
        media=next(filter(None, media), "") or first((), NAMES),
        digest="" if digest == title else digest,
    )


def _json_ld(page: Selector) -> Iterator[dict[str, Any]]:
    """Yield the objects of the page's JSON-LD, outermost first."""
    parts: list[Any] = []
    for script in page.xpath("//script[@type='application/ld+json']/text()").getall():
        with suppress(SourceError):
            parts.append(read_value(script.encode("utf-8", "replace")))
    for index in range(MOST_PARTS):
        if index >= len(parts):
            return
        part = parts[index]
        if isinstance(part, dict):
            yield part
            graph = part.get("@graph")
            parts += graph if isinstance(graph, list) else []
        elif isinstance(part, list):
            parts += part


def _is_article(part: dict[str, Any]) -> bool:
    kinds = part.get("@type")
    named = [fields.text(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return any(kind.endswith(ARTICLES) for kind in named) or BAIDU in fields.text(part.get("@context"))
