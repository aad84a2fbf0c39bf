"""Copies a whole MongoDB store into an SQLite file and back, and makes it smaller.

Without transactions, a copy can't show one moment. It is consistent because of the order in which it is made, and
because it repairs what other processes changed meanwhile (docs/upkeep.md).
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import OperationFailure

from finews_spider.stores.base import Progress, UpkeepStore
from finews_spider.stores.ids import run_time
from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.connection import BATCH, MongoConnection, batches
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.mongodb.rows import (
    COLLECTIONS,
    TO_DOCUMENT,
    TO_ROW,
    article_document,
    article_rows,
)
from finews_spider.stores.mongodb.schema import INDEXES, RESTORED
from finews_spider.stores.mongodb.stories import FILLED, MOST_OF_A_KEY
from finews_spider.stores.mongodb.twins import claim_of, key_of
from finews_spider.stores.sqlite.rows import dump_record, time_of
from finews_spider.stores.sqlite.schema import DECIDE_TWINS
from finews_spider.stores.sqlite.store import SqliteStore
from finews_spider.stores.sqlite.stories import HASH

SWITCH: Document = {"_id": "restored"}
"""While this is in ``meta``, a restore is complete and its collections are replacing the earlier ones."""
NAMESPACE_NOT_FOUND = 26
# Articles that were copied at another moment than their twins: the first one is missing, or there are two.
OUT_OF_STEP = """
SELECT duplicate_of AS code FROM articles WHERE duplicate_of != '' AND duplicate_of NOT IN (SELECT code FROM articles)
UNION SELECT code FROM articles AS a WHERE duplicate_of = '' AND text_hash != '' AND 1 < (
    SELECT count(*) FROM articles AS b WHERE b.text_hash = a.text_hash AND b.text_hash != '' AND b.duplicate_of = ''
        AND substr(b.published_at, 1, 10) = substr(a.published_at, 1, 10))
"""
NEWEST_OF_A_HASH = f"""
SELECT printf('%08x', hash) AS _id, json_group_array(code) AS codes FROM (
    SELECT key & {HASH} AS hash, code,
        row_number() OVER (PARTITION BY key & {HASH} ORDER BY day DESC, code DESC) AS place FROM sketches)
