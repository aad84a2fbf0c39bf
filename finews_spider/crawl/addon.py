"""A Scrapy add-on: what finews' settings mean for Scrapy's own, however a crawl is started, in any project."""

import logging
from contextlib import suppress
from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.misc import load_object
from scrapy.utils.reactor import is_reactor_installed

from finews_spider import logs
from finews_spider import settings as own
from finews_spider.config.config import wants_fast
from finews_spider.config.log import install_log
from finews_spider.crawl.memory import tune_gc
from finews_spider.errors import ConfigError
from finews_spider.spiders.article import ArticleSpider

OF_PROJECT = {"BOT_NAME", "SPIDER_MODULES", "NEWSPIDER_MODULE", "COMMANDS_MODULE", "ADDONS"}
"""Settings that each project has of its own."""
ADDED = {"ITEM_PIPELINES", "SPIDER_CONTRACTS"}
"""Settings whose components are added to those of the project."""


class FinewsAddon:
    """Sets the event loop of FINEWS_FAST and the scheduler of FINEWS_CLUSTER.

    Scrapy calls it for ``finews run``, each command of ``scrapy``, Scrapyd and a script that starts a crawl by itself.
    A project that isn't ours gets the settings that its crawls of our spiders need, where it has none of its own.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Set what Scrapy needs before it knows the spider: our settings, the log of our project, and the event loop.

        A loop that is installed already stays: a script has chosen it. A wrong FINEWS_FAST is left to the spider, which
        refuses it in one line: an error raised here would be a traceback.
        """
        set_defaults(settings)
        with suppress(ConfigError):
            if not settings.getbool("LOG_INSTALL_ROOT_HANDLER") and not logs.is_installed():
                install_log(settings)
            if wants_fast(settings) and not is_reactor_installed():
                settings.set("ASYNCIO_EVENT_LOOP", "uvloop.Loop", priority="addon")

    def update_settings(self, settings: BaseSettings) -> None:
        """Prepare the process for a crawl, and let workers share their requests.

        A crawl of another spider is left as it is. Scrapy has built the spider by now, which has checked all settings.

        :raises ClusterError: the Redis that workers share doesn't answer.
        """
        if not issubclass(self.crawler.spidercls, ArticleSpider):
            return
        _set_for_crawl(settings)
        # Scrapy sets DEBUG, and would make records of each request, whatever LOG_LEVEL is, only to drop them.
        logging.getLogger("scrapy").setLevel(logging.NOTSET)
        tune_gc()
        spider = self.crawler.spider
        if isinstance(spider, ArticleSpider) and spider.config.cluster:
            from finews_spider.crawl import scheduler  # it needs the extra

            scheduler.check_redis(spider.config.cluster)
            settings.set("SCHEDULER", scheduler.SharedScheduler, priority="addon")
            settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", scheduler.SharedStartMiddleware, 0)


def set_defaults(settings: BaseSettings) -> None:
    """Set each FINEWS_ setting that the project doesn't set, and the contracts of our spiders."""
    for name, value in vars(own).items():
        if name.startswith("FINEWS_"):
            settings.set(name, value, priority="addon")
    _add(settings, "SPIDER_CONTRACTS", own.SPIDER_CONTRACTS)


def _add(settings: BaseSettings, name: str, components: dict[str, int]) -> None:
    for path, order in components.items():
        settings.setdefault_in_component_priority_dict(name, load_object(path), order)


def _set_for_crawl(settings: BaseSettings) -> None:
    """Set each setting of Scrapy that our spiders need and the project doesn't set; add our pipelines to its own."""
    for name, value in vars(own).items():
        if (
            name.isupper()
            and name not in OF_PROJECT | ADDED
            and (not name.startswith("LOG_") or name == "LOG_FORMATTER")
        ):
            settings.set(name, value, priority="addon")
    # A spider or command that sets its own pipelines, such as `scrapy check`, wants no others.
    if (settings.getpriority("ITEM_PIPELINES") or 0) <= SETTINGS_PRIORITIES["project"]:
        _add(settings, "ITEM_PIPELINES", own.ITEM_PIPELINES)
