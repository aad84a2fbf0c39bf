"""Uses a store in every way that a crawl, an export and a status use it."""

from datetime import timedelta

from finews_spider.stores.base import ArticleStore
from finews_spider.stores.records import ChannelState
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, failure, ref


async def exercise(store: ArticleStore) -> None:
    """Write into every table of *store*, and call every method that a crawl, an export and a status call."""
    now = NOW
    for text in ("一", "二"):
        now += MINUTE
        made = [article(code, text=f"{code}{text}", media="晨报") for code in (A, B)]
        await store.save([*made, article(C, text=f"{A}{text}")], now)
    await store.add_listings([ref(A, "快讯")])
    await store.save_failures([failure(D)])
    await store.mark_gone([ref(B)], now)
    await store.save_channels([ChannelState("要闻")])
    await store.save_run({"id": "20260102T120000-000000", "started_at": NOW.isoformat()})
    await store.take_down(B, "x", now)
    await store.twins(A)
    await store.known([A, B, C, D])
    await store.due(["要闻"], now)
    await store.channel_states()
    while posts := await store.pending(500):
        await store.slug_of("晨报", "chenbao")
        for post in posts:
            post.path, post.category, post.pending = f"_posts/2026-01-02-NW{post.article.code}.md", "chenbao", False
        await store.mark_exported(posts)
    await store.requeue_by_age(SHOWN + timedelta(days=1))
    await store.image_users(["images/ab/cd.png"])
    await store.slugs()
    await store.history(A)
    await store.get(A)
    await store.summary(NOW)
    await store.runs(10)
