"""The store for several hosts: MongoDB 4.4 or newer, or a server with the same protocol.

An article is one document, so that all of it changes in one write. There are no transactions: a writer reads a document
and changes it only if no other writer has changed it since; else it reads the document again. See docs/mongodb.md.
"""

import asyncio
from asyncio import gather
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import PyMongoError

from finews_spider.i18n import Message
from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.stores.base import Access, ArticleStore
from finews_spider.stores.checks import sound
from finews_spider.stores.ids import after_run
from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.connection import PAUSE_SECONDS
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.mongodb.posts import GUARDS, MongoPosts
from finews_spider.stores.mongodb.schema import MongoSchema
from finews_spider.stores.mongodb.twins import key_of
from finews_spider.stores.mongodb.upkeep import SWITCH, MongoUpkeep
from finews_spider.stores.records import (
    RETRY_HORIZON,
    ChannelState,
    Known,
    Outcome,
    RunRecord,
    Summary,
    Version,
    load_run,
)
from finews_spider.stores.rules import revise


class MongoStore(MongoPosts, MongoUpkeep, MongoSchema, ArticleStore):
    """See :class:`ArticleStore` and :class:`LeaseStore`. The parameters are those of :class:`MongoConnection`."""

    async def open(self) -> None:
        try:
            with self.store_errors():
                await super().open()
                await self.check_version(self._access)
                if await self.db.meta.find_one(SWITCH):
                    if self._access is Access.READ:
                        raise PyMongoError(Message("a restore was interrupted; `finews export` finishes it"))
                    await self.finish_load()
                # A reader needs no upgrade: `documents` fills in what the documents of an earlier schema lack.
                if self._access is not Access.READ:
                    await self.bring_up_to_date()
                    await self.fill_stories()
        except BaseException:
            await self.close()
            raise

    # CrawlStore

    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        with self.store_errors():
            articles, failures, takedowns = await gather(
                self.by_id("articles", codes, "published_at", "revised_at", "listings"),
                self.by_id("failures", codes, "ref", "retry_at"),
                self.by_id("takedowns", codes, "_id"),
            )
            known = {code: documents.load_known(article) for code, article in articles.items()}
            for code, failure in failures.items():
                failed, ref = known.setdefault(code, Known({})), documents.load_ref(failure)
                failed.listings[ref.channel] = ref.listing
                failed.retry_at = failure["retry_at"]
        for code in takedowns:
            known.setdefault(code, Known({})).taken_down = True
        return known

    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        with self.store_errors():
            late = [{"retry_at": {"$lte": now}}, {"retry_at": {"$gt": now + RETRY_HORIZON}}]
            waiting = {"channel": {"$in": list(channels)}, "$or": late}
            found = self.db.failures.find(waiting).sort([("failed_at", ASCENDING), ("_id", ASCENDING)])
            return [documents.load_ref(failure) async for failure in found]

    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        async with self.writing():
            while len(outcomes) < len(articles):
                saved = await self._save(_independent(articles, outcomes), now)
                outcomes |= saved
                if not saved:
                    await asyncio.sleep(PAUSE_SECONDS)
            await self.db.failures.delete_many({"_id": {"$in": [article.code for article in articles]}})
        return [outcomes[index] for index in range(len(articles))]

    async def _save(self, batch: Mapping[int, Article], now: datetime) -> dict[int, Outcome]:
        """Save the articles of *batch*. Those that another writer changed meanwhile are left out, to be tried again."""
        codes = [article.code for article in batch.values()]
        # The takedowns are read last: a later takedown changes the article's document, which the write notices.
        stored = await self.by_id("articles", codes)
        barred = await self.by_id("takedowns", codes, "_id")
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
        shown = {code: read["published_at"] for code, read in stored.items()}
        keys = {a.code: key_of(a.text_hash, shown.get(a.code, a.published_at)) for a in changed.values()}
        firsts = await self.claim(keys)
        decided = {index: article for index, article in changed.items() if article.code in firsts}
        await self.expect(decided.values(), stored)
        for article in decided.values():
            article.duplicate_of = firsts[article.code]
        saved |= await self._add({i: a for i, a in decided.items() if a.code not in stored}, now)
        saved |= await self._revise({i: a for i, a in decided.items() if a.code in stored}, stored, now)
        written = [article for index, article in decided.items() if index in saved]
        await self.settle_saved(written, keys)
        found = await self.find_stories([article.code for article in written])
        for article in written:
            article.story = found[article.code]
        return saved

    async def _unchanged(self, read: Document, article: Article) -> bool:
        """Add the listings and image copies of an unchanged article; return False if another writer was faster."""
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
        """Add *rows* to an article's listings; return False if another writer was faster."""
        listings = documents.dump_listings({**documents.load_listings(read), **rows})
        changes = {"listings": listings, "gone_at": gone_at}
        return changes.items() <= read.items() or await self._update(read, changes)

    async def _add(self, new: Mapping[int, Article], now: datetime) -> dict[int, Outcome]:
        there = await self.insert(
            "articles",
            [
                documents.dump_article(replace(article, first_seen_at=now))
                | {
                    "export_pending": True,  # it is in doubt until its claim is confirmed
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
        tries = [(stored[article.code], article) for article in incoming.values()]
        # The version comes first, so that a crash loses none. The next try then finds it there.
        await self.insert("revisions", [documents.dump_version(read) for read, _ in tries])
        done = await gather(*(self._revise_one(read, article, now) for read, article in tries))
        revised = [index for index, is_revised in zip(incoming, done, strict=True) if is_revised]
        for article in (incoming[index] for index in revised):
            if _leaves(stored[article.code], article):
                await self.leave(stored[article.code])
        return dict.fromkeys(revised, Outcome.REVISED)

    async def _revise_one(self, read: Document, incoming: Article, now: datetime) -> bool:
        if _leaves(read, incoming):
            await self.doubt(read)
        article = revise(documents.load_article(read), incoming, now)
        # A published article stays published, even if it has become a duplicate.
        changes = documents.dump_article(article) | {"export_pending": True}
        del changes["_id"]
        return await self._update(read, changes)

    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        await self._add_listings(refs)

    async def mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        stored = await self._add_listings(refs, documents.second(now))
        async with self.writing():
            await self.db.failures.delete_many({"_id": {"$in": list(stored)}})
        return stored

    async def _add_listings(self, refs: Sequence[ArticleRef], gone_at: datetime | None = None) -> set[str]:
        """Store the listings of *refs* whose articles are stored, and return the codes of these.

        :param gone_at: mark the articles with it too; None: don't.
        """
        rows: defaultdict[str, dict[str, Listing]] = defaultdict(dict)
        for ref in refs:
            rows[ref.code][ref.channel] = replace(ref.listing, time=documents.second(ref.time))
        codes, listed = list(rows), set[str]()
        async with self.writing():
            while stored := await self.by_id("articles", codes, *GUARDS, "gone_at"):
                marks = (gone_at or read["gone_at"] for read in stored.values())
                tries = zip(stored.items(), marks, strict=True)
                done = await gather(*(self._list(read, rows[code], mark) for (code, read), mark in tries))
                listed |= stored.keys()
                codes = [code for code, is_listed in zip(stored, done, strict=True) if not is_listed]
        return listed

    async def save_failures(self, failures: Sequence[FailedRef]) -> None:
        async with self.writing():
            stored = await self.by_id("failures", [failure.ref.code for failure in failures], "attempts")
            for failure in failures:
                attempts = stored.get(failure.ref.code, {"attempts": 0})["attempts"] + 1
                stored[failure.ref.code] = documents.dump_failure(failure, attempts)
            await self.replace("failures", list(stored.values()))

    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        async with self.writing():
            await self.replace("channels", [documents.dump_state(state) for state in states])

    async def save_run(self, run: RunRecord) -> None:
        async with self.writing():
            await self.replace("runs", [documents.dump_run(run)])

    # QueryStore

    async def get(self, code: str) -> Article | None:
        with self.store_errors():
            found = await self.db.articles.find_one({"_id": code})
            return documents.load_article(found) if found else None

    async def history(self, code: str) -> list[Version]:
        with self.store_errors():
            article = await self.by_id("articles", [code], "revision")
            ids = [f"{code}:{n}" for n in range(article[code]["revision"] if article else 0)]
            found = await self.by_id("revisions", ids)
            return [documents.load_version(found[each]) for each in ids if each in found]

    async def summary(self, since: datetime) -> Summary:
        today = {"$match": {"first_seen_at": {"$gte": documents.second(since)}}}
        with self.store_errors():
            return sound(
                Summary(
                    articles=await self.db.articles.estimated_document_count(),
                    duplicates=await self.db.articles.count_documents({"duplicate_of": {"$ne": ""}}),
                    stories=await self.count_stories(),
                    revisions=await self.db.revisions.estimated_document_count(),
                    pending=await self.db.articles.count_documents({"export_pending": True}),
                    today=await self.count("articles", "listings.channel", today, {"$unwind": "$listings"}),
                    failed=await self.count("failures", "channel"),
                )
            )

    async def channel_states(self) -> dict[str, ChannelState]:
        with self.store_errors():
            found = self.db.channels.find().sort("_id", ASCENDING)
            return {state["_id"]: documents.load_state(state) async for state in found}

    async def runs(self, limit: int, until: datetime | None = None) -> list[RunRecord]:
        with self.store_errors():
            found = (
                await self.db.runs.find({"_id": {"$lt": after_run(until)}})
                .sort("_id", DESCENDING)
                .limit(limit)
                .to_list()
            )
            return [load_run(each) for each in found]


def _leaves(read: Document, incoming: Article) -> bool:
    """Return whether an article that may have duplicates is about to get another text than theirs."""
    return not read["duplicate_of"] and read["text_hash"] not in {"", incoming.text_hash}


def _independent(articles: Sequence[Article], saved: Collection[int]) -> dict[int, Article]:
    """Return index → article for the unsaved articles that share neither code nor text with an earlier one."""
    chosen: dict[int, Article] = {}
    seen: set[str] = set()
    for index, article in enumerate(articles):
        if index not in saved:
            own = {article.code, article.text_hash} - {""}
            if not own & seen:
                chosen[index] = article
            seen |= own
    return chosen
