import pytest

from finews_spider.stores import open_store


@pytest.fixture
async def store(sqlite_url):
    """Return an empty SQLite store, open while the test runs."""
    async with open_store(sqlite_url) as store:
        yield store
