"""Stage 2: with FINEWS_IMAGES=local an article's images are copied into the mirror, by content, each once.

Hotlinked images die, and a live chart shows another day tomorrow. What can't be copied stays where the upstream has
it: an image never keeps an article from being stored.
"""

import asyncio
import hashlib
import logging
import os
import re
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline, FSFilesStore
from scrapy.pipelines.media import FileException, FileInfo, FileInfoOrError, MediaPipeline
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

from finews_spider.config.config import Config
from finews_spider.errors import FULL, ConfigError, StoreError
from finews_spider.files import ABSENT, is_file, is_running, open_folders, replace_file
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.spiders.article import ArticleSpider
from finews_spider.stats.failures import describe
from finews_spider.times import SHANGHAI

logger = logging.getLogger(__name__)

MOST = 50
"""Images of one article that are copied."""
WITHIN = 10.0
"""Seconds that an image may take; it is tried twice."""
AT_ONCE = 2
"""Images of one host under way. Scrapy counts them among CONCURRENT_REQUESTS: more would keep articles waiting."""
PATIENCE = 4
"""Images in a row that a host may leave unanswered; then it isn't asked for any more in this crawl."""

UNFINISHED = "images/.unfinished/"
"""Where copies lie until they are whole, each named by its file and process; Jekyll passes over a leading dot."""

OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500

# SVG is none of them: opened by itself, on the mirror's own host, one may run scripts.
TYPES = {
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "avif": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
}


def type_of(content: bytes) -> str:
    """Return the file name extension that the first bytes call for; empty where it isn't an image to copy."""
    return next((extension for extension, start in TYPES.items() if start.match(content)), "")


class NoImageError(FileException):
    """The host answered, and not with an image. Raised and caught within this stage, as is the next."""


class RefusedError(NoImageError):
    """It answered with something that isn't to be copied."""


class WholeFiles(FSFilesStore):
    """Files that appear whole or not at all, and are written once: their name tells their content.

    :raises OSError: what a killed run left behind can't be removed.
    """

    def __init__(self, basedir: str) -> None:
        super().__init__(basedir)
        self.root = Path(basedir)
        with suppress(*ABSENT), open_folders(self.root, UNFINISHED) as (*_, folder):
            for name in os.listdir(folder):  # noqa: PTH208 -- a handle
                if not _is_another(name.rpartition(".")[2]):
                    os.unlink(name, dir_fd=folder)

    def persist_file(
        self,
        path: str | os.PathLike[str],
        buf: BytesIO,
        info: MediaPipeline.SpiderInfo,  # noqa: ARG002
        *_: Any,
        **__: Any,
    ) -> None:
        """Write a file unless it is there.

        :raises OSError: it can't be written.
        """
        file = os.fspath(path)
        name = file.rpartition("/")[2]
        with (
            open_folders(self.root, file, create=True) as to,
            open_folders(self.root, UNFINISHED, create=True) as beside,
        ):
            if not is_file(to[-1], name):
                replace_file(to[-1], name, buf.getvalue(), f"{name}.{os.getpid()}", beside[-1])


