"""A connection to MongoDB, as a store without transactions needs it.

It uses only what MongoDB 4.4 or newer and FerretDB 1.24 have in common. See docs/mongodb.md.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from bson import ObjectId
from bson.errors import BSONError
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.errors import AutoReconnect, BulkWriteError, PyMongoError

from finews_spider.errors import ConfigError, DamagedRecordError, DisconnectedError, StoreError, one_line
from finews_spider.i18n import Message, message_of
from finews_spider.stores.base import Access, Store
from finews_spider.stores.mongodb.documents import Document
from finews_spider.times import SHANGHAI

LEASE = timedelta(seconds=20)
"""How long a killed writer makes others wait for the same record."""
PAUSE_SECONDS = 0.02
"""How long to wait before checking again whether another writer is done."""
BATCH = 500
"""Documents that are read at a time."""
DEFAULTS = {
    "serverSelectionTimeoutMS": 5000,
    "maxPoolSize": 20,  # all updates of a batch are sent at once, and FerretDB 1.24 hangs at 100 open requests
}
DUPLICATE_KEY = 11000


class MongoConnection(Store):
    """A connection to one database, and the queries that every part of the store needs.

    :param url: ``mongodb://user:password@host:27017/database?options``; the options are pymongo's.
    :raises ConfigError: the URL can't be read or names no database.
    """

    def __init__(self, url: str, access: Access = Access.CREATE) -> None:
        self._url = url
        self._access = access
        self.name = re.sub("//.*@", "//***@", url).partition("?")[0]
        options: dict[str, Any] = {name: value for name, value in DEFAULTS.items() if name.lower() not in url.lower()}
        try:
            # The client connects at its first request.
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(url, tz_aware=True, tzinfo=SHANGHAI, **options)
            # A secondary may lag behind, so a writer that compares would compare with an old document.
            self.db = self._client.get_default_database(read_preference=ReadPreference.PRIMARY)
        except (PyMongoError, ValueError, OSError) as error:
            # pymongo's message quotes the part of the URL that it can't read, which may be a part of the password.
            hint = Message("write special characters in its user and password as %XX")
            why = hint if "@" in url else _short(error)
            raise ConfigError(
                "FINEWS_STORE: {name!r} is no MongoDB URL with a database, such as mongodb://host:27017/finews; {why}",
                name=self.name,
                why=why,
            ) from None
        self.is_ferretdb = False
        """FerretDB 1.x changes a document in three steps (read, change, write), so two writers may undo each other's
        work. For any filter but ``{"_id": one value}`` it decodes the whole collection."""

    async def open(self) -> None:
        self.is_ferretdb = "ferretdbVersion" in await self.db.command("buildInfo")

    async def close(self) -> None:
        await self._client.close()

    @contextmanager
    def store_errors(self) -> Iterator[None]:
        """Turn the errors of MongoDB into a StoreError of one line without a password."""
        try:
            yield
        except DamagedRecordError as error:
            raise StoreError(
                "the MongoDB store {name} failed: {error}; repair that document, or replace the whole store by a "
                "backup with `finews restore --overwrite`",
                name=self.name,
                error=error,
            ) from None
        except (PyMongoError, BSONError) as error:
            reason = message_of(error)
            match = re.search("//[^:]*:(.*)@", self._url)
            if match and not isinstance(reason, Message):  # one of MongoDB
                reason = reason.replace(match[1], "***").replace(unquote_plus(match[1]), "***")
            failed = Message("the MongoDB store {name} failed: {reason}", name=self.name, reason=_short(reason))
            raise (DisconnectedError if isinstance(error, AutoReconnect) else StoreError)(failed) from None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Surround each change of documents. It includes ``store_errors``; on FerretDB it lets one writer in at a time.

        :raises StoreError: as ``store_errors``.
        """
        with self.store_errors():
            if not self.is_ferretdb:
                yield
                return
            async with self.turn("turn"):
                yield

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Let one writer at a time do what *name* says; the others wait. It is no ``store_errors``."""
        turn = {"_id": name, "by": ObjectId()}
        seen, since = None, time.monotonic()
        while await self.insert("meta", [turn | {"until": datetime.now(UTC) + LEASE}]):
            held = await self.db.meta.find_one({"_id": name})
            if held != seen:
                seen, since = held, time.monotonic()
            # The turn is timed here as well, because `until` never comes if its writer's clock was ahead.
            is_over = time.monotonic() > since + LEASE.total_seconds()
            if held and (is_over or held["until"] < datetime.now(UTC)):
                await self.db.meta.delete_one(held)
            await asyncio.sleep(PAUSE_SECONDS)
        renewing = asyncio.create_task(self._renew_turn(turn))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])
            await self.db.meta.delete_one(turn)

    async def _renew_turn(self, turn: Document) -> None:
        """Keep the turn of a writer that takes longer than LEASE."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            with suppress(PyMongoError):  # the next round tries again, and the writer meets the same error itself
                await self.db.meta.update_one(turn, {"$set": {"until": datetime.now(UTC) + LEASE}})

    async def by_id(self, collection: str, ids: Collection[Any], *names: str) -> dict[Any, Document]:
        """Return id → document, for each of *ids* that exists.

        :param names: the fields to read besides ``_id``; none: all fields.
        """
        if not ids:
            return {}
        table = self.db[collection]
        if self.is_ferretdb:
            each = await asyncio.gather(*(table.find_one({"_id": one}, names or None) for one in ids))
            return {document["_id"]: document for document in each if document}
        found = table.find({"_id": {"$in": list(ids)}}, names or None)
        return {document["_id"]: document async for document in found}

    async def insert(self, collection: str, new: Sequence[Document]) -> set[str]:
        """Insert the *new* documents whose ids don't exist yet, and return the ids that did."""
        try:
            if new:
                await self.db[collection].insert_many(new, ordered=False)
        except BulkWriteError as error:
            errors = error.details["writeErrors"]
            if any(each["code"] != DUPLICATE_KEY for each in errors) or error.details.get("writeConcernErrors"):
                raise
            return {new[each["index"]]["_id"] for each in errors}
        return set()

    async def replace(self, collection: str, changed: Sequence[Document]) -> None:
        """Store the *changed* documents. A document replaces the one with the same id, if there is one."""
        table = self.db[collection]
        await asyncio.gather(*(table.replace_one({"_id": new["_id"]}, new, upsert=True) for new in changed))

    async def delete(self, collection: str, ids: Collection[Any]) -> None:
        """Delete the documents with these *ids*, one by one, because FerretDB reads everything for any other filter."""
        await asyncio.gather(*(self.db[collection].delete_one({"_id": one}) for one in ids))

    async def count(self, collection: str, name: str, *stages: Document) -> dict[str, int]:
        """Return value of the field *name* → number of documents with it.

        :param stages: the stages of an aggregation that run first.
        """
        grouped = [*stages, {"$group": {"_id": f"${name}", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] async for each in await self.db[collection].aggregate(grouped)}


async def batches(found: Any, together: str = "") -> AsyncIterator[list[Document]]:
    """Yield the documents of *found* in batches of BATCH.

    :param found: a cursor of pymongo.
    :param together: a field by which *found* is grouped; a batch gets larger so that it ends with a group.
    """
    batch: list[Document] = []
    async for each in found:
        if len(batch) >= BATCH and (not together or each[together] != batch[-1][together]):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _short(error: object) -> str:
    """Return *error* on one line, without the pools and topologies that pymongo appends."""
    whole = message_of(error)
    return one_line(whole if isinstance(whole, Message) else re.split(r" \(configured timeouts|, Timeout: ", whole)[0])
