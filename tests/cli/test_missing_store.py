"""A store that is missing or is another program's: only commands that write articles make a store."""

import asyncio
import os
import shutil
import sqlite3
import stat
from contextlib import closing

import pytest
from filelock import FileLock
from pymongo import MongoClient
from typer.main import get_command

from finews_spider.cli import app
from finews_spider.publishing.site import Site
from finews_spider.sample import SampleUpstream
from finews_spider.stores import open_store
from finews_spider.stores.base import Access
from finews_spider.stores.sqlite.schema import SCHEMA_VERSION
from tests.fault_env import disk
from tests.running import Runner
from tests.stores.samples import NOW, A, B, C, article
from tests.stores.test_migrations import REVISED, write

READING = [
    ["status"],
    ["status", "--json", "--check"],
    ["history", A],
    ["show", A],
    ["search", "标题"],
    ["list"],
    ["takedown", "--list"],
    ["export", "--format", "jsonl", "--output", "out.jsonl"],
    ["verify"],
    ["backup", "new.backup"],
    ["compact", "--dry-run", "--runs-days", "1"],
]
CHANGING = [
    ["export"],
    ["export", "--all"],
    ["takedown", A, "--reason", "x"],
    ["takedown", A, "--undo"],
    ["verify", "--repair"],
    ["verify", "--repair", "--force"],
    ["compact", "--runs-days", "1"],
]
MAKING = {"run", "fetch", "import", "restore", "watch", "demo"}
"""Commands that may make a store."""
WITHOUT = {"channels", "probe", "copy", "init", "publish"}
"""Commands that need no store."""


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=12, seed=4) as upstream:
        yield upstream


