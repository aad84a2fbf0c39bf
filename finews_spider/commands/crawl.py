"""`scrapy crawl` as Scrapy has it, with finews' exit codes and one line in place of a traceback for a user's slip."""

import argparse

from scrapy.commands import crawl
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.crawl.memory import collect_seldom
from finews_spider.crawl.process import choose_loop, exit_code
from finews_spider.errors import FAILED, ConfigError, describe_internal_error
from finews_spider.monitoring.after_crawl import broken_off, conclude


class Command(crawl.Command):
    """Scrapy takes this for its own, for COMMANDS_MODULE names its package."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Take the log and the event loop into hand, before Scrapy does."""
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            logs.install(self.settings)
            choose_loop(self.settings)
        except ConfigError as error:
            raise UsageError(str(error), print_help=False) from None

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider that *args* names."""
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl feed -a channels=全球直播")
        assert isinstance(self.crawler_process, AsyncCrawlerProcess)
        try:
            crawler = self._create_crawler(args[0])
        except KeyError as error:
            raise UsageError(str(error.args[0]), print_help=False) from None
        task = self.crawler_process.crawl(crawler, **opts.spargs)
        collect_seldom()
        self.crawler_process.start()
        spider = crawler.spidercls.name
        try:
            self.exitcode = exit_code(crawler, task)
        except Exception as error:
            broken_off(Config.from_settings(crawler.settings), describe_internal_error(error), spider=spider)
            raise
        if task.done() and not task.exception():
            config, stats = Config.from_settings(crawler.settings), crawler.stats.get_stats()
            self.exitcode = conclude(config, stats, self.exitcode, spider=spider)
        elif self.exitcode == FAILED:
            why = "the crawl couldn't begin, or was broken off"
            broken_off(Config.from_settings(crawler.settings), why, spider=spider)