class ImagesPipeline(FilesPipeline):
    """Downloads the images of articles and fills ``image_files``.

    Counts, under ``finews/images/``, what it asked for: ``saved``, ``refused`` (no image to copy, or too large),
    ``failed``, and ``passed_over`` (not asked for: too many, a host that doesn't answer, a crawl that ends).
    """

    def __init__(self, crawler: Crawler, config: Config) -> None:
        super().__init__(config.mirror_dir, crawler=crawler)
        self.folder = config.mirror_dir
        self.largest = config.images_largest
        self.within = min(WITHIN, crawler.settings.getfloat("DOWNLOAD_TIMEOUT"))
        self.turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self.unanswered: Counter[str] = Counter()
        """Host → images in a row."""
        self.full: OSError | None = None
        """What the mirror's disk said where it had no room for a copy."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the stage.

        :raises NotConfigured: images stay remote.
        :raises ConfigError: the mirror folder can't be made.
        """
        config = Config.of(crawler)
        if config.images != "local":
            raise NotConfigured  # with a reason Scrapy would log it as a warning
        try:
            return cls(crawler, config)
        except OSError as error:
            raise ConfigError(f"the mirror folder {config.mirror_dir} can't be written", error) from None

    def _get_store(self, uri: str) -> WholeFiles:
        return WholeFiles(uri)

    async def process_item(self, item: object) -> object:  # type: ignore[override]
        """Pass *item* on, an article with the copies that could be made of its images.

        Where the disk is full it becomes a FailedRef: a stored article's images would never be asked for again.
        """
        if isinstance(item, Article) and item.images:
            requests = await self._requests(item)
            item.image_files = await super().process_item(requests)
            if self.full and len(item.image_files) < len(requests):
                ref = ArticleRef(
                    code=item.code,
                    channel=item.channel,
                    title=item.title,
                    time=item.published_at,
                    digest=item.digest,
                    media=item.media,
                    url=item.source_url,
                    stocks=item.stocks,
                )
                reason = f"no room for its images in {self.folder}: {self.full.strerror}"
                return FailedRef(ref=ref, reason=reason, at=datetime.now(SHANGHAI), cause="disk")
        return item

    async def _requests(self, article: Article) -> dict[str, Request]:
        """Return what to ask for: src → request. What an earlier version has a copy of stays as that is."""
        spider = self.crawler.spider
        assert isinstance(spider, ArticleSpider)
        try:
            stored = await spider.store.get(article.code)
        except StoreError:  # the store's own stage says so, and ends the crawl
            return {}
        wanted = [source for source in article.images if not stored or source not in stored.image_files]
        self._count("passed_over", len(wanted[MOST:]))
        requests = {}
        for source in wanted[:MOST]:
            try:
                requests[source] = self._request(source)
            except ValueError as error:
                self._remote("failed", repr(source[:200]), str(error))
        return requests

    def _request(self, source: str) -> Request:
        meta = {
            "download_maxsize": self.largest,
            "download_timeout": self.within,
            "max_retry_times": 1,
            "give_up_log_level": "DEBUG",
        }
        return Request(f"https:{source}" if source.startswith("//") else source, meta=meta)

    # What FilesPipeline asks of its subclasses, in the order of a download

    def get_media_requests(self, item: dict[str, Request], *_: Any, **__: Any) -> list[Request]:
        return list(item.values())

    async def media_to_download(self, request: Request, *_: Any, **__: Any) -> FileInfo | None:  # type: ignore[override]
        """Wait for the request's turn; return None if it is to be sent, else what takes the place of its answer.

        The turn ends in ``media_downloaded`` where all is well, else in ``media_failed``.
        """
        host = _host(request)
        await self.turns[host].acquire()
        ending = not self.crawler.crawling or self.crawler.stats.get_value("finews/store_failed")
        if not ending and self.unanswered[host] < PATIENCE:
            return None
        self.turns[host].release()
        self._count("passed_over")
        return FileInfo(url=request.url, path="", checksum=None, status="passed over")

    async def media_downloaded(
        self, response: Response, request: Request, info: MediaPipeline.SpiderInfo, **_: Any
    ) -> FileInfo:
        """Keep the image.

        :raises FileException: the answer isn't an image to copy, or none at all.
        :raises OSError: it can't be written.
        """
        if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERROR:
            raise FileException(f"HTTP {response.status}")
        if response.status != OK:
            raise NoImageError(f"HTTP {response.status}")
        if not type_of(response.body):
            raise RefusedError(f"neither JPEG, PNG, GIF, WebP nor AVIF; it begins {response.body[:40]!r}")
        path = self.file_path(request, response)
        self.store.persist_file(path, BytesIO(response.body), info)
        host = _host(request)
        self.unanswered[host] = 0
        self.turns[host].release()
        self._count("saved")
        return FileInfo(url=request.url, path=path, checksum=None, status="downloaded")

    def media_failed(self, failure: Failure, request: Request, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Say why an image wasn't copied. Nothing is raised: Scrapy would log it as an error, with a traceback."""
        host, error = _host(request), failure.value
        self.turns[host].release()
        if isinstance(error, OSError) and error.errno in FULL:
            if not self.full:
                logger.error("%s has no room for images; articles that show some wait for the next run", self.folder)
            self.full = error
        answered = isinstance(error, NoImageError | DownloadCancelledError | IgnoreRequest | OSError)
        self.unanswered[host] = 0 if answered else self.unanswered[host] + 1
        if isinstance(error, DownloadCancelledError):
            self._remote("refused", request.url, f"larger than {self.largest} bytes")
        elif isinstance(error, FileException):
            self._remote("refused" if isinstance(error, RefusedError) else "failed", request.url, str(error))
        else:
            self._remote("failed", request.url, describe(failure))
        if self.unanswered[host] == PATIENCE:
            logger.warning("%s leaves images unanswered; those that it has stay remote in this crawl", host)

    def file_path(self, request: Request, response: Response | None = None, *_: Any, **__: Any) -> str:  # noqa: ARG002
        """Return the path of a copy below the mirror folder."""
        assert response
        digest = hashlib.sha256(response.body).hexdigest()
        return f"images/{digest[:2]}/{digest}.{type_of(response.body)}"

    def item_completed(
        self, results: list[FileInfoOrError], item: dict[str, Request], *_: Any, **__: Any
    ) -> dict[str, str]:
        """Return src → path of the copies that were made."""
        return {
            source: file["path"]
            for source, (_, file) in zip(item, results, strict=True)
            if isinstance(file, dict) and file["path"]
        }

    # What became of it

    def _remote(self, outcome: str, url: str, reason: str) -> None:
        self._count(outcome)
        logger.info("%s stays remote: %s", url, reason)

    def _count(self, outcome: str, count: int = 1) -> None:
        self.crawler.stats.inc_value(f"finews/images/{outcome}", count)


def _is_another(process: str) -> bool:
    """Whether *process* is the id of a process that runs and isn't this one."""
    return process.isdecimal() and int(process) != os.getpid() and is_running(int(process))


def _host(request: Request) -> str:
    return urlparse_cached(request).hostname or ""
