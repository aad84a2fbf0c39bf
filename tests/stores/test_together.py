"""Several workers on one store: nothing is lost, nothing is doubled."""

import asyncio
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from multiprocessing import get_context

from finews_spider.items import Listing
from finews_spider.stores import open_store
from finews_spider.stores.records import Outcome
from tests.stores.samples import MINUTE, NOW, SHOWN, A, article, codes, failure, ref, revisions

WORKERS = 3
CODES = codes(45)


@asynccontextmanager
async def workers(url, count=WORKERS):
    """Give as many stores on one URL, each with its own connection, opened at the same time."""
    async with AsyncExitStack() as stack:
        yield await asyncio.gather(*(stack.enter_async_context(open_store(url)) for _ in range(count)))


async def test_the_same_new_articles_at_once(store_url):
    async with workers(store_url) as stores:
        batches = [[article(code, channel=f"频道{n}") for code in CODES[5 * n : 30 + 5 * n]] for n in range(WORKERS)]
        saved = await asyncio.gather(*(s.save(batch, NOW) for s, batch in zip(stores, batches, strict=True)))
        outcomes = Counter(outcome for each in saved for outcome in each)
        assert outcomes == {Outcome.INSERTED: 40, Outcome.UNCHANGED: 50}
        assert (await stores[0].summary(NOW)).today == dict.fromkeys(("频道0", "频道1", "频道2"), 30)


async def test_twins_at_once(store_url):
    async with workers(store_url) as stores:
        for number in range(5):
            twins = [article(f"{number}{n}", f"同{number}") for n in range(WORKERS)]
            await asyncio.gather(*(s.save([twin], NOW) for s, twin in zip(stores, twins, strict=True)))
            kept = [await stores[0].get(twin.code) for twin in twins]
            [first] = [each for each in kept if not each.duplicate_of]
            assert [each.duplicate_of for each in kept if each is not first] == [first.code] * (WORKERS - 1)


async def test_the_same_revision_at_once_is_one(store_url):
    async with workers(store_url) as stores:
        await stores[0].save([article()], NOW)
        saved = await asyncio.gather(*(s.save([article(text="改了")], NOW) for s in stores))
        assert Counter(each for [each] in saved) == {Outcome.REVISED: 1, Outcome.UNCHANGED: WORKERS - 1}
        assert (await stores[0].get(A)).revision == 1


async def test_different_revisions_at_once_are_all_kept(store_url):
    async with workers(store_url) as stores:
        await stores[0].save([article()], NOW)
        saved = await asyncio.gather(*(s.save([article(text=f"改{n}")], NOW) for n, s in enumerate(stores)))
        assert saved == [[Outcome.REVISED]] * WORKERS
        last = await stores[0].get(A)
        bodies = {last.body, *(revision.body for revision in revisions(store_url))}
        assert bodies == {article().body, *(f"<p>改{n}</p>" for n in range(WORKERS))}
        assert last.revision == WORKERS


async def test_listings_a_revision_and_an_export_at_once(store_url):
    async with workers(store_url) as (first, second, third):
        await first.save([article()], NOW)
        posts = [replace(post, path="p", category="c", pending=False) for post in await first.pending(1)]
        listed = [ref(channel=f"频道{n}") for n in range(5)]
        await asyncio.gather(
            *(first.add_listings([each]) for each in listed),
            second.save([article(text="改了")], NOW),
            third.mark_exported(posts),
        )
        [post] = await first.pending(1)
        assert (post.article.revision, post.path, post.category) == (1, "p", "c")
        assert (await first.get(A)).listings.keys() == {"要闻", *(each.channel for each in listed)}


async def test_the_same_failure_at_once_counts_each_try(sqlite_url):
    async with workers(sqlite_url) as stores:
        await asyncio.gather(*(s.save_failures([failure()]) for s in stores))
        assert (await stores[0].known([A]))[A].retry_at == NOW + 15 * MINUTE


async def test_slugs_for_one_name_at_once(store_url):
    async with workers(store_url) as stores:
        slugs = await asyncio.gather(*(s.slug_of("新京报", f"wanted{n}") for n, s in enumerate(stores)))
        assert len(set(slugs)) == 1
        assert await stores[0].slug_of("新京报", "x") == slugs[0]


async def test_a_crawl_and_an_export_at_once(store_url):
    async with workers(store_url, 2) as (crawl, export):
        crawled, exported = asyncio.Event(), set()

        async def crawling():
            for start in range(0, len(CODES), 5):
                await crawl.save([article(code) for code in CODES[start : start + 5]], NOW)
            crawled.set()

        async def exporting():
            last = False
            while not last:
                last = crawled.is_set()
                posts = [replace(post, path="p", category="c", pending=False) for post in await export.pending(10)]
                exported.update(post.article.code for post in posts)
                await export.mark_exported(posts)
                last = last and not posts

        await asyncio.gather(crawling(), exporting())
        assert exported == set(CODES)
        assert (await export.summary(NOW)).pending == 0


def crawl(url: str, worker: int) -> Counter:
    """Save every code and then its revision, in this worker's own order and from its own channel."""
    mine = CODES[worker * 15 :] + CODES[: worker * 15]
    batches = [mine[start : start + 15] for start in range(0, len(mine), 15)]
    row = {f"频道{worker}": Listing(SHOWN, "")}

    async def work() -> Counter:
        outcomes: Counter = Counter()
        async with open_store(url) as store:
            for version in ("初", "终"):
                for batch in batches:
                    # Three neighbours share a text.
                    articles = [article(c, f"{version}{int(c) // 3}", title=version, listings=row) for c in batch]
                    outcomes.update(zip(batch, await store.save(articles, NOW), strict=True))
        return outcomes

    return asyncio.run(work())


async def test_processes_that_save_overlapping_batches(store_url):
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        outcomes = sum(pool.map(crawl, [store_url] * WORKERS, range(WORKERS)), Counter())
    async with open_store(store_url) as store:
        kept = {code: await store.get(code) for code in CODES}
        summary = await store.summary(NOW)
    for code, each in kept.items():
        assert outcomes[code, Outcome.INSERTED] == 1
        # A slow worker's first version may come after a fast one's second. Each must be kept.
        assert outcomes[code, Outcome.REVISED] == each.revision
        assert each.listings.keys() == {f"频道{n}" for n in range(WORKERS)}
    assert summary.revisions == sum(each.revision for each in kept.values())
    originals = Counter(each.text_hash for each in kept.values() if not each.duplicate_of)
    assert max(originals.values()) == 1
