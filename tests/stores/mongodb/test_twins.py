"""Several workers write twins into one MongoDB, and some of them are killed. Each text has one first article, none is lost.

FerretDB's writers take turns. Here FerretDB is used like MongoDB: each single change is one step, and anything may happen
between two steps.
"""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from finews_spider.stores import open_store
from finews_spider.stores.mongodb import twins as mongo_twins
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes

CODES = codes(6)
TEXTS = ("一", "二")
WORKERS = 3
CHANGES = ("update_one", "update_many", "replace_one", "delete_one", "insert_many")


@pytest.fixture
def like_mongodb(monkeypatch):
    """Let each change be one step, as MongoDB's are."""
    turn = asyncio.Lock()

    def atomic(change):
        async def alone(*args, **kwargs):
            async with turn:
                done = await change(*args, **kwargs)
            await asyncio.sleep(random.random() / 500)
            return done

        return alone

    for name in CHANGES:
        monkeypatch.setattr(AsyncCollection, name, atomic(getattr(AsyncCollection, name)))


@asynccontextmanager
async def workers(url: str):
    """Give stores on one database, each with its own connection, which treat it as MongoDB."""
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(url)) for _ in range(WORKERS)]
        for store in stores:
            store.is_ferretdb = False
        yield stores


async def crawl(store, dice: random.Random, minute: int) -> None:
    """Save some articles, each with one of a few texts. A code that is saved again is a revision."""
    for step in range(6):
        batch = dice.sample(CODES, dice.randint(1, 3))
        shown = SHOWN + (minute + step) * MINUTE
        await store.save([article(code, dice.choice(TEXTS), published_at=shown) for code in batch], NOW)


async def twins_of(store) -> dict[str, list]:
    posts = defaultdict(list)
    for post in await store.posts(100):
        posts[post.article.text_hash].append(post)
    return posts


async def check(store) -> None:
    waiting = {post.article.code for post in await store.pending(100)}
    for posts in (await twins_of(store)).values():
        first = [post.article.code for post in posts if not post.article.duplicate_of]
        assert len(first) == 1, [(post.article.code, post.article.duplicate_of) for post in posts]
        assert {post.article.duplicate_of for post in posts} <= {"", *first}
        assert {post.article.code for post in posts if not post.path} & waiting <= set(first)
        assert first[0] in waiting or next(post for post in posts if not post.article.duplicate_of).path


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.torture) for n in range(1, 9))])
async def test_workers_at_once(mongodb_url, like_mongodb, seed):
    dice = random.Random(seed)
    async with workers(mongodb_url) as stores:
        for tick in range(3):
            await asyncio.gather(*(crawl(store, dice, 100 * tick + 10 * n) for n, store in enumerate(stores)))
            await check(stores[0])
            posts = await stores[0].pending(100)
            done = [replace(post, path=f"_posts/{post.article.code}.md", pending=False) for post in posts]
            await stores[0].mark_exported(done)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.torture) for n in range(1, 9))])
async def test_workers_of_which_some_are_killed(mongodb_url, like_mongodb, monkeypatch, seed):
    monkeypatch.setattr(mongo_twins, "LEASE", timedelta(seconds=2))
    dice = random.Random(seed)
    async with workers(mongodb_url) as stores:
        for tick in range(4):
            tasks = [asyncio.create_task(crawl(s, dice, 100 * tick + 10 * n)) for n, s in enumerate(stores)]
            await asyncio.sleep(dice.uniform(0.02, 0.3))
            tasks[0].cancel()
            await asyncio.wait(tasks)
            await check(stores[1])


def before(monkeypatch, place, name, act):
    """Call *act* once, just before a call of a coroutine function of *place*."""
    goes_on = getattr(place, name)

    async def interrupted(*args, **kwargs):
        if args[:1] == ("texts",):
            return await goes_on(*args, **kwargs)
        monkeypatch.setattr(place, name, goes_on)
        await act()
        return await goes_on(*args, **kwargs)

    monkeypatch.setattr(place, name, interrupted)


