"""What all commands of Scrapy share in finews' project: a wrong setting is one line in place of a traceback."""

import argparse
import sys

from scrapy.settings import Settings

from finews_spider import i18n, logs
from finews_spider.config.config import Config
from finews_spider.config.given import check_given, declared_settings, near_misses, read_overrides
from finews_spider.config.log import install_log
from finews_spider.crawl.addon import set_defaults
from finews_spider.errors import USAGE, ConfigError


class Checked:
    """The first base of a command of Scrapy. COMMANDS_MODULE names this package, where Scrapy finds the commands."""

    settings: Settings | None

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
