"""Cleans an article as the upstream gave it, and fills in what is missing."""

import hashlib
import re
from dataclasses import replace

from finews_spider.articles import body, bounds, fields, twins
from finews_spider.articles.links import canonical
from finews_spider.codes import publisher_of
from finews_spider.items import UNWANTED, Article

PARAGRAPH_INDENT = "\u3000\u3000"
LEADING_TITLE = re.compile(r"\s*【([^】]{1,200})】")
BREAK = re.compile(r"[\t\n\r]+")
SENTENCE = re.compile(r"[^。！？!?\n]{1,60}")


def normalize(article: Article) -> Article:
    """Return *article* as a store takes it: cleaned, and with its text hash."""
    cleaned = clean(article)
    return replace(cleaned, text_hash=text_hash(cleaned))


def clean(article: Article) -> Article:
    """Return *article* cleaned, with the missing title, time, stocks and images from its other fields.

    Its title or time stays empty if no other field has it.
    """
    written = UNWANTED.sub("", article.body).replace(PARAGRAPH_INDENT, "")
    text = bounds.body(bounds.few_marks(body.without_advertisement(written)))
    digest = bounds.cut(line(article.digest), bounds.LONGEST_DIGEST)
    title = bounds.cut(line(article.title), bounds.LONGEST_TITLE) or title_of(digest) or title_of(body.lines_of(text))
    shown = article.published_at or fields.code_date(article.code)
    return replace(
        article,
        title=title,
        digest=digest,
        body=text,
        media=bounds.cut(line(article.media), bounds.LONGEST_NAME),
        tag=bounds.cut(line(article.tag), bounds.LONGEST_NAME),
        source_url=canonical(article.source_url),
        published_at=shown,
        stocks=fields.stocks([*body.stocks_of(text), *article.stocks]),
        images=body.images_of(text),
        content_hash=digest_of(title, text, shown.isoformat() if shown else ""),
    )


def text_hash(article: Article) -> str:
    """Return the hash that twins share. Two publishers' articles are never twins, but they may be one story."""
    hashed, publisher = twins.text_hash(article.title, article.body), publisher_of(article.code)
    return digest_of(publisher, hashed) if publisher and hashed else hashed


def line(text: str) -> str:
    """Return *text* as one clean line. Blanks inside it stay, because a name may contain two."""
    parts = (part.strip() for part in BREAK.split(bounds.few_marks(UNWANTED.sub("", text))))
    return " ".join(filter(None, parts))


def title_of(text: str) -> str:
    """Return the title in 【…】 at the beginning of a digest, else its first sentence, else an empty text."""
    if match := LEADING_TITLE.match(text):
        return line(match[1])
    match = SENTENCE.search(text)
    return line(match[0]) if match else ""


def digest_of(*parts: str) -> str:
    """Return the SHA-256 of *parts* in hexadecimal."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
