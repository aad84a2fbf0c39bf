"""Any article is read from the store as it was stored."""

import asyncio
import itertools
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from finews_spider.articles.normalize import line
from finews_spider.items import Listing
from finews_spider.stores import open_store
from tests.hostile import TEXTS, articles
from tests.stores.samples import NOW, SHOWN, failure

CODES = map("202601{:012}".format, itertools.count())
"""No code is used twice, because all examples share a store."""


@given(st.lists(st.tuples(articles(), TEXTS.map(line)), min_size=1, max_size=20))
@settings(max_examples=20, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_an_article_comes_back_as_it_was_stored(store_url, given_articles):
    made = [
        replace(article, code=next(CODES), listings={"要闻": Listing(SHOWN, title)})
        for article, title in given_articles
    ]
    failures = [failure(next(CODES), title=title) for _, title in given_articles]

    async def through():
        async with open_store(store_url) as store:
            await store.save(made, NOW)
            await store.save_failures(failures)
            return [await store.get(article.code) for article in made], await store.due(
                ["要闻"], NOW.replace(year=2027)
            )

    kept, due = asyncio.run(through())
    for article, stored in zip(made, kept, strict=True):
        for field in ("title", "body", "digest", "media", "tag", "source_url", "layout", "stocks", "images"):
            assert getattr(stored, field) == getattr(article, field)
    titles = {each.code: each.title for each in due}
    assert [titles[each.ref.code] for each in failures] == [each.ref.title for each in failures]
