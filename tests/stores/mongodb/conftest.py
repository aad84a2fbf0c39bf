from contextlib import closing

import pytest
from pymongo import MongoClient

from finews_spider.stores import open_store


@pytest.fixture
async def store(mongodb_url):
    """Return an empty MongoDB store, open while the test runs."""
    async with open_store(mongodb_url) as store:
        yield store


@pytest.fixture
def db(mongodb_url):
    """Return the database itself, for what the contract doesn't show."""
    with closing(MongoClient(mongodb_url)) as client:
        yield client.get_default_database()
