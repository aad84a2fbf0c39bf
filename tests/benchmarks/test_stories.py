"""What it takes to find the story of an article, in a store of a million."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from statistics import median
from time import process_time

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.stores import open_store
from finews_spider.stores.sqlite.store import SqliteStore
from tests.benchmarks.large_store import multiply
from tests.benchmarks.measure import more
from tests.benchmarks.news import articles
from tests.benchmarks.test_store import NOW, listed

KEPT, TIMES = 1000, 1000
NEW, BATCH, ROUNDS = 500, 100, 7
REPRINTED = 10
"""One article in so many is a reprint of the one before."""


def incoming(first):
    """Return NEW articles that aren't stored, from number *first* on."""
    made = list(articles(NEW, KEPT + first))
    for index in range(REPRINTED, NEW, REPRINTED):
        body = made[index - 1].body.replace("</p>", "（记者）</p>", 1)
        made[index] = normalize(replace(made[index], body=body, stocks=(), images=()))
    return made


async def save(url, made):
    async with open_store(url) as store:
        start = process_time()
        for at in range(0, len(made), BATCH):
            await store.save(made[at : at + BATCH], NOW)
        return (process_time() - start) / len(made) * 1000


@pytest.mark.benchmark
def test_finding_the_story_of_an_article(tmp_path, figure, monkeypatch):
    file = tmp_path / "news.db"
    url = f"sqlite:///{file}"
    asyncio.run(save(url, listed(KEPT)))
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE articles SET body = '<p>' || title || '</p>', digest = ''")
        run = '{"id": "20260601T120000-000000", "spider": "feed", "started_at": "2026-06-01T12:00:00+08:00"}'
        db.execute("INSERT INTO runs VALUES ('20260601T120000-000000', ?)", (run,))
    multiply(file, TIMES)
    with closing(sqlite3.connect(file)) as db:
        [[stored]] = db.execute("SELECT count(*) FROM articles")
        [[size]] = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'sketches'")
    assert stored == KEPT * TIMES
    print(f"\n{size / stored:.0f} bytes an article in the table sketches")
    with_, without = [], []
    for number in range(ROUNDS):
        with_.append(asyncio.run(save(url, incoming(2 * number * NEW))))
        with monkeypatch.context() as patch:
            patch.setattr(SqliteStore, "_find_stories", lambda *_: None)
            without.append(asyncio.run(save(url, incoming((2 * number + 1) * NEW))))
    with closing(sqlite3.connect(file)) as db:
        [[reprints]] = db.execute("SELECT count(*) FROM articles WHERE story NOT IN ('', code)")
    assert reprints >= ROUNDS * (NEW // REPRINTED - 1)
    what = "CPU time of storing an article, 1,000,000 stored"
    figure(what, median(with_), median(without), "without finding its story", goal=more(0.3), floor=1, unit="ms")
