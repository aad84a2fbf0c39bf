"""The stories of a MongoDB store: which articles are reprints of one another.

``sketches`` has, for each hash of a sketch, the codes of the newest articles with it; ``stories`` has the codes of each
story's articles. ``unread`` has the articles that are about to be saved and for whose reprints nobody has looked yet.
If their writer is killed, the next process that opens the store looks for them. There are no transactions, so writers
take turns in finding stories: two reprints that two workers save at the same moment find each other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pymongo import ASCENDING

from finews_spider.articles import readings, stories
from finews_spider.items import Article
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.mongodb.connection import MongoConnection, batches
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.records import Post
from finews_spider.stores.rules import LARGEST_STORY, likeliest, story_rank
from finews_spider.stores.upgrade import Upgrade

MOST_OF_A_KEY = 8
"""A key that many articles have, such as the first words of a routine notice, keeps the newest eight of them."""
MOST_ASKED = 100_000
"""Stories that are asked for together; a query has 16 MB at most."""
FILLED = "sketches"
"""The document of ``meta`` that says up to which code the articles of an earlier finews were looked at."""
EARLIER_KEYS = {"_id": {"$type": "number"}}
"""The sketches of an earlier finews. FerretDB on SQLite reads a whole collection for an id that is a number."""
NEEDED = ("title", "body", "published_at", "story", "duplicate_of", "post_path")


class MongoStories(MongoConnection, MirrorStore):
    """Finds and changes stories."""

    async def story_posts(self, names: Sequence[str]) -> dict[str, list[Post]]:
        with self.store_errors():
            kept = await self.by_id("stories", names)
            posts = await self.posts_of([code for story in kept.values() for code in story["codes"]])
        found: dict[str, list[Post]] = {}
        for post in sorted(posts.values(), key=_place):
            if post.article.story in kept and (post.path or not post.article.duplicate_of):
                found.setdefault(post.article.story, []).append(post)
        return found

    async def count_stories(self, names: Collection[str] | None = None) -> int:
        wanted = {"$ne": ""} if names is None else {"$in": list(names)}
        with self.store_errors():
            hidden = {"$match": {"duplicate_of": wanted, "post_path": ""}}
            twins = await self.count("articles", "duplicate_of", hidden)
            seen = await self.db.stories.count_documents({"_id": wanted})
            firsts = list(twins)
            for start in range(0, len(firsts), MOST_ASKED):
                there = self.db.stories.find({"_id": {"$in": firsts[start : start + MOST_ASKED]}}, ["codes"])
                seen -= len([story async for story in there if len(story["codes"]) <= 1 + twins[story["_id"]]])
            return seen

    async def fill_stories(self) -> None:
        """Look for the reprints of all articles for which nobody has. What is done stays done where it is stopped."""
        left = [each["_id"] async for each in self.db.unread.find({}, ["_id"])]
        if left:
            async with self.writing():
                await self.find_stories(left)
        filled = await self.db.meta.find_one({"_id": FILLED})
        if filled and filled["after"] is None:
            return
        if not filled:
            async with self.writing():
                await self.db.sketches.delete_many(EARLIER_KEYS)
        after = filled["after"] if filled else ""
        found = self.db.articles.find({"_id": {"$gt": after}}, ["_id"]).sort("_id", ASCENDING)
        with Upgrade(await self.db.articles.estimated_document_count()) as upgrade:
            async for batch in batches(found):
                codes = [each["_id"] for each in batch]
                async with self.writing():
                    await self.find_stories(codes)
                    await self.replace("meta", [{"_id": FILLED, "after": codes[-1]}])
                upgrade.add(len(codes))
        async with self.writing():
            await self.replace("meta", [{"_id": FILLED, "after": None}])

    async def expect(self, articles: Collection[Article], stored: Mapping[str, Document]) -> None:
        """Remember that *articles* are about to be saved, with the sketches of the texts that they have so far.

        :param stored: code → the document of each that is stored.
        """
        await self.replace(
            "unread",
            [{"_id": a.code, "keys": _keys(stored[a.code]) if a.code in stored else []} for a in articles],
        )

    async def find_stories(self, codes: Sequence[str]) -> dict[str, str]:
        """Put each of *codes* that is stored into the story that it tells; return code → its story.

        An article whose text is another one than before leaves its story first.
        """
        async with self.turn("story turn"):
            unread = await self.by_id("unread", codes)
            articles = await self.by_id("articles", codes, *NEEDED)
            for code, read in articles.items():
                before = unread.get(code, {}).get("keys", [])
                if before and before != _keys(read):
                    await self._leave(read, before)
            sketches = await self.by_id(
                "sketches", {key for read in articles.values() for key in _keys(read, readings.ASKED)}
            )
            for read in sorted(articles.values(), key=lambda each: (each["published_at"], each["_id"])):
                await self._find_story(read, articles, sketches)
            await self.replace("sketches", [each for each in sketches.values() if each.pop("changed", False)])
            await self.delete("unread", list(articles))
        return {code: read.get("story") or "" for code, read in articles.items()}

    async def _find_story(self, read: Document, articles: dict[str, Document], sketches: dict[str, Document]) -> None:
        """Put one article into its story, and add it to *sketches* (key → document)."""
        reading = _reading(read)
        keys = _keys(read, readings.ASKED)
        found = [(key, code) for key in keys if key in sketches for code in sketches[key]["codes"]]
        for key in keys[: readings.KEPT]:
            sketch = sketches.setdefault(key, {"_id": key, "codes": []})
            if read["_id"] not in sketch["codes"]:
                sketch["codes"] = sorted([*sketch["codes"], read["_id"]])[-MOST_OF_A_KEY:]
                sketch["changed"] = True
        likely = likeliest(found, read["_id"], len(keys))
        articles |= await self.by_id("articles", [code for code in likely if code not in articles], *NEEDED)
        matching = [
            other
            for code in likely
            if (other := articles.get(code))
            and abs(read["published_at"] - other["published_at"]) <= timedelta(days=stories.DAYS)
            and stories.is_reprint(reading, _reading(other))
        ]
        if matching:
            await self._unite([read, *matching], articles)

    async def _unite(self, alike: Sequence[Document], articles: dict[str, Document]) -> None:
        """Make one story of the articles *alike* and of the stories that they are in."""
        before = await self._stories_of(alike)
        codes = {read["_id"] for read in alike}.union(*before.values())
        articles |= await self.by_id("articles", [code for code in codes if code not in articles], *NEEDED)
        members = [articles[code] for code in codes if code in articles]
        # A killed writer may have named some of them only.
        is_named = len(before) == 1 and {read.get("story") for read in members} == before.keys()
        if len(members) <= LARGEST_STORY and not is_named:
            await self._name(members, before, is_seen=not alike[0]["duplicate_of"])

    async def _stories_of(self, reads: Sequence[Document]) -> dict[str, list[str]]:
        """Return story → the codes of its articles, for the stories of *reads*."""
        names = {read.get("story") or "" for read in reads} - {""}
        return {name: story["codes"] for name, story in (await self.by_id("stories", names)).items()}

    async def _leave(self, read: Document, keys: Sequence[str]) -> None:
        """Take an article with another text out of its story, and out of the sketches *keys* of its earlier text."""
        kept = await self.by_id("sketches", keys)
        for each in kept.values():
            each["codes"] = [code for code in each["codes"] if code != read["_id"]]
        await self.replace("sketches", [each for each in kept.values() if each["codes"]])
        await self.delete("sketches", [key for key, each in kept.items() if not each["codes"]])
        before = await self._stories_of([read])
        left = [code for codes in before.values() for code in codes if code != read["_id"]]
        if read.get("story"):
            read["story"] = ""
            await self.db.articles.update_one({"_id": read["_id"]}, {"$set": {"story": ""}})
            members = await self.by_id("articles", left, *NEEDED)
            await self._name(list(members.values()), before, is_seen=not read["duplicate_of"])

    async def _name(self, members: Sequence[Document], before: Collection[str], *, is_seen: bool) -> None:
        """Give a story the code of its first article, and mark all its posts for export. A single article has none.

        :param before: the names under which its articles were stories so far.
        :param is_seen: mark its posts; not needed where only a duplicate without a post joined or left it.
        """
        first = min(members, key=_rank)["_id"] if len(members) > 1 else ""
        if first:
            await self.replace("stories", [{"_id": first, "codes": sorted(read["_id"] for read in members)}])
        for read in members:
            read["story"] = first
            # An article that had no post when it was read may have been exported since.
            may_have_post = read["post_path"] or not read["duplicate_of"]
            mark = {"export_pending": True} if is_seen and may_have_post else {}
            await self.db.articles.update_one({"_id": read["_id"]}, {"$set": {"story": first} | mark})
        await self.delete("stories", [name for name in before if name != first])

    async def mark_story(self, code: str) -> None:
        """Mark the posts of the story of *code* for export. A duplicate without a post changes none."""
        read = await self.by_id("articles", [code], "story", "duplicate_of", "post_path")
        seen = [each for each in read.values() if each["post_path"] or not each["duplicate_of"]]
        codes = [other for codes in (await self._stories_of(seen)).values() for other in codes]
        for other in (await self.by_id("articles", codes, "post_path")).values():
            if other["post_path"]:
                await self.db.articles.update_one({"_id": other["_id"]}, {"$set": {"export_pending": True}})


def _reading(read: Document) -> readings.Reading:
    return readings.read(read["title"], read["body"])


def _keys(read: Document, size: int = readings.KEPT) -> list[str]:
    """Return the ids of the sketches of an article: its hashes in hexadecimal."""
    return [f"{each:08x}" for each in _reading(read).sketch(size)]


def _rank(read: Document) -> tuple[bool, Any, str]:
    return story_rank(read | {"code": read["_id"]})


def _place(post: Post) -> tuple[bool, Any, str]:
    article = post.article
    return article.code != article.story, article.published_at, article.code
