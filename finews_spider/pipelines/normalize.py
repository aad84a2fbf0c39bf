"""Stage 1: an article as its sources gave it → an article fit to keep, or a failure that says what it lacks."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime

from finews_spider import twins
from finews_spider.items import SHANGHAI, UNWANTED, Article, ArticleRef, FailedRef
from finews_spider.sources import body, bounds, fields
from finews_spider.sources.links import canonical

PARAGRAPH_INDENT = "\u3000\u3000"
LEADING_TITLE = re.compile(r"\s*【([^】]{1,200})】")
BREAK = re.compile(r"[\t\n\r]+")
SENTENCE = re.compile(r"[^。！？!?\n]{1,60}")


class NormalizePipeline:
    """Cleans texts, fills an empty title or time, reads stocks and images from the body, and hashes."""

    def process_item(self, item: object) -> object:
        """Pass on what isn't an article; an article that can't be given a text, title or time becomes a FailedRef."""
        if not isinstance(item, Article):
            return item
        article = normalize(item)
        lacks = [name for name in ("body", "title", "published_at") if not getattr(article, name)]
        if lacks:
            reason = f"no source gives it a {' or '.join(lacks)}"
            ref = ArticleRef(code=item.code, channel=item.channel, title=item.title, time=item.published_at)
            return FailedRef(ref=ref, reason=reason, at=datetime.now(SHANGHAI))
        return article


def normalize(article: Article) -> Article:
    """Return *article* clean and whole, as far as its own parts allow."""
    text = bounds.body(bounds.few_marks(UNWANTED.sub("", article.body).replace(PARAGRAPH_INDENT, "")))
    digest = bounds.cut(line(article.digest), bounds.LONGEST_DIGEST)
    title = bounds.cut(line(article.title), bounds.LONGEST_TITLE) or title_of(digest) or title_of(body.text_of(text))
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
        text_hash=twins.text_hash(title, text),
    )


def line(text: str) -> str:
    """Return *text* as one clean line; blanks inside it stay, for a name may have two."""
    parts = (part.strip() for part in BREAK.split(bounds.few_marks(UNWANTED.sub("", text))))
    return " ".join(filter(None, parts))


def title_of(text: str) -> str:
    """Return the title that a digest opens with in 【…】, else its first sentence, else nothing."""
    if match := LEADING_TITLE.match(text):
        return line(match[1])
    match = SENTENCE.search(text)
    return line(match[0]) if match else ""


def digest_of(*parts: str) -> str:
    """Return the SHA-256 of *parts* in hexadecimal."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
