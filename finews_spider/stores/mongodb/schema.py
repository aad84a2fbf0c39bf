"""The schema of a MongoDB store, and the upgrade of a database that an earlier finews wrote."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from uuid import uuid4

from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from finews_spider.errors import ForeignStoreError, MissingStoreError
from finews_spider.i18n import Message
from finews_spider.stores.base import Access
from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.connection import BATCH, LEASE, PAUSE_SECONDS, batches
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.mongodb.lease import MongoLease
from finews_spider.stores.mongodb.rows import COLLECTIONS
from finews_spider.stores.mongodb.twins import claim_of, key_of
from finews_spider.stores.sqlite.rows import iso
from finews_spider.stores.sqlite.schema import DECIDE_TWINS
from finews_spider.stores.upgrade import Upgrade

SCHEMA_VERSION = 7
TWINS_OF_A_DAY = 4
"""The first version in which duplicates have the same title, text, images and day."""
INDEXES = (
    ["export_pending", "_id"],
    ["first_seen_at"],
    ["duplicate_of"],
    ["post_old", "published_at"],
    ["image_files.value"],
)
"""The fields of each index of ``articles``."""
RESTORED = "restored_"
"""Before the name of a collection that a restore is filling."""
COMPARED = ("title", "body", "text_hash", "published_at", "first_seen_at", "duplicate_of", "post_path", "content_hash")
ARTICLES = """
CREATE TABLE takedowns (code TEXT PRIMARY KEY);
CREATE TABLE articles (
    code TEXT PRIMARY KEY, text_hash TEXT, published_at TEXT, first_seen_at TEXT, duplicate_of TEXT, post_path TEXT,
    before TEXT, export_pending INTEGER);
CREATE INDEX articles_duplicate ON articles (duplicate_of);
"""


class MongoSchema(MongoLease):
    """Brings the database up to date. One process at a time does so.

    The version is written last, so that an interrupted upgrade starts again.
    """

    async def bring_up_to_date(self) -> None:
        """Upgrade the database to SCHEMA_VERSION, or wait for another process that does so."""
        holder = f"{uuid4().hex} bringing the store up to date"
        while (version := await self.check_version(Access.CREATE)) != SCHEMA_VERSION:
            if await self.lease("schema", holder, LEASE.total_seconds()) == holder:
                try:
                    await self._upgrade(version, holder)
                finally:
                    await self.release("schema", holder)
            await asyncio.sleep(PAUSE_SECONDS)

    async def check_version(self, access: Access) -> int:
        """Return the schema version of the database, 0 of an empty one.

        :raises ForeignStoreError: it holds another program's documents.
        :raises MissingStoreError: it is empty, and *access* forbids making a store.
        :raises PyMongoError: a newer finews wrote it.
        """
        meta, name = self.db.meta, self.name
        schema = await meta.find_one({"_id": "schema"})
        version = schema.get("version") if schema else 0
        if not isinstance(version, int) or (not version and await self._is_anothers()):
            raise ForeignStoreError(Message("the database {name}", name=name))
        if not version and access is not Access.CREATE:
            raise MissingStoreError(name)
        if version > SCHEMA_VERSION:
            raise PyMongoError(
                Message("it was written by a newer finews (schema {version}); upgrade finews", version=version)
            )
        return version

    async def _is_anothers(self) -> bool:
        """Return whether a database without a schema holds something that a new store wouldn't."""
        names = await self.db.list_collection_names()
        ours = {"meta", *COLLECTIONS}
        others = [name for name in names if name.removeprefix(RESTORED) not in ours and not name.startswith("system.")]
        return bool(others or await self.db.articles.find_one({}, ["_id"]))

    async def _upgrade(self, version: int, holder: str) -> None:
        async with self.writing():
            for keys in INDEXES:  # one by one, because FerretDB 1.24 stops at the first that exists
                await self.db.articles.create_index(keys)
            await self._name_runs()
        if 0 < version < TWINS_OF_A_DAY:
            await self._compare_anew(holder)
        async with self.writing():
            await self.replace("meta", [{"_id": "schema", "version": SCHEMA_VERSION}])

    async def _name_runs(self) -> None:
        """Give the runs of schema 2 ids that sort by their start."""
        async for old in self.db.runs.find({"_id": {"$type": "objectId"}}):
            pairs = documents.load_pairs(old["run"])
            name = f"{pairs['started_at'][:19]}-{str(old['_id'])[-6:]}".replace("-", "", 2).replace(":", "")
            await self.replace("runs", [documents.dump_run(pairs | {"id": name})])
            await self.db.runs.delete_one({"_id": old["_id"]})

    async def _compare_anew(self, holder: str) -> None:
        """Hash all articles with articles/twins.py, decide which are duplicates, and claim the keys of the others."""
        with closing(sqlite3.connect("", isolation_level=None)) as db:  # a temporary file
            db.executescript(ARTICLES)
            async for batch in batches(self.db.takedowns.find({}, ["_id"])):
                db.executemany("INSERT INTO takedowns VALUES (?)", [(each["_id"],) for each in batch])
            upgrade = Upgrade(await self.db.articles.estimated_document_count())
            async for batch in batches(self.db.articles.find({}, COMPARED).sort("_id", ASCENDING)):
                db.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", await self._hash(batch))
                upgrade.add(len(batch))
                await self._renew_lease(holder)
            db.executescript(DECIDE_TWINS)
            await self._write_duplicates(db, holder)
            await self._write_claims(db, holder)

    async def _hash(self, batch: list[Document]) -> list[tuple[str | None, ...]]:
        """Update the hashes of *batch* that have changed, and return its rows for ARTICLES."""
        from finews_spider.articles.twins import text_hash  # needed once in a store's life

        rows = []
        async with self.writing():
            for read in batch:
                hashed = text_hash(read["title"], read["body"])
                if hashed != read["text_hash"]:
                    await self.db.articles.update_one({"_id": read["_id"]}, {"$set": {"text_hash": hashed}})
                times = (iso(read[name]) for name in ("published_at", "first_seen_at"))
                first = read["duplicate_of"]
                rows.append((read["_id"], hashed, *times, first, read["post_path"], first))
        return rows

    async def _write_duplicates(self, db: sqlite3.Connection, holder: str) -> None:
        changed = db.execute("SELECT code, duplicate_of, export_pending FROM articles WHERE duplicate_of != before")
        while rows := changed.fetchmany(BATCH):
            async with self.writing():
                for code, first, pending in rows:
                    mark = {} if pending is None else {"export_pending": bool(pending)}
                    await self.db.articles.update_one({"_id": code}, {"$set": {"duplicate_of": first} | mark})
            await self._renew_lease(holder)

    async def _write_claims(self, db: sqlite3.Connection, holder: str) -> None:
        async with self.writing():
            await self.db.drop_collection("texts")
        found = db.execute(
            "SELECT code, text_hash, published_at FROM articles WHERE duplicate_of = '' AND text_hash != ''"
        )
        while rows := found.fetchmany(BATCH):
            claims = [
                claim_of(
                    key_of(text_hash, datetime.fromisoformat(shown)),
                    code,
                    [twin for (twin,) in db.execute("SELECT code FROM articles WHERE duplicate_of = ?", (code,))],
                )
                for code, text_hash, shown in rows
            ]
            async with self.writing():
                await self.insert("texts", claims)
            await self._renew_lease(holder)

    async def _renew_lease(self, holder: str) -> None:
        if await self.lease("schema", holder, LEASE.total_seconds()) != holder:
            raise PyMongoError(Message("another process took over bringing it up to date"))
