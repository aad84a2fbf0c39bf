import pytest

from finews_spider.stores import open_store


@pytest.fixture
async def store(store_url):
    """Return an empty store, open while the test runs; the test runs once for each kind of store."""
    async with open_store(store_url) as store:
        yield store
