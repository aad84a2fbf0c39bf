"""Who saves the articles of a crawl: the crawl's own process, and in a large crawl a second one beside it."""

import asyncio
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from finews_spider.articles.normalize import text_hash
from finews_spider.items import Article
from finews_spider.stores import open_store
from finews_spider.stores.base import Access, ArticleStore
from finews_spider.stores.records import Outcome

logger = logging.getLogger(__name__)

MODULE = "finews_spider.pipelines.writer"
"""This module, which the second process runs."""
LARGE = 100
"""Articles that a crawl saves itself. A second process takes 0.2 s of CPU time to start, and 30 to 50 MB."""
SECONDS_TO_END = 30

Saved = tuple[Outcome, str, str]
"""What the store decided of an article: the outcome, of which article it is a duplicate, and its story."""


class Writer:
    """Saves batches of articles.

    A third of a crawl's CPU time goes into that, most of it into finding duplicates and reprints. Where the computer
    has two cores, a large crawl has it done by a second process, which has a connection of its own to the store.

    :param url: the URL of the store.
    :param store: the same store, as the crawl has opened it.
    """

    def __init__(self, url: str, store: ArticleStore) -> None:
        self._url = url
        self._store = store
        self._own = LARGE if _cores() > 1 else sys.maxsize
        """How many articles more the crawl saves itself."""
        self._process: subprocess.Popen[bytes] | None = None

    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        """Compute the text hashes of *articles*, and save these as :meth:`ArticleStore.save` does."""
        self._own -= len(articles)
        saved = await asyncio.to_thread(self._pass_on, articles, now) if self._own < 0 else []
        if not saved:
            return await _save(self._store, articles, now)
        for article, (_, duplicate_of, story) in zip(articles, saved, strict=True):
            article.duplicate_of, article.story = duplicate_of, story
        return [outcome for outcome, _, _ in saved]

    def _pass_on(self, articles: Sequence[Article], now: datetime) -> list[Saved]:
        """Let the second process save *articles*. Where it can't, return nothing, and start none again.

        The crawl then saves the same articles, and meets the error that ended the process, if it was the store's. What
        the process has saved stays unchanged.
        """
        try:
            self._process = self._process or _start(self._url)
            _send(self._process, (articles, now))
            assert self._process.stdout
            saved: list[Saved] = pickle.load(self._process.stdout)  # noqa: S301 -- from our own process
        except Exception as error:  # noqa: BLE001 -- whatever it is, the crawl can do without that process
            logger.debug("the second process has ended: %r", error)
            self._own = sys.maxsize
            self.close()
            return []
        return saved

    def close(self) -> None:
        """End the second process."""
        if self._process:
            with suppress(OSError, ValueError, subprocess.TimeoutExpired):
                self._process.communicate(timeout=SECONDS_TO_END)
            self._process.kill()
            self._process.wait()
            self._process = None


async def _save(store: ArticleStore, articles: Sequence[Article], now: datetime) -> list[Outcome]:
    for article in articles:
        article.text_hash = text_hash(article)
    return await store.save(articles, now)


def _start(url: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 -- this module
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C at a terminal is for the crawl, which saves what it has before it ends
    )
    _send(process, url)  # the arguments of a process are for all to see, and a URL may hold a password
    return process


def _send(process: subprocess.Popen[bytes], message: object) -> None:
    assert process.stdin
    pickle.dump(message, process.stdin)
    process.stdin.flush()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _serve() -> None:
    """Be the second process: save the batches that come on standard input, and answer each on standard output.

    It ends with the input, or by any error.
    """
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    url = pickle.load(requests)  # noqa: S301 -- from the crawl that started this process
    async with open_store(url, Access.CHANGE) as store:
        with suppress(EOFError):
            while True:
                articles, now = await asyncio.to_thread(pickle.load, requests)
                outcomes = await _save(store, articles, now)
                saved = [(o, each.duplicate_of, each.story) for o, each in zip(outcomes, articles, strict=True)]
                pickle.dump(saved, answers)
                answers.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
