"""robots.txt is obeyed as in Scrapy, except for the hosts of FINEWS_ROBOTS_IGNORE."""

import asyncio
import logging
from collections import defaultdict

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import robotstxt
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import load_object

from finews_spider.config.config import Config
from finews_spider.downloadermiddlewares.retry_after import RetryAfter, host_of
from finews_spider.stats.failures import RobotsTxtError, describe_failure

logger = logging.getLogger(__name__)

MAX_BYTES = 500 * 1024
"""The part of a robots.txt that is read. RFC 9309 demands no more."""


class RobotsTxtMiddleware(robotstxt.RobotsTxtMiddleware):
    """Obeys the robots.txt of each host that isn't ignored.

    Where several requests wait for one robots.txt, Scrapy 2.19 checks one of them and lets the others pass. Therefore
    this class requests robots.txt itself, once a host.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.ignored_hosts = Config.of(crawler).robots_ignore
        self.retry_after = RetryAfter.of(crawler)
        self.parser_class: type[RobotParser] = load_object(crawler.settings["ROBOTSTXT_PARSER"])
        self.parsers: dict[str, RobotParser | None] = {}
        """Host → what its robots.txt allows; None where it couldn't be fetched, so that it forbids nothing."""
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        for host, reason in self.ignored_hosts.items():
            logger.info("robots.txt of %s is neither requested nor obeyed: %s", host, reason)

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        """Let *request* pass.

        :raises RobotsTxtError: robots.txt forbids it.
        """
        if urlparse_cached(request).hostname not in self.ignored_hosts:
            try:
                await super().process_request(request)
            except IgnoreRequest as error:
                raise RobotsTxtError(str(error)) from None

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the parser of the host's robots.txt, or None where there is none.

        While the host demands a pause there is none either: RetryAfterMiddleware then delays the request, and
        robots.txt is requested when that comes back.
        """
        host = host_of(request)
        if host in self.parsers:
            return self.parsers[host]
        async with self.locks[host]:
            if host not in self.parsers and not self.retry_after.wait(host):
                parser = await self._fetch(request)
                if not self.retry_after.wait(host):
                    self.parsers[host] = parser
        return self.parsers.get(host)

    async def _fetch(self, request: Request) -> RobotParser | None:
        assert self.crawler.engine
        url = urlparse_cached(request)._replace(path="/robots.txt", params="", query="", fragment="").geturl()
        meta = {"dont_obey_robotstxt": True}
        robots_request = Request(url, priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(robots_request)
        except IgnoreRequest:
            return None
        except Exception as error:  # noqa: BLE001 -- the crawl continues after any error
            logger.warning("%s can't be fetched and forbids nothing: %s", url, describe_failure(error))
            return None
        rules = response.body[:MAX_BYTES]
        if b"disallow" not in rules.lower():  # asking a parser for each request would take a fiftieth of a crawl
            return None
        return self.parser_class.from_crawler(self.crawler, rules)
