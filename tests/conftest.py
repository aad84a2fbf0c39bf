import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from redis import Redis

from finews_spider import i18n
from tests import fork_server, servers
from tests.running import Runner

settings.register_profile("unhurried", deadline=None)  # on a busy machine, 0.01 s of work may take 0.5 s
settings.load_profile("unhurried")


def pytest_configure():
    # Whatever the locale of the machine, the tests read English.
    os.environ["FINEWS_LANG"] = "en"
    i18n.use("en")
    # A background job of a shell ignores Ctrl-C, and so would the commands that the tests interrupt by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers():
    # One more than cores: a third of the time, tests wait for servers, browsers and commands.
    return (os.cpu_count() or 1) + 1


def pytest_unconfigure():
    fork_server.close()


@pytest.fixture(scope="session")
def mongodb_server(tmp_path_factory):
    """Return the URL of a MongoDB server."""
    with servers.mongodb(tmp_path_factory.mktemp("mongodb")) as url:
        yield url


@pytest.fixture
def mongodb_url(mongodb_server):
    """Return the URL of an empty MongoDB database."""
    with servers.fresh_database(mongodb_server) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """Return the URL of a Redis."""
    with servers.redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server):
    """Return the URL of an empty Redis."""
    with closing(Redis.from_url(redis_server)) as client:
        client.flushall()
    return redis_server


@pytest.fixture
def sqlite_url(tmp_path):
    """Return the URL of an SQLite store that doesn't exist yet."""
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture(params=["sqlite", "mongodb"])
def store_url(request):
    """Return the URL of an empty store; the test runs once for each kind of store."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def finews(tmp_path, upstream):
    """Return a user's new folder. Its commands request the upstream of the test's module."""
    return Runner(tmp_path, upstream)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Return the folder of recorded answers; they belong to their publishers and aren't part of the repository."""
    return recordings("golden")


@pytest.fixture(scope="session")
def captured() -> Path:
    """Return the folder of recorded answers of publishers other than Eastmoney, of which each has a folder there."""
    return recordings("captured")


def recordings(name: str) -> Path:
    variable = f"FINEWS_TEST_{name.upper()}"
    folder = Path(os.environ.get(variable) or Path(__file__).parents[2] / "shared" / name)
    if folder.is_dir():
        return folder
    reason = f"no recordings in {folder}; {variable} names another folder"
    if "golden" in os.environ.get("FINEWS_TEST_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)
