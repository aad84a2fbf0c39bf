"""Retries: their pauses, and Retry-After."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from scrapy import Spider
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response
from scrapy.statscollectors import MemoryStatsCollector

from finews_spider.downloadermiddlewares import retry, retry_after
from finews_spider.downloadermiddlewares.delayed import DELAY_KEY
from finews_spider.stats.failures import CrawlEndingError, RetryLaterError, UnresponsiveHostError
from tests.fault_env import start_at
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, interrupt, make_crawler, wait_for

URL = "http://news.example/a"


@pytest.fixture
def middleware(monkeypatch):
    """Return a middleware with a stopped clock, ``clock.now``."""
    crawler = make_crawler()
    crawler.crawling = True
    crawler.spider = Spider("feed")
    crawler.spider.crawler = crawler
    crawler.stats = MemoryStatsCollector(crawler)
    made = retry.RetryAfterMiddleware.from_crawler(crawler)
    clock = Clock()
    monkeypatch.setattr(retry_after, "monotonic", lambda: clock.now)
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: 1)
    made.clock = clock
    return made


class Clock:
    def __init__(self):
        self.now = 1000.0


def answer(middleware, status, request=None, **headers):
    request = request or Request(URL)
    request.meta.pop(DELAY_KEY, None)
    response = Response(
        URL, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, request=request
    )
    result = asyncio.run(middleware.process_response(request, response))
    return result, result.meta.get(DELAY_KEY, 0)


def delay_of(middleware, url=URL):
    """Return the delay of a request before it is sent."""
    aside = asyncio.run(middleware.process_request(Request(url)))
    return aside.meta[DELAY_KEY] if aside else 0


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
    middleware.clock.now += 1
    assert delay_of(middleware, "http://news.example/b") == 19
    assert delay_of(middleware, "http://other.example/b") == 0
    middleware.clock.now += 19
    assert delay_of(middleware) == 0


def test_a_host_that_keeps_refusing_is_left_to_the_next_run(middleware):
    for _ in range(16):  # requests that were under way together
        answer(middleware, 503, Retry_After="60")
        assert delay_of(middleware) == 60
        middleware.clock.now += 1
    middleware.clock.now += 60
    answer(middleware, 503, Retry_After="60")
    with pytest.raises(RetryLaterError, match="demands a pause"):
        delay_of(middleware)
    middleware.clock.now += 61
    answer(middleware, 200)
    answer(middleware, 503, Retry_After="60")
    assert delay_of(middleware) == 60


def test_a_host_that_demands_an_hour_gets_no_request_in_this_run(middleware):
    answer(middleware, 429, Retry_After="3600")
    with pytest.raises(RetryLaterError, match=r"news\.example demands a pause of 3600 s more"):
        asyncio.run(middleware.process_request(Request("http://news.example/b")))


def test_the_next_run_waits_to_the_fraction_of_a_second(middleware):
    with time_machine.travel(datetime(2026, 9, 1, 12, 0, 0, 900_000, UTC), tick=False):
        answer(middleware, 429, Retry_After="20")
        following = retry_after.RetryAfter(middleware.crawler)
        following.recall([{"stats": dict(middleware.crawler.stats.get_stats())}])
        assert following.wait("news.example") == pytest.approx(20, abs=0.01)


def test_a_pause_ends_with_the_crawl(middleware):
    answer(middleware, 503, Retry_After="20")
    middleware.crawler.crawling = False
    with pytest.raises(CrawlEndingError):
        delay_of(middleware)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("2.5", 2.5),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 999999999),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC)), 0),
        (format_datetime(datetime(2999, 1, 1, tzinfo=UTC), usegmt=True), None),
    ],
)
def test_retry_after_in_all_its_forms(value, seconds):
    pause = retry_after.retry_after(Response(URL, headers={"Retry-After": value}))
    assert pause == seconds if seconds is not None else pause > 10**9


def test_a_date_is_compared_with_the_servers_own_clock():
    ours = {"Date": "Sat, 01 Jan 2000 00:00:00 GMT", "Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT"}
    assert retry_after.retry_after(Response(URL, headers=ours)) == 90


def test_a_pause_of_a_year_counts_as_a_day_and_an_old_one_ends(middleware):
    day = 24 * 3600
    answer(middleware, 503, Retry_After=str(365 * day))
    stats = middleware.crawler.stats.get_stats()
    (name,) = [name for name in stats if name.startswith(retry_after.STAT_PREFIX)]
    assert name == "finews/retry_at/news.example"
    at = datetime.fromisoformat(stats[name])
    assert at <= datetime.now(UTC) + timedelta(days=1)
    hosts = retry_after.RetryAfter(middleware.crawler)
    hosts.recall([{"stats": {name: at.isoformat()}}])
    assert day - 60 < hosts.wait("news.example") <= day


@pytest.mark.parametrize("hours", [-400 * 24, -1, 25, 400 * 24])
def test_a_pause_that_is_over_or_of_a_wrong_clock_is_ignored(middleware, hours):
    at = datetime.now(UTC) + timedelta(hours=hours)
    middleware.retry_after.recall([{}, {"stats": {retry_after.STAT_PREFIX + "news.example": at.isoformat()}}])
    assert delay_of(middleware) == 0


@pytest.mark.parametrize("at", [None, 7, "soon", "2999-01-01", []])
def test_a_pause_that_another_program_wrote_is_ignored(middleware, at):
    middleware.retry_after.recall([{"stats": {retry_after.STAT_PREFIX + "news.example": at}}])
    assert delay_of(middleware) == 0


def test_a_real_server_gets_a_retry_no_sooner_than_it_demands(tmp_path):
    with MisbehavingUpstream(articles=1) as upstream:
        upstream.misbehave("text", "503", times=1, seconds=2)
        finews = Runner(tmp_path, upstream)
        began = time.monotonic()
        finews("run")
        assert upstream.requests["text"] == 2
        assert time.monotonic() - began > 2
        assert finews.summary().articles == 1


@pytest.fixture
def elsewhere(tmp_path):
    """Return a user's folder and an upstream whose second source of a text is another host, ``localhost``."""
    with MisbehavingUpstream(articles=60, seed=17) as upstream:
        there = upstream.url.replace("127.0.0.1", "localhost") + "/kuaixun/v2/api/article/{code}?guid={now}"
        yield Runner(tmp_path, upstream, FINEWS_ARTICLE_URL=there), upstream


