"""The progress of a store's upgrade, which takes minutes for a large store."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

from finews_spider.stores.base import Progress

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Between two log lines."""

bar: Callable[[], AbstractContextManager[Progress | None]] | None = None
"""Gives a progress bar, or None where nobody would see it. The commands set it; a crawl has a bar of its own."""


class Upgrade:
    """Counts the upgraded articles, and shows their number: by a bar, or from time to time in the log.

    :param total: how many articles there are to upgrade.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.logged_at = time.monotonic()
        self._show: Progress | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if bar:
            self._show = self._stack.enter_context(bar())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, count: int) -> None:
        """Count *count* more articles as done."""
        self.done += count
        if self._show:
            self._show(self.done, self.total)
        elif time.monotonic() > self.logged_at + SECONDS:
            self.logged_at = time.monotonic()
            logger.warning("Bringing the store up to date: %d of %d articles are done", self.done, self.total)
