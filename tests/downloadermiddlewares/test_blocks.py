"""A host that asks for a captcha is left alone, the longer the more often it did."""

from datetime import datetime, timedelta

import pytest
from scrapy.utils.test import get_crawler

from finews_spider.downloadermiddlewares.retry_after import RetryAfter
from finews_spider.times import SHANGHAI

HOST = "www.cls.cn"


def after(*runs):
    """Return the pauses of a crawl that comes after *runs*, the newest first."""
    pauses = RetryAfter(get_crawler())
    pauses.recall([{"stats": stats} for stats in runs])
    return pauses


def stats_of(pauses):
    return dict(pauses.stats.get_stats())


def test_each_captcha_doubles_the_pause_from_run_to_run():
    runs, waits = [], []
    for _ in range(4):
        pauses = after(*runs)
        pauses.record_block(HOST)
        waits.append(pauses.wait(HOST))
        ended = datetime.now(SHANGHAI) - timedelta(seconds=1)  # the pause is over when the next run comes
        runs.insert(0, stats_of(pauses) | {f"finews/retry_at/{HOST}": ended.isoformat()})
    assert waits == pytest.approx([300, 600, 1200, 2400], abs=5)


def test_the_pages_that_were_requested_together_count_as_one_captcha():
    pauses = after()
    for _ in range(40):
        pauses.record_block(HOST)
    assert pauses.wait(HOST) == pytest.approx(300, abs=5)


def test_a_pause_lasts_into_the_next_run_and_has_an_end():
    pauses = after({f"finews/blocks/{HOST}": 40})
    pauses.record_block(HOST)
    assert pauses.wait(HOST) == pytest.approx(timedelta(days=1).total_seconds(), abs=5)
    assert after(stats_of(pauses)).wait(HOST) == pytest.approx(pauses.wait(HOST), abs=5)


def test_an_article_ends_the_blocks():
    pauses = after({f"finews/blocks/{HOST}": 5})
    pauses.end_blocks(HOST)
    later = after(stats_of(pauses), {f"finews/blocks/{HOST}": 5})
    later.record_block(HOST)
    assert later.wait(HOST) == pytest.approx(300, abs=5)
