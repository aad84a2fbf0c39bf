"""The posts of a MongoDB store."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.mongodb.stories import MongoStories
from finews_spider.stores.mongodb.twins import MongoTwins, key_of
from finews_spider.stores.records import ALL, Alias, Changed, Post, Selection, Takedown
from finews_spider.stores.rules import fold, new_aliases

GUARDS = ("_id", "content_hash", "duplicate_of", "listings", "taken_down", "image_files", "post_aliases", "story")
"""A writer changes an article only if these fields are as it read them."""
HAS_POST: Document = {"$or": [{"duplicate_of": ""}, {"post_path": {"$ne": ""}}]}


class MongoPosts(MongoTwins, MongoStories):
    """See :class:`MirrorStore`."""

    async def _update(self, read: Document, changes: Document) -> bool:
        """Change an article unless another writer has changed it since *read*; return whether it was changed."""
        guard = {name: read[name] for name in GUARDS if name in read}
        if self.is_ferretdb:
            guard = {"_id": read["_id"]}  # no other writer has: they take turns
        return bool((await self.db.articles.update_one(guard, {"$set": changes})).matched_count)

    async def pending(self, limit: int, after: str = "") -> list[Post]:
        settled: set[str] = set()
        while True:
            posts = await self._posts({"export_pending": True}, limit, after)
            articles = [post.article for post in posts if post.article.code not in settled and not post.taken_down]
            firsts = {a.code: key_of(a.text_hash, a.published_at) for a in articles if not a.duplicate_of}
            with self.store_errors():
                in_doubt = {a.code for a in articles if a.duplicate_of} | await self.unconfirmed(firsts)
            if not in_doubt:
                return posts
            async with self.writing():
                for code in sorted(in_doubt):
                    await self.settle(code)
            settled |= in_doubt

    async def posts(
        self, limit: int, after: str = "", only: Selection = ALL, *, newest_first: bool = False
    ) -> list[Post]:
        shown = {"$gte": documents.second(only.since), "$lt": documents.second(only.until)}
        conditions = {
            "published_at": {name: time for name, time in shown.items() if time},
            "media": only.media,
            "stocks": only.stock,
            "$or": _changed(only.changed) if only.changed else None,
        }
        wanted = {name: value for name, value in conditions.items() if value}
        return await self._posts(wanted, limit, after, DESCENDING if newest_first else ASCENDING)

    async def twins(self, code: str) -> list[Post]:
        with self.store_errors():
            found = await self.by_id("articles", await self.same(code))
            barred = await self.by_id("takedowns", list(found), "_id")
        return [documents.load_post(read, taken_down=code in barred) for code, read in sorted(found.items())]

    async def _posts(self, condition: Document, limit: int, after: str, order: int = ASCENDING) -> list[Post]:
        if after or order == ASCENDING:
            condition |= {"_id": {"$gt" if order == ASCENDING else "$lt": after}}
        with self.store_errors():
            wanted = self.db.articles.find(condition, {"listings": False})
            found = await wanted.sort("_id", order).limit(limit).to_list()
            barred = await self.by_id("takedowns", [read["_id"] for read in found], "_id")
            return [documents.load_post(read, taken_down=read["_id"] in barred) for read in found]

    async def posts_of(self, codes: Sequence[str]) -> dict[str, Post]:
        with self.store_errors():
            found = await self.by_id("articles", codes)
            barred = await self.by_id("takedowns", list(found), "_id")
        return {code: documents.load_post(read, taken_down=code in barred) for code, read in found.items()}

    async def add_aliases(self, aliases: Mapping[str, Sequence[Alias]]) -> None:
        async with self.writing():
            for code, more in aliases.items():
                read = await self.db.articles.find_one({"_id": code}, ["post_aliases"])
                known = documents.load_aliases(read or {})
                if read and (new := new_aliases(known, more)):
                    changes = {"post_aliases": documents.dump_aliases([*known, *new]), "export_pending": True}
                    await self.db.articles.update_one({"_id": code}, {"$set": changes})

    async def mark_exported(self, posts: Sequence[Post]) -> None:
        exported = {post.article.code: post for post in posts}
        async with self.writing():
            names = [name for name in GUARDS if name not in {"_id", "listings"}]
            stored = await self.by_id("articles", list(exported), *names)
            # They differ if the article was taken down or restored since, or the writer of that was killed.
            differ = [code for code, read in stored.items() if read["taken_down"] != exported[code].taken_down]
            barred = await self.by_id("takedowns", differ, "_id")
            outdated = {code for code in differ if (code in barred) != exported[code].taken_down}
            tries = ((exported[code], read, code in outdated) for code, read in stored.items())
            await gather(*(self._mark(post, read, is_outdated=late) for post, read, late in tries))

    async def _mark(self, post: Post, read: Document, *, is_outdated: bool) -> None:
        fixed = {"post_path": post.path, "post_category": post.category, "post_old": post.old}
        pending = (
            post.pending
            or is_outdated
            or read["content_hash"] != post.article.content_hash
            or documents.load_pairs(read.get("image_files", [])) != post.article.image_files
            or documents.load_aliases(read) != post.aliases
            or read.get("story", "") != post.article.story
        )
        done = {"export_pending": False, "taken_down": post.taken_down}
        if pending or not await self._update(read, fixed | done):
            await self._update({"_id": read["_id"]}, fixed | {"export_pending": True})

    async def requeue(self) -> int:
        return await self._requeue(HAS_POST)

    async def requeue_by_age(self, before: datetime) -> int:
        limit, exported = documents.second(before), {"post_path": {"$ne": ""}}
        moved = await self._requeue(exported | {"post_old": {"$ne": True}, "published_at": {"$lt": limit}})
        return moved + await self._requeue(exported | {"post_old": True, "published_at": {"$gte": limit}})

    async def _requeue(self, condition: Document) -> int:
        async with self.writing():
            marked = await self.db.articles.update_many(condition, {"$set": {"export_pending": True}})
            return marked.matched_count

    async def image_users(self, paths: Sequence[str]) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        with self.store_errors():
            names = ["image_files", "duplicate_of", "post_path"]
            found = await self.db.articles.find({"image_files.value": {"$in": list(paths)}}, names).to_list()
            barred = await self.by_id("takedowns", [read["_id"] for read in found], "_id")
        for read in found:
            if (read["post_path"] or not read["duplicate_of"]) and read["_id"] not in barred:
                for path in {pair["value"] for pair in read["image_files"]} & set(paths):
                    users.setdefault(path, set()).add(read["_id"])
        return users

    async def slugs(self) -> dict[str, str]:
        with self.store_errors():
            return {given["slug"]: given["_id"] async for given in self.db.slugs.find()}

    async def slug_of(self, name: str, wanted: str) -> str:
        with self.store_errors():
            while (given := await self.db.slugs.find_one({"_id": name})) is None:
                await self.insert("slugs", [{"_id": name, "slug": await self._claim_slug(name, wanted)}])
        return str(given["slug"])

    async def _claim_slug(self, name: str, wanted: str) -> str:
        """Return a slug that no other name can get any more; the same one if *name* has claimed one before."""
        slug, number = wanted, 2
        while await self.insert("slug_names", [{"_id": fold(slug), "name": name, "slug": slug}]):
            taken = await self.db.slug_names.find_one({"_id": fold(slug), "name": name})
            if taken:
                return str(taken["slug"])
            slug, number = f"{wanted}-{number}", number + 1
        return slug

    # take_down and restore mark the post before and after. Wherever they are killed, the next export sees the result.

    async def take_down(self, code: str, reason: str, now: datetime) -> bool:
        async with self.writing():
            await self._update({"_id": code}, {"export_pending": True})
            await self.mark_story(code)
            await self.insert("takedowns", [{"_id": code, "reason": reason, "at": documents.second(now)}])
            return await self._update({"_id": code}, {"export_pending": True, "taken_down": True})

    async def restore(self, code: str) -> bool:
        async with self.writing():
            mark = {"_id": code} | HAS_POST, {"$set": {"export_pending": True}}
            await self.db.articles.update_one(*mark)
            was_taken_down = bool((await self.db.takedowns.delete_one({"_id": code})).deleted_count)
            await self._update({"_id": code}, {"taken_down": False})
            await self.mark_story(code)
            await self.db.articles.update_one(*mark)
            return was_taken_down

    async def takedowns(self) -> list[Takedown]:
        with self.store_errors():
            found = await self.db.takedowns.find().to_list()
            return sorted(map(documents.load_takedown, found), key=lambda each: (each.at, each.code), reverse=True)


def _changed(since: Changed) -> list[Document]:
    moments = {"first_seen_at": since.seen, "gone_at": since.seen, "revised_at": since.revised}
    return [{name: {"$gte": documents.second(moment)}} for name, moment in moments.items()]
