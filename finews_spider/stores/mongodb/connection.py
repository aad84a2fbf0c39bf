"""A connection to MongoDB, as a store without transactions needs it.

Only what MongoDB 4.4+ and FerretDB 1.24 share is used. See docs/mongodb.md.
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

from finews_spider.errors import ConfigError, DamagedRecordError, StoreError
from finews_spider.stores.mongodb.documents import Document
from finews_spider.times import SHANGHAI

LEASE = timedelta(seconds=20)
"""How long a writer that was killed holds up those who want the same."""
PAUSE_SECONDS = 0.02
"""How long to wait before looking again whether another writer is done."""
DEFAULTS = {
    "serverSelectionTimeoutMS": 5000,
    "maxPoolSize": 20,  # all of a batch's updates go out at once, and FerretDB 1.24 hangs at 100 under way
}
DAMAGED = "; mend that document, or `finews restore --overwrite` puts a backup in the place of all"
DUPLICATE_KEY = 11000
LONGEST_REASON = 200


class MongoConnection:
    """A database that says what went wrong in one line, and inserts, finds and replaces by id.

    :param url: ``mongodb://user:password@host:27017/database?options``; the options are pymongo's.
    :raises ConfigError: the URL can't be read or names no database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = re.sub("//.*@", "//***@", url).partition("?")[0]
        options: dict[str, Any] = {name: value for name, value in DEFAULTS.items() if name.lower() not in url.lower()}
        try:
            # Connects when it is first asked.
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(url, tz_aware=True, tzinfo=SHANGHAI, **options)
            # A secondary lags behind: what it holds can't be compared with what is.
            self.db = self._client.get_default_database(read_preference=ReadPreference.PRIMARY)
        except (PyMongoError, ValueError, OSError) as error:
            # pymongo quotes what it can't read of a URL, which may be a part of the password.
            why = "is what is special in its user and password written as %XX?" if "@" in url else _line(error)
            raise ConfigError(
                f"FINEWS_STORE: {self.name!r} is no MongoDB URL with a database, as mongodb://host:27017/finews: {why}"
            ) from None
        self.is_ferretdb = False
        """FerretDB 1.x reads, changes and writes a document in three steps, so that two writers may undo each other's
        work; and for any filter but ``{"_id": one value}`` it decodes the whole collection."""

    async def open(self) -> None:
        """Ask the server what it is."""
        self.is_ferretdb = "ferretdbVersion" in await self.db.command("buildInfo")

    async def close(self) -> None:
        await self._client.close()

    @contextmanager
    def one_line(self) -> Iterator[None]:
        """Turn a failure inside into a StoreError of one line that holds no password."""
        try:
            yield
        except DamagedRecordError as error:
            raise StoreError(f"the MongoDB store {self.name} failed: {error}{DAMAGED}") from None
        except (PyMongoError, BSONError) as error:
            text = str(error)
            if match := re.search("//[^:]*:(.*)@", self._url):
                text = text.replace(match[1], "***").replace(unquote_plus(match[1]), "***")
            failure = StoreError(f"the MongoDB store {self.name} failed: {_line(text)}")
            failure.may_pass = isinstance(error, AutoReconnect)
            raise failure from None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Wrap whatever changes documents: ``one_line``, and where the server needs it, one writer at a time."""
        with self.one_line():
            if not self.is_ferretdb:
                yield
                return
            turn = {"_id": "turn", "by": ObjectId()}
            seen, since = None, time.monotonic()
            while await self.insert("meta", [turn | {"until": datetime.now(UTC) + LEASE}]):
                held = await self.db.meta.find_one({"_id": "turn"})
                if held != seen:
                    seen, since = held, time.monotonic()
                # Watched as well: a clock that was set back would make `until` last for ever.
                is_over = time.monotonic() > since + LEASE.total_seconds()
                if held and (is_over or held["until"] < datetime.now(UTC)):
                    await self.db.meta.delete_one(held)
                await asyncio.sleep(PAUSE_SECONDS)
            renewing = asyncio.create_task(self._renew(turn))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.wait([renewing])
                await self.db.meta.delete_one(turn)

    async def _renew(self, turn: Document) -> None:
        """Keep a turn for a writer that takes longer than LEASE."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            with suppress(PyMongoError):  # it is tried again, and the writer meets the same error itself
                await self.db.meta.update_one(turn, {"$set": {"until": datetime.now(UTC) + LEASE}})

    async def by_id(self, collection: str, ids: Collection[str], *names: str) -> dict[str, Document]:
        """Return those documents of *ids* that there are, by id; only the fields of *names*, if any are named."""
        if not ids:
            return {}
        table = self.db[collection]
        if self.is_ferretdb:
            each = await asyncio.gather(*(table.find_one({"_id": one}, names or None) for one in ids))
            return {document["_id"]: document for document in each if document}
        found = table.find({"_id": {"$in": list(ids)}}, names or None)
        return {document["_id"]: document async for document in found}

    async def insert(self, collection: str, new: Sequence[Document]) -> set[str]:
        """Insert *new* documents, and return the ids of those that were there before and stay as they were."""
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
        """Put *changed* documents in place of those that have their ids, or beside the others."""
        table = self.db[collection]
        await asyncio.gather(*(table.replace_one({"_id": new["_id"]}, new, upsert=True) for new in changed))

    async def count(self, collection: str, name: str, *stages: Document) -> dict[str, int]:
        """Return how many documents have each value of the field *name*, after *stages* of an aggregation."""
        grouped = [*stages, {"$group": {"_id": f"${name}", "count": {"$sum": 1}}}]
        return {each["_id"]: each["count"] async for each in await self.db[collection].aggregate(grouped)}


def _line(error: object) -> str:
    """Return *error* as one line of bearable length, without the pools and topologies that pymongo appends."""
    said = re.split(r" \(configured timeouts|, Timeout: ", str(error))[0]
    return " ".join(said.split())[:LONGEST_REASON]
