"""The sample upstream with other publishers' lists, and users' folders that crawl all of them."""

from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from finews_spider.times import SHANGHAI
from tests import servers
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner

COUNT = 30
"""Articles of each list: two pages of most. The list of 财联社's articles has no second page."""


def sample(count: int = COUNT) -> MisbehavingUpstream:
    """Return a sample whose lists have so many articles of today. A list of old ones would raise an alarm."""
    newest = datetime.now(SHANGHAI) - timedelta(hours=1)
    return MisbehavingUpstream(articles=count, seed=6, newest=newest, publishers=count)


def with_publishers(finews: Runner, upstream) -> Runner:
    """Give a user's folder the channels of all publishers."""
    toml = upstream.channels_toml(publishers=True, feeds=True)
    (finews.folder / "channels.toml").write_text(toml, encoding="utf-8")
    return finews


@pytest.fixture(scope="session", autouse=True)
def extractor():
    """Skip without the extra that reads the pages of unknown sites."""
    pytest.importorskip("trafilatura")


@pytest.fixture
def upstream():
    with sample() as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    """Return a user's folder with the channels of all publishers."""
    return with_publishers(Runner(tmp_path, upstream), upstream)


@pytest.fixture(scope="module", params=["sqlite", "mongodb"])
def crawled(request, tmp_path_factory):
    """Return a user's folder after a first crawl, for each kind of store, and its upstream; for tests that only read."""
    with first_crawl(request, tmp_path_factory.mktemp("crawled")) as crawled:
        yield crawled


@pytest.fixture(params=["sqlite", "mongodb"])
def changing(request, tmp_path):
    """Return the same for one test, which may change both."""
    with first_crawl(request, tmp_path) as crawled:
        yield crawled


@contextmanager
def first_crawl(request, folder):
    if request.param == "sqlite":
        with sample() as upstream:
            yield first_run(Runner(folder, upstream), upstream), upstream
        return
    # FerretDB takes longer with every document there is.
    server = request.getfixturevalue("mongodb_server")
    with sample(8) as upstream, servers.fresh_database(server) as url:
        yield first_run(Runner(folder, upstream, store=url), upstream), upstream


def first_run(finews: Runner, upstream) -> Runner:
    with_publishers(finews, upstream)("run")
    return finews
