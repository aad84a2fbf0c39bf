"""robots.txt, obeyed as Scrapy does, but for hosts that FINEWS_ROBOTS_IGNORE excepts, each with its reason."""

import asyncio
import logging
from collections import defaultdict

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.retry_after import RetryAfter, host_of

logger = logging.getLogger(__name__)

LARGEST = 500 * 1024
"""Bytes of a robots.txt that are read; RFC 9309 asks for no more."""


def _no_error(record: logging.LogRecord) -> bool:
    record.exc_info = None
    if record.levelno == logging.ERROR:
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
    return True


# A robots.txt that can't be had forbids nothing. Scrapy's line says so; its traceback says no more, and as an error it
# would fail a run that gets everything but a dead host's images.
logging.getLogger(RobotsTxtMiddleware.__module__).addFilter(_no_error)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Neither asks for an excepted host's robots.txt nor obeys it, and says so once a crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.ignored = Config.of(crawler).robots_ignore
        self.hosts = RetryAfter.of(crawler)
        self.asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        for host, reason in self.ignored.items():
            logger.info("robots.txt of %s is neither asked for nor obeyed: %s", host, reason)

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        """Let *request* pass.

        :raises IgnoreRequest: robots.txt forbids it.
        """
        if urlparse_cached(request).hostname not in self.ignored:
            await super().process_request(request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        await super()._parse_robots(response.replace(body=response.body[:LARGEST]), netloc, request)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return what reads the host's robots.txt, None where there is none.

        One request a host at a time: of those that wait for the first one's answer together, Scrapy 2.19 gives it to
        one and lets the others pass. Of a host that wants to be left alone, BackoffMiddleware puts the request aside;
        robots.txt is asked for when that comes back.
        """
        netloc = urlparse_cached(request).netloc
        if isinstance(known := self._parsers.get(netloc), RobotParser):
            return known
        async with self.asking[netloc]:
            parser = None if self.hosts.wait(host_of(request)) else await super().robot_parser(request)
        if self.hosts.wait(host_of(request)):
            self._parsers.pop(netloc, None)
            return None
        return parser
