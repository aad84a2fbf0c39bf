"""Scrapy's `scrapy crawl` with finews' exit codes."""

import argparse

from scrapy.commands import crawl
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError

from finews_spider.commands.checked import Checked
from finews_spider.config.config import Config
from finews_spider.crawl.process import exit_code
from finews_spider.errors import FAILED, describe_internal_error
from finews_spider.monitoring.after_crawl import finish_run, record_failed_run
from finews_spider.spiders.article import ArticleSpider
from finews_spider.stats import names


class Command(Checked, crawl.Command):
    """Takes the place of Scrapy's own command."""

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
        self.crawler_process.start()
        spider = crawler.spidercls.name
        is_ours = issubclass(crawler.spidercls, ArticleSpider)
        try:
            self.exitcode = exit_code(crawler, task)
        except Exception as error:
            if is_ours:
                record_failed_run(Config.of(crawler), describe_internal_error(error), spider=spider)
            raise
        if task.done() and not task.exception():
            config, stats = Config.of(crawler), crawler.stats.get_stats()
            if is_ours or names.RUN in stats:  # another spider's crawl is a run if it stored an article
                self.exitcode = finish_run(config, stats, self.exitcode, spider=spider)["exit_code"] or 0
        elif self.exitcode == FAILED and is_ours:
            why = "the crawl couldn't begin, or was stopped at once"
            record_failed_run(Config.of(crawler), why, spider=spider)
