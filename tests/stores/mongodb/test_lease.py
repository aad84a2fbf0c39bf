"""Leases. A lease of negative length has expired when it is given."""

import asyncio
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest
from pymongo import MongoClient

from finews_spider.stores import open_store


async def test_a_lease_has_one_holder_until_it_is_released(store):
    assert await store.lease("run", "甲", 60) == "甲"
    assert await store.lease("run", "乙", 60) == "甲"
    assert await store.lease("run", "甲", 60) == "甲"
    assert await store.lease("other", "乙", 60) == "乙"
    await store.release("run", "乙")
    assert await store.lease("run", "乙", 60) == "甲"
    await store.release("run", "甲")
    assert await store.lease("run", "乙", 60) == "乙"


async def test_an_expired_lease_goes_to_the_next_holder_and_the_former_one_learns_that(store):
    await store.lease("run", "甲", -1)
    assert await store.lease("run", "乙", 60) == "乙"
    assert await store.lease("run", "甲", 60) == "乙"


async def test_an_expired_lease_that_nobody_took_is_renewed(store):
    await store.lease("run", "甲", -1)
    assert await store.lease("run", "甲", 60) == "甲"
    assert await store.lease("run", "乙", 60) == "甲"


@pytest.mark.parametrize("killed", [True, False])
async def test_of_several_requests_at_the_same_time_one_gets_the_lease(store, mongodb_url, killed):
    if killed:
        await store.lease("run", "killed", -1)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(mongodb_url)) for _ in range(5)]
        holders = await asyncio.gather(*(each.lease("run", f"host {n}", 60) for n, each in enumerate(stores)))
    assert len(set(holders)) == 1
    assert holders[0] != "killed"


async def test_a_lease_lasts_by_the_server_s_clock_and_a_renewal_waits_for_no_writer(store, mongodb_url):
    with closing(MongoClient(mongodb_url)) as client:
        meta = client.get_default_database().meta
        meta.insert_one({"_id": "turn", "by": "killed", "until": datetime.now(UTC) + timedelta(days=1)})
        before = client.admin.command("hello")["localTime"]
        await store.lease("run", "甲", 60)
        await store.lease("run", "甲", 90)
        after = client.admin.command("hello")["localTime"]
        until = meta.find_one({"_id": "lease:run"})["until"]
    assert before <= until - timedelta(seconds=90) <= after
