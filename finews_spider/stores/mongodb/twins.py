"""Decides which of several articles with the same content is the first one, and makes the others its duplicates.

The collection ``texts`` has a *claim* for each key, which is a hash and a day: the code of the first article and the
codes of its duplicates. There are no transactions, so a writer claims the key, then saves the article, then confirms
the claim. Another writer may take over an old claim whose article isn't saved. A slow writer then can't confirm its
claim, and its article becomes a duplicate. No clock decides which article is the first.

An article is *in doubt* while it is a duplicate that waits for export, or a first article whose claim isn't confirmed.
Its writer decides at once. If the writer was killed, the next export decides before it does anything else
(``pending``).
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from bson import ObjectId

from finews_spider.items import Article
from finews_spider.stores.mongodb.connection import LEASE, PAUSE_SECONDS, MongoConnection
from finews_spider.stores.mongodb.documents import Document
from finews_spider.times import SHANGHAI

NEEDED = ("text_hash", "published_at", "first_seen_at", "duplicate_of", "post_path", "taken_down", "revision")
"""The fields that decide about twins."""


def key_of(text_hash: str, published_at: datetime | None) -> str:
    """Return the key that duplicates share, which is the id of their claim; empty for an article without twins."""
    return f"{published_at.astimezone(SHANGHAI).date()} {text_hash}" if text_hash and published_at else ""


def claim_of(key: str, code: str, twins: Collection[str] = (), *, is_confirmed: bool = True) -> Document:
    """Return the claim of *key* for the article *code*.

    :param twins: the codes of its duplicates.

    ``at`` is new each time the code changes, so that a claim never equals one that was read earlier.
    """
    return {"_id": key, "code": code, "at": ObjectId(), "confirmed": is_confirmed, "twins": list(twins)}


class MongoTwins(MongoConnection):
    """Decides about duplicates."""

    async def claim(self, keys: Mapping[str, str]) -> dict[str, str]:
        """Claim *keys* and return code → ``duplicate_of``. A code is left out while another writer works on its key.

        A key belongs to the article that claimed it, if that article really has the key. A later article is its
        duplicate. If the article doesn't have the key, its writer is about to save it, or was killed.

        :param keys: code → key, in the order in which the articles will be saved.
        """
        taken = await self.insert(
            "texts", [claim_of(key, code, is_confirmed=False) for code, key in keys.items() if key]
        )
        claims = await self.by_id("texts", taken)
        articles = await self.by_id("articles", {claim["code"] for claim in claims.values()}, *NEEDED)
        firsts: dict[str, str] = {}
        before: set[str] = set()
        for code, key in keys.items():
            claim = claims.get(key)
            if key not in taken:
                firsts[code] = ""
            elif claim and _is_first(articles.get(claim["code"]), key):
                # If the first article is in this batch too, it may be about to get another key.
                if claim["code"] not in before:
                    firsts[code] = "" if claim["code"] == code else claim["code"]
            elif claim and self._is_given_up(claim, code) and await self._pass_on(claim, code):
                firsts[code] = ""
            before.add(code)
        return firsts

    async def unconfirmed(self, keys: Mapping[str, str]) -> set[str]:
        """Confirm the claims of saved articles, and return the codes of the articles that lost their claim.

        :param keys: code → key; an article with an empty key needs no claim.
        """
        own = {code: key for code, key in keys.items() if key}
        if not own or self.is_ferretdb:  # writers take turns there, so no claim is ever taken over
            return set()
        claimed = {"$or": [{"_id": key, "code": code} for code, key in own.items()]}
        confirmed = await self.db.texts.update_many(claimed, {"$set": {"confirmed": True}})
        if confirmed.matched_count == len(own):
            return set()
        claims = await self.by_id("texts", list(own.values()))
        return {code for code, key in own.items() if claims.get(key, {}).get("code") != code}

    async def settle_saved(self, articles: Collection[Article], keys: Mapping[str, str]) -> None:
        """Set ``duplicate_of`` of *articles* that were just saved.

        :param keys: code → key.
        """
        firsts = {article.code: keys[article.code] for article in articles if not article.duplicate_of}
        lost = await self.unconfirmed(firsts)
        for article in articles:
            if article.duplicate_of or article.code in lost:
                article.duplicate_of = await self.settle(article.code)

    async def same(self, code: str) -> set[str]:
        """Return the codes of the other articles with the same key."""
        article = await self._article(code)
        claim = await self.db.texts.find_one({"_id": _key(article)}) if article else None
        if not claim:
            return set()
        twins = await self._twins(claim)
        return {claim["code"], *(twin["_id"] for twin in twins)} - {code}

    async def settle(self, code: str) -> str:
        """Decide about an article that is in doubt, and return its new ``duplicate_of``."""
        while read := await self._article(code):
            if not read["duplicate_of"] and not await self.unconfirmed({code: _key(read)}):
                break
            first = await self._first(_key(read), code)
            if await self._decide(read, first) and first:
                return first
        return ""

    async def doubt(self, leaving: Document) -> None:
        """Put the duplicates of an article in doubt, because the article is about to leave its key."""
        key = _key(leaving)
        claim = await self.db.texts.find_one({"_id": key})
        if claim and claim["code"] == leaving["_id"]:
            for twin in await self._twins(claim):
                await self._change(twin, {"export_pending": True})

    async def leave(self, left: Document) -> None:
        """Give the claim of an article to another one, because the article has left its key.

        :param left: the article's document before the change.
        """
        claim = await self.db.texts.find_one({"_id": _key(left)})
        if claim and claim["code"] == left["_id"]:
            await self._pass_on(claim, "")

    async def _first(self, key: str, code: str) -> str:
        """Return the first article with *key*, after adding *code* to its duplicates; empty if *code* is the first."""
        while key:
            first = (await self.claim({code: key})).get(code)
            if first == "" or (first and await self._join(key, first, code)):
                return first
            await asyncio.sleep(PAUSE_SECONDS)
        return ""

    async def _join(self, key: str, first: str, code: str) -> bool:
        """Add a duplicate to the claim of the *first* article; return whether that article is still the first."""
        claim = await self.db.texts.find_one({"_id": key})
        if not claim or claim["code"] != first or not _is_first(await self._article(first), key):
            return False
        if claim["confirmed"] and code in claim["twins"]:
            return True
        twins = list(dict.fromkeys([*claim["twins"], code]))
        return await self._change_claim(claim, {"confirmed": True, "twins": twins})

    async def _pass_on(self, claim: Document | None, code: str) -> bool:
        """Give a claim whose article lacks the key to its first duplicate, else to *code*, else delete it.

        Return whether *code* got it.
        """
        while claim and not _is_first(await self._article(claim["code"]), claim["_id"]):
            twins = await self._twins(claim)
            if await self._give(claim, twins, code):
                for twin in twins[1:]:
                    await self.settle(twin["_id"])
                return not twins
            claim = await self.db.texts.find_one({"_id": claim["_id"]})
        return False

    async def _give(self, claim: Document, twins: Sequence[Document], code: str) -> bool:
        """Give *claim* to the first of *twins*, else to *code*; return False if another writer was faster."""
        first = twins[0]["_id"] if twins else code
        if not first:
            return await self._drop(claim)
        others = [twin for twin in claim["twins"] if twin != first]
        given = await self._change_claim(claim, claim_of(claim["_id"], first, others, is_confirmed=bool(twins)))
        return given and (not twins or await self._decide(twins[0], ""))

    async def _twins(self, claim: Document) -> list[Document]:
        """Return the duplicates that have the key of *claim*. The one that should be the first article comes first."""
        stored = await self.by_id("articles", {claim["code"], *claim["twins"]}, *NEEDED)
        twins = [each for each in stored.values() if each["duplicate_of"] and _key(each) == claim["_id"]]

        def place(twin: Document) -> tuple[object, ...]:
            # The article that the claim names stays: another writer may be about to make it the first.
            is_named = twin["_id"] == claim["code"]
            return not is_named, not twin["taken_down"], not twin["post_path"], twin["first_seen_at"], twin["_id"]

        return sorted(twins, key=place)

    async def _article(self, code: str) -> Document | None:
        return (await self.by_id("articles", [code], *NEEDED)).get(code)

    async def _decide(self, read: Document, first: str) -> bool:
        """Store ``duplicate_of`` of an article; return False if another writer has changed the article since *read*."""
        mark = {} if read["post_path"] else {"export_pending": not first}
        return await self._change(read, {"duplicate_of": first} | mark)

    async def _change(self, read: Document, changes: Document) -> bool:
        as_read = {name: read[name] for name in ("text_hash", "duplicate_of", "revision")}
        guard = {"_id": read["_id"], **self._only(as_read)}
        return bool((await self.db.articles.update_one(guard, {"$set": changes})).matched_count)

    async def _change_claim(self, read: Document, changes: Document) -> bool:
        guard = {"_id": read["_id"], **self._only(read)}
        return bool((await self.db.texts.update_one(guard, {"$set": changes})).matched_count)

    async def _drop(self, read: Document) -> bool:
        return bool((await self.db.texts.delete_one({"_id": read["_id"], **self._only(read)})).deleted_count)

    def _only(self, condition: Document) -> Document:
        """Return the filter that a changed document doesn't meet. FerretDB needs none: its writers take turns."""
        return {} if self.is_ferretdb else condition

    def _is_given_up(self, claim: Document, code: str) -> bool:
        """Return whether *code* may take a claim whose article lacks the key: its own, or one of a killed writer."""
        # A claim from the future counts as old: the clock of its writer was wrong.
        age = abs(datetime.now(UTC) - claim["at"].generation_time)
        return claim["code"] == code or self.is_ferretdb or age > LEASE


def _key(article: Document) -> str:
    return key_of(article["text_hash"], article["published_at"])


def _is_first(article: Document | None, key: str) -> bool:
    return article is not None and not article["duplicate_of"] and _key(article) == key
