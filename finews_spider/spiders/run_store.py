"""The store in a crawl: it is opened when the crawl needs it, and a store that fails ends the crawl."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from finews_spider import logs
from finews_spider.errors import NoStoreError, StoreError
from finews_spider.stats import names
from finews_spider.stores.base import ArticleStore
from finews_spider.stores.ids import new_id
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)


@contextmanager
def store_errors(crawler: Crawler) -> Iterator[None]:
    """End the crawl, with one line for the user, where the store fails inside.

    :raises CloseSpider: it failed. Scrapy closes the crawl for this error where a spider raises it; elsewhere the
        caller closes it.
    """
    try:
        yield
    except StoreError as error:
        crawler.stats.set_value(names.STORE_FAILED, str(error))
        if isinstance(error, NoStoreError):
            crawler.stats.set_value(names.NO_STORE, value=True)
        logger.error("%s; what isn't stored is fetched again by the next run", error)
        raise CloseSpider("store_failed") from None


async def open_run(crawler: Crawler, store: ArticleStore) -> None:
    """Open *store*, unless this crawl has opened it, and give the crawl the id of its run.

    Crawls that only look (``scrapy shell``, ``fetch``, ``parse``) never come here, and so make no store.

    :raises CloseSpider: it can't be opened.
    """
    if names.RUN in crawler.stats.get_stats():
        return
    run = new_id(datetime.now(SHANGHAI))
    crawler.stats.set_value(names.RUN, run)
    logs.bind(run=run, spider=crawler.spidercls.name)
    with store_errors(crawler):
        await store.open()
