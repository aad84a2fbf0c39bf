"""Retries: their pauses, and Retry-After."""

import asyncio
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from finews_spider import retry
from finews_spider.sample import SampleUpstream
from finews_spider.spiders.feed import FeedSpider
from tests.running import Runner

URL = "http://news.example/a"


@pytest.fixture
def middleware(monkeypatch):
    """Return a middleware whose clock stands still but for its own pauses, which it keeps in ``pauses``."""
    crawler = get_crawler(settings_dict={"FINEWS_RETRY_SECONDS": 1, "FINEWS_RETRY_AFTER_LONGEST": 60})
    crawler.crawling = True
    crawler.spider = FeedSpider()
    crawler.spider.crawler = crawler
    crawler.stats = crawler.settings and __import__("scrapy.statscollectors", fromlist=["x"]).MemoryStatsCollector(
        crawler
    )
    made = retry.BackoffMiddleware.from_crawler(crawler)
    clock = Clock()
    monkeypatch.setattr(retry, "monotonic", lambda: clock.now)
    monkeypatch.setattr(retry.asyncio, "sleep", clock.sleep)
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: 1)
    made.clock = clock
    return made


class Clock:
    def __init__(self):
        self.now = 1000.0

    async def sleep(self, seconds):
        self.now += seconds


def answer(middleware, status, request=None, **headers):
    request = request or Request(URL)
    response = Response(
        URL, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, request=request
    )
    before = middleware.clock.now
    result = asyncio.run(middleware.process_response(request, response))
    return result, middleware.clock.now - before


def test_each_retry_waits_twice_as_long_and_the_last_answer_stands(middleware):
    request, pauses = Request(URL), []
    for _ in range(2):
        request, pause = answer(middleware, 500, request)
        pauses.append(pause)
    assert pauses == [1, 2]
    last, pause = answer(middleware, 500, request)
    assert (last.status, pause) == (500, 0)


def test_a_good_answer_passes_at_once(middleware):
    response, pause = answer(middleware, 200)
    assert (response.status, pause) == (200, 0)


def test_all_requests_to_a_host_wait_for_its_retry_after(middleware):
    answer(middleware, 503, Retry_After="20")
    before = middleware.clock.now
    asyncio.run(middleware.process_request(Request("http://news.example/b")))
    assert 18 <= middleware.clock.now - before <= 20
    asyncio.run(middleware.process_request(Request("http://other.example/b")))


def test_a_host_that_wants_an_hour_is_left_alone_for_this_run(middleware):
    answer(middleware, 429, Retry_After="3600")
    with pytest.raises(IgnoreRequest, match=r"news\.example asked not to be asked"):
        asyncio.run(middleware.process_request(Request("http://news.example/b")))


def test_a_pause_ends_with_the_crawl(middleware):
    answer(middleware, 503, Retry_After="20")
    middleware.crawler.crawling = False
    with pytest.raises(IgnoreRequest, match="ending"):
        asyncio.run(middleware.process_request(Request(URL)))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 999999999),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC)), 0),
        (format_datetime(datetime(2999, 1, 1, tzinfo=UTC), usegmt=True), None),
    ],
)
def test_retry_after_in_all_its_forms(value, seconds):
    asked = retry.retry_after(Response(URL, headers={"Retry-After": value}))
    assert asked == seconds if seconds is not None else asked > 10**9


def test_a_real_server_is_asked_again_no_sooner_than_it_said(tmp_path):
    with SampleUpstream(articles=1) as upstream:
        upstream.misbehave("text", "503", times=1, seconds=2)
        finews = Runner(tmp_path, upstream)
        began = time.monotonic()
        finews("run")
        assert upstream.requests["text"] == 2
        assert time.monotonic() - began > 2
        assert finews.summary().articles == 1


def fail(middleware, url=URL):
    return asyncio.run(middleware.process_exception(Request(url), DownloadTimeoutError()))


def test_a_host_that_answers_nothing_many_times_in_a_row_is_left_alone(middleware):
    retries = [fail(middleware) for _ in range(retry.PATIENCE)]
    assert [bool(request) for request in retries] == [True] * (retry.PATIENCE - 1) + [False]
    with pytest.raises(IgnoreRequest, match=r"news\.example left 20 requests in a row unanswered"):
        asyncio.run(middleware.process_request(Request(URL)))
    asyncio.run(middleware.process_request(Request("http://other.example/b")))


def test_a_host_that_answers_now_and_then_is_asked_on(middleware):
    for _ in range(3):
        for _ in range(retry.PATIENCE - 1):
            fail(middleware)
        answer(middleware, 404)
    asyncio.run(middleware.process_request(Request(URL)))
