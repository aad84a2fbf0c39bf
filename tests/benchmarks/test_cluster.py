"""One worker and two that share their requests, with an upstream in a process of its own (docs/scaling.md)."""

import time
from contextlib import closing

import pytest
from redis import Redis

from tests.benchmarks.measure import in_turns, times_as_fast
from tests.benchmarks.upstream import remote_upstream
from tests.running import Runner, wait_for

ARTICLES = 3_000
ROUNDS = 5
DELAY = 0.05
CRAWL = ("scrapy", "crawl", "feed")


def crawl(folder, workers, upstream, redis_url):
    """Do a first crawl with so many workers."""
    store = f"sqlite:///{folder}/{time.monotonic_ns()}.db"
    finews = Runner(folder, upstream, store=store, FINEWS_CLUSTER=redis_url)
    processes = [finews.start(*CRAWL) for _ in range(workers)]
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    assert finews.summary().articles == ARTICLES


@pytest.mark.benchmark
def test_two_workers_beside_one(tmp_path, redis_url, figure):
    # Without a delay two cores are not enough for the upstream, Redis and two workers.
    with remote_upstream(ARTICLES, DELAY) as upstream:
        works = [lambda: crawl(tmp_path, 2, upstream, redis_url), lambda: crawl(tmp_path, 1, upstream, redis_url)]
        two, one = in_turns(works, ROUNDS)
    what = "two workers on two cores, each answer after 50 ms"
    figure(what, two, one, "one worker", goal=times_as_fast(1.7), floor=1.4)


@pytest.mark.benchmark
def test_what_a_waiting_request_takes_of_redis(tmp_path, redis_url):
    with remote_upstream(ARTICLES, DELAY) as upstream, closing(Redis.from_url(redis_url)) as redis:
        before = redis.info("memory")["used_memory"]
        finews = Runner(tmp_path, upstream, FINEWS_CLUSTER=redis_url)
        worker = finews.start(*CRAWL)
        wait_for(lambda: any(redis.llen(each) > ARTICLES / 2 for each in redis.keys("*:requests")))
        (key,) = redis.keys("*:requests")
        waiting, used = redis.llen(key), redis.info("memory")["used_memory"] - before
        worker.communicate(timeout=300)
    print(f"\n{waiting} requests wait in {used / 1e6:.1f} MB of Redis: {used / waiting:.0f} bytes each")
    assert used / waiting < 5_000
