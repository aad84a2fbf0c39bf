"""The progress of a store's upgrade, which takes minutes for a large store."""

import logging
import time

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Between two log lines."""


class Upgrade:
    """Counts the upgraded articles, and logs their number from time to time. A short upgrade logs nothing.

    :param total: how many articles there are to upgrade.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.logged_at = time.monotonic()

    def add(self, count: int) -> None:
        """Count *count* more articles as done."""
        self.done += count
        if time.monotonic() > self.logged_at + SECONDS:
            self.logged_at = time.monotonic()
            logger.warning("Bringing the store up to date: %d of %d articles are done", self.done, self.total)
