"""Stage 2: one code is one article, whichever channels list it.

The other half of the job, the same article under another code, is done by the store's ``save``: several workers may
store twins at once, and only there is the decision atomic.
"""

from scrapy.exceptions import DropItem

from finews_spider.items import Article, ArticleRef


class DeduplicatePipeline:
    """Lets an article pass once, and the rows that list it only behind it."""

    def __init__(self) -> None:
        self.passed: set[str] = set()

    def process_item(self, item: object) -> object:
        """Drop an article that has passed, and a ref whose article has not, be it in this crawl or one before.

        What such a row says travels with the request for its article; of one that comes too late for that the next
        run finds that it adds a channel.
        """
        if isinstance(item, ArticleRef) and not item.known and item.code not in self.passed:
            raise DropItem(f"{item.info_code} brings its listings with it")
        if isinstance(item, Article):
            if item.code in self.passed:
                raise DropItem(f"{item.info_code} has passed already")
            self.passed.add(item.code)
        return item
