"""Parts of Scrapy, scrapy-playwright and feedparser that their documentation doesn't promise are still what finews was tried with.

When one of these tests fails after an upgrade: read what has changed in each part that finews_spider/scrapy_internals/
uses, run the tests of retries, the browser and Ctrl-C, and then write the new version here.
"""

import inspect
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from feedparser.mixin import _FeedParserMixin
from scrapy.core.downloader import Downloader
from scrapy.core.downloader import Slot as DownloaderSlot
from scrapy.core.engine import ExecutionEngine
from scrapy.core.scraper import Scraper
from scrapy.core.scraper import Slot as ScraperSlot
from scrapy.crawler import Crawler
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler
from scrapy_playwright.handler import Config, ScrapyPlaywrightDownloadHandler

import finews_spider

TRIED = {"Scrapy": "2.19.", "scrapy-playwright": "0.0.48", "feedparser": "6.0."}


@pytest.mark.parametrize("package", TRIED)
def test_the_version_is_the_one_that_was_tried(package):
    assert version(package).startswith(TRIED[package]), f"{package} {version(package)} was never tried; see above"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (Crawler, ["self.crawling", "self.engine", "self.request_fingerprinter"]),
        (ExecutionEngine, ["self.downloader", "self.scraper", "self.spider", "crawl", "close_spider_async"]),
        (Downloader, ["self.active", "self.slots"]),
        (Scraper, ["self.slot", "enqueue_scrape"]),
        (ScraperSlot, ["is_idle"]),
        (DownloaderSlot, ["queue"]),
        (ScrapyPlaywrightDownloadHandler, ["self.config", "self.abort_request", "_launch"]),
        (Config, ["launch_options"]),
        (_FeedParserMixin, ["_sync_author_detail"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_each_part_exists(owner, names):
    """Search the class, or the source of its constructor for attributes that it sets (``self.…``)."""
    source = inspect.getsource(owner)
    for name in names:
        is_there = re.search(rf"{re.escape(name)}\b.*=", source) if "." in name else name in dir(owner) + fields(owner)
        assert is_there, f"{owner.__module__}.{owner.__name__} no longer has {name}"


def fields(owner):
    return list(getattr(owner, "__dataclass_fields__", ()))


def test_scrapy_s_stats_collector_is_still_slow():
    """If it is no longer slow, finews_spider/stats/collector.py can be removed."""
    assert "__getattribute__" in vars(MemoryStatsCollector.__mro__[1])
    assert MemoryStatsCollector(get_crawler()).get_stats() == {}


PRIVATE = re.compile(
    r"(?<!self)(?<!cls)(?<!super\(\))\._(?!asdict|replace|fields)[a-z]|noqa: SLF001|engine\.(?:scraper|downloader)\b"
)
"""A use of a private attribute of another object, other than a named tuple's, or of the engine's parts."""


def test_private_parts_are_used_in_one_room():
    package = Path(finews_spider.__file__).parent
    rooms = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if PRIVATE.search(path.read_text("utf-8")) and path.name != "completion.py"  # which changes a script of Typer
    }
    assert rooms == {"scrapy_internals"}
