"""Stage 2: one code is one article, whichever channels list it.

The store's ``save`` finds the same article under another code: several workers may store such duplicates at the same
moment, and only there is the decision atomic.
"""

from scrapy.exceptions import DropItem

from finews_spider.items import Article, ArticleRef


class DeduplicatePipeline:
    """Lets an article pass once, and the rows that list it only after it."""

    def __init__(self) -> None:
        self.passed: set[str] = set()

    def process_item(self, item: object) -> object:
        """Drop an article that has passed before, and a ref whose article has passed neither in this crawl nor earlier.

        What such a row says travels with the request for its article. If the row came too late for that, the next run
        finds that it adds a channel.
        """
        if isinstance(item, ArticleRef) and not item.known and item.code not in self.passed:
            raise DropItem(f"{item.info_code} brings its listings with it")
        if isinstance(item, Article):
            if item.code in self.passed:
                raise DropItem(f"{item.info_code} has passed already")
            self.passed.add(item.code)
        return item
