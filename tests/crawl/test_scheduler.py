"""Workers that share their requests: real processes with a real Redis."""

import json
import random
from asyncio import gather
from contextlib import closing

import pytest
from redis import Redis

from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, wait_for, withhold

LEASE = {"FINEWS_LEASE_SECONDS": "3"}


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=120, seed=3) as upstream:
        yield upstream


@pytest.fixture
def workers(tmp_path, upstream, redis_url, store_url):
    return Runner(tmp_path, upstream, store=store_url, FINEWS_CLUSTER=redis_url, FINEWS_LEASE_SECONDS="15")


@pytest.fixture
def on_sqlite(tmp_path, upstream, redis_url):
    return Runner(tmp_path, upstream, FINEWS_CLUSTER=redis_url, **LEASE)


@pytest.fixture
def redis(redis_url):
    """Return a client of the workers' Redis."""
    with closing(Redis.from_url(redis_url, decode_responses=True)) as client:
        yield client


def texts(upstream):
    """Return the code of each request to the first text source."""
    return [path for kind, path in upstream.log if kind == "text"]


def has_leader(redis) -> bool:
    return any(key.endswith(":leader") for key in redis.scan_iter("finews:*"))


def stored(finews, upstream) -> None:
    """Check that every article is stored, once, with the channels that list it."""
    articles = finews.ask(lambda store: gather(*map(store.get, upstream.news.codes)))
    for article in articles:
        assert article
        assert article.revision == 0
        assert article.listings
    assert finews.summary().articles == len(upstream.news.codes)
    assert all(state.complete for state in finews.ask(lambda store: store.channel_states()).values())


def ends(*processes) -> None:
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "geheim" not in err


def test_two_workers_fetch_every_article_once_between_them(workers, upstream, redis):
    upstream.delay = 1
    first = workers.start("scrapy", "crawl", "feed")
    wait_for(lambda: has_leader(redis))
    second = workers.start("scrapy", "crawl", "feed", LOG_LEVEL="INFO")
    wait_for(lambda: len(redis.client_list()) > 2)
    upstream.delay = 0.02
    _, err = second.communicate(timeout=120)
    ends(first)
    assert "fetches what the leader requests" in err
    assert "'finews/articles/new'" in err
    assert len(texts(upstream)) == len(set(texts(upstream))) == len(upstream.news.codes)
    stored(workers, upstream)
    assert not redis.keys("*:requests")


def test_the_next_tick_fetches_what_a_killed_worker_was_fetching(on_sqlite, upstream, redis):
    upstream.delay = 0.05
    fetched = random.Random(4).randrange(30, 70)
    leader = on_sqlite.start("scrapy", "crawl", "feed")
    wait_for(lambda: has_leader(redis))
    others = [on_sqlite.start("scrapy", "crawl", "feed") for _ in range(2)]
    wait_for(lambda: len(texts(upstream)) > fetched)
    others[0].kill()
    others[0].communicate()
    ends(leader, others[1])
    upstream.delay = 0
    on_sqlite("scrapy", "crawl", "feed")
    stored(on_sqlite, upstream)


def test_the_next_tick_does_the_work_of_a_killed_leader(on_sqlite, upstream, redis):
    upstream.delay = 0.05
    leader = on_sqlite.start("scrapy", "crawl", "feed")
    wait_for(lambda: len(texts(upstream)) > 40)
    leader.kill()
    leader.communicate()
    wait_for(lambda: not has_leader(redis))
    upstream.delay = 0
    on_sqlite("run")
    stored(on_sqlite, upstream)
    assert len(on_sqlite.posts()) == len(upstream.news.codes) - on_sqlite.summary().duplicates


def test_no_worker_requests_what_is_known_and_one_requests_what_is_new(on_sqlite, upstream):
    on_sqlite("scrapy", "crawl", "feed")
    upstream.reset_counts()
    upstream.advance(new=3, revised=2)
    on_sqlite("scrapy", "crawl", "feed")
    assert len(texts(upstream)) == 5


def test_failures_and_other_sources_work_as_without_a_cluster(on_sqlite, upstream):
    upstream.misbehave("GetNewsText", "500")
    on_sqlite("scrapy", "crawl", "feed", RETRY_TIMES="0")
    stored(on_sqlite, upstream)
    upstream.advance(new=4)
    withhold(upstream, "500")
    on_sqlite("scrapy", "crawl", "feed", code=1, RETRY_TIMES="0")
    assert sum(on_sqlite.summary().failed.values()) == 4
    withhold(upstream, "ok")
    on_sqlite("scrapy", "crawl", "feed")
    assert not on_sqlite.summary().failed


