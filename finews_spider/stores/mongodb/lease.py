"""Leases in MongoDB: a document of `meta` that says who holds one and until when, by the server's clock."""

from contextlib import nullcontext
from datetime import UTC, timedelta

from finews_spider.stores.mongodb.connection import MongoConnection


class MongoLease:
    """The part of :class:`~finews_spider.stores.base.ArticleStore` that says who may run."""

    _mongo: MongoConnection

    async def lease(self, name: str, holder: str, seconds: float) -> str:
        key, meta = f"lease:{name}", self._mongo.db.meta
        with self._mongo.one_line():
            while True:
                now = (await self._mongo.db.command("hello"))["localTime"].replace(tzinfo=UTC)
                mine = {"holder": holder, "until": now + timedelta(seconds=seconds)}
                held = await meta.find_one({"_id": key})
                if held is None:
                    if not await self._mongo.insert("meta", [{"_id": key, **mine}]):
                        return holder
                    continue
                is_mine = held["holder"] == holder
                if not is_mine and held["until"] > now:
                    return str(held["holder"])
                # Renewing waits for no writer's turn, which one that was killed may keep for longer than a lease bears.
                async with nullcontext() if is_mine else self._mongo.writing():
                    # Only as it was read: of several that find it run out, one is the first.
                    if (await meta.update_one(held, {"$set": mine})).matched_count:
                        return holder

    async def release(self, name: str, holder: str) -> None:
        with self._mongo.one_line():
            await self._mongo.db.meta.delete_one({"_id": f"lease:{name}", "holder": holder})
