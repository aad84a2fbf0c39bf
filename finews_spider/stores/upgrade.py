"""Bringing a store of an earlier finews up to date takes minutes where it is large: the user is told how far it is."""

import logging
import sqlite3
import time

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Between two lines."""


class Upgrade:
    """Counts articles, and logs now and then how many are done; nothing where that takes no time.

    :param total: articles that are to be done.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.said = time.monotonic()

    def add(self, count: int) -> None:
        """Count as many as done."""
        self.done += count
        if time.monotonic() > self.said + SECONDS:
            self.said = time.monotonic()
            logger.warning("Bringing the store up to date: %d of %d articles are done", self.done, self.total)


def add_functions(db: sqlite3.Connection) -> None:
    """Give an SQLite database that is to be brought up to date the functions that migrations call."""
    from finews_spider.articles.twins import text_hash  # wanted once in a store's life

    upgrade: Upgrade | None = None

    def text_hash_of(title: str, body: str) -> str:
        nonlocal upgrade
        upgrade = upgrade or Upgrade(db.execute("SELECT count(*) FROM articles").fetchone()[0])
        upgrade.add(1)
        return text_hash(title, body)

    db.create_function("text_hash_of", 2, text_hash_of, deterministic=True)
