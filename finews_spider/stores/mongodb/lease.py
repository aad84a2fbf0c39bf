"""The leases of a MongoDB store: a document of ``meta`` has the holder, and the end by the server's clock."""

from contextlib import nullcontext
from datetime import UTC, timedelta

from finews_spider.stores.lease import LeaseStore
from finews_spider.stores.mongodb.connection import MongoConnection


class MongoLease(MongoConnection, LeaseStore):
    """See :class:`LeaseStore`."""

    async def lease(self, name: str, holder: str, seconds: float) -> str:
        key, meta = f"lease:{name}", self.db.meta
        with self.store_errors():
            while True:
                now = (await self.db.command("hello"))["localTime"].replace(tzinfo=UTC)
                mine = {"holder": holder, "until": now + timedelta(seconds=seconds)}
                held = await meta.find_one({"_id": key})
                if held is None:
                    if not await self.insert("meta", [{"_id": key, **mine}]):
                        return holder
                    continue
                is_mine = held["holder"] == holder
                if not is_mine and held["until"] > now:
                    return str(held["holder"])
                # A renewal doesn't wait for a writer's turn. A killed writer may keep that longer than the lease lasts.
                async with nullcontext() if is_mine else self.writing():
                    # Of several processes that find the lease expired, only the first still finds the same document.
                    if (await meta.update_one(held, {"$set": mine})).matched_count:
                        return holder

    async def release(self, name: str, holder: str) -> None:
        with self.store_errors():
            await self.db.meta.delete_one({"_id": f"lease:{name}", "holder": holder})
