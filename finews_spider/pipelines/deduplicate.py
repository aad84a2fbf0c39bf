"""Stage 2: one code is one article, whichever channels list it.

The other half of the job, the same text under another code, is done by the store's ``save``: several workers may
store twins at once, and only there is the decision atomic.
"""

from collections import defaultdict

from scrapy.exceptions import DropItem

from finews_spider.items import Article, ArticleRef, Listing


class DeduplicatePipeline:
    """Gathers the refs of a code until its article passes, and lets the article pass once."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, dict[str, Listing]] = defaultdict(dict)
        self.passed: set[str] = set()

    def process_item(self, item: object) -> object:
        """Hold a ref back for its article, unless the article is stored or has passed.

        A listing is only remembered with the article that it announced: were it stored before, a revision whose
        text can't be fetched today would look known tomorrow.
        """
        if isinstance(item, ArticleRef):
            if item.known or item.code in self.passed:
                return item
            self.waiting[item.code][item.channel] = Listing(item.time, item.title)
            raise DropItem(f"{item.info_code} waits for its article")
        if isinstance(item, Article):
            if item.code in self.passed:
                raise DropItem(f"{item.info_code} has passed already")
            self.passed.add(item.code)
            item.listings |= self.waiting.pop(item.code, {})
        return item
