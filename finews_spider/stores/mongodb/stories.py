"""The stories of a MongoDB store: which articles are reprints of one another.

``sketches`` has, for each hash of a sketch, the codes of the last articles with it; ``stories`` has the codes of each
story's articles. ``unread`` has the articles that are about to be saved and for whose reprints nobody has looked yet.
If their writer is killed, the next process that opens the store looks for them. There are no transactions, so writers
take turns in finding stories: two reprints that two workers save at the same moment find each other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from pymongo import ASCENDING

from finews_spider.articles import stories
from finews_spider.items import Article
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.connection import MongoConnection, batches
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.records import Post
from finews_spider.stores.rules import LARGEST_STORY, likeliest, story_rank
from finews_spider.stores.upgrade import Upgrade

MOST_OF_A_KEY = 8
"""A key that many articles have, such as the first words of a routine notice, keeps the last eight of them."""
FILLED = "stories"
"""The document of ``meta`` that says up to which code the articles of an earlier finews were looked at."""
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

    async def fill_stories(self) -> None:
        """Look for the reprints of all articles for which nobody has. What is done stays done where it is stopped."""
        left = [each["_id"] async for each in self.db.unread.find({}, ["_id"])]
        if left:
            async with self.writing():
                await self.find_stories(left)
        filled = await self.db.meta.find_one({"_id": FILLED})
        if filled and filled["after"] is None:
            return
        after = filled["after"] if filled else ""
        upgrade = Upgrade(await self.db.articles.estimated_document_count())
        found = self.db.articles.find({"_id": {"$gt": after}}, ["_id"]).sort("_id", ASCENDING)
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
        before = {code: _reading(read).sketch() for code, read in stored.items()}
        await self.replace("unread", [{"_id": a.code, "keys": before.get(a.code, [])} for a in articles])

    async def find_stories(self, codes: Sequence[str]) -> dict[str, str]:
        """Put each of *codes* that is stored into the story that it tells, and return code → its story."""
        async with self.turn("finding stories"):
            unread = await self.by_id("unread", codes)
            await self._forget({code: each["keys"] for code, each in unread.items() if each["keys"]})
            articles = await self.by_id("articles", codes, *NEEDED)
            finding = _Finding(self, articles)
            await finding.find()
            await self.db.unread.delete_many({"_id": {"$in": list(articles)}})
        return {code: read.get("story") or "" for code, read in articles.items()}
