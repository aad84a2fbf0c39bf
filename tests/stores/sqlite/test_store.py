"""What only the SQLite store does."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from finews_spider.errors import ConfigError, StoreError
from finews_spider.stores import open_store
from finews_spider.stores.ids import new_id
from finews_spider.stores.sqlite.rows import ARTICLE_COLUMNS, dump_article, iso
from finews_spider.stores.sqlite.schema import FIRST_SCHEMA, IMAGES_AND_AGE
from tests.stores.samples import NOW, A, B, C, article


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store.db"


async def test_it_is_in_wal_mode(store, file):
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_writer_waits_for_another_and_readers_do_not(store, file, sqlite_url):
    await store.save([article()], NOW)
    async with open_store(sqlite_url) as reader:
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            saving = asyncio.create_task(store.save([article(text="改了")], NOW))
            assert (await reader.get(A)).revision == 0
            assert [post.article.code for post in await reader.pending(10)] == [A]
            assert not saving.done()
            db.execute("COMMIT")
        assert await saving == ["revised"]
        assert (await reader.get(A)).revision == 1


async def test_folders_are_made(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/a/新 闻#?%20/store.db"):
        assert (tmp_path / "a/新 闻#?%20/store.db").is_file()


async def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with open_store("sqlite:///data/store.db"):
        assert (tmp_path / "data/store.db").is_file()


@pytest.mark.parametrize("content", [b"no database at all\n" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
async def test_a_file_that_is_no_database(sqlite_url, file, content):
    file.write_bytes(content)
    with pytest.raises(StoreError, match=f"^the SQLite store {file} failed: [^\n]+$"):
        await open_store(sqlite_url).open()
    assert file.read_bytes() == content


async def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    for path in (f"{tmp_path}/file/store.db", "/proc/finews/store.db"):
        with pytest.raises(StoreError, match=f"^the SQLite store {path} failed: [^\n]+$"):
            await open_store(f"sqlite:///{path}").open()


async def test_a_write_that_fails_half_way_leaves_nothing(store):
    await store.save([article(A)], NOW)
    with pytest.raises(StoreError, match="NOT NULL"):
        await store.save([article(B), article(C, published_at=None)], NOW)
    assert await store.get(B) is None
    assert await store.save([article(B)], NOW) == ["new"]


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "sqlite:///", "sqlite:news.db", "sqlite://news.db"])
def test_urls_that_name_no_file(url):
    with pytest.raises(ConfigError, match=r"is no SQLite URL; write sqlite:///data/finews\.db$"):
        open_store(url)


async def test_a_file_of_the_first_schema_is_brought_up_to_date(sqlite_url, file):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(FIRST_SCHEMA + "PRAGMA user_version = 1")
        values = dict(zip(ARTICLE_COLUMNS, dump_article(article()), strict=True)) | {"first_seen_at": iso(NOW)}
        for name in ("image_files", "story", "partial", "extracted"):
            del values[name]
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        db.execute(f"INSERT INTO articles ({names}, export_pending) VALUES ({marks}, 1)", list(values.values()))
        db.commit()
    for _ in range(2):
        async with open_store(sqlite_url) as store:
            [post] = await store.pending(10)
            assert (post.article.title, post.article.image_files, post.old) == ("标题", {}, False)


async def test_runs_of_the_second_schema_get_ids_that_sort_as_they_began(sqlite_url, file):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(FIRST_SCHEMA + IMAGES_AND_AGE + "PRAGMA user_version = 2")
        for minute in (5, 10):
            run = json.dumps({"spider": "feed", "started_at": f"2026-03-03T12:{minute:02}:00+08:00", "seconds": minute})
            db.execute("INSERT INTO runs (run) VALUES (?)", [run])
        db.commit()
    async with open_store(sqlite_url) as store:
        newer, older = await store.runs(10)
        assert (newer["id"], newer["seconds"]) == ("20260303T121000-000002", 10)
        assert older["id"] < newer["id"] < new_id(NOW.replace(month=4))