def tree(folder):
    """Return every file and folder with its bytes, permissions and time of change."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.is_file() and path.read_bytes(),
        )
        for path in sorted(folder.rglob("*"))
    }


def names(group, found=()):
    for name, command in getattr(group, "commands", {}).items():
        found = names(command, (*found, name))
    return found


def test_it_is_known_of_every_command_whether_it_may_make_a_store():
    tested = {command[0] for command in READING + CHANGING}
    assert set(names(get_command(app))) == tested | MAKING | WITHOUT | {"site"}


@pytest.mark.parametrize("command", READING + CHANGING, ids=" ".join)
def test_a_missing_store_is_one_line_and_nothing_is_made(tmp_path, command):
    finews = Runner(tmp_path, store=f"sqlite:///{tmp_path}/away/news.db")
    if command == ["verify"]:
        finews.mirror.mkdir()
    before = tree(tmp_path)
    done = finews(*command, code=2)
    assert done.stderr == (
        f"finews: there is no store at {tmp_path}/away/news.db; is FINEWS_STORE right and its disk mounted? "
        "`finews run` and `finews import` make a new one\n"
    )
    assert done.stdout == ""
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "circle"])
@pytest.mark.parametrize("command", [*READING, *CHANGING, ["import", "old"], ["run"]], ids=" ".join)
def test_something_other_than_a_file_is_no_store_and_stays(tmp_path, kind, command):
    database = tmp_path / "news.db"
    match kind:
        case "folder":
            database.mkdir()
        case "pipe":
            os.mkfifo(database)
        case "device":
            database.symlink_to("/dev/null")
        case "circle":
            database.symlink_to("news.db")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "old/_posts").mkdir(parents=True)
    with SampleUpstream(articles=1) as upstream:
        done = Runner(tmp_path, upstream)(*command, code=2)
    message = "there is no store at" if kind == "circle" else "which is no file, is no store of finews"
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not os.path.lexists(tmp_path / "new.backup")


@pytest.mark.parametrize(("command", "code"), [(["channels"], 0), (["publish"], 2)])
def test_a_command_that_needs_no_store_makes_none(tmp_path, command, code):
    Runner(tmp_path)(*command, code=code)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("command", [READING[0], CHANGING[0]], ids=" ".join)
def test_an_empty_file_is_no_store(tmp_path, command):
    (tmp_path / "news.db").touch()
    (tmp_path / "mirror").mkdir()
    before = tree(tmp_path)
    assert "there is no store at" in Runner(tmp_path)(*command, code=2).stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("command", "version"),
    [(["status"], 0), (["status"], 3), (["export"], 0), (["export"], 3), (["run"], 0), (["import", "old"], 3)],
)
def test_another_programs_database_stays_as_it_is(tmp_path, upstream, command, version):
    with closing(sqlite3.connect(tmp_path / "news.db")) as db:
        db.executescript(f"CREATE TABLE articles (x); CREATE TABLE takedowns (x); PRAGMA user_version = {version}")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "old/_posts").mkdir(parents=True)
    before = (tmp_path / "news.db").read_bytes()
    done = Runner(tmp_path, upstream)(*command, code=None)
    assert done.returncode == 2
    assert f"the SQLite file {tmp_path}/news.db is no store of finews, or is damaged; name another one" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "news.db").read_bytes() == before


@pytest.mark.parametrize("command", READING + CHANGING, ids=" ".join)
def test_a_missing_mongodb_database_is_one_line_and_none_is_made(tmp_path, mongodb_url, command):
    finews = Runner(tmp_path, store=mongodb_url)
    finews.mirror.mkdir()
    before = tree(tmp_path)
    assert finews(*command, code=2).stderr.startswith(
        f"finews: there is no store at {mongodb_url}; is FINEWS_STORE right"
    )
    with closing(MongoClient(mongodb_url)) as client:
        assert client.get_default_database().list_collection_names() == []
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", [["status"], ["import", "old"], ["restore", "good.backup"]], ids=" ".join)
def test_a_mongodb_database_of_another_shape_gets_no_collections(tmp_path, mongodb_url, command):
    (tmp_path / "old/_posts").mkdir(parents=True)
    other = Runner(tmp_path, store=f"sqlite:///{tmp_path}/other.db")
    other.summary()
    other("backup", "good.backup")
    with closing(MongoClient(mongodb_url)) as client:
        db = client.get_default_database()
        db.orders.insert_one({"_id": 1})
        message = Runner(tmp_path, store=mongodb_url)(*command, code=2).stderr
        assert "is no store of finews, or is damaged; name another one" in message
        assert db.list_collection_names() == ["orders"]


@pytest.mark.parametrize("meta", [[], [{"_id": "schema", "version": "3"}], [{"_id": "schema"}]])
def test_another_programs_mongodb_database_stays_as_it_is(tmp_path, mongodb_url, meta):
    with closing(MongoClient(mongodb_url)) as client:
        db = client.get_default_database()
        db.articles.insert_one({"_id": 1, "title": "mine"})
        for document in meta:
            db.meta.insert_one(document)
        for command in (["status"], ["export"], ["import", "old"]):
            (tmp_path / "old/_posts").mkdir(parents=True, exist_ok=True)
            message = Runner(tmp_path, store=mongodb_url)(*command, code=2).stderr
            assert "is no store of finews, or is damaged; name another one" in message
        assert set(db.list_collection_names()) == {"articles", *(["meta"] if meta else [])}
        assert list(db.articles.find()) == [{"_id": 1, "title": "mine"}]


def test_a_run_that_makes_a_store_beside_a_mirror_with_posts_says_so(tmp_path, store_url, upstream):
    finews = Runner(tmp_path, upstream, store=store_url)
    assert finews("run").stderr == ""
    assert finews("run").stderr == ""
    away = Runner(tmp_path, upstream, store=f"{store_url}_away")
    message = away("run").stderr
    assert message.startswith(
        f"finews: there is no store at {store_url.removeprefix('sqlite:///')}_away; is FINEWS_STORE"
    )
    assert f"But the mirror {finews.mirror} has posts: " in message
    assert message.count("\n") == 1
    assert away("run").stderr == ""


# Commands that only read


@pytest.fixture
def finews(tmp_path):
    """Return a user's folder with a store, a mirror of it, and the database of a site."""
    finews = Runner(tmp_path)
    finews.ask(lambda store: store.save([article(A), article(B, media="晨报")], NOW))
    finews("export")
    finews.ask(lambda store: store.save([article(C, media="新报")], NOW))
    with Site.opened(tmp_path / "site") as site:
        site.note(published=NOW.isoformat())
    (finews.mirror / ".finews-export.lock").write_text("somebody")
    return finews


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_that_reads_changes_nothing(finews, command):
    before = tree(finews.folder)
    done = finews(*command, code=None)
    assert done.returncode == (1 if command[0] == "verify" or "--check" in command else 0)
    made = {"out.jsonl", "new.backup"}
    assert {name: state for name, state in tree(finews.folder).items() if name not in made} == before


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_store_on_a_read_only_disk_is_read(finews, tmp_path, command):
    with disk(tmp_path / "disk") as small:
        shutil.copytree(finews.mirror, small.root / "mirror")
        shutil.copy(tmp_path / "news.db", small.root / "news.db")
        reader = Runner(tmp_path, store=f"sqlite:///{small.root}/news.db", FINEWS_MIRROR_DIR=f"{small.root}/mirror")
        small.read_only()
        done = reader(*command, code=None)
        assert done.returncode == (1 if command[0] == "verify" or "--check" in command else 0), done.stderr
        assert "read-only" not in done.stderr.lower()
        small.read_only(on=False)


@pytest.mark.parametrize("shared", [True, False])
def test_the_write_ahead_log_of_a_killed_run_is_read_and_stays(finews, tmp_path, shared):
    killed = tmp_path / "killed"
    killed.mkdir()
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None)) as db:
        db.execute("UPDATE articles SET title = '未收'")
        for end in ("", "-wal", *(["-shm"] if shared else [])):
            shutil.copy(tmp_path / f"news.db{end}", killed / f"news.db{end}")
    before = {path.name: path.read_bytes() for path in killed.iterdir() if not path.name.endswith("-shm")}
    shown = Runner(tmp_path, store=f"sqlite:///{killed}/news.db")("history", A).stdout
    assert "未收" in shown
    assert {path.name: path.read_bytes() for path in killed.iterdir() if not path.name.endswith("-shm")} == before
    assert (killed / "news.db-shm").exists() == shared


