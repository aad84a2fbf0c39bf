"""Every failure has one of a few causes, which its type decides."""

import asyncio
import gzip

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from finews_spider.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from finews_spider.downloadermiddlewares.offsite import ExactHostMiddleware
from finews_spider.downloadermiddlewares.redirect import RedirectMiddleware
from finews_spider.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from finews_spider.errors import ArticleGone, BlockedError, SourceError
from finews_spider.stats.failures import (
    CrawlEndingError,
    RetryLaterError,
    UnresponsiveHostError,
    cause_of,
    describe_failure,
)
from tests.running import make_crawler

URL = "http://news.example/a"


def http(status):
    return HttpError(Response("http://news.example", status=status))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (http(404), "http_404"),
        (http(403), "http_403"),
        (http(304), "http_304"),
        (http(418), "http_4xx"),
        (http(502), "http_5xx"),
        (DownloadTimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (DownloadCancelledError(), "too_large"),
        (CannotResolveHostError(), "connection"),
        (ConnectionResetError(), "connection"),
        (SourceError("it is no JSON"), "answer"),
        (ArticleGone("gone"), "answer"),
        (BlockedError("a captcha"), "blocked"),
        (RetryLaterError("news.example demands a pause"), "retry_later"),
        (UnresponsiveHostError("news.example left 20 requests unanswered"), "timeout"),
        (CrawlEndingError("the crawl is ending"), "other"),
        (IgnoreRequest("Forbidden by robots.txt"), "other"),  # raised anywhere: the words of the message don't matter
        (ValueError(), "other"),
        (None, "other"),
    ],
)
def test_every_failure_has_one_of_a_few_causes(error, cause):
    assert cause_of(error) == cause


@pytest.fixture
def crawler():
    crawler = get_crawler(settings_dict={"DOWNLOAD_MAXSIZE": 10, "REDIRECT_MAX_TIMES": 1, "ROBOTSTXT_OBEY": True})
    crawler.stats = MemoryStatsCollector(crawler)
    return crawler


def test_a_host_that_is_not_named_is_out_of_reach(crawler):
    crawler.spider = type("Spider", (), {"allowed_hosts": ["news.example"]})()
    middleware = ExactHostMiddleware.from_crawler(crawler)
    assert middleware.process_request(Request(URL)) is None
    for url in ("http://other.example", "http://sub.news.example", f"{URL}?{'x' * 3000}"):
        with pytest.raises(IgnoreRequest) as refused:
            middleware.process_request(Request(url))
        assert cause_of(refused.value) == "out_of_reach"


@pytest.mark.parametrize("location", ["/b", "http://[::1"])
def test_too_many_redirects_and_one_to_an_invalid_url(crawler, location):
    request = Request(URL, meta={"redirect_times": 1})
    with pytest.raises(IgnoreRequest) as refused:
        RedirectMiddleware.from_crawler(crawler).process_response(
            request, Response(URL, status=302, headers={"Location": location})
        )
    assert cause_of(refused.value) == "redirects"


def test_a_body_that_is_too_large_when_it_is_unpacked(crawler):
    response = Response(URL, headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(100_000)))
    with pytest.raises(IgnoreRequest) as refused:
        HttpCompressionMiddleware.from_crawler(crawler).process_response(Request(URL), response)
    assert cause_of(refused.value) == "too_large"
    assert refused.value.__context__ is None, "its frames would keep what was unpacked"


def test_what_robots_txt_forbids():
    class Parser(RobotParser):
        @classmethod
        def from_crawler(cls, crawler, robotstxt_body):
            return cls()

        def allowed(self, url, user_agent):
            return False

    crawler = make_crawler()
    crawler.stats = MemoryStatsCollector(crawler)
    middleware = RobotsTxtMiddleware.from_crawler(crawler)
    middleware.parsers["news.example"] = Parser()
    with pytest.raises(IgnoreRequest) as refused:
        asyncio.run(middleware.process_request(Request(URL)))
    assert cause_of(refused.value) == "robots"
    assert describe_failure(refused.value) == "Forbidden by robots.txt"
