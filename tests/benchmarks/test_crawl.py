"""A first crawl of 3,000 articles, everything stored, beside programs that download the same answers and store nothing."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import in_turns, times_as_fast
from tests.benchmarks.upstream import apart
from tests.running import Runner

ARTICLES = 3_000
ROUNDS = 5
DELAY, AT_ONCE = 0.05, 16
REFERENCES = Path(__file__).with_name("references")
FAST = {"AUTOTHROTTLE_ENABLED": "0", "CONCURRENT_REQUESTS_PER_DOMAIN": str(AT_ONCE)}


class Crawls:
    """Crawls of one upstream, ours and the others'."""

    def __init__(self, folder, upstream):
        self.folder = folder
        self.upstream = upstream
        self.numbers = itertools.count()
        self.ours()  # and learn what it asks for
        self.urls = folder / "urls.txt"
        asked = [url for url in upstream.asked() if not url.endswith("/robots.txt")]
        self.urls.write_text("\n".join(asked), encoding="utf-8")

    def ours(self):
        store = f"sqlite:///{self.folder}/{next(self.numbers)}.db"
        finews = Runner(self.folder, self.upstream, store=store, fresh=True)
        finews.quick = FAST | {"LOG_LEVEL": "WARNING"}
        finews("scrapy", "crawl", "feed")
        assert finews.summary().articles == ARTICLES

    def bare(self, *settings):
        self._run("-m", "scrapy", "runspider", str(REFERENCES / "bare_spider.py"), "-a", f"urls={self.urls}", *settings)

    def threads(self):
        self._run(str(REFERENCES / "five_threads.py"), str(self.urls))

    def _run(self, *arguments):
        with (self.folder / "log.txt").open("w") as log:
            subprocess.run([sys.executable, *arguments], check=True, cwd=self.folder, stderr=log, env=os.environ)


@pytest.mark.benchmark
def test_a_crawl_of_new_articles(tmp_path, figure):
    with apart(ARTICLES) as upstream:
        crawls = Crawls(tmp_path, upstream)
        ours, bare, quiet = in_turns([crawls.ours, crawls.bare, lambda: crawls.bare("-L", "WARNING")], ROUNDS)
    what = "crawl of 3,000 new articles, all stored"
    figure(what, ours, bare, "bare Scrapy, default settings", goal=times_as_fast(1.3))
    figure(what, ours, quiet, "bare Scrapy, no log", goal=times_as_fast(1.3), floor=1)
