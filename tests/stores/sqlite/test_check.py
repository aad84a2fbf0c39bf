"""Damaged stores and foreign files: a bad backup never replaces a good one, and only finews's own values are restored."""

import asyncio
import random
import sqlite3
from contextlib import closing

import pytest

from finews_spider.errors import ConfigError, StoreError
from finews_spider.stores import open_store
from finews_spider.stores.backup import backup, opened
from finews_spider.stores.records import ChannelState
from finews_spider.stores.sqlite import check as sqlite_check
from finews_spider.stores.sqlite.schema import SCHEMA_VERSION, make_schema, tables_of
from tests.cli.test_backup import change, filled, quiet
from tests.full_store import content, fill
from tests.running import Runner
from tests.stores.samples import NOW, A, B

PAGE = 4096
RUN = "20260102T120000-000000"
RECORD = '{"id": "x", "spider": "feed", "started_at": %s}'
ENDLESS = "WITH RECURSIVE n(x) AS (VALUES (0) UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Return the bytes of a backup of a store that has something in each table."""
    folder = tmp_path_factory.mktemp("good")

    async def work():
        async with open_store(f"sqlite:///{folder}/store.db") as store:
            await fill(store)
            await store.save_channels([ChannelState("要闻", NOW)])
            await store.save_run({"id": RUN, "spider": "feed", "started_at": "2026-01-02T12:00:00+08:00"})
            await backup(store, folder / "news.backup", quiet)

    asyncio.run(work())
    return (folder / "news.backup").read_bytes()


@pytest.fixture
def news(tmp_path, good):
    """Return such a backup."""
    file = tmp_path / "news.backup"
    file.write_bytes(good)
    return file


def restored(file, folder):
    """Return all that a restore of *file* would put into a store."""

    async def work():
        async with opened(file, folder, quiet) as made:
            return content(f"sqlite:///{made}")

    return asyncio.run(asyncio.wait_for(work(), 60))


# Damage


def spoil(path, page: int, dice: random.Random) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE + dice.choice([0, 0, 5, 200]))
        file.write(bytes(dice.randrange(256) for _ in range(dice.choice([1, 8, 300]))))


