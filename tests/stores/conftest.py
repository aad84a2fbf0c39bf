import asyncio
import inspect
from contextlib import AsyncExitStack

import pytest

from finews_spider.stores import open_store
from finews_spider.stores.base import ArticleStore


@pytest.fixture
def store(store_url):
    """Return an empty store, open while the test runs; the test runs once for each kind of store."""
    return open_store(store_url)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test that is a coroutine, with the stores that it asks for open."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(_run(pyfuncitem.obj, arguments))
    return True


async def _run(test, arguments):
    async with AsyncExitStack() as stores:
        for value in arguments.values():
            if isinstance(value, ArticleStore):
                await stores.enter_async_context(value)
        await test(**arguments)
