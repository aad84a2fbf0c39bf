"""The pauses that hosts demand by Retry-After, kept from one run to the next."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from finews_spider.stats import names
from finews_spider.times import SHANGHAI

MAX_SECONDS = timedelta(days=1).total_seconds()
"""A longer Retry-After is taken as this. A stored time that is further away comes from a wrong clock."""
STAT_PREFIX = names.RETRY_AT
"""Followed by a host, the stat that holds when the host may get requests again. A run's record keeps its stats, and
later runs read them."""
BLOCKS_PREFIX = names.BLOCKS
"""Followed by a host, the stat that holds how many of its last answers were captchas."""
SHORTEST_BLOCK = 300
"""Seconds without a request after a host's first captcha. Each further one doubles them, up to MAX_SECONDS."""
SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")
"""The standard has no fractions, but some servers send them."""
RECENT_RUNS = 20
"""Run records that are searched for pauses: other spiders, or workers of a cluster, may have run since."""


class RetryAfter:
    """When each host may get requests again: in monotonic time within a crawl, in clock time between crawls."""

    of_crawler: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.since: dict[str, float] = {}
        """Host → when it began to refuse requests; a good answer ends that."""
        self.until: dict[str, float] = {}
        """Host → when its pause ends."""
        self.blocks: dict[str, int] = {}
        """Host → how many of its last answers were captchas."""

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the pauses that *crawler* knows."""
        if crawler not in cls.of_crawler:
            cls.of_crawler[crawler] = cls(crawler)
        return cls.of_crawler[crawler]

    def add_pause(self, host: str, seconds: float) -> None:
        """Record that *host* demands a pause of *seconds* from now."""
        now = monotonic()
        seconds = min(seconds, MAX_SECONDS)
        self.since.setdefault(host, now)
        if now + seconds > self.until.get(host, 0):
            self.until[host] = now + seconds
            at = datetime.now(SHANGHAI) + timedelta(seconds=seconds)
            self.stats.set_value(STAT_PREFIX + host, at.isoformat(timespec="milliseconds"))

    def end_refusals(self, host: str) -> None:
        """Record that *host* gave an answer that isn't a refusal."""
        self.since.pop(host, None)

    def record_block(self, host: str) -> None:
        """Leave *host* alone, because it answered with a captcha: the longer, the more often it did.

        The answers to requests that were sent before the first captcha came don't count again.
        """
        if self.wait(host):
            return
        blocks = self.blocks[host] = self.blocks.get(host, 0) + 1
        self.stats.set_value(BLOCKS_PREFIX + host, blocks)
        self.add_pause(host, SHORTEST_BLOCK * 2 ** min(blocks - 1, 16))

    def end_blocks(self, host: str) -> None:
        """Record that *host* gave an article."""
        if self.blocks.pop(host, 0):
            self.stats.set_value(BLOCKS_PREFIX + host, 0)

    def wait(self, host: str) -> float:
        """Return the seconds that are left of the pause of *host*, 0 where there is none."""
        return max(0.0, self.until.get(host, 0.0) - monotonic())

    def refuses(self, host: str) -> float:
        """Return how many seconds *host* will have refused requests at the end of its pause, without a good answer."""
        return self.until.get(host, 0.0) - self.since.get(host, monotonic())

    def recall(self, runs: Iterable[Mapping[str, Any]]) -> None:
        """Take over the captchas that earlier *runs* noted, and the pauses that aren't over yet.

        :param runs: the newest first.
        """
        now = datetime.now(SHANGHAI)
        for run in runs:
            for name, value in run.get("stats", {}).items():
                if name.startswith(BLOCKS_PREFIX) and isinstance(value, int):
                    self.blocks.setdefault(name.removeprefix(BLOCKS_PREFIX), value)
                if name.startswith(STAT_PREFIX):
                    with suppress(TypeError, ValueError):  # another program wrote it
                        left = (datetime.fromisoformat(value) - now).total_seconds()
                        if 0 < left <= MAX_SECONDS:
                            self.add_pause(name.removeprefix(STAT_PREFIX), left)


def host_of(request: Request) -> str:
    """Return the host and port of *request*, without a password."""
    return urlparse_cached(request).netloc.rpartition("@")[2]


def retry_after(response: Response) -> float:
    """Return the pause that the Retry-After header demands, in seconds; 0 where there is none.

    The header may hold seconds or a date. A date is compared with the response's own Date header, if there is one, so
    that a wrong clock on this machine doesn't matter.
    """
    value = _header(response, "Retry-After")
    if SECONDS.fullmatch(value):
        return float(value[:9])
    until = _date(value)
    return max(0.0, (until - (_date(_header(response, "Date")) or datetime.now(UTC))).total_seconds()) if until else 0.0


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1").strip()


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
