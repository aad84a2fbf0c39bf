"""Storing 20,000 articles, beside only writing the same rows or documents."""

import asyncio
import itertools
import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from pymongo import MongoClient

from finews_spider.items import Listing
from finews_spider.stores import open_store
from finews_spider.stores.sqlite.rows import INSERT, UPSERT_LISTING
from finews_spider.stores.sqlite.schema import SCHEMA_VERSION, make_schema
from finews_spider.stores.sqlite.store import SqliteStore
from finews_spider.times import SHANGHAI
from tests.benchmarks.measure import in_turns, times_as_fast
from tests.benchmarks.news import articles

ARTICLES, BATCH, ROUNDS = 20_000, 100, 5
MONGODB_ARTICLES = 500
"""FerretDB takes longer with every document there is (docs/mongodb.md)."""
NOW = datetime(2026, 6, 1, tzinfo=SHANGHAI)


def listed(count):
    """Return articles as a crawl passes them to the store."""
    made = list(articles(count))
    for article in made:
        article.listings = {article.channel: Listing(article.published_at, article.title)}
    return made


async def save(url, made):
    async with open_store(url) as store:
        for start in range(0, len(made), BATCH):
            await store.save(made[start : start + BATCH], NOW)


@pytest.mark.benchmark
def test_articles_are_stored_in_sqlite(tmp_path, figure, monkeypatch):
    # test_stories.py measures this part, which is none of the writing.
    monkeypatch.setattr(SqliteStore, "_find_stories", lambda *_: None)
    made, numbers = listed(ARTICLES), itertools.count()

    def ours():
        asyncio.run(save(f"sqlite:///{tmp_path}/{next(numbers)}.db", made))

    ours()
    with closing(sqlite3.connect(tmp_path / "0.db")) as db:
        columns = INSERT.partition("(")[2].partition(")")[0].split(", ")
        rows = db.execute(f"SELECT {', '.join(columns)} FROM articles").fetchall()
        listings = db.execute("SELECT * FROM listings").fetchall()
    assert len(rows) == len(listings) == ARTICLES

    def bare():
        with closing(sqlite3.connect(tmp_path / f"{next(numbers)}.db")) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            make_schema(db, SCHEMA_VERSION)
            for start in range(0, ARTICLES, BATCH):
                with db:
                    db.executemany(INSERT, rows[start : start + BATCH])
                    db.executemany(UPSERT_LISTING, listings[start : start + BATCH])

    first, second = in_turns([ours, bare], ROUNDS)
    beside = "bare executemany of the same rows"
    figure(
        "store 20,000 articles in SQLite, without finding their stories",
        first,
        second,
        beside,
        goal=times_as_fast(0.7),
        floor=0.4,
    )


@pytest.mark.benchmark
def test_articles_are_stored_in_mongodb(mongodb_server, figure):
    made, numbers = listed(MONGODB_ARTICLES), itertools.count()

    def ours():
        asyncio.run(save(f"{mongodb_server}ours{next(numbers)}", made))

    ours()
    with closing(MongoClient(mongodb_server)) as client:
        documents = list(client["ours0"].articles.find())

        def bare():
            collection = client[f"bare{next(numbers)}"].articles
            for start in range(0, MONGODB_ARTICLES, BATCH):
                collection.insert_many(documents[start : start + BATCH])

        first, second = in_turns([ours, bare], ROUNDS)
    what, beside = f"store {MONGODB_ARTICLES} articles in FerretDB", "bare insert_many of the same documents"
    figure(what, first, second, beside, goal=times_as_fast(0.7), floor=0.05)
