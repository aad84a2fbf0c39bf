"""A Scrapy add-on: what finews' settings mean for Scrapy's own, however a crawl is started."""

import logging
from contextlib import suppress
from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.reactor import is_reactor_installed

from finews_spider.config.config import wants_fast
from finews_spider.crawl.memory import tune_gc
from finews_spider.errors import ConfigError
from finews_spider.spiders.article import ArticleSpider


class FinewsAddon:
    """Sets the event loop of FINEWS_FAST and the scheduler of FINEWS_CLUSTER.

    Scrapy calls it for ``finews run``, ``scrapy crawl``, Scrapyd and a script that starts a crawl by itself.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Set the event loop, which Scrapy installs before it knows the spider.

        A loop that is installed already stays: a script has chosen it. A wrong FINEWS_FAST is left to the spider, which
        refuses it in one line: an error raised here would be a traceback.
        """
        with suppress(ConfigError):
            if wants_fast(settings) and not is_reactor_installed():
                settings.set("ASYNCIO_EVENT_LOOP", "uvloop.Loop", priority="addon")

    def update_settings(self, settings: BaseSettings) -> None:
        """Prepare the process for a crawl, and let workers share their requests.

        Scrapy has built the spider by now, and with it checked all settings.

        :raises ClusterError: the Redis that workers share doesn't answer.
        """
        # Scrapy sets DEBUG, and would make records of each request, whatever LOG_LEVEL is, only to drop them.
        logging.getLogger("scrapy").setLevel(logging.NOTSET)
        tune_gc()
        spider = self.crawler.spider
        if isinstance(spider, ArticleSpider) and spider.config.cluster:
            from finews_spider.crawl import scheduler  # it needs the extra

            scheduler.check_redis(spider.config.cluster)
            settings.set("SCHEDULER", scheduler.SharedScheduler, priority="addon")
            settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", scheduler.SharedStartMiddleware, 0)