def test_a_backup_of_a_damaged_store_does_not_replace_a_good_one(tmp_path):
    """Whatever page is damaged: what is written can be restored, or nothing is."""
    dice = random.Random(18)
    store = tmp_path / "store.db"
    asyncio.run(filled(f"sqlite:///{store}", 100))
    with closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
    whole = store.read_bytes()
    file = tmp_path / "news.backup"

    async def write():
        async with open_store(f"sqlite:///{store}") as opened_store:
            await backup(opened_store, file, quiet)

    refused = 0
    for page in range(len(whole) // PAGE):
        store.write_bytes(whole)
        spoil(store, page, dice)
        file.write_text("the last one")
        message = ""
        try:
            asyncio.run(write())
        except StoreError as error:
            message = str(error)
        if message:
            refused += 1
            assert "\n" not in message
            assert file.read_text() == "the last one"
        else:
            restored(file, tmp_path)
        for left in tmp_path.glob("store.db-*"):
            left.unlink()
    assert refused > len(whole) // PAGE // 3
    assert not list(tmp_path.glob("*.partial*"))


def test_a_backup_that_would_be_damaged_exits_with_1_in_one_line(tmp_path):
    finews = Runner(tmp_path)
    finews.ask(fill)
    finews("backup", "news.backup")
    before = (tmp_path / "news.backup").read_bytes()
    change(tmp_path / "news.db", "UPDATE articles SET post_path = '../x'")
    done = finews("backup", "news.backup", "--overwrite", code=1)
    assert done.stderr == (
        f"finews: the store is damaged: post_path of '{A}' in articles can't be '../x'; news.backup wasn't written, and "
        "an earlier backup there stays\n"
    )
    assert (tmp_path / "news.backup").read_bytes() == before


def test_what_another_program_added_to_a_store_is_not_in_its_backup(tmp_path):
    finews = Runner(tmp_path)
    finews.ask(fill)
    for statement in (
        "CREATE VIEW titles AS SELECT title FROM articles",
        "CREATE INDEX by_title ON articles (title)",
        "CREATE TABLE notes (note TEXT)",
        "CREATE TRIGGER noted AFTER UPDATE ON articles BEGIN INSERT INTO notes VALUES (1); END",
    ):
        change(tmp_path / "news.db", statement)
    finews("backup", "news.backup")
    before = content(finews.store)
    finews("restore", "news.backup", "--overwrite")
    assert content(finews.store) == before


# Files from elsewhere


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["CREATE VIEW x AS SELECT 1"], "holds something that finews didn't make: the view 'x'"),
        ([f"CREATE VIEW x AS {ENDLESS}"], "holds something that finews didn't make: the view 'x'"),
        (["DROP TABLE runs", f"CREATE VIEW runs AS {ENDLESS}"], "holds something that finews didn't make: the view 'runs'"),
        (["CREATE TRIGGER x AFTER INSERT ON articles BEGIN DELETE FROM articles; END"], "holds something that finews didn't make: the trigger 'x'"),
        (["CREATE TABLE x (y)"], "holds something that finews didn't make: the table 'x'"),
        (["CREATE VIRTUAL TABLE x USING fts5 (y)"], "holds something that finews didn't make: the table 'x"),
        (["CREATE INDEX x ON articles (abs(title))"], "holds something that finews didn't make: the index 'x'"),
        (["DROP TABLE runs"], "is damaged: its table runs is missing"),
        (["DROP INDEX articles_first"], "is damaged: its index articles_first is missing"),
        (["ALTER TABLE runs ADD COLUMN x TEXT"], "holds something that finews didn't make: the table 'runs'"),
        (["ALTER TABLE runs ADD COLUMN x TEXT AS (abs(1))"], "holds something that finews didn't make: the table 'runs'"),
        (["DROP TABLE runs", "CREATE TABLE runs (id, run)"], "holds something that finews didn't make: the table 'runs'"),
        (["PRAGMA user_version = -1"], "is no backup|holds"),
        (["PRAGMA user_version = 1"], "holds something that finews didn't make: the "),
        (["DROP TABLE articles"], "is no backup: it is an SQLite file of something else"),
    ],
)  # fmt: skip
def test_a_foreign_schema_is_refused(news, tmp_path, statements, message):
    for statement in statements:
        change(news, statement)
    with pytest.raises(ConfigError, match=f"^{news} {message}") as refused:
        restored(news, tmp_path)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        *(("articles", "post_path", path) for path in (
            "_config.yml", "_posts/../_config.yml", "/etc/passwd", "_posts/", "_posts/.x.md", "_posts/a/b.md", "_posts/a\nb.md",
            "_posts\\a.md", "_posts/" + "字" * 100, b"_posts/a.md", "_layouts/default.html", " _posts/a.md")),
        *(("articles", "post_category", path) for path in ("..", "a .. b", "a/../b", "a\\..", "x" * 256)),
        ("articles", "category", "../x"),
        *(("articles", "code", code) for code in ("../x", "", "A", "2026/1", "1" * 65, "1\n")),
        *(("articles", "published_at", time) for time in (
            "", "yesterday", "2026-01-02", "2026-13-02T09:30:00+08:00", "2026-01-02T09:30:00+00:00", 1767317400,
            "9999-12-31T23:59:59+08:00", "2026-01-02T09:30:00+08:00\n")),
        ("articles", "revised_at", "x"),
        *(("articles", "stocks", stocks) for stocks in ("", "{}", "[1]", "[[]]", "[" * 100_000, '["x"', "null")),
        *(("articles", "image_files", files) for files in (
            "[]", '{"x": "../x.png"}', '{"x": 1}', '{"x": "_posts/x.md"}', '{"x": "images/../../x.png"}', '{"x": "images/x"}')),
        ("articles", "layout", "x"),
        *(("articles", "export_pending", flag) for flag in (2, -1, "x", 0.5)),
        *(("articles", "revision", number) for number in (-1, 10**12, "x")),
        *(("articles", "body", body) for body in (b"\xff", "x" * (17 << 20))),
        ("articles", "title", "x" * (2 << 20)),
        ("articles", "text_hash", "x y"),
        ("articles", "duplicate_of", "../x"),
        ("revisions", "stocks", "x"),
        ("revisions", "body", b""),
        ("listings", "time", "x"),
        ("failures", "attempts", "x"),
        *(("failures", "ref", ref) for ref in ("", "[]", "{}", "null", '{"code": 1}')),
        *(("channels", "state", state) for state in ("", "[]", "{}", '{"name": 1, "asked_at": null}')),
        ("slugs", "slug", "../x"),
        ("takedowns", "at", "x"),
        ("takedowns", "code", "../x"),
        *(("runs", "run", run) for run in ("[]", "{}", RECORD % 5, RECORD % '"x"')),
        ("runs", "id", "../x"),
        ("images", "path", "../x.png"),
    ],
)  # fmt: skip
def test_a_value_that_finews_could_not_have_written_is_refused(news, tmp_path, table, column, value):
    with closing(sqlite3.connect(news)) as db:
        key, least = db.execute(
            f"SELECT name, (SELECT min(1) FROM {table}) FROM pragma_table_info('{table}')"
        ).fetchone()
        assert least
        first = f"(SELECT min({key}) FROM {table})"
        assert db.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = {first}", [value]).rowcount
        db.commit()
    with pytest.raises(ConfigError, match=f"^{news} is damaged") as refused:
        restored(news, tmp_path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_text_that_isnt_utf_8_is_refused(news, tmp_path):
    change(news, "UPDATE articles SET title = CAST(x'ff' AS TEXT)")
    with pytest.raises(ConfigError, match=f"^{news} is damaged"):
        restored(news, tmp_path)


def test_control_characters_are_removed_as_by_the_crawl(news, tmp_path):
    change(
        news,
        "UPDATE articles SET title = 'a' || char(27) || 'b' || char(10) || 'c', body = '<p>' || char(8238) || '</p>'",
    )
    with closing(sqlite3.connect(news)) as db:
        names = [column[0] for column in db.execute("SELECT * FROM articles").description]
    for row in restored(news, tmp_path)["articles"]:
        assert (row[names.index("title")], row[names.index("body")]) == ("ab c", "<p></p>")


def test_a_duplicate_of_nothing_becomes_an_article(news, tmp_path):
    change(news, f"UPDATE articles SET duplicate_of = '{'9' * 18}' WHERE code = '{B}'")
    with closing(sqlite3.connect(news)) as db:
        names = [column[0] for column in db.execute("SELECT * FROM articles").description]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in restored(news, tmp_path)["articles"]}
    assert (found[B]["duplicate_of"], found[B]["export_pending"]) == (A, 0)


def test_every_column_has_a_check():
    for version in range(1, SCHEMA_VERSION + 1):
        with closing(sqlite3.connect(":memory:")) as db:
            make_schema(db, version)
            for table in tables_of(db):
                assert list(sqlite_check.rows(db, table)) == []
