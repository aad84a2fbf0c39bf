"""A fetch that one worker writes to Redis is read unchanged by another."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from finews_spider.crawl.handover import read_fetch, write_fetch
from finews_spider.items import ArticleRef, Listing
from finews_spider.spiders.fetch import Fetch
from finews_spider.times import SHANGHAI

TIME = datetime(2026, 1, 1, 0, 5, tzinfo=SHANGHAI)
SPIDER = SimpleNamespace(
    channels={"要闻": None, "股市": None},
    follow=2,
    text_sources=SimpleNamespace(of=lambda _: [SimpleNamespace(in_browser=False)] * 2),
)


@pytest.mark.parametrize("code", ["202601010000000001", "wscn-3782700"])
def test_each_field_of_a_fetch_reaches_the_other_worker(code):
    ref = ArticleRef(
        code=code, title="题", time=TIME, time_is_guess=True, digest="摘", media="晨报",
        url="http://x.example/a", stocks=("1.600160",), channel="要闻",
    )  # fmt: skip
    fetch = Fetch(ref, {"股市": Listing(TIME, "旧题", "哈希")}, link_depth=1, source_index=1, gone=False)
    assert read_fetch(write_fetch(fetch).encode(), SPIDER) == fetch