async def test_the_first_leaves_while_a_twin_is_about_to_be_stored(mongodb_url, monkeypatch):
    async with workers(mongodb_url) as (one, other, _):
        await one.save([article(A, "同")], NOW)
        before(monkeypatch, one, "insert", lambda: other.save([article(A, "异")], NOW))
        await one.save([article(B, "同")], NOW)
        assert (await one.get(B)).duplicate_of == ""
        await check(one)


async def test_the_first_leaves_while_a_twin_is_stored_whose_writer_is_killed(mongodb_url, monkeypatch):
    async with workers(mongodb_url) as (one, other, _):
        await one.save([article(A, "同")], NOW)
        before(monkeypatch, one, "insert", lambda: other.save([article(A, "异")], NOW))
        monkeypatch.setattr(one, "settle", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await one.save([article(B, "同")], NOW)
        await check(other)
        assert (await other.get(B)).duplicate_of == ""


async def test_a_twin_becomes_the_first_while_it_is_about_to_be_rewritten(mongodb_url, monkeypatch):
    async with workers(mongodb_url) as (one, other, _):
        await one.save([article(code, "同") for code in (A, B, C)], NOW)
        before(monkeypatch, one, "_update", lambda: other.save([article(A, "异")], NOW))
        await one.save([article(B, "又异")], NOW)
        assert [(await one.get(code)).duplicate_of for code in (A, B, C)] == ["", "", ""]
        await check(one)


async def test_the_first_leaves_and_its_writer_is_killed_before_its_twins_are_updated(mongodb_url, monkeypatch):
    async with workers(mongodb_url) as (one, other, _):
        await one.save([article(code, "同") for code in (A, D)], NOW)
        await one.save([article(code, "同") for code in (B, C)], NOW + MINUTE)
        monkeypatch.setattr(one, "leave", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await one.save([article(A, "异")], NOW)
        monkeypatch.setattr(mongo_twins, "LEASE", timedelta(seconds=-1))
        await check(other)
        assert [(await other.get(code)).duplicate_of for code in (A, B, C, D)] == ["", D, D, ""]


@pytest.fixture
def at_once(monkeypatch):
    """Let each writer take over what another has claimed and not saved yet, as if that took longer than the lease."""
    monkeypatch.setattr(mongo_twins, "LEASE", timedelta(seconds=-1))


async def test_a_slow_writer_whose_claim_another_took_over(mongodb_url, monkeypatch, at_once):
    async with workers(mongodb_url) as (one, other, _):
        before(monkeypatch, one, "insert", lambda: other.save([article(code, "同") for code in (B, C)], NOW))
        slow = article(A, "同")
        await one.save([slow], NOW)
        assert slow.duplicate_of == B
        assert [(await one.get(code)).duplicate_of for code in (A, B, C)] == [B, "", B]
        await check(one)


async def test_a_slow_writer_that_is_killed_before_it_sees_that_its_claim_was_taken_over(
    mongodb_url, monkeypatch, at_once
):
    async with workers(mongodb_url) as (one, other, _):
        before(monkeypatch, one, "insert", lambda: other.save([article(B, "同")], NOW))
        monkeypatch.setattr(one, "settle_saved", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await one.save([article(A, "同")], NOW)
        await check(other)
        assert [(await other.get(code)).duplicate_of for code in (A, B)] == [B, ""]


async def test_a_slow_writer_that_saves_while_its_claim_is_taken_over(mongodb_url, monkeypatch, at_once):
    async with workers(mongodb_url) as (one, other, _):
        before(monkeypatch, other, "_change_claim", lambda: one.save([article(A, "同")], NOW))
        before(monkeypatch, one, "insert", lambda: other.save([article(B, "同")], NOW))
        await one.save([article(A, "同")], NOW)
        await check(one)


async def test_a_slow_writer_whose_rewritten_article_lost_its_claim(mongodb_url, monkeypatch, at_once):
    async with workers(mongodb_url) as (one, other, _):
        await one.save([article(A, "异")], NOW)
        before(monkeypatch, one, "_update", lambda: other.save([article(B, "同")], NOW))
        await one.save([article(A, "同")], NOW)
        assert [(await one.get(code)).duplicate_of for code in (A, B)] == [B, ""]
        await check(one)
