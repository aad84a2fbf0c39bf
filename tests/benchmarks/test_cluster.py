"""One worker and two that share a frontier, with an upstream in a process of its own (docs/scaling.md)."""

import re
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from redis import Redis

from tests.benchmarks.measure import in_turns, times_as_fast
from tests.running import Runner, wait_for

ARTICLES = 3_000
ROUNDS = 5
DELAY = 0.05
CRAWL = ("scrapy", "crawl", "feed")


@contextmanager
def sample(folder, delay):
    """Give the settings that send a crawl to a sample upstream in a process of its own."""
    channels = folder / "channels.toml"
    command = [sys.executable, "-m", "finews_spider.sample", "--articles", str(ARTICLES), "--delay", str(delay)]
    process = subprocess.Popen([*command, "--channels", str(channels)], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        settings = {}
        while "FINEWS_CHANNELS" not in settings:
            if match := re.match(r"export (\w+)='?(.*?)'?$", process.stdout.readline()):
                settings[match[1]] = match[2]
        text = channels.read_text(encoding="utf-8")
        channels.write_text(re.sub("count = .*", "count = 500", text), encoding="utf-8")
        yield settings
    finally:
        process.terminate()
        process.communicate()


def crawl(folder, workers, settings):
    """Let so many workers do a first crawl."""
    finews = Runner(folder, store=f"sqlite:///{folder}/{time.monotonic_ns()}.db", **settings)
    processes = [finews.start(*CRAWL) for _ in range(workers)]
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    assert finews.summary().articles == ARTICLES


@pytest.mark.benchmark
def test_two_workers_beside_one(tmp_path, redis_url, figure):
    # Without a delay two cores are not enough for the upstream, Redis and two workers.
    with sample(tmp_path, DELAY) as settings:
        shared = settings | {"FINEWS_CLUSTER": redis_url}
        two, one = in_turns([lambda: crawl(tmp_path, 2, shared), lambda: crawl(tmp_path, 1, shared)], ROUNDS)
    what = "two workers on two cores, each answer after 50 ms"
    figure(what, two, one, "one worker", goal=times_as_fast(1.7), floor=1.4)


@pytest.mark.benchmark
def test_what_a_waiting_request_takes_of_redis(tmp_path, redis_url):
    with sample(tmp_path, DELAY) as settings, closing(Redis.from_url(redis_url)) as redis:
        before = redis.info("memory")["used_memory"]
        finews = Runner(tmp_path, FINEWS_CLUSTER=redis_url, **settings)
        worker = finews.start(*CRAWL)
        wait_for(lambda: any(redis.llen(each) > ARTICLES / 2 for each in redis.keys("*:requests")))
        (key,) = redis.keys("*:requests")
        waiting, used = redis.llen(key), redis.info("memory")["used_memory"] - before
        worker.communicate(timeout=300)
    print(f"\n{waiting} requests wait in {used / 1e6:.1f} MB of Redis: {used / waiting:.0f} bytes each")
    assert used / waiting < 5_000
