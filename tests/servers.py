"""The servers and programs that tests need. A test is skipped without them, or fails if FINEWS_TEST_REQUIRE names them."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError

TOOLS = Path(__file__).parents[1] / ".tools"
STARTS_WITHIN = 60


def missing(part: str, reason: str) -> NoReturn:
    """Skip the test because *part* is missing, or fail it if ``FINEWS_TEST_REQUIRE`` names the part (separated by commas)."""
    if part in os.environ.get("FINEWS_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required: {reason}", pytrace=False)
    pytest.skip(f"{part}: {reason}")


@contextmanager
def mongodb(folder: Path) -> Iterator[str]:
    """Give the URL of a MongoDB: that of ``FINEWS_TEST_MONGODB``, else of one that is started in *folder*."""
    if url := os.environ.get("FINEWS_TEST_MONGODB"):
        yield url
        return
    port = free_port()
    where = os.pathsep.join([os.environ.get("PATH", ""), str(TOOLS)])
    if mongod := shutil.which("mongod", path=where):
        command = [mongod, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
    elif ferretdb := shutil.which("ferretdb", path=where):
        command = [ferretdb]
    else:
        missing("mongodb", f"neither mongod nor ferretdb on the PATH or in {TOOLS}, nor FINEWS_TEST_MONGODB set")
    url = f"mongodb://127.0.0.1:{port}/"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | ferretdb_settings(folder, port), stdout=log, stderr=log)
    try:
        wait_for(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def ferretdb_settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "FERRETDB_HANDLER": "sqlite",
        "FERRETDB_SQLITE_URL": f"file:{folder}/?_pragma=synchronous(off)",
        "FERRETDB_LISTEN_ADDR": f"127.0.0.1:{port}",
        "FERRETDB_STATE_DIR": str(folder),
        "FERRETDB_DEBUG_ADDR": "-",
        "FERRETDB_TELEMETRY": "disable",
        "FERRETDB_LOG_LEVEL": "error",
    }


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    with closing(MongoClient(url, serverSelectionTimeoutMS=500)) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                client.admin.command("ping")
            except PyMongoError:
                continue
            return
    missing("mongodb", f"{process.args[0]} doesn't answer; its log ends {log.read_text(errors='replace')[-300:]!r}")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Give the URL of a Redis that is started in *folder* and writes nothing to disk."""
    if not (server := shutil.which("redis-server")):
        missing("redis", "no redis-server on the PATH")
    port = free_port()
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "geheim!"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"redis://:geheim!@127.0.0.1:{port}/0"
    end = time.monotonic() + STARTS_WITHIN
    try:
        with closing(Redis.from_url(url)) as client:
            while process.poll() is None:
                try:
                    client.ping()
                    break
                except RedisError:
                    if time.monotonic() > end:
                        raise
        yield url
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Give the URL of a new database on *server*, and drop the database at the end."""
    url = urlsplit(server)._replace(path=f"/finews-test-{uuid4().hex[:12]}").geturl()
    yield url
    with closing(MongoClient(url)) as client:
        client.drop_database(client.get_default_database().name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
