"""`finews backup` and `finews restore`: from either store into either store, while others write, whole or not at all."""

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from finews_spider.errors import ConfigError
from finews_spider.stores import open_store
from finews_spider.stores.backup import backup, opened
from finews_spider.stores.records import ChannelState
from tests.full_store import content, crawl, fill
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, wait_for, withhold
from tests.stores.samples import MINUTE, NOW, SHOWN, A, C, D, article, codes


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.torture), "mongodb"])
def other_url(request, tmp_path):
    """Return the URL of a second store, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other.db"
    return urlsplit(request.getfixturevalue("mongodb_url"))._replace(path=f"/finews-test-{uuid4().hex[:12]}").geturl()


@pytest.fixture
def finews(tmp_path, store_url):
    return Runner(tmp_path, store=store_url)


def test_a_restored_store_exports_the_same_bytes(tmp_path, sqlite_url, other_url):
    with MisbehavingUpstream(articles=30, seed=9) as upstream:
        finews = Runner(tmp_path, upstream, store=sqlite_url, FINEWS_RETENTION_DAYS="1")
        crawl(finews, upstream)
        finews.ask(fill)
        finews("backup", "news.backup")
        before = content(sqlite_url)

        (tmp_path / "b").mkdir()
        other = Runner(tmp_path / "b", upstream, store=other_url, FINEWS_RETENTION_DAYS="1")
        out = other("restore", "../news.backup").stdout
        assert out.startswith(f"Restore: the store keeps {finews.summary().articles} articles; ")
        assert other.summary() == finews.summary()
        finews("export", "--all")
        other("export", "--all")
        bytes_of = [{p.relative_to(m): p.read_bytes() for p in m.rglob("*.md")} for m in (finews.mirror, other.mirror)]
        assert bytes_of[0] == bytes_of[1]
        assert any(path.parts[0] == "old_post" for path in bytes_of[0])

        # And back: nothing was lost.
        Runner(tmp_path / "b", store=other_url)("restore", "../news.backup", "--overwrite")
        other("backup", "../other.backup")
        finews("restore", "other.backup", "--overwrite")
        assert content(sqlite_url) == before
        # The next run requests what failed, and nothing that is known.
        upstream.reset_counts()
        withhold(upstream, "ok")
        finews("run")
        assert upstream.requests["text"] == 3


def test_everything_is_in_the_file(finews, tmp_path, store_url):
    finews.ask(fill)
    finews.ask(
        lambda store: store.save_channels(
            [ChannelState("要闻", NOW, NOW, SHOWN, True, {"https://a.b/$": {"If-None-Match": "t"}})]
        )
    )
    finews("backup", "news.backup")
    copied = content(f"sqlite:///{tmp_path}/news.backup")
    assert {name: len(rows) for name, rows in copied.items()} == {
        "articles": 4, "revisions": 2, "listings": 4, "failures": 1, "channels": 1, "slugs": 2, "takedowns": 2,
        "images": 1, "runs": 0,
    }  # fmt: skip
    if store_url.startswith("sqlite"):
        assert copied == content(store_url)
    shown = Runner(tmp_path, store=f"sqlite:///{tmp_path}/news.backup")("status").stdout
    assert "4 articles, 1 of them duplicates; stories with reprints: 0; 2 earlier versions" in shown


def test_only_its_owner_can_read_it_and_it_is_one_file(finews, tmp_path):
    finews.ask(fill)
    (tmp_path / "out").mkdir()
    done = finews("backup", "out/news.backup")
    assert done.stdout.startswith("Backup: wrote 4 articles to out/news.backup, 0.")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["news.backup"]
    assert stat.S_IMODE((tmp_path / "out/news.backup").stat().st_mode) == 0o600


def test_an_existing_file_stays_without_overwrite(tmp_path):
    finews = Runner(tmp_path)
    finews.summary()  # makes the store
    (tmp_path / "news.backup").write_text("mine")
    refused = finews("backup", "news.backup", code=2)
    assert refused.stderr == "finews: news.backup exists already; --overwrite replaces it\n"
    assert (tmp_path / "news.backup").read_text() == "mine"
    finews("backup", "news.backup", "--overwrite")
    finews("restore", "news.backup")


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_path_that_cannot_be_a_backup_is_refused_in_one_line(tmp_path, command):
    finews = Runner(tmp_path)
    finews.summary()  # makes the store
    assert finews(command, "news.db", code=2).stderr == "finews: news.db is the store itself\n"
    assert finews(command, ".", code=2).stderr == "finews: . is a folder; name a file in it\n"
    done = finews(command, "nowhere/file", code=2).stderr
    assert done.count("\n") == 1
    assert "there is no file" in done or "No such file" in done


def test_a_store_with_articles_is_replaced_only_on_request(finews):
    finews.summary()  # makes the store
    finews("backup", "empty.backup")
    finews.ask(fill)
    refused = finews("restore", "empty.backup", code=2)
    assert refused.stderr == "finews: the store has 4 articles; --overwrite replaces them by the backup\n"
    assert finews.summary().articles == 4
    finews("restore", "empty.backup", "--overwrite")
    assert finews.summary().articles == 0
    assert finews.ask(lambda store: store.known([C])) == {}


def test_a_restore_is_refused_during_a_run(tmp_path):
    with MisbehavingUpstream(articles=20, seed=3, delay=0.2) as upstream:
        finews = Runner(tmp_path, upstream)
        finews.summary()  # makes the store
        finews("backup", "empty.backup")
        running = finews.start("run")
        wait_for(lambda: upstream.requests["text"])
        assert "another run is under way" in finews("restore", "empty.backup", "--overwrite", code=75).stderr
        running.communicate(timeout=60)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"no database at all\n" * 100), "is no backup"),
        (lambda path: path.write_bytes(b""), "is no backup"),
        (lambda path: path.write_bytes(path.read_bytes()[:9000]), "is damaged"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:8192] + b"\xff" * (path.stat().st_size - 8192)),
            "is damaged",
        ),
        (lambda path: change(path, "PRAGMA user_version = 99"), r"a newer finews \(schema 99\); upgrade finews"),
        (lambda path: change(path, "DROP TABLE articles"), "is no backup: it is an SQLite file of something else"),
    ],
    ids=["text", "empty", "cut", "spoilt", "newer", "foreign"],
)
def test_a_file_that_cannot_be_restored_is_refused_in_one_line(tmp_path, sqlite_url, spoil, message):
    file = tmp_path / "news.backup"

    async def work():
        async with open_store(sqlite_url) as store:
            await fill(store)
            await backup(store, file, quiet)
        spoil(file)
        async with opened(file, tmp_path, quiet):
            pass

    with pytest.raises(ConfigError, match=f"^{file} .*{message}") as refused:
        asyncio.run(work())
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("restore-*"))


def quiet(_done, _total):
    pass


def change(path, statement):
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


async def filled(url, count):
    async with open_store(url) as store:
        for start in range(0, count, 500):
            await store.save([article(code, title="题" * 300) for code in codes(count)[start : start + 500]], NOW)


def test_a_backup_is_of_one_moment_while_a_crawl_writes(tmp_path, sqlite_url):
    """Each write increases a number in two articles. A copy that mixes two moments would have two different numbers."""

    async def work():
        await filled(sqlite_url, 3000)
        async with open_store(sqlite_url) as store, open_store(sqlite_url) as crawl:
            writes = 0

            async def write():
                nonlocal writes
                while True:
                    writes += 1
                    shown = SHOWN + writes * MINUTE
                    await crawl.save([article(code, f"{code}{writes}", published_at=shown) for code in (A, D)], NOW)

            writing = asyncio.create_task(write())
            await backup(store, tmp_path / "news.backup", quiet)
            assert writes > 1
            writing.cancel()
        async with open_store(f"sqlite:///{tmp_path}/news.backup") as copied:
            first, last = await copied.get(A), await copied.get(D)
            assert (first and first.revision) == (last and last.revision)

    asyncio.run(work())


def test_a_killed_backup_leaves_the_earlier_file(tmp_path):
    finews = Runner(tmp_path)
    asyncio.run(filled(finews.store, 1500))
    (tmp_path / "news.backup").write_text("the last one")
    process = finews.start("backup", "news.backup", "--overwrite")
    wait_for(lambda: list(tmp_path.glob("news.backup.*")) or process.poll() is not None)
    process.kill()
    process.communicate()
    assert (tmp_path / "news.backup").read_text() == "the last one"


def test_a_killed_restore_leaves_the_store_as_it_was_and_can_be_run_again(tmp_path):
    finews = Runner(tmp_path)
    asyncio.run(filled(finews.store, 1500))
    finews("backup", "news.backup")
    change(tmp_path / "news.backup", "UPDATE articles SET title = 'x'")
    log = tmp_path / "news.db-wal"
    process = finews.start("restore", "news.backup", "--overwrite")
    wait_for(lambda: process.poll() is not None or (log.exists() and log.stat().st_size > 100_000))
    process.kill()
    process.communicate()
    titles = {post.article.title for post in finews.ask(lambda store: store.posts(2000))}
    assert len(titles) == 1
    assert finews.summary().articles == 1500
    finews("restore", "news.backup", "--overwrite")
    assert {post.article.title for post in finews.ask(lambda store: store.posts(2000))} == {"x"}


def test_a_status_during_a_restore_sees_the_store_before_or_after_it(tmp_path):
    finews = Runner(tmp_path)
    finews.ask(fill)
    finews("backup", "news.backup")
    shutil.copy(tmp_path / "news.backup", tmp_path / "copy.backup")
    with closing(sqlite3.connect(tmp_path / "news.db")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (4,)
        change(tmp_path / "copy.backup", "DELETE FROM articles")
        finews("restore", "copy.backup", "--overwrite")
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (4,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (0,)
