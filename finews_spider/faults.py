"""Errors that finews doesn't raise on purpose: told in one line, while the rest of a crawl goes on."""

import logging
import traceback
from pathlib import Path
from typing import Any

from scrapy import logformatter

CAUSE = "error"
"""Such an error among the causes of failures (``causes.py``)."""


def describe_fault(error: BaseException) -> str:
    """Return the kind of *error*, its place and what it says, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error of finews itself, {type(error).__name__}{place}: {' '.join(str(error).split())}"[:300]


class LogFormatter(logformatter.LogFormatter):
    """Shows an item's error with its traceback at DEBUG only: StorePipeline tells it in one line."""

    def item_error(self, *args: Any, **kwargs: Any) -> logformatter.LogFormatterResult:
        return {**super().item_error(*args, **kwargs), "level": logging.DEBUG}
