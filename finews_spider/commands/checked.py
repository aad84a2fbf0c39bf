"""What all commands of Scrapy share in finews' project: a wrong setting or argument is one line, not a traceback."""

import argparse
import sys
from asyncio import Task
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, CrawlerProcessBase
from scrapy.settings import Settings

from finews_spider import i18n, logs
from finews_spider.config.config import Config
from finews_spider.config.given import check_given, declared_settings, near_misses, read_overrides
from finews_spider.config.log import install_log
from finews_spider.crawl.addon import set_defaults
from finews_spider.errors import USAGE, ConfigError, FinewsError


class Checked:
    """The first base of a command of Scrapy. COMMANDS_MODULE names this package, where Scrapy finds the commands."""

    settings: Settings | None
    crawler_process: CrawlerProcessBase | None

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the settings, and set up the log before Scrapy does."""
        assert self.settings is not None
        try:
            declared_settings()
            set_defaults(self.settings)
            given = read_overrides(opts.set) | ({"LOG_LEVEL": opts.loglevel} if opts.loglevel else {})
            warnings = near_misses(given, self.settings)
            opts.set = [f"{name}={value}" for name, value in check_given(given, self.settings).items()]
            super().process_options(args, opts)  # type: ignore[misc]
            install_log(self.settings)
            i18n.use(Config.from_settings(self.settings).language)
        except ConfigError as error:  # in one line: Scrapy prints its usage above a UsageError
            logs.print_error(error)
            sys.exit(USAGE)
        for warning in warnings:
            logs.print_error(warning)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run Scrapy's command. A spider refuses a wrong argument only when its crawl begins."""
        if isinstance(process := self.crawler_process, AsyncCrawlerProcess):  # a setting can ask for another one
            crawl = process.crawl

            def crawl_or_exit(*given: Any, **arguments: Any) -> Task[None]:
                task = crawl(*given, **arguments)
                task.add_done_callback(_exit_if_refused)
                return task

            process.crawl = crawl_or_exit  # type: ignore[method-assign]
        super().run(args, opts)  # type: ignore[misc]


def _exit_if_refused(task: Task[None]) -> None:
    """End the process if a crawl couldn't begin, and print why, in place of the results of a crawl that wasn't."""
    if not task.cancelled() and isinstance(error := task.exception(), FinewsError):
        logs.print_error(error)
        sys.exit(error.exit_code)
