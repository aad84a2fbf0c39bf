"""Fills stores with everything that they can hold, and reads what each kind of store keeps."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from pymongo import MongoClient

from tests.running import withhold
from tests.stores.samples import NOW, SHOWN, A, B, C, D, article, failure, ref

TABLES = ("articles", "revisions", "listings", "failures", "channels", "slugs", "takedowns", "images", "runs")


def crawl(finews, upstream) -> None:
    """Fill store and mirror: new and revised articles, failures, a takedown, old posts."""
    finews("run")
    taken = min(finews.mirror.rglob("*NW*.md")).stem.rpartition("NW")[2]
    finews.ask(lambda store: store.take_down(taken, "测试", NOW))
    upstream.advance(new=3, revised=2)
    finews("run")
    upstream.advance(new=3)
    withhold(upstream, "empty")
    finews("run", code=1)


async def fill(store) -> None:
    """Store by hand what the sample upstream has no case for."""
    await store.save([article(A, "一", media="晨报", image_files={"x": "images/x.png"}, images=("x",))], NOW)
    await store.save([article(B, "一"), article(C, "三"), article(D, "四", stocks=("1.600160",))], NOW)
    for minutes in (1, 2):
        shown = SHOWN + timedelta(minutes=minutes)
        await store.save([article(D, f"四{minutes}", published_at=shown, stocks=("1.600160",))], NOW)
    await store.mark_gone([ref(C)], NOW)
    await store.save_failures([failure("20260102123456789009", digest="摘要", stocks=("1.600160",))] * 2)
    await store.slug_of("晨报", "chenbao")
    await store.slug_of("辰报", "chenbao")
    await store.take_down(C, "请求", NOW)
    await store.take_down("20260102123456789010", "从未存过", NOW)


def content(url: str) -> dict[str, list]:
    """Return all that a store keeps, in an order that doesn't depend on how it was written."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in TABLES}
    with closing(MongoClient(url)) as client:
        database = client.get_default_database()
        found = {name: list(database[name].find()) for name in database.list_collection_names() if name != "meta"}
    for name, documents in found.items():
        for document in documents:
            if name == "texts":  # these only matter while the writer is busy
                del document["at"], document["confirmed"]
            if name == "runs":  # numbered by the server
                document.pop("_id")
    return {
        name: sorted(documents, key=lambda each: repr(sorted(each.items())))
        for name, documents in found.items()
        if documents
    }
