"""The store for many machines: MongoDB 4.4+, or a server that speaks its protocol.

One document an article, so that all of it changes in one write. There are no transactions: a writer reads a document
and changes it only if nobody has done so since, else it reads again. See docs/mongodb.md.
"""

import asyncio
import json
from asyncio import gather
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import PyMongoError

from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.stores import documents
from finews_spider.stores.base import (
    RETRY_HORIZON,
    ArticleStore,
    ChannelState,
    Known,
    Outcome,
    Summary,
    Version,
    revise,
)
from finews_spider.stores.connection import LEASE, PAUSE_SECONDS
from finews_spider.stores.documents import Document
from finews_spider.stores.mongo_lease import MongoLease
from finews_spider.stores.mongo_posts import GUARDS, MongoPosts
from finews_spider.stores.mongo_upkeep import INDEXES, SWITCH, MongoUpkeep
from finews_spider.stores.run_ids import after_run

SCHEMA_VERSION = 4


class MongoStore(MongoPosts, MongoLease, MongoUpkeep, ArticleStore):
    """See :class:`ArticleStore`.

    :param url: ``mongodb://user:password@host:27017/database?options``; the options are pymongo's.
    """

    async def open(self) -> None:
        try:
            with self._mongo.one_line():
                await self._mongo.open()
                if await self._db.meta.find_one(SWITCH):
                    await self.finish_load()
                await self._check_schema()
        except BaseException:
            await self.close()
            raise

    async def _check_schema(self) -> None:
        schema = await self._db.meta.find_one({"_id": "schema"})
        version = schema["version"] if schema else 0
        if version > SCHEMA_VERSION:
            raise PyMongoError(f"it was written by a newer finews (schema {version}); upgrade finews")
        if version < SCHEMA_VERSION:
            async with self._mongo.writing():
                for keys in INDEXES:  # one by one: FerretDB 1.24 breaks off when several are there already
                    await self._db.articles.create_index(keys)
                await self._name_runs()
                await self._mongo.replace("meta", [{"_id": "schema", "version": SCHEMA_VERSION}])

    async def _name_runs(self) -> None:
        """Give the runs of schema 2 ids that sort as they began."""
        async for old in self._db.runs.find({"_id": {"$type": "objectId"}}):
            pairs = documents.load_pairs(old["run"])
            name = f"{pairs['started_at'][:19]}-{str(old['_id'])[-6:]}".replace("-", "", 2).replace(":", "")
            await self._mongo.replace("runs", [documents.dump_run(pairs | {"id": name})])
            await self._db.runs.delete_one({"_id": old["_id"]})

    async def close(self) -> None:
        await self._mongo.close()

    # What a crawl asks

    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        with self._mongo.one_line():
            articles, failures, takedowns = await gather(
                self._mongo.by_id("articles", codes, "published_at", "revised_at", "listings"),
                self._mongo.by_id("failures", codes, "ref", "retry_at"),
                self._mongo.by_id("takedowns", codes, "_id"),
            )
        known = {
            code: Known(documents.load_listings(article), article["revised_at"] or article["published_at"])
            for code, article in articles.items()
        }
        for code, failure in failures.items():
            failed, ref = known.setdefault(code, Known({})), documents.load_ref(failure)
            failed.listings[ref.channel] = Listing(ref.time, ref.title)
            failed.retry_at = failure["retry_at"]
        for code in takedowns:
            known.setdefault(code, Known({})).taken_down = True
        return known

    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        with self._mongo.one_line():
            late = [{"retry_at": {"$lte": now}}, {"retry_at": {"$gt": now + RETRY_HORIZON}}]
            waiting = {"channel": {"$in": list(channels)}, "$or": late}
            found = self._db.failures.find(waiting).sort([("failed_at", ASCENDING), ("_id", ASCENDING)])
            return [documents.load_ref(failure) async for failure in found]

    async def channel_states(self) -> dict[str, ChannelState]:
        with self._mongo.one_line():
            found = self._db.channels.find().sort("_id", ASCENDING)
            return {state["_id"]: documents.load_state(state) async for state in found}

    # What a crawl writes

    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        async with self._mongo.writing():
            while len(outcomes) < len(articles):
                saved = await self._save(_independent(articles, outcomes), now)
                outcomes |= saved
                if not saved:
                    await asyncio.sleep(PAUSE_SECONDS)
            await self._db.failures.delete_many({"_id": {"$in": [article.code for article in articles]}})
        return [outcomes[index] for index in range(len(articles))]

    async def _save(self, batch: Mapping[int, Article], now: datetime) -> dict[int, Outcome]:
        """Save what can be saved at once; what another writer got in the way of is left out, to be tried again."""
        codes = [article.code for article in batch.values()]
        # In this order: barring an article after the second look changes its document, which the writing notices.
        stored = await self._mongo.by_id("articles", codes)
        barred = await self._mongo.by_id("takedowns", codes, "_id")
        saved: dict[int, Outcome] = {}
        changed: dict[int, Article] = {}
        for index, article in batch.items():
            read = stored.get(article.code)
            if article.code in barred:
                saved[index] = Outcome.REFUSED
            elif read is None or read["content_hash"] != article.content_hash:
                changed[index] = article
            elif await self._unchanged(read, article):
                saved[index] = Outcome.UNCHANGED
        twins = await self._claim(list(changed.values()))
        decided = {index: article for index, article in changed.items() if article.code in twins}
        for article in decided.values():
            article.duplicate_of = twins[article.code]
        saved |= await self._add({i: a for i, a in decided.items() if a.code not in stored}, now)
        return saved | await self._revise({i: a for i, a in decided.items() if a.code in stored}, stored, now)

    async def _unchanged(self, read: Document, article: Article) -> bool:
        """Add what an unchanged article brings, listings and copies of images, and say whether it is there now."""
        stored = documents.load_pairs(read.get("image_files", []))
        if article.image_files.keys() <= stored.keys():
            return await self._list(read, article.listings, None)
        listings = {**documents.load_listings(read), **article.listings}
        changes = {
            "listings": documents.dump_listings(listings),
            "gone_at": None,
            "image_files": documents.dump_pairs({**article.image_files, **stored}),
            "export_pending": read["export_pending"] or bool(read["post_path"]),
        }
        return await self._update(read, changes)

    async def _list(self, read: Document, rows: Mapping[str, Listing], gone_at: datetime | None) -> bool:
        """Add *rows* to an article's listings, and say whether they are there now."""
        listings = documents.dump_listings({**documents.load_listings(read), **rows})
        changes = {"listings": listings, "gone_at": gone_at}
        return changes.items() <= read.items() or await self._update(read, changes)

    async def _claim(self, articles: Sequence[Article]) -> dict[str, str]:
        """Return code → ``duplicate_of``; a code is left out while another writer is busy with the same text.

        A text belongs to the article that claimed it and has it; who comes later is its duplicate. A claim whose
        article doesn't have the text belongs to a writer that is about to save it, or to one that was killed.
        """
        at = datetime.now(UTC).replace(microsecond=0)
        new = [{"_id": article.text_hash, "code": article.code, "at": at} for article in articles if article.text_hash]
        taken = await self._mongo.insert("texts", new)
        claims = await self._mongo.by_id("texts", taken)
        codes = {claim["code"] for claim in claims.values()}
        owners = await self._mongo.by_id("articles", codes, "text_hash", "duplicate_of")
        twins: dict[str, str] = {}
        for number, article in enumerate(articles):
            text, code = article.text_hash, article.code
            claim = claims.get(text, {"code": "", "at": at})
            owner = owners.get(claim["code"])
            if text not in taken:
                twins[code] = ""
            elif owner and owner["text_hash"] == text and not owner["duplicate_of"]:
                # One that stands before it in this batch is about to leave the text.
                if owner["_id"] not in {before.code for before in articles[:number]}:
                    twins[code] = "" if owner["_id"] == code else owner["_id"]
            elif await self._take_over(claim, {"code": code, "at": at}):
                twins[code] = ""
        return twins

    async def _take_over(self, claim: Document, mine: Document) -> bool:
        """Make a claim mine if it is so already, or its writer was killed; say whether it is mine now."""
        # One made in the future is as old: whoever made it had another clock.
        is_old = abs(mine["at"] - claim["at"]) > LEASE
        if claim["code"] == mine["code"] or self._mongo.is_ferretdb or is_old:
            return bool((await self._db.texts.update_one(claim, {"$set": mine})).matched_count)
        return False

    async def _add(self, new: Mapping[int, Article], now: datetime) -> dict[int, Outcome]:
        there = await self._mongo.insert(
            "articles",
            [
                documents.dump_article(replace(article, first_seen_at=now))
                | {
                    "export_pending": not article.duplicate_of,
                    "post_path": "",
                    "post_category": "",
                    "post_old": False,
                    "taken_down": False,
                }
                for article in new.values()
            ],
        )
        return {index: Outcome.INSERTED for index, article in new.items() if article.code not in there}

    async def _revise(
        self, incoming: Mapping[int, Article], stored: Mapping[str, Document], now: datetime
    ) -> dict[int, Outcome]:
        reads = [stored[article.code] for article in incoming.values()]
        # First, so that a crash leaves no gap; the next try then finds its revision there.
        await self._mongo.insert("revisions", [documents.dump_revision(read) for read in reads])
        tries = zip(reads, incoming.values(), strict=True)
        done = await gather(*(self._revise_one(read, article, now) for read, article in tries))
        return {index: Outcome.REVISED for index, revised in zip(incoming, done, strict=True) if revised}

    async def _revise_one(self, read: Document, incoming: Article, now: datetime) -> bool:
        article = revise(documents.load_article(read), incoming, now)
        # What was published goes on being so, even with a text that another article has too.
        pending = not article.duplicate_of or read["post_path"] != ""
        changes = documents.dump_article(article) | {"export_pending": pending}
        del changes["_id"]
        revised = await self._update(read, changes)
        if revised and read["text_hash"] != article.text_hash and not read["duplicate_of"]:
            await self._db.texts.delete_one({"_id": read["text_hash"], "code": article.code})
        return revised

    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        await self._add_listings(refs)

    async def mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        stored = await self._add_listings(refs, documents.second(now))
        async with self._mongo.writing():
            await self._db.failures.delete_many({"_id": {"$in": list(stored)}})
        return stored

    async def _add_listings(self, refs: Sequence[ArticleRef], gone_at: datetime | None = None) -> set[str]:
        """Remember the listings of those *refs* that are stored, and return their codes.

        :param gone_at: where it isn't None, the articles are marked with it too.
        """
        rows: defaultdict[str, dict[str, Listing]] = defaultdict(dict)
        for ref in refs:
            rows[ref.code][ref.channel] = Listing(documents.second(ref.time), ref.title)
        codes, listed = list(rows), set[str]()
        async with self._mongo.writing():
            while stored := await self._mongo.by_id("articles", codes, *GUARDS, "gone_at"):
                marks = (gone_at or read["gone_at"] for read in stored.values())
                tries = zip(stored.items(), marks, strict=True)
                done = await gather(*(self._list(read, rows[code], mark) for (code, read), mark in tries))
                listed |= stored.keys()
                codes = [code for code, is_listed in zip(stored, done, strict=True) if not is_listed]
        return listed

    async def save_failures(self, failures: Sequence[FailedRef]) -> None:
        async with self._mongo.writing():
            stored = await self._mongo.by_id("failures", [failure.ref.code for failure in failures], "attempts")
            for failure in failures:
                attempts = stored.get(failure.ref.code, {"attempts": 0})["attempts"] + 1
                stored[failure.ref.code] = documents.dump_failure(failure, attempts)
            await self._mongo.replace("failures", list(stored.values()))

    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        async with self._mongo.writing():
            await self._mongo.replace("channels", [documents.dump_state(state) for state in states])

    async def save_run(self, run: dict[str, Any]) -> None:
        async with self._mongo.writing():
            await self._mongo.replace("runs", [documents.dump_run(run)])

    # What a person asks

    async def get(self, code: str) -> Article | None:
        with self._mongo.one_line():
            found = await self._db.articles.find_one({"_id": code})
        return documents.load_article(found) if found else None

    async def history(self, code: str) -> list[Version]:
        with self._mongo.one_line():
            article = await self._mongo.by_id("articles", [code], "revision")
            ids = [f"{code}:{n}" for n in range(article[code]["revision"] if article else 0)]
            found = await self._mongo.by_id("revisions", ids)
        return [documents.load_revision(found[each]) for each in ids if each in found]

    async def summary(self, since: datetime) -> Summary:
        today = {"$match": {"first_seen_at": {"$gte": documents.second(since)}}}
        with self._mongo.one_line():
            return Summary(
                articles=await self._db.articles.estimated_document_count(),
                duplicates=await self._db.articles.count_documents({"duplicate_of": {"$ne": ""}}),
                revisions=await self._db.revisions.estimated_document_count(),
                pending=await self._db.articles.count_documents({"export_pending": True}),
                today=await self._mongo.count("articles", "listings.channel", today, {"$unwind": "$listings"}),
                failed=await self._mongo.count("failures", "channel"),
            )

    async def runs(self, limit: int, until: datetime | None = None) -> list[dict[str, Any]]:
        with self._mongo.one_line():
            found = (
                await self._db.runs.find({"_id": {"$lt": after_run(until)}})
                .sort("_id", DESCENDING)
                .limit(limit)
                .to_list()
            )
        return [json.loads(each["run"]) for each in found]


def _independent(articles: Sequence[Article], saved: Collection[int]) -> dict[int, Article]:
    """Return those of *articles* not *saved* yet that share neither code nor text with one before them."""
    chosen: dict[int, Article] = {}
    seen: set[str] = set()
    for index, article in enumerate(articles):
        if index not in saved:
            own = {article.code, article.text_hash} - {""}
            if not own & seen:
                chosen[index] = article
            seen |= own
    return chosen
