"""Stage 3: everything that is worth remembering goes to the store, in batches."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from twisted.python.failure import Failure

from finews_spider import logs
from finews_spider.config.config import Config
from finews_spider.errors import DisconnectedError, StoreError, describe_internal_error
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.spiders.article import ArticleSpider
from finews_spider.stats.failures import INTERNAL_ERROR
from finews_spider.stats.runs import record
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import Outcome
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)

T = TypeVar("T")


class StorePipeline:
    """Writes batches: when one is full, when its oldest item has waited long enough, and on close.

    A store that fails ends the crawl (stat ``finews/store_failed``, exit code 1): what isn't stored isn't known,
    so the next run fetches it again.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.batch: list[Article | ArticleRef | FailedRef] = []
        config = Config.of(crawler)
        self.size = config.store_batch
        self.seconds = config.store_seconds
        self.writing = asyncio.Lock()
        self.timer: asyncio.TimerHandle | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.failed = False
        crawler.signals.connect(self._item_failed, signals.item_error)
        run = new_id(datetime.now(SHANGHAI))
        crawler.stats.set_value("finews/run", run)
        logs.bind(run=run, spider=crawler.spidercls.name)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> ArticleSpider:
        spider = self.crawler.spider
        assert isinstance(spider, ArticleSpider)
        return spider

    async def open_spider(self) -> None:
        self.failed = True
        with self.spider.store_errors():
            await self.spider.store.open()
        self.failed = False

    async def process_item(self, item: Article | ArticleRef | FailedRef) -> object:
        if self.failed:
            raise DropItem(f"the store failed; {item} is fetched again by the next run")
        self.batch.append(item)
        if len(self.batch) >= self.size:
            await self.flush()
        elif self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.seconds, lambda: self._keep(self.flush()))
        return item

    async def flush(self) -> None:
        """Write what has gathered; one batch after the other, so that a listing never overtakes its article."""
        async with self.writing:
            batch, self.batch = self.batch, []
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            if not batch or self.failed:
                return
            try:
                await self._write_all(batch)
            except StoreError as error:
                self._fail(error)
                # Not awaited: closing waits for the items in the pipelines, this one among them.
                self._keep(self.crawler.engine.close_spider_async(reason="store_failed"))

    async def _write_all(self, batch: list[Article | ArticleRef | FailedRef]) -> None:
        """Write *batch*; where something of it can't be, the rest, and that as failed."""
        try:
            await self._write(batch)
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                for item in batch:
                    await self._write_all([item])
            elif isinstance(batch[0], Article):
                await self._write_all([self._lost(batch[0], error)])
            else:
                logger.error(
                    "%s can't be stored: %s; please report it", _name(batch[0]), describe_internal_error(error)
                )
                logger.debug("%s", batch[0], exc_info=error)

    def _lost(self, article: Article, error: BaseException) -> FailedRef:
        """Tell of an article that can't be stored for an error of our own, and return what is stored in its place."""
        reason = describe_internal_error(error)
        logger.error("%s failed: %s; please report it", article.info_code, reason, extra={"channel": article.channel})
        logger.debug("%s", article.info_code, exc_info=error)
        return article.failed(reason, datetime.now(SHANGHAI), INTERNAL_ERROR)

    def _item_failed(self, item: Article | ArticleRef | FailedRef, failure: Failure) -> None:
        """Take over what a stage raised an error for, which else would be forgotten."""
        assert failure.value
        self.batch.append(self._lost(item, failure.value) if isinstance(item, Article) else item)

    async def _write(self, batch: list[Article | ArticleRef | FailedRef]) -> None:
        store, stats, now = self.spider.store, self.crawler.stats, datetime.now(SHANGHAI).replace(microsecond=0)
        if articles := [item for item in batch if isinstance(item, Article)]:
            outcomes = await _insist(lambda: store.save(articles, now))
            for article, outcome in zip(articles, outcomes, strict=True):
                self._note(article, outcome)
        if refs := [item for item in batch if isinstance(item, ArticleRef)]:
            await _insist(lambda: store.add_listings(refs))
        if failures := [item for item in batch if isinstance(item, FailedRef)]:
            deleted = [row for failure in failures if failure.gone for row in failure.rows()]
            gone = await _insist(lambda: store.mark_gone(deleted, now))
            failed = [failure for failure in failures if failure.ref.code not in gone]
            await _insist(lambda: store.save_failures(failed))
            stats.inc_value("finews/articles/gone", len(gone))
            stats.inc_value("finews/articles/failed", len(failed))
            for failure in failed:
                stats.inc_value(f"finews/failures/{failure.cause}")

    def _note(self, article: Article, outcome: Outcome) -> None:
        self.crawler.stats.inc_value(f"finews/articles/{outcome}")
        if outcome in {Outcome.INSERTED, Outcome.REVISED}:
            self.spider.figures[article.channel].add_article(article.body, is_new=outcome is Outcome.INSERTED)
            if article.duplicate_of:
                self.crawler.stats.inc_value("finews/articles/duplicates")

    async def close_spider(self) -> None:
        """Write the last batch, then what this run learned of its channels: only now is it true."""
        await self.flush()
        if not self.failed:
            try:
                await self.spider.store.save_channels(self.spider.channel_states())
                # A worker that fetches what another asks for is judged by nobody: its part says nothing of a channel.
                name = self.spider.name if self.spider.polls else f"{self.spider.name} worker"
                run = record(self.crawler.stats.get_stats(), name, self.spider.figures)
                await self.spider.store.save_run(run)
            except StoreError as error:
                self._fail(error)
            except Exception:
                logger.exception("the run can't be recorded yet")  # conclude.py sees that there is no record
        await self.spider.store.close()

    def _fail(self, error: StoreError) -> None:
        self.failed = True
        self.crawler.stats.set_value("finews/store_failed", str(error))
        logger.error("%s; what isn't stored is fetched again by the next run", error)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)  # the loop itself holds tasks weakly only
        task.add_done_callback(self.tasks.discard)


def _name(item: ArticleRef | FailedRef) -> str:
    return (item.ref if isinstance(item, FailedRef) else item).info_code


async def _insist(write: Callable[[], Awaitable[T]]) -> T:
    """Write, and once more where the store was away for a moment; what is there by then is found unchanged."""
    try:
        return await write()
    except DisconnectedError as error:
        logger.warning("%s; this is tried once more", error)
    return await write()
