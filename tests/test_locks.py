"""One run at a time on one MongoDB, from all hosts and folders."""

import re
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import MongoClient

from finews_spider.sample import SampleUpstream
from tests.running import Runner, wait_for


@pytest.fixture
def upstream():
    with SampleUpstream(articles=30, seed=4) as upstream:
        yield upstream


@pytest.fixture
def meta(mongodb_url):
    with closing(MongoClient(mongodb_url, tz_aware=True)) as client:
        yield client.get_default_database().meta


@pytest.fixture
def hosts(tmp_path, upstream, mongodb_url):
    """Return two folders with the same store, which stand for two hosts."""
    runners = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runners.append(Runner(tmp_path / name, upstream, store=mongodb_url))
    return runners


def lease(meta):
    return meta.find_one({"_id": "lease:run"})


def hang(upstream):
    """Delay each answer for longer than these tests wait for it."""
    upstream.delay = 3


def test_a_second_host_exits_with_75_and_the_lease_of_a_killed_one_expires(hosts, upstream, meta):
    one, two = hosts
    hang(upstream)
    first = one.start("run")
    wait_for(lambda: upstream.log)
    second = two("run", code=75)
    assert re.fullmatch(
        rf"finews: another run is under way \(host \S+, pid {first.pid}, since \d{{4}}-\S+ \S+\)\n", second.stderr
    )
    first.kill()
    first.communicate()
    (two.mirror / "_posts").mkdir(exist_ok=True)
    two("import", str(two.mirror), code=75)
    upstream.delay = 0
    # A minute later:
    meta.update_one({"_id": "lease:run"}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}})
    two("run")
    assert two.summary().articles == 30
    assert lease(meta) is None


def test_a_run_renews_its_lease_and_releases_it_when_it_is_stopped(hosts, upstream, meta):
    hang(upstream)
    process = hosts[0].start("run", FINEWS_LEASE_SECONDS="12")
    wait_for(lambda: upstream.log)
    first = lease(meta)
    wait_for(lambda: lease(meta)["until"] > first["until"])
    assert lease(meta)["holder"] == first["holder"]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert "Stopped early" in out
    assert lease(meta) is None


def test_a_run_that_lost_its_lease_reports_it_and_stops(hosts, upstream, meta):
    hang(upstream)
    process = hosts[0].start("run", FINEWS_LEASE_SECONDS="12")
    wait_for(lambda: upstream.log)
    another = {"holder": "1 host other, pid 7, since today", "until": datetime.now(UTC) + timedelta(days=1)}
    meta.update_one({"_id": "lease:run"}, {"$set": another})
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == "finews: this run lost its lease and stops (host other, pid 7, since today)\n"
    assert "Stopped early" in out
    assert lease(meta)["holder"] == another["holder"]
