"""Rows of lists that hold an article's whole text, as flash news do."""

import hashlib
import html
import re
from datetime import datetime

from finews_spider.articles import fields
from finews_spider.items import Article, ArticleRef

URL = re.compile(r"(?:https?:)?//[^/\s]", re.IGNORECASE)
PUBLICATION = re.compile(r"[。！？!?…”」】]\s*[（(](?:来源[:：])?([^\s，。、；：:()（）]{2,15})[）)]\s*\Z")
PERSON = re.compile("记者|编辑|作者|责编")
LONGEST_END = 60
"""How many characters at the end of a text are searched for its publication."""


def whole_row(article: Article, updated: datetime | None = None) -> ArticleRef:
    """Return the row of *article*, which the row holds whole. A row without a code or a text only names the article.

    :param article: with code, body and showtime; ``title`` is empty where the row has none.
    :param updated: when the publisher last touched the row. It only shows that the article may have changed.
    """
    # This tells whether the row has changed. The hash by which duplicates are found takes ten times as long.
    written = f"{article.title}\0{article.body}".encode("utf-8", "surrogatepass")
    article.text_hash = hashlib.sha256(written).hexdigest()
    return ArticleRef(
        code=article.code,
        title=article.title,
        time=max(filter(None, (article.published_at, updated)), default=None),
        media=article.media,
        url=article.source_url,
        stocks=article.stocks,
        article=article if article.code and article.body else None,
    )


def paragraphs(text: str) -> str:
    """Return plain *text* as HTML: a paragraph for each line that isn't empty."""
    return "".join(f"<p>{html.escape(line.strip(), quote=False)}</p>" for line in text.splitlines() if line.strip())


def pictures(urls: object, text: str = "") -> str:
    """Return the pictures that a row has beside its text as HTML: a paragraph for each URL that isn't in *text*.

    :param urls: a list of URLs; anything else in it is left out.
    """
    if not urls or not isinstance(urls, list):
        return ""
    found = dict.fromkeys(url for url in map(fields.text, urls) if URL.match(url) and url not in text)
    return "".join(f'<p><img src="{html.escape(url)}"></p>' for url in found)


def publication_at_end(text: str) -> str:
    """Return the publication that stands in brackets behind the last sentence: ``…。（新华社）``; empty if none does.

    The names of reporters and editors are no publication.
    """
    found = PUBLICATION.search(text[-LONGEST_END:])
    return found[1] if found and not PERSON.search(found[1]) else ""
