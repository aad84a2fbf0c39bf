"""Hosts that asked to be left alone for a while by Retry-After, in this run and until later ones."""

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

from finews_spider.times import SHANGHAI

LONGEST = timedelta(days=1).total_seconds()
"""A Retry-After of more is taken as this, and a remembered time that is further away is a wrong clock's."""
STAT = "finews/retry_at/"
"""Stat of the time at which a host may be asked again. A run's record keeps its stats, and later runs read them."""
SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")
"""A fraction is against the standard, but sent."""
RUNS = 20
"""Records that are looked at: several spiders, or workers of a cluster, may have run since."""


class RetryAfter:
    """When hosts may be asked again, by monotonic time within a crawl and by the clock from one crawl to the next."""

    of_crawler: ClassVar[WeakKeyDictionary[Crawler, Self]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.since: dict[str, float] = {}
        """Host → when it began to refuse; a good answer ends that."""
        self.until: dict[str, float] = {}

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return what is known in *crawler*."""
        if crawler not in cls.of_crawler:
            cls.of_crawler[crawler] = cls(crawler)
        return cls.of_crawler[crawler]

    def note(self, host: str, seconds: float) -> None:
        """Note that *host* wants to be left alone for so long from now."""
        now = monotonic()
        seconds = min(seconds, LONGEST)
        self.since.setdefault(host, now)
        if now + seconds > self.until.get(host, 0):
            self.until[host] = now + seconds
            at = datetime.now(SHANGHAI) + timedelta(seconds=seconds)
            self.stats.set_value(STAT + host, at.isoformat(timespec="milliseconds"))

    def answered(self, host: str) -> None:
        """Note that *host* gave an answer that isn't a refusal."""
        self.since.pop(host, None)

    def wait(self, host: str) -> float:
        """Return the seconds for which *host* is to be left alone yet, 0 where it may be asked."""
        return max(0.0, self.until.get(host, 0.0) - monotonic())

    def refuses(self, host: str) -> float:
        """Return how long *host* will have refused, without a good answer between, when its time is over."""
        return self.until.get(host, 0.0) - self.since.get(host, monotonic())

    def recall(self, runs: Iterable[Mapping[str, Any]]) -> None:
        """Take over the times that earlier *runs* noted and that aren't over yet."""
        now = datetime.now(SHANGHAI)
        for run in runs:
            for name, at in run.get("stats", {}).items():
                if name.startswith(STAT):
                    with suppress(TypeError, ValueError):  # it was written by somebody else
                        left = (datetime.fromisoformat(at) - now).total_seconds()
                        if 0 < left <= LONGEST:
                            self.note(name.removeprefix(STAT), left)


def host_of(request: Request) -> str:
    """Return the host of *request* with its port, without a password."""
    return urlparse_cached(request).netloc.rpartition("@")[2]


def retry_after(response: Response) -> float:
    """Return the seconds that a Retry-After header asks for, given as such or as a date; 0 where it says nothing.

    A date is compared with the answer's own Date, where it has one, so that it doesn't matter how our clock is set.
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
