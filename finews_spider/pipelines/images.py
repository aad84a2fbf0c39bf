"""Stage 2: with FINEWS_IMAGES=local, the images of an article are copied into the mirror.

Hotlinked images disappear, and a live chart shows another day tomorrow. An image that can't be copied stays remote; it
never keeps its article from being stored.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from finews_spider.config.config import Config
from finews_spider.errors import FULL, ConfigError, StoreError
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.mirror.images import ImageFolder, RefusedImageError
from finews_spider.spiders.article import ArticleSpider
from finews_spider.spiders.run_store import open_run
from finews_spider.stats import names
from finews_spider.stats.failures import describe_failure
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)

MAX_IMAGES = 50
"""Images of one article that are copied."""
TIMEOUT = 10.0
"""Seconds that a request for an image may take. It is sent twice at most."""
IMAGES_PER_HOST = 2
"""Images of one host under way. They take places among Scrapy's CONCURRENT_REQUESTS: more would delay the articles."""
MAX_CONSECUTIVE_FAILURES = 4
"""After this many images in a row without an answer, a host gets no more requests for images in this crawl."""
OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500


class NoAnswerError(Exception):
    """The host answered that it can't answer now."""


class NoImageError(Exception):
    """The host answered with an error."""


class PassedOverError(Exception):
    """The image isn't requested: its host doesn't answer, or the crawl ends."""


ANSWERS = (NoImageError, RefusedImageError, DownloadCancelledError, IgnoreRequest, OSError)
"""Errors after which a host doesn't count as unresponsive."""


class HostQueue:
    """The requests for images of one host."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.places = asyncio.Semaphore(IMAGES_PER_HOST)
        self.failures = 0
        """Images in a row without an answer."""

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place in the queue, hold it while an image is copied, and count whether the host answered.

        :raises PassedOverError: the host leaves images unanswered.
        """
        async with self.places:
            if self.failures >= MAX_CONSECUTIVE_FAILURES:
                raise PassedOverError
            try:
                yield
            except PassedOverError:
                raise
            except ANSWERS:
                self.failures = 0
                raise
            except Exception:
                self.failures += 1
                if self.failures == MAX_CONSECUTIVE_FAILURES:
                    logger.warning("%s leaves images unanswered; its other images stay remote in this crawl", self.host)
                raise
            self.failures = 0


