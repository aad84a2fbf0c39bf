"""Memory stays flat as the feeds grow."""

import os

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner

ARTICLES = 20_000
LIMIT_MB = 300


@pytest.mark.torture
@pytest.mark.parametrize("rows", [100, 5_000])
def test_a_first_crawl_of_20000_articles_stays_small(tmp_path, rows):
    with SampleUpstream(articles=ARTICLES, seed=1) as upstream:
        finews = Runner(tmp_path, upstream, fresh=True)
        (tmp_path / "channels.toml").write_text(upstream.channels_toml(count=rows, pages=1000), encoding="utf-8")
        process = finews.start("run", DOWNLOAD_TIMEOUT="60")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.communicate()
        process.communicate()
    assert finews.summary().articles == ARTICLES
    assert usage.ru_maxrss / 1024 < LIMIT_MB
