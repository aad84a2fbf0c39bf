"""Large crawls save their articles by a second process, which may end at any time."""

import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from finews_spider.articles.normalize import clean
from finews_spider.errors import StoreError
from finews_spider.items import Article
from finews_spider.pipelines import writer
from finews_spider.pipelines.writer import Writer
from finews_spider.sample import SampleUpstream
from finews_spider.sample.news import SampleNews
from finews_spider.stores import open_store
from finews_spider.stores.records import Outcome
from finews_spider.times import SHANGHAI
from tests.running import Runner, interrupt, wait_for

COUNT, BATCH = 66, 22
NOW = datetime(2026, 3, 2, 15, tzinfo=SHANGHAI)
SHOWN = ("title", "published_at", "text_hash", "duplicate_of", "story", "revision")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(writer, "_cores", lambda: 2)


def batches():
    """Return batches of articles, some of them duplicates and reprints of others, as they leave the pipelines."""
    samples = map(SampleNews(COUNT).article, range(COUNT))
    articles = [
        clean(Article(code=each.code, title=each.title, body=each.body, published_at=each.shown, channel="甲"))
        for each in samples
    ]
    return [articles[start : start + BATCH] for start in range(0, COUNT, BATCH)]


async def save_all(url, prepare=lambda batch, writer: None):
    """Save all batches by a Writer; return the outcomes, and what is stored of each article."""
    async with open_store(url) as store:
        own = Writer(url, store)
        outcomes = []
        for batch in batches():
            prepare(batch, own)
            outcomes += await own.save(batch, NOW)
        own.close()
        posts = await store.posts_of([article.code for batch in batches() for article in batch])
    return outcomes, {code: [getattr(post.article, name) for name in SHOWN] for code, post in posts.items()}


async def test_a_second_process_stores_what_the_crawl_itself_would(tmp_path, store_url, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", COUNT)
    alone = await save_all(f"sqlite:///{tmp_path}/alone.db")
    monkeypatch.setattr(writer, "LARGE", BATCH)

    processes = []
    shared = await save_all(store_url, lambda batch, own: processes.append(own._process))
    assert [bool(process) for process in processes] == [False, False, True]
    assert shared == alone
    assert {stored[SHOWN.index("duplicate_of")] != "" for stored in shared[1].values()} == {True, False}
    assert {stored[SHOWN.index("story")] != "" for stored in shared[1].values()} == {True, False}


async def test_the_articles_say_what_the_second_process_decided(sqlite_url, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", 0)
    async with open_store(sqlite_url) as store:
        own = Writer(sqlite_url, store)
        saved = [article for batch in batches() for article in batch if await own.save([article], NOW)]
        own.close()
        posts = await store.posts_of([article.code for article in saved])
    assert any(article.duplicate_of for article in saved)
    for article in saved:
        # A story's first article is alone until its first reprint comes.
        assert article.duplicate_of == posts[article.code].article.duplicate_of
        assert article.story in {posts[article.code].article.story, ""}


async def test_where_the_second_process_is_killed_nothing_is_lost(store_url, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", 0)

    def kill(batch, own):
        if own._process:
            own._process.kill()

    outcomes, stored = await save_all(store_url, kill)
    assert outcomes == [Outcome.INSERTED] * COUNT
    assert len(stored) == COUNT


@pytest.mark.parametrize("module", ["this", "no_such_module", "finews_spider.no_such_module"])
async def test_a_second_process_that_does_something_else_is_done_without(sqlite_url, monkeypatch, module):
    monkeypatch.setattr(writer, "LARGE", 0)
    monkeypatch.setattr(writer, "MODULE", module)
    outcomes, _ = await save_all(sqlite_url)
    assert outcomes == [Outcome.INSERTED] * COUNT


async def test_where_no_program_can_be_started_the_crawl_saves_itself(sqlite_url, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", 0)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    outcomes, _ = await save_all(sqlite_url)
    assert outcomes == [Outcome.INSERTED] * COUNT


async def test_an_error_of_the_store_is_told_as_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", BATCH)
    path = tmp_path / "store.db"

    def damage(batch, own):
        if own._own < BATCH:
            with closing(sqlite3.connect(path, isolation_level=None)) as database:
                database.execute("DROP TABLE sketches")

    with pytest.raises(StoreError, match=f"^the SQLite store {path} failed: no such table: .*sketches; it is damaged"):
        await save_all(f"sqlite:///{path}", damage)


async def test_a_deleted_store_is_not_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "LARGE", BATCH)
    path = tmp_path / "store.db"

    def delete(batch, own):
        if own._own < BATCH:
            path.unlink(missing_ok=True)

    with pytest.raises(StoreError, match="the file was deleted or replaced under way"):
        await save_all(f"sqlite:///{path}", delete)
    assert not path.exists()


def second_process(crawl) -> int | None:
    """Return the id of the second process of a *crawl*, or None while there is none."""
    children = Path(f"/proc/{crawl.pid}/task/{crawl.pid}/children").read_text("ascii").split()
    # A thread of the crawl starts it.
    children += [
        child
        for thread in Path(f"/proc/{crawl.pid}/task").iterdir()
        for child in (thread / "children").read_text("ascii").split()
    ]
    return next((int(child) for child in children if is_writer(int(child))), None)


def is_writer(pid: int) -> bool:
    """Return whether *pid* is a second process that runs."""
    try:
        return writer.MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


@pytest.fixture
def upstream():
    with SampleUpstream(articles=600, seed=11, delay=0.05) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    finews = Runner(tmp_path, upstream, fresh=True)
    (tmp_path / "channels.toml").write_text(upstream.channels_toml(count=300, pages=2), encoding="utf-8")
    return finews


@pytest.mark.skipif(writer._cores() < 2, reason="a second process needs a second core")
@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.torture)])
def test_a_crawl_whose_second_process_is_killed_stores_all(finews, number):
    crawl = finews.start("run")
    wait_for(lambda: second_process(crawl))
    os.kill(second_process(crawl), number)
    _, err = crawl.communicate(timeout=240)
    assert crawl.returncode == 0, err
    assert finews.summary().articles == 600


@pytest.mark.skipif(writer._cores() < 2, reason="a second process needs a second core")
@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_ctrl_c_ends_both_processes(finews):
    crawl = finews.start("run")
    wait_for(lambda: second_process(crawl))
    pid = second_process(crawl)
    interrupt(crawl)
    assert not is_writer(pid)
    stored = finews.summary().articles
    assert 100 < stored < 600
    finews("run")
    assert finews.summary().articles == 600