class ImagesPipeline:
    """Copies the images of articles and fills ``image_files``.

    It counts the images under ``finews/images/``: ``saved``, ``refused`` (no image to copy, or too large), ``failed``,
    and ``passed_over`` (not requested: too many, a host that doesn't answer, a crawl that ends).
    """

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self.crawler = crawler
        self.folder = ImageFolder(config.mirror_dir)
        self.meta = {
            "download_maxsize": config.images_largest,
            "download_timeout": min(TIMEOUT, crawler.settings.getfloat("DOWNLOAD_TIMEOUT")),
            "max_retry_times": 1,
            "give_up_log_level": "DEBUG",
        }
        self.queues: dict[str, HostQueue] = {}
        self.copies: dict[bytes, asyncio.Task[str]] = {}
        """Fingerprint of a request → the task that sends it. Each image is requested once a crawl."""
        self.disk_full: OSError | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the stage.

        :raises NotConfigured: images stay remote.
        :raises ConfigError: the mirror folder can't be made.
        """
        config = Config.of(crawler)
        if config.images != "local":
            raise NotConfigured  # without a reason, which Scrapy would log as a warning
        try:
            return cls(crawler, config)
        except OSError as error:
            raise ConfigError("the mirror folder {folder} can't be written", error, folder=config.mirror_dir) from None

    async def process_item(self, item: object) -> object:
        """Pass *item* on; where it is an article, with copies of its images.

        Where the disk is full, the article becomes a FailedRef. If it were stored, its images would never be requested
        again.
        """
        if not isinstance(item, Article) or not item.images:
            return item
        sources = await self._sources(item)
        paths = await asyncio.gather(*map(self._copy_once, sources))
        item.image_files = {source: path for source, path in zip(sources, paths, strict=True) if path}
        if self.disk_full and not all(paths):
            reason = f"no room for its images in {self.folder.root}: {self.disk_full.strerror}"
            return _failed(item, reason)
        return item

    async def _sources(self, article: Article) -> list[str]:
        """Return the images to copy. An image that an earlier version of *article* has a copy of stays as it is."""
        spider = self.crawler.spider
        try:
            stored = None
            if isinstance(spider, ArticleSpider):
                await open_run(self.crawler, spider.store)
                stored = await spider.store.get(article.code)
        except StoreError:  # the store's own stage reports it and ends the crawl
            return []
        missing = [source for source in article.images if not stored or source not in stored.image_files]
        self._count("passed_over", len(missing[MAX_IMAGES:]))
        return missing[:MAX_IMAGES]

    async def _copy_once(self, source: str) -> str:
        """Copy an image, or wait until another article's copy of it is done, and return its path, empty if remote."""
        try:
            url = f"https:{source}" if source.startswith("//") else source
            request = Request(url, callback=NO_CALLBACK, meta=dict(self.meta))
            key = self.crawler.request_fingerprinter.fingerprint(request)
        except ValueError as error:
            self._stays_remote("failed", repr(source[:200]), str(error))
            return ""
        if key not in self.copies:
            self.copies[key] = asyncio.ensure_future(self._copy(request))
        return await self.copies[key]

    async def _copy(self, request: Request) -> str:
        host = urlparse_cached(request).hostname or ""
        queue = self.queues.setdefault(host, HostQueue(host))
        try:
            async with queue.place():
                path = self.folder.write(await self._download(request))
        except PassedOverError:
            self._count("passed_over")
        except Exception as error:  # noqa: BLE001 -- an image never keeps its article from being stored
            self._record_failure(request.url, error)
        else:
            self._count("saved")
            return path
        return ""

    async def _download(self, request: Request) -> bytes:
        """Return the answer's body.

        :raises PassedOverError: the crawl ends.
        :raises NoImageError: the answer is an error.
        :raises NoAnswerError: the host is overloaded.
        """
        if not self.crawler.crawling or self.crawler.stats.get_value(names.STORE_FAILED):
            raise PassedOverError
        assert self.crawler.engine
        response = await self.crawler.engine.download_async(request)
        if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERROR:
            raise NoAnswerError(f"HTTP {response.status}")
        if response.status != OK:
            raise NoImageError(f"HTTP {response.status}")
        return response.body

    def _record_failure(self, url: str, error: Exception) -> None:
        if isinstance(error, OSError) and error.errno in FULL:
            if not self.disk_full:
                logger.error("%s has no room for images; articles with images wait for the next run", self.folder.root)
            self.disk_full = error
        if isinstance(error, DownloadCancelledError):
            self._stays_remote("refused", url, f"larger than {self.meta['download_maxsize']} bytes")
        elif isinstance(error, RefusedImageError):
            self._stays_remote("refused", url, str(error))
        else:
            is_own = isinstance(error, NoAnswerError | NoImageError)
            self._stays_remote("failed", url, str(error) if is_own else describe_failure(error))

    def _stays_remote(self, outcome: str, url: str, reason: str) -> None:
        self._count(outcome)
        logger.info("%s stays remote: %s", url, reason)

    def _count(self, outcome: str, count: int = 1) -> None:
        self.crawler.stats.inc_value(f"{names.IMAGES}{outcome}", count)


def _failed(article: Article, reason: str) -> FailedRef:
    """Return what is stored in place of *article*, so that the next run fetches it again."""
    ref = ArticleRef(
        code=article.code,
        channel=article.channel,
        title=article.title,
        time=article.published_at,
        digest=article.digest,
        media=article.media,
        url=article.source_url,
        stocks=article.stocks,
    )
    return FailedRef(ref=ref, reason=reason, at=datetime.now(SHANGHAI), cause="disk")
