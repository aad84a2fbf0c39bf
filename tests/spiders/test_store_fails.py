"""What a crawl does when its store fails, and when it stores articles."""

import re
import sqlite3
import time
from contextlib import closing

import pytest

from tests import servers
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, wait_for, withhold


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=6, delay=0.05) as upstream:
        yield upstream


def test_a_store_that_fails_ends_the_run_and_the_next_one_fetches_again(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    finews.summary()  # makes the store
    process = finews.start("run", FINEWS_STORE_BATCH="5")
    wait_for(lambda: upstream.requests["text"] > 10)
    database = tmp_path / "news.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TABLE articles")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.search("no such table: articles; .*; what isn't stored is fetched again by the next run", err)
    assert "Traceback" not in err
    assert "Stopped early: the store failed. The next run fetches again what isn't stored.\n" in out
    assert "what was fetched is stored" not in out
    assert finews.posts() == {}

    for path in tmp_path.glob("news.db*"):
        path.unlink()
    finews("run")
    assert finews.summary().articles == 60


@pytest.mark.torture
def test_a_mongodb_that_stops_ends_the_run_and_the_next_one_completes_it(tmp_path, upstream):
    data = tmp_path / "mongodb"
    data.mkdir()
    upstream.delay = 0.2
    with servers.mongodb(data) as url:
        finews = Runner(tmp_path, upstream, store=f"{url}finews")
        process = finews.start("run", FINEWS_STORE_BATCH="5", FINEWS_LEASE_SECONDS="30")
        wait_for(lambda: upstream.requests["text"] > 10)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"the MongoDB store {url}finews failed" in err
    assert "Traceback" not in err
    with servers.mongodb(data) as url:
        upstream.delay = 0
        finews = Runner(tmp_path, upstream, store=f"{url}finews")
        # The lease couldn't be released, so it must expire.
        wait_for(lambda: finews("run", code=None).returncode == 0)
        assert finews.summary().articles == 60


@pytest.mark.parametrize(
    "store", ["sqlite:////proc/no/news.db", "mongodb://user:secret@127.0.0.1:9/finews?serverSelectionTimeoutMS=500"]
)
@pytest.mark.parametrize("command", [["run"], ["scrapy", "crawl", "feed", "-L", "ERROR"], ["status"]])
def test_a_store_that_cannot_be_reached_is_one_line(tmp_path, upstream, store, command):
    finews = Runner(tmp_path, upstream, store=store)
    done = finews(*command, code=None)
    assert done.returncode == (2 if command in (["run"], ["status"]) and store.startswith("sqlite") else 1)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr + done.stdout
    assert not upstream.requests["text"]


def test_articles_are_stored_before_the_crawl_ends(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    upstream.misbehave(upstream.news.codes[0], "stall")
    process = finews.start("run", FINEWS_STORE_SECONDS="0.2", FINEWS_STORE_BATCH="1000", DOWNLOAD_TIMEOUT="30")
    wait_for(lambda: (tmp_path / "news.db").exists() and finews.summary().articles > 0)
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_crawl_an_export_and_a_status_at_the_same_time(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    crawl = finews.start("run", FINEWS_STORE_BATCH="3")
    wait_for(lambda: upstream.requests["text"] > 5)
    others = [finews.start(command) for command in ("export", "status", "export")]
    for process in (*others, crawl):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "locked" not in err + out
    finews("export")
    assert len(finews.posts()) == finews.summary().articles - finews.summary().duplicates


def test_a_run_that_takes_long_to_answer_ends(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    withhold(upstream, "stall")
    began = time.monotonic()
    finews("run", "--channels", "市场新闻37", code=1, DOWNLOAD_TIMEOUT="0.5", RETRY_TIMES="0")
    assert time.monotonic() - began < 60
