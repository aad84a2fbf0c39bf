"""Rows of lists that hold an article's whole text, as flash news do."""

import hashlib
import html
import re
from collections.abc import Callable
from datetime import datetime

from finews_spider.articles import fields
from finews_spider.items import Article, ArticleRef

URL = re.compile(r"(?:https?:)?//[^/\s]", re.IGNORECASE)
PUBLICATION = re.compile(r"[。！？!?…”」】]\s*[（(](?:来源[:：])?([^\s，。、；：:()（）]{2,15})[）)]\s*\Z")
PERSON = re.compile("记者|编辑|作者|责编")
LONGEST_END = 60
"""How many characters at the end of a text are searched for its publication."""


def whole_row(
    code: str, title: str, text: str, time: datetime | None, make_article: Callable[[], Article]
) -> ArticleRef:
    """Return the row of an article, which the row holds whole. A row without a code or a text only names the article.

    :param title: empty where the row has none.
    :param text: all that the body is made of, which is empty only if this is. It shows whether the row has changed.
    :param time: when the publisher last touched the row. It only shows that the article may have changed.
    """
    if not code or not text:
        return ArticleRef(code=code, title=title, time=time, make_article=make_article).complete()
    # The hash by which duplicates are found takes ten times as long.
    text_hash = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return ArticleRef(code=code, title=title, time=time, text_hash=text_hash, make_article=make_article)


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