def test_links_and_articles_that_they_lead_to_are_shared_too(on_sqlite, upstream):
    code = upstream.news.codes[0]
    on_sqlite("scrapy", "crawl", "newsshare", "-a", f"links=NW{code}", "-a", "follow=1")
    assert on_sqlite.article(code)


def test_a_redis_that_is_down_is_reported_in_one_line(tmp_path, upstream):
    finews = Runner(tmp_path, upstream, FINEWS_CLUSTER="redis://:geheim@127.0.0.1:1/0")
    for command in (["run"], ["scrapy", "crawl", "feed"]):
        done = finews(*command, code=1)
        assert "finews: the Redis of FINEWS_CLUSTER doesn't answer" in done.stderr
        assert "Traceback" not in done.stderr
        assert "geheim" not in done.stderr


def test_a_redis_that_stops_ends_the_crawl_and_nothing_is_lost(on_sqlite, upstream, redis):
    upstream.delay = 0.05
    worker = on_sqlite.start("scrapy", "crawl", "feed")
    wait_for(lambda: len(texts(upstream)) > 40)
    redis.config_set("requirepass", "another")
    redis.client_kill_filter(skipme=True)
    _, err = worker.communicate(timeout=60)
    redis.config_set("requirepass", "geheim!")
    assert worker.returncode == 1
    assert err.count("the Redis of FINEWS_CLUSTER failed") == 1
    assert "Traceback" not in err
    upstream.delay = 0
    wait_for(lambda: not has_leader(redis))
    on_sqlite("scrapy", "crawl", "feed")
    stored(on_sqlite, upstream)


SPOILT = [
    *({"source_index": index} for index in (-1, 3, 99, True, "0", None, 1.0)),
    *({"link_depth": depth} for depth in (-1, 1, "0")),
    *({"ref": ref} for ref in (None, [], "x")),
    *(
        {"listings": rows}
        for rows in (None, [], {"滚动新闻": None}, {"滚动新闻": {"time": None}}, {"x": {"time": None}})
    ),
]
BAD_REFS = [
    *({"code": code} for code in ("", "../../etc/passwd", "NW202601020000000001", 202601020000000001, None, ["x"])),
    *({"time": time} for time in ("gestern", 7, "2026-01-01T00:00:00", "0001-01-01T00:00:00+08:00", "x" * 100_000)),
    *({"channel": channel} for channel in ("", "x", None, ["滚动新闻"], {})),
    *({"title": title} for title in (None, 7, ["x"], "\ud800")),
    *({"stocks": stocks} for stocks in (None, "116.09988", [7])),
]


def test_what_others_write_into_redis_runs_no_code(on_sqlite, upstream, redis, tmp_path):
    upstream.delay = 0.05
    worker = on_sqlite.start("scrapy", "crawl", "feed")
    taken = []

    def take():  # the worker may empty the queue, which removes its key, between two checks
        taken.extend((key, entry) for key in redis.keys("*:requests") if (entry := redis.rpop(key)))
        return taken

    wait_for(take)
    [(key, entry)] = taken
    good = json.loads(entry)
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR."
    bad = [evil, b"", b"{}", b"[]", b"[" * 100_000, b"x" * 300_000, b"\xff", b"1" * 5000]
    bad += [json.dumps({"fetch": good["fetch"] | change}).encode() for change in SPOILT]
    bad += [
        json.dumps({"fetch": good["fetch"] | {"ref": good["fetch"]["ref"] | change}}).encode() for change in BAD_REFS
    ]
    # Hosts, proxies, callbacks and headers are no fields of a fetch, so they are ignored and the fetch is good.
    proxy = "http://127.0.0.1:9"
    good |= {"url": "http://evil.example/", "meta": {"proxy": proxy, "playwright": True}, "callback": "closed"}
    good |= {"method": "POST", "body": "x", "headers": {"Host": "evil.example"}, "cookies": {"a": "b"}}
    good["fetch"]["ref"]["proxy"] = proxy
    redis.rpush(key, *bad, json.dumps(good))
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 1
    lines = [line for line in err.splitlines() if "is not an article of this crawl and is dropped" in line]
    assert len(lines) == len(bad)
    assert max(map(len, lines)) < 400
    assert "Traceback" not in err
    assert not (tmp_path / "owned").exists()
    stats = on_sqlite.ask(lambda store: store.runs(1))[0]["stats"]
    assert stats["finews/cluster_refused"] == len(bad)
    assert on_sqlite.article(good["fetch"]["ref"]["code"])
    assert on_sqlite.summary().articles == len(upstream.news.codes)
    on_sqlite("scrapy", "crawl", "feed")
    stored(on_sqlite, upstream)