def test_a_reader_sees_what_is_written_while_it_reads(tmp_path, sqlite_url):
    """It reads without locks, and starts again when the file has changed, even if the writer has already ended."""
    finews = Runner(tmp_path, store=sqlite_url)
    finews.ask(lambda store: store.save([article(A)], NOW))

    async def look():
        seen = []
        async with open_store(sqlite_url, Access.READ) as reader:
            seen.append(len(await reader.posts(10)))
            async with open_store(sqlite_url) as writer:
                await writer.save([article(B)], NOW)
                seen.append(len(await reader.posts(10)))
                await writer.save([article(C)], NOW)
            seen.append(len(await reader.posts(10)))
        return seen

    assert asyncio.run(look()) == [1, 2, 3]


def test_verify_waits_for_the_writer_of_the_mirror(finews, monkeypatch):
    with FileLock(finews.mirror / ".finews-export.lock"):
        verify = finews.start("verify")
        with pytest.raises(Exception, match="timed out"):
            verify.wait(2)
    assert verify.communicate(timeout=60)[0]


def test_an_earlier_schema_is_read_unchanged_and_upgraded_by_a_writer(tmp_path):
    write(f"sqlite:///{tmp_path}/news.db", 2)
    finews, before = Runner(tmp_path), tree(tmp_path)
    assert "3 articles" in finews("status").stdout
    assert "旧" in finews("history", REVISED).stdout
    assert tree(tmp_path) == before
    finews("export")
    with closing(sqlite3.connect(tmp_path / "news.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION


# The permissions of a new store


def test_only_its_owner_can_read_a_new_store_and_an_old_one_keeps_its_permissions(finews):
    database = finews.folder / "news.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE articles SET title = 'x'")
        assert {stat.S_IMODE(path.stat().st_mode) for path in finews.folder.glob("news.db*")} == {0o600}
    database.chmod(0o640)
    finews("takedown", A, "--reason", "x")
    assert stat.S_IMODE(database.stat().st_mode) == 0o640


# Commands that would remove much


def test_a_backup_is_not_replaced_by_one_with_far_fewer_articles(tmp_path, store_url):
    finews = Runner(tmp_path, store=store_url)
    finews.ask(lambda store: store.save([article(each) for each in (A, B, C)], NOW))
    finews("backup", "news.backup")
    good = (tmp_path / "news.backup").read_bytes()
    empty = Runner(tmp_path, store=f"sqlite:///{tmp_path}/other.db")
    for articles in ([], [article(A)]):
        empty.ask(lambda store, articles=articles: store.save(articles, NOW))
        message = empty("backup", "--overwrite", "news.backup", code=2).stderr
        assert message == (
            f"finews: news.backup has 3 articles and the store only {len(articles)}; is FINEWS_STORE right? "
            "--force replaces the file anyway\n"
        )
        assert (tmp_path / "news.backup").read_bytes() == good
    empty.ask(lambda store: store.save([article(B)], NOW))
    empty("backup", "--overwrite", "news.backup")
    finews("backup", "--overwrite", "news.backup")
    empty("compact")
    empty("backup", "--overwrite", "--force", "news.backup")
    assert (tmp_path / "news.backup").read_bytes() != good


@pytest.mark.parametrize("stored", [[], [article("20260102123456789020")]], ids=["empty", "another"])
def test_a_repair_that_would_remove_most_of_a_mirror_is_refused(finews, stored):
    other = Runner(finews.folder, store=f"sqlite:///{finews.folder}/other.db")
    other.ask(lambda store: store.save(stored, NOW))
    before = finews.state()
    message = other("verify", "--repair", code=2).stderr
    assert message == (
        "finews: 2 of the mirror's 2 posts aren't in this store, and a repair would take them out of all lists; "
        "is FINEWS_STORE the right one? --force repairs nevertheless\n"
    )
    assert finews.state() == before
    other("verify", "--repair", "--force")
    assert len(list(finews.mirror.glob("search/data/*/rows-0.json"))) == len(stored)
    assert len(finews.posts()) == 2 + len(stored)


def test_a_repair_that_would_remove_most_lists_is_refused(finews):
    other = Runner(finews.folder, store=f"sqlite:///{finews.folder}/other.db")
    other.summary()  # makes the store
    shutil.rmtree(finews.mirror / "_posts")
    before = finews.state()
    assert "other files belong to nothing in this store" in other("verify", "--repair", code=2).stderr
    assert finews.state() == before


def test_a_repair_also_writes_the_posts_that_wait(finews):
    finews("verify", "--repair")
    assert "0 missing, 0 changed, 0 orphaned, 0 foreign" in finews("verify").stdout
    assert finews.summary().pending == 0
    assert len(finews.posts()) == 3


def test_a_restore_of_a_missing_file_makes_no_store(tmp_path):
    finews = Runner(tmp_path, store=f"sqlite:///{tmp_path}/data/news.db")
    assert finews("restore", "no.backup", code=2).stderr == "finews: there is no file no.backup\n"
    assert list(tmp_path.iterdir()) == []
