"""A first crawl of 3,000 articles, everything stored, beside programs that download the same answers and store nothing."""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks.measure import in_turns, more, times_as_fast, within
from tests.benchmarks.upstream import remote_upstream
from tests.running import Runner

ARTICLES = 3_000
MANY = 20_000
LISTED, NEW = 500, 20
ROUNDS = 5
DELAY, AT_ONCE, MANY_AT_ONCE = 0.05, 16, 64
REFERENCES = Path(__file__).with_name("references")
NO_LOG = ("-L", "WARNING")


def peak_of(process):
    """Wait until *process* succeeds, and return its peak memory in MB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    output = process.communicate()
    assert process.returncode == 0, output
    return usage.ru_maxrss / 1024


class Crawls:
    """Crawls of one upstream: by finews and by the reference programs."""

    def __init__(self, folder, upstream, articles=ARTICLES):
        self.folder = folder
        self.articles = articles
        self.upstream = upstream
        self.numbers = itertools.count()
        self.ours()  # and record what it requests
        self.urls = folder / "urls.txt"
        urls = [url for url in upstream.take_requests() if not url.endswith("/robots.txt")]
        self.urls.write_text("\n".join(urls), encoding="utf-8")

    def ours(self, at_once=AT_ONCE, **settings):
        store = f"sqlite:///{self.folder}/{next(self.numbers)}.db"
        finews = Runner(self.folder, self.upstream, store=store, fresh=True)
        concurrency = dict.fromkeys(("CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN"), str(at_once))
        finews.quick = concurrency | {"AUTOTHROTTLE_ENABLED": "0", "LOG_LEVEL": "WARNING"} | settings
        self.peak = peak_of(finews.start("scrapy", "crawl", "feed"))
        assert finews.summary().articles == self.articles

    def fast(self, at_once=AT_ONCE):
        self.ours(at_once, FINEWS_FAST="on")

    def bare(self, *settings):
        self._run("-m", "scrapy", "runspider", str(REFERENCES / "bare_spider.py"), "-a", f"urls={self.urls}", *settings)

    def threads(self):
        self._run(str(REFERENCES / "five_threads.py"), str(self.urls))

    def _run(self, *arguments):
        with (self.folder / "log.txt").open("w") as log:
            done = subprocess.Popen([sys.executable, *arguments], cwd=self.folder, stderr=log)
            self.peak = peak_of(done)


@pytest.mark.benchmark
def test_a_crawl_of_new_articles(tmp_path, figure):
    with remote_upstream(ARTICLES) as upstream:
        crawls = Crawls(tmp_path, upstream)
        works = [crawls.ours, crawls.fast, crawls.bare, lambda: crawls.bare(*NO_LOG)]
        ours, fast, bare, quiet = in_turns(works, ROUNDS)
    what = "crawl of 3,000 new articles, all stored"
    figure(what, ours, bare, "bare Scrapy, default settings", goal=times_as_fast(1.3), floor=0.95)
    figure(
        f"{what}, `FINEWS_FAST=on`", fast, bare, "bare Scrapy, default settings", goal=times_as_fast(1.3), floor=1.15
    )
    figure(f"{what}, `FINEWS_FAST=on`", fast, quiet, "bare Scrapy, no log", goal=times_as_fast(1.3), floor=1)


@pytest.mark.benchmark
def test_a_crawl_of_a_slow_upstream(tmp_path, figure):
    with remote_upstream(ARTICLES, DELAY) as upstream:
        crawls = Crawls(tmp_path, upstream)
        works = [crawls.ours, crawls.fast, lambda: crawls.fast(MANY_AT_ONCE), crawls.bare, crawls.threads]
        ours, fast, many, bare, threads = in_turns(works, ROUNDS)
        requests = len(crawls.urls.read_text("utf-8").split())
    what = "the same, each answer after 50 ms"
    hurried = f"{what}, `FINEWS_FAST=on`"
    threads_way, limit = "the original's way, five threads", requests * DELAY / AT_ONCE
    figure(f"{hurried}, {MANY_AT_ONCE} at a time", many, threads, threads_way, goal=times_as_fast(4), floor=3)
    figure(f"{hurried}, {AT_ONCE} at a time", fast, limit, "the delay's own limit", goal=within(1.3), floor=1.7)
    figure(f"{what}, {AT_ONCE} at a time", ours, limit, "the delay's own limit", goal=within(1.3), floor=2)
    figure(f"{what}, {AT_ONCE} at a time", ours, bare, "bare Scrapy, default settings", goal=times_as_fast(1), floor=1)


@pytest.mark.benchmark
def test_the_memory_of_a_crawl(tmp_path, figure):
    with remote_upstream(MANY, pages=100) as upstream:
        crawls = Crawls(tmp_path, upstream, MANY)
        ours = crawls.peak
        crawls.bare()
    beside = "bare Scrapy, default settings"
    figure("peak memory of a first crawl of 20,000", ours, crawls.peak, beside, goal=within(1.5), unit="MB")


@pytest.mark.benchmark
def test_a_tick_asks_for_what_is_new(tmp_path, figure):
    with remote_upstream(LISTED, count=LISTED, pages=1) as upstream:
        finews = Runner(tmp_path, upstream, fresh=True)
        finews("run")
        upstream.take_requests()
        took = []
        for _ in range(ROUNDS):
            upstream.advance(NEW)
            before = os.times()
            finews("run")
            after = os.times()
            took.append(after.children_user + after.children_system - before.children_user - before.children_system)
            urls = [url for url in upstream.take_requests() if not url.endswith("/robots.txt")]
            assert len(urls) == len(upstream.lists) + NEW
    what = f"a run with {LISTED} listed, {NEW} new: process time"
    figure(what, median(took), 0, f"asks exactly {len(upstream.lists)} lists and {NEW} texts", goal=more(1.5), floor=4)