def paths(upstream, kind):
    return [path.partition("?guid")[0] for each, path in upstream.log if each == kind]


def test_a_request_that_waits_for_its_retry_takes_no_place_of_others_and_ends_cleanly(elsewhere):
    """Of 60 articles the first 40 must be requested from a host that demands a pause of a minute."""
    finews, upstream = elsewhere
    refused, rest = upstream.news.codes[-40:], upstream.news.codes[:-40]
    for code in refused:
        upstream.misbehave(f"GetNewsText.*{code}", "html")
    upstream.misbehave("api/article", "503", seconds=60)
    process = finews.start("run", FINEWS_STORE_SECONDS="0.1")
    wait_for(lambda: len(paths(upstream, "text")) == 60 and upstream.requests["article"], 30)
    wait_for(lambda: finews.summary().articles == len(rest), 30)
    _, err = interrupt(process)
    assert process.returncode == 1
    assert "Traceback" not in err
    tried = paths(upstream, "article")
    assert 1 <= len(tried) == len(set(tried)) <= 16
    assert not finews.summary().failed
    upstream.misbehave("api/article", "ok")
    finews("run", FINEWS_RETRY_AFTER_LONGEST="1")  # the minute isn't over: the articles' pages are requested
    assert len(paths(upstream, "article")) == len(tried)
    assert finews.summary().articles == 60


def test_a_long_retry_after_is_obeyed_by_the_next_runs_until_it_is_over(elsewhere):
    finews, upstream = elsewhere
    upstream.misbehave("GetNewsText", "html")
    upstream.misbehave("api/article", "429", seconds=3600)
    upstream.misbehave(r"^/a/\d", "500")
    finews("run", code=1, RETRY_TIMES="0", CONCURRENT_REQUESTS="1")
    assert upstream.requests["article"] == 1
    upstream.misbehave("api/article", "ok")
    finews("run", code=1, RETRY_TIMES="0")
    assert upstream.requests["article"] == 1
    assert sum(finews.summary().failed.values()) == 60
    later = start_at(finews, 3601, "run")
    _, err = later.communicate(timeout=60)
    assert later.returncode == 0, err
    assert (upstream.requests["article"], finews.summary().articles) == (61, 60)


def test_other_articles_do_not_wait_for_a_list_that_is_delayed_for_long(elsewhere):
    finews, upstream = elsewhere
    channels = finews.folder / "channels.toml"
    there = upstream.url.replace("127.0.0.1", "localhost")
    channels.write_text(
        channels.read_text("utf-8").replace(f"{upstream.url}/web/webapi?type=102", f"{there}/web/webapi?type=102"),
        "utf-8",
    )
    upstream.misbehave("type=102", "503", seconds=60)
    process = finews.start("run", FINEWS_STORE_SECONDS="0.1")
    wait_for(lambda: len(paths(upstream, "text")) == 60, 30)  # 全球直播 lists them all
    _, err = interrupt(process)
    assert "channel 滚动新闻 failed" in err
    assert len([path for path in paths(upstream, "list") if "type=102" in path]) == 1


def test_a_list_that_waits_for_its_retry_when_the_run_ends_has_failed(elsewhere):
    finews, upstream = elsewhere
    upstream.misbehave("type=102", "503", seconds=60)
    done = finews("run", "--max-minutes", "0.05", code=1)
    assert "channel 滚动新闻 failed" in done.stderr


def test_pages_wait_for_a_robots_txt_whose_host_demands_a_short_pause(elsewhere):
    finews, upstream = elsewhere
    upstream.answers("robots.txt", b"User-agent: *\nDisallow: /kuaixun/v2/\n")
    upstream.misbehave("GetNewsText", "html")
    upstream.misbehave("robots", "503", times=2, seconds=1)
    finews("run")
    assert upstream.requests["robots"] == 4
    assert upstream.requests["article"] == 0
    assert finews.summary().articles == 60


def fail(middleware, url=URL):
    return asyncio.run(middleware.process_exception(Request(url), DownloadTimeoutError()))


def test_a_host_without_an_answer_many_times_in_a_row_gets_no_more_requests(middleware):
    retries = [fail(middleware) for _ in range(retry.MAX_CONSECUTIVE_TIMEOUTS)]
    assert [bool(request) for request in retries] == [True] * (retry.MAX_CONSECUTIVE_TIMEOUTS - 1) + [False]
    with pytest.raises(UnresponsiveHostError, match=r"news\.example left 20 requests in a row unanswered"):
        delay_of(middleware)
    assert delay_of(middleware, "http://other.example/b") == 0


def test_a_host_that_answers_sometimes_keeps_getting_requests(middleware):
    for _ in range(3):
        for _ in range(retry.MAX_CONSECUTIVE_TIMEOUTS - 1):
            fail(middleware)
        answer(middleware, 404)
    assert delay_of(middleware) == 0