WHERE place <= {MOST_OF_A_KEY} GROUP BY hash
"""
ROUNDS = 3
"""How often the articles of OUT_OF_STEP are copied again."""


class MongoUpkeep(MongoConnection, UpkeepStore):
    """See :class:`UpkeepStore`."""

    async def backup(self, file: Path, progress: Progress) -> None:
        async with SqliteStore(f"sqlite:///{file}") as copy:
            with self.store_errors():
                await _Copier(self, copy).copy(progress)

    async def load(self, file: Path, progress: Progress) -> None:
        db = self.db
        async with SqliteStore(f"sqlite:///{file}") as source:
            with self.store_errors():
                for name in COLLECTIONS:
                    await db.drop_collection(RESTORED + name)
                    await db.create_collection(RESTORED + name)
                for keys in INDEXES:
                    await db[f"{RESTORED}articles"].create_index(keys)
                await self._load_articles(source, progress)
                await self._load_stories(source)
                for name, (table, to_document) in TO_DOCUMENT.items():
                    async for batch in _table(source, table):
                        await self.insert(RESTORED + name, [to_document(row) for row in batch])
                await self.insert("meta", [SWITCH])
        await self.finish_load()

    async def _load_articles(self, source: SqliteStore, progress: Progress) -> None:
        done, [[total]] = 0, await source.rows("SELECT count(*) FROM articles")
        barred = {row["code"] for row in await source.rows("SELECT code FROM takedowns")}
        async for batch in _table(source, "articles"):
            codes = json.dumps([row["code"] for row in batch])
            query = "SELECT * FROM listings WHERE code IN (SELECT value FROM json_each(?)) ORDER BY code, channel"
            found = groupby(await source.rows(query, [codes]), lambda row: row["code"])
            listings = {code: list(rows) for code, rows in found}
            articles = [
                article_document(row, listings.get(row["code"], []), taken_down=row["code"] in barred) for row in batch
            ]
            await self.insert(f"{RESTORED}articles", articles)
            await self.insert(f"{RESTORED}texts", await _claims(source, batch))
            done += len(batch)
            progress(done, total)

    async def _load_stories(self, source: SqliteStore) -> None:
        query = "SELECT story AS _id, json_group_array(code) AS codes FROM articles WHERE story != '' GROUP BY story"
        for name, found in (("stories", query), ("sketches", NEWEST_OF_A_HASH)):
            rows = [{"_id": row["_id"], "codes": sorted(json.loads(row["codes"]))} for row in await source.rows(found)]
            for start in range(0, len(rows), BATCH):
                await self.insert(RESTORED + name, rows[start : start + BATCH])

    async def finish_load(self) -> None:
        """Replace the store by a complete restore. The next command that may write finishes an interrupted one."""
        async with self.writing():
            for name in COLLECTIONS:
                await self._switch(name)
            await self.replace("meta", [{"_id": FILLED, "after": None}])
            await self.db.meta.delete_one(SWITCH)

    async def _switch(self, name: str) -> None:
        db = self.db
        if self.is_ferretdb:  # its rename can't replace a collection, but there is no other writer
            if RESTORED + name in await db.list_collection_names():
                await db.drop_collection(name)
                await db[RESTORED + name].rename(name)
            return
        try:
            await db[RESTORED + name].rename(name, dropTarget=True)
        except OperationFailure as error:
            if error.code != NAMESPACE_NOT_FOUND:  # another process that finishes this restore was faster
                raise

    async def drop(
        self, versions_before: datetime | None, runs_before: datetime | None, *, dry_run: bool = False
    ) -> tuple[int, int]:
        with self.store_errors():
            versions = await self._old_versions(versions_before) if versions_before else []
            runs = await self._old_runs(runs_before) if runs_before else []
        for name, ids in (("revisions", versions), ("runs", runs)):
            for start in range(0, 0 if dry_run else len(ids), BATCH):
                async with self.writing():
                    await self.db[name].delete_many({"_id": {"$in": ids[start : start + BATCH]}})
        return len(versions), len(runs)

    async def _old_versions(self, before: datetime) -> list[Any]:
        """Return the ids of the versions that the next version, or the article, replaced before this moment."""
        old = []
        found = self.db.revisions.find({}, ["code", "revision", "shown_at"]).sort("_id", ASCENDING)
        async for batch in batches(found, together="code"):
            codes = {each["code"] for each in batch}
            articles = await self.by_id("articles", codes, "revision", "revised_at", "published_at")
            for code, versions in groupby(batch, lambda each: each["code"]):
                article = articles.get(code)
                if article is None:
                    continue
                kept = sorted(versions, key=lambda each: int(each["revision"]))
                last = {"revision": article["revision"], "shown_at": article["revised_at"] or article["published_at"]}
                for version, following in zip(kept, [*kept[1:], last], strict=True):
                    shown = following["shown_at"]
                    if following["revision"] > version["revision"] and shown and shown < before:
                        old.append(version["_id"])
        return old

    async def _old_runs(self, before: datetime) -> list[Any]:
        ids = [each["_id"] async for each in self.db.runs.find({}, ["_id"]).sort("_id", ASCENDING)]
        return [name for name in ids[:-1] if name < run_time(before)]

    async def shrink_needs(self) -> dict[Path, int]:
        return {}

    async def shrink(self) -> int:
        return 0  # the server itself uses the free space again


class _Copier:
    """Copies a database into an SQLite store."""

    def __init__(self, mongo: MongoConnection, copy: SqliteStore) -> None:
        self.mongo = mongo
        self.target = copy
        self.barred: set[str] = set()
        """The codes of the articles that were copied as taken down."""

    async def copy(self, progress: Progress) -> None:
        # Channels come first, and failures before articles. What a crawl stores, or remembers as failed, during the
        # copy is then listed or fetched once more, and never skipped.
        await self._table("channels")
        await self._table("failures")
        done, total = 0, await self.mongo.db.articles.estimated_document_count()
        async for batch in batches(self.mongo.db.articles.find().sort("_id", ASCENDING)):
            await self._put(batch)
            done += len(batch)
            progress(done, total)
        for _ in range(ROUNDS):
            codes = [row["code"] for row in await self.target.rows(OUT_OF_STEP)]
            await self._put(list((await self.mongo.by_id("articles", codes)).values()))
        # Slugs, versions and takedowns come after the articles that need them.
        for name in ("revisions", "slugs", "takedowns", "runs"):
            await self._table(name)
        await self._repair()

    async def _table(self, name: str) -> None:
        async for batch in batches(self.mongo.db[name].find().sort("_id", ASCENDING)):
            await self.target.put(name, [TO_ROW[name](each) for each in batch])

    async def _put(self, articles: Sequence[Document]) -> None:
        together: dict[str, list[dict[str, Any]]] = {}
        for article in articles:
            (self.barred.add if article.get("taken_down") else self.barred.discard)(article["_id"])
            for table, rows in article_rows(article).items():
                together.setdefault(table, []).extend(rows)
        for table, rows in together.items():
            await self.target.put(table, rows)

    async def _repair(self) -> None:
        """Repair what other processes changed between two of the steps."""
        later = "revision >= coalesce((SELECT revision FROM articles AS a WHERE a.code = revisions.code), 0)"
        await self.target.change(f"DELETE FROM revisions WHERE {later}")
        await self.target.run(DECIDE_TWINS)
        taken_down = {row["code"] for row in await self.target.rows("SELECT code FROM takedowns")}
        for code in taken_down ^ self.barred:
            await self.target.change("UPDATE articles SET export_pending = 1 WHERE code = ?", code)
        # What a crawl stored during the copy may be copied in part. The next run reads the lists of its channels whole.
        now = {each["_id"]: documents.load_state(each) async for each in self.mongo.db.channels.find()}
        for name, state in (await self.target.channel_states()).items():
            if now.get(name) != state:
                unsure = dump_record(replace(state, complete=False, validators={}))
                await self.target.put("channels", [{"name": name, "state": unsure}])


async def _table(source: SqliteStore, table: str) -> AsyncIterator[list[Any]]:
    """Yield the rows of *table* in batches, in the order in which they were first written."""
    after = 0
    query = f"SELECT rowid AS place, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {BATCH}"
    while batch := await source.rows(query, [after]):
        yield batch
        after = batch[-1]["place"]


async def _claims(source: SqliteStore, articles: Sequence[Any]) -> list[Document]:
    """Return the claims of the rows of *articles* that are no duplicates."""
    firsts = {
        row["code"]: key_of(row["text_hash"], time_of(row["published_at"]))
        for row in articles
        if not row["duplicate_of"]
    }
    query = (
        "SELECT duplicate_of, code FROM articles WHERE duplicate_of IN (SELECT value FROM json_each(?)) "
        "AND duplicate_of != '' ORDER BY code"
    )
    twins: dict[str, list[str]] = {}
    for row in await source.rows(query, [json.dumps(list(firsts))]):
        twins.setdefault(row["duplicate_of"], []).append(row["code"])
    return [claim_of(key, code, twins.get(code, ())) for code, key in firsts.items() if key]
