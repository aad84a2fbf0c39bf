"""Stage 3: everything that is worth remembering goes to the store, in batches."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from twisted.python.failure import Failure

from finews_spider.config.config import Config
from finews_spider.errors import DisconnectedError, StoreError, describe_internal_error
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.pipelines.writer import Writer
from finews_spider.spiders.article import ArticleSpider
from finews_spider.spiders.run_store import open_run, store_errors
from finews_spider.stats import names
from finews_spider.stats.failures import INTERNAL_ERROR
from finews_spider.stats.runs import run_record
from finews_spider.stores import open_store
from finews_spider.stores.data import plain_record
from finews_spider.stores.records import Outcome
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)

Item = Article | ArticleRef | FailedRef
T = TypeVar("T")


class StorePipeline:
    """Writes batches: when one is full, when its oldest item has waited long enough, and when the crawl closes.

    A store that fails ends the crawl (:func:`store_errors`). What isn't stored isn't known, so the next run fetches it
    again. Where the crawl has a feed, each article is written at once, and the feed gets it as it is stored.

    It also stores the articles of a spider that isn't one of ours, and opens the store when the first one comes. Other
    items pass.
    """

    def __init__(self, crawler: Crawler) -> None:
        config = Config.of(crawler)
        self.crawler = crawler
        self.spider = crawler.spider if isinstance(crawler.spider, ArticleSpider) else None
        self.store = self.spider.store if self.spider else open_store(config.store)
        self.writer = Writer(config.store, self.store)
        self.batch: list[Item] = []
        self.stories: set[str] = set()
        """The stories of the articles that were stored, each by its name then."""
        self.has_feed = bool(crawler.settings["FEEDS"])
        self.size = 1 if self.has_feed else config.store_batch
        self.seconds = config.store_seconds
        self.writing = asyncio.Lock()
        self.timer: asyncio.TimerHandle | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        crawler.signals.connect(self._item_failed, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def failed(self) -> bool:
        """Whether the store failed in this crawl. Nothing is written to it any more."""
        return self.crawler.stats.get_value(names.STORE_FAILED) is not None

    async def process_item(self, item: object) -> object:
        """Store an article, or what is to be remembered of one.

        :return: the article, as a dict with the fields of docs/data.md where the crawl has a feed; an item that isn't
            finews' own is returned as it is.
        :raises DropItem: nothing is stored, or the item is no article, which no feed should have.
        """
        if not isinstance(item, Item):
            return item
        if self.failed:
            raise DropItem(f"the store failed; {item} is fetched again by the next run")
        self.batch.append(item)
        if len(self.batch) >= self.size:
            await self.flush()
        elif self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.seconds, lambda: self._start_task(self.flush()))
        if not isinstance(item, Article):
            raise DropItem(f"{_name(item)} is remembered")
        return await self._stored(item) if self.has_feed else item

    async def _stored(self, article: Article) -> dict[str, Any]:
        """Return the record of *article* for a feed.

        :raises DropItem: the article isn't stored, or was taken down.
        """
        posts = {} if self.failed else await self.store.posts_of([article.code])
        post = posts.get(article.code)
        if not post or post.taken_down:
            raise DropItem(f"{article.info_code} isn't stored")
        return plain_record(post)

    async def flush(self) -> None:
        """Write the batch. One batch is written after the other, so that a listing never overtakes its article."""
        async with self.writing:
            batch, self.batch = self.batch, []
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            if not batch or self.failed:
                return
            try:
                await open_run(self.crawler, self.store)
                with store_errors(self.crawler):
                    await self._write_all(batch)
            except CloseSpider as close:
                # Not awaited: closing waits for the items in the pipelines, and this is one of them.
                self._start_task(self.crawler.engine.close_spider_async(reason=close.reason))

    async def _write_all(self, batch: list[Item]) -> None:
        """Write *batch*. Where an error of finews stops that, write its items one by one, and the bad one as failed."""
        try:
            await self._write(batch)
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                for item in batch:
                    await self._write_all([item])
            elif isinstance(batch[0], Article):
                await self._write_all([self._failed_ref(batch[0], error)])
            else:
                logger.error(
                    "%s can't be stored: %s; please report it", _name(batch[0]), describe_internal_error(error)
                )
                logger.debug("%s", batch[0], exc_info=error)

    def _failed_ref(self, article: Article, error: BaseException) -> FailedRef:
        """Log that an article can't be stored for an error of finews, and return what is stored in its place."""
        reason = describe_internal_error(error)
        logger.error("%s failed: %s; please report it", article.info_code, reason, extra={"channel": article.channel})
        logger.debug("%s", article.info_code, exc_info=error)
        return article.failed(reason, datetime.now(SHANGHAI), INTERNAL_ERROR)

    def _item_failed(self, item: object, failure: Failure) -> None:
        """Keep an item for which another stage raised an error: it would be forgotten otherwise."""
        assert failure.value
        if isinstance(item, Item):
            self.batch.append(self._failed_ref(item, failure.value) if isinstance(item, Article) else item)

    async def _write(self, batch: list[Item]) -> None:
        store, stats, now = self.store, self.crawler.stats, datetime.now(SHANGHAI).replace(microsecond=0)
        if articles := [item for item in batch if isinstance(item, Article)]:
            outcomes = await _retry_once(lambda: self.writer.save(articles, now))
            for article, outcome in zip(articles, outcomes, strict=True):
                self._count(article, outcome)
        if refs := [item for item in batch if isinstance(item, ArticleRef)]:
            await _retry_once(lambda: store.add_listings(refs))
        if failures := [item for item in batch if isinstance(item, FailedRef)]:
            deleted = [row for failure in failures if failure.gone for row in failure.rows()]
            gone = await _retry_once(lambda: store.mark_gone(deleted, now))
            failed = [failure for failure in failures if failure.ref.code not in gone]
            await _retry_once(lambda: store.save_failures(failed))
            stats.inc_value(names.GONE, len(gone))
            stats.inc_value(names.FAILED, len(failed))
            for failure in failed:
                stats.inc_value(f"{names.FAILURES}{failure.cause}")

    def _count(self, article: Article, outcome: Outcome) -> None:
        self.crawler.stats.inc_value(f"{names.ARTICLES}{outcome}")
        if outcome in {Outcome.INSERTED, Outcome.REVISED}:
            if self.spider:
                self.spider.record_stored(article, is_new=outcome is Outcome.INSERTED)
            if article.duplicate_of:
                self.crawler.stats.inc_value(names.DUPLICATES)
            if article.story:
                self.stories.add(article.story)

    async def close_spider(self) -> None:
        """Write the last batch, then what this run learned of its channels: it is true only now."""
        await self.flush()
        if names.RUN in self.crawler.stats.get_stats() and not self.failed:
            try:
                with suppress(CloseSpider), store_errors(self.crawler):  # the crawl closes already
                    await self._save_run()
            except Exception:
                logger.exception("the run can't be recorded yet")  # after_crawl.py finds no record and makes one
        await asyncio.to_thread(self.writer.close)
        await self.store.close()

    async def _save_run(self) -> None:
        spider, name = self.spider, self.crawler.spidercls.name
        if self.stories:
            self.crawler.stats.set_value(names.STORIES, await self.store.count_stories(self.stories))
        if spider:
            await self.store.save_channels(spider.channel_states())
            # The checks leave out a worker that isn't the leader: its part of a crawl shows nothing of a channel.
            name = name if spider.is_leader else f"{name} worker"
        await self.store.save_run(run_record(self.crawler.stats.get_stats(), name, spider.figures if spider else {}))

    def _start_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)  # the loop itself holds tasks weakly only
        task.add_done_callback(self.tasks.discard)


def _name(item: ArticleRef | FailedRef) -> str:
    return (item.ref if isinstance(item, FailedRef) else item).info_code


async def _retry_once(write: Callable[[], Awaitable[T]]) -> T:
    """Write, and once more where the store was away for a moment; what was written the first time stays unchanged."""
    try:
        return await write()
    except DisconnectedError as error:
        logger.warning("%s; this is tried once more", error)
    return await write()
