"""Four workers, two of them killed at random moments: every article stored once, none lost."""

import random
from asyncio import gather

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner, wait_for

ARTICLES = 5_000
CRAWL = ("scrapy", "crawl", "feed")


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2])
def test_four_workers_of_which_two_are_killed_lose_nothing(tmp_path, mongodb_url, redis_url, seed):
    dice = random.Random(seed)
    with SampleUpstream(articles=ARTICLES, seed=seed, delay=0.02) as upstream:
        finews = Runner(tmp_path, upstream, store=mongodb_url, FINEWS_CLUSTER=redis_url, FINEWS_LEASE_SECONDS="5")
        (tmp_path / "channels.toml").write_text(upstream.channels_toml(count=500, pages=20), encoding="utf-8")
        workers = [finews.start(*CRAWL) for _ in range(4)]
        fetched = 0
        for victim in dice.sample(workers, 2):
            # The second one soon after: if the first was the leader, the others end when no request waits any more.
            fetched += dice.randrange(1, 200) if fetched else dice.randrange(200, 3_000)
            wait_for(lambda: sum(kind == "text" for kind, _ in upstream.log) > fetched, seconds=120)  # noqa: B023
            assert victim.poll() is None
            victim.kill()
        for worker in workers:
            worker.communicate(timeout=900)
        tick = finews.start(*CRAWL)
        out, err = tick.communicate(timeout=900)  # FerretDB stores some 60 articles a second
        assert tick.returncode == 0, out + err
        codes = dice.sample(upstream.news.codes, 200)
        articles = finews.ask(lambda store: gather(*map(store.get, codes)))
        assert all(article and article.revision == 0 and article.listings for article in articles)
        assert finews.summary().articles == ARTICLES
        assert all(state.complete for state in finews.ask(lambda store: store.channel_states()).values())
        upstream.reset_counts()
        finews(*CRAWL)
        assert not [path for kind, path in upstream.log if kind == "text"]
