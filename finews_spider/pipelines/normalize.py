"""Stage 1: an article as its sources gave it → an article fit to keep, or a failure that says what it lacks."""

from datetime import datetime

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.times import SHANGHAI


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
