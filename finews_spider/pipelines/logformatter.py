"""How Scrapy logs what happens to items; LOG_FORMATTER names this class."""

import logging
from typing import Any

from scrapy import logformatter


class LogFormatter(logformatter.LogFormatter):
    """Logs an item's error with its traceback at DEBUG only, because StorePipeline logs it in one line."""

    def item_error(self, *args: Any, **kwargs: Any) -> logformatter.LogFormatterResult:
        return {**super().item_error(*args, **kwargs), "level": logging.DEBUG}
