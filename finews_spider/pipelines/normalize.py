"""Stage 1: cleans an article, and turns one that lacks a text, title or time into a failure."""

import logging
from datetime import datetime

from finews_spider.articles.normalize import clean
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)


class NormalizePipeline:
    """Cleans texts, fills an empty title or time, and reads stocks and images from the body."""

    def process_item(self, item: object) -> object:
        """Return the cleaned article, or a FailedRef where it lacks a text, title or time. Other items pass."""
        if not isinstance(item, Article):
            return item
        article = clean(item)
        lacks = [name for name in ("body", "title", "published_at") if not getattr(article, name)]
        if lacks:
            reason = f"no source gives it a {' or '.join(lacks)}"
            logger.warning("%s failed: %s", item.info_code, reason, extra={"channel": item.channel})
            ref = ArticleRef(
                code=item.code,
                channel=item.channel,
                title=item.title,
                time=item.published_at,
                url=item.source_url,
            )
            return FailedRef(ref=ref, reason=reason, at=datetime.now(SHANGHAI))
        return article
