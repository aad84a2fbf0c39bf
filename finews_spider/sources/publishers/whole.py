"""Rows of lists that hold an article's whole text, as flash news do."""

import html
from dataclasses import replace
from datetime import datetime

from finews_spider.articles import twins
from finews_spider.items import Article, ArticleRef


def whole_row(article: Article, updated: datetime | None = None) -> ArticleRef:
    """Return the row of *article*, which the row holds whole.

    :param article: with code, body and showtime; ``title`` is empty where the row has none.
    :param updated: when the publisher last touched the row. It only shows that the article may have changed.
    """
    article = replace(article, text_hash=twins.text_hash(article.title, article.body))
    return ArticleRef(
        code=article.code,
        title=article.title,
        time=max(filter(None, (article.published_at, updated)), default=None),
        media=article.media,
        url=article.source_url,
        stocks=article.stocks,
        article=article,
    )


def paragraphs(text: str) -> str:
    """Return plain *text* as HTML: a paragraph for each line that isn't empty."""
    return "".join(f"<p>{html.escape(line.strip(), quote=False)}</p>" for line in text.splitlines() if line.strip())
