"""Faults of the environment: full disks, folders that can't be written, wrong clocks, and runs at the same time."""

import asyncio
import logging
import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from finews_spider.errors import FAILED, USAGE, ConfigError, MirrorError
from finews_spider.items import ArticleRef, FailedRef
from finews_spider.logs import _File
from finews_spider.stats.channels import with_silence
from finews_spider.stores import open_store
from finews_spider.stores.ids import new_id
from finews_spider.stores.mongodb import connection
from finews_spider.stores.mongodb.twins import claim_of, key_of
from finews_spider.stores.records import ChannelState
from finews_spider.stores.sqlite.connection import _Transaction
from finews_spider.times import SHANGHAI
from tests.fault_env import calm_upstream, content, disk, runner_on, start_at, tree
from tests.running import Runner, wait_for
from tests.stores.samples import NOW, A, B, C, article

YEAR = 365 * 86400
FREE_SOME = "No space left on device; free some, and the next run does the rest"


@pytest.fixture(scope="module")
def upstream():
    with calm_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def undisturbed(upstream, tmp_path_factory):
    """Return the store and the mirror of a run without faults."""
    finews = Runner(tmp_path_factory.mktemp("undisturbed"), upstream)
    finews("run")
    return finews


# A full disk


@pytest.mark.parametrize(
    ("what", "left", "message"),
    [
        (
            "store",
            100,
            "the SQLite store .*db failed: database or disk is full; free some space on its disk; what isn't",
        ),
        ("mirror", 400, f"finews: the mirror folder .* can't be written: .*: {FREE_SOME}"),
    ],
)
def test_a_full_disk_is_one_line_and_the_next_run_does_the_rest(tmp_path, upstream, undisturbed, what, left, message):
    with disk(tmp_path / "disk") as small:
        finews = runner_on(small, what, tmp_path, upstream)
        small.fill(left << 10)
        done = finews("run", code=FAILED)
        assert re.search(message, done.stderr)
        assert done.stderr.count("\n") == 1
        small.free()
        finews("run")
        assert content(finews) == content(undisturbed)
        assert tree(finews.mirror) == tree(undisturbed.mirror)


def test_a_full_disk_is_no_wrong_configuration_so_that_watch_continues(tmp_path):
    full = OSError(28, "No space left on device")
    assert [kind("x", full).exit_code for kind in (ConfigError, MirrorError)] == [FAILED, FAILED]
    assert ConfigError("x", PermissionError(13, "Permission denied")).exit_code == USAGE


def test_a_rollback_by_sqlite_itself_keeps_the_original_error():
    """On a full disk, SQLite may roll back by itself. A second rollback then fails, and its error must not hide the first one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA max_page_count = 4")
        db.execute("CREATE TABLE t (x)")
        with pytest.raises(sqlite3.OperationalError, match="disk is full"), _Transaction(db):
            db.execute("INSERT OR ROLLBACK INTO t VALUES (zeroblob(100000))")
        with _Transaction(db):
            pass


@pytest.mark.parametrize("command", [["backup", "{}/b"], ["export", "--format", "jsonl", "--output", "{}/x"]])
def test_a_write_to_a_full_disk_leaves_nothing_behind(tmp_path, undisturbed, command):
    with disk(tmp_path / "disk") as small:
        small.fill(100 << 10)
        done = undisturbed(*(part.format(small.root) for part in command), code=FAILED)
        assert re.fullmatch(r"finews: .*(disk is full|No space left).*free some.*\n", done.stderr)
        assert [path.name for path in small.root.iterdir()] == ["ballast"]


def test_log_lines_on_a_full_disk_are_lost_and_that_is_reported_once(capsys, monkeypatch):
    log = logging.getLogger("test_bad_place")
    monkeypatch.setattr(log, "propagate", False)
    log.addHandler(_File("/dev/full", "a", "utf-8"))
    for number in range(3):
        log.warning("line %s", number)
    log.handlers[0].close()
    message = "finews: LOG_FILE: /dev/full can't be written, lines are lost: No space left on device\n"
    assert capsys.readouterr().err == message


# A folder that can't be written


def test_a_read_only_disk_is_one_line_and_does_no_harm(tmp_path, upstream, undisturbed):
    with disk(tmp_path / "disk") as small:
        mirror, store = small.root / "mirror", f"sqlite:///{small.root}/news.db"
        mirror.mkdir()
        small.read_only()
        for settings, message in (
            ({"FINEWS_MIRROR_DIR": str(mirror)}, f"the mirror folder {mirror} can't be written"),
            ({"FINEWS_STORE": store}, f"the lock {small.root}/news.db.lock can't be written"),
        ):
            finews = Runner(tmp_path, upstream)
            finews.settings |= settings
            assert finews("run", code=USAGE).stderr == f"finews: {message}: Read-only file system\n"
        small.read_only(on=False)


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (
            "text",
            "file is not a database; it is damaged or no store: move it away with the files beside it, then `finews",
        ),
        ("cut", "database disk image is malformed; it is damaged or no store: move it away with the files beside it"),
        ("a" * 300, "File name too long"),
    ],
)
def test_a_path_that_is_no_store_is_one_line_with_advice(tmp_path, store, message):
    (tmp_path / "text").write_text("no database" * 1000)
    with closing(sqlite3.connect(tmp_path / "cut")) as db:
        db.execute("CREATE TABLE articles (x)")
        db.executemany("INSERT INTO articles VALUES (?)", [("x" * 1000,)] * 100)
        db.commit()
    os.truncate(tmp_path / "cut", 8192)
    done = Runner(tmp_path, store=f"sqlite:///{tmp_path}/{store}")("status", code=FAILED)
    assert done.stderr.startswith(f"finews: the SQLite store {tmp_path}/{store} failed: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_link_to_nowhere_in_the_mirror_s_place_is_one_line(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    finews.mirror.symlink_to(tmp_path / "nowhere")
    done = finews("run", code=USAGE)
    assert done.stderr == f"finews: the mirror folder {finews.mirror} can't be written: File exists\n"


# A clock that is set


def test_a_clock_set_a_year_ahead_and_back_changes_nothing(tmp_path, upstream, undisturbed):
    finews = Runner(tmp_path, upstream, FINEWS_RETENTION_DAYS="300")
    toml = tmp_path / "channels.toml"
    toml.write_text(toml.read_text("utf-8").replace('layout = "', 'every = "1h"\nlayout = "'), encoding="utf-8")
    start_at(finews, YEAR, "run").communicate()
    assert len(list(finews.mirror.glob("old_post/**/*.*"))) == 60, "by that clock all are old"
    assert finews("status", "--check", code=FAILED).stderr == "finews: there is no run yet\n"
    upstream.reset_counts()
    done = finews("run")
    assert upstream.requests["list"] >= 6, "a success in the future keeps no channel from being requested"
    assert "text" not in upstream.requests
    assert "Posts: wrote 60" in done.stdout, "they are young again"
    assert finews("status", "--check").stderr == ""
    assert tree(finews.mirror) == tree(undisturbed.mirror)
    assert content(finews) == content(undisturbed)


def test_a_retry_that_a_wrong_clock_dated_a_year_ahead_is_due(store_url):
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    ref = ArticleRef(code="202601021234567890", channel="甲")

    async def due(failed_at):
        async with open_store(store_url) as store:
            for _ in range(3):
                await store.save_failures([FailedRef(ref=ref, reason="x", at=failed_at)])
            known = (await store.known([ref.code]))[ref.code]
            return [len(await store.due(["甲"], now)), known.needs_fetch(ref, now)]

    assert asyncio.run(due(now)) == [0, False]
    assert asyncio.run(due(now + timedelta(days=365))) == [1, True]


def test_a_run_from_the_future_hides_no_later_run(store_url):
    now = datetime.now(SHANGHAI)
    ids = [new_id(now + timedelta(days=days)) for days in (365, 0, -1)]

    async def seen():
        async with open_store(store_url) as store:
            for name in ids:
                await store.save_run({"id": name})
            return await store.runs(1, now), await store.runs(9, now - timedelta(days=2)), len(await store.runs(9))

    assert asyncio.run(seen()) == ([{"id": ids[1]}], [], 3)


def test_a_clock_set_back_makes_no_channel_s_silence_negative():
    now = datetime.now(SHANGHAI)
    state = ChannelState("甲", succeeded_at=now + timedelta(days=365), watched=7.0, silent=5.0)
    assert (with_silence(state, None, now).watched, with_silence(state, None, now).silent) == (7.0, 5.0)


def test_a_turn_or_a_claim_from_the_future_delays_no_writer(mongodb_url, monkeypatch):
    """A writer with a clock that was ahead was killed. Its turn on FerretDB and its claim on MongoDB count as old."""
    monkeypatch.setattr(connection, "LEASE", timedelta(seconds=0.2))
    to_come = datetime.now(UTC) + timedelta(days=365)

    async def save():
        async with open_store(mongodb_url) as store:
            await store.db.meta.insert_one({"_id": "turn", "by": "killed", "until": to_come})
            saved = await store.save([article(A)], NOW) if store.is_ferretdb else ["new"]
            store.is_ferretdb = False
            other = article(B, "别的")
            claim = claim_of(key_of(other.text_hash, other.published_at), C)
            await store.db.texts.insert_one(claim | {"at": ObjectId.from_datetime(to_come)})
            return saved + await store.save([other], NOW)

    assert asyncio.run(asyncio.wait_for(save(), 30)) == ["new", "new"]


# Runs at the same time


def test_of_runs_that_begin_at_the_same_time_one_works_and_the_others_exit_with_75(tmp_path, undisturbed, upstream):
    finews = Runner(tmp_path, upstream)
    finews.summary()  # makes the store
    upstream.delay = 2
    runs = [finews.start("run") for _ in range(3)]
    wait_for(lambda: sum(run.poll() is not None for run in runs) == 2)
    upstream.delay = 0
    message = [run.communicate(timeout=60)[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 75, 75]
    assert sum("another run is under way" in each for each in message) == 2
    assert content(finews) == content(undisturbed)
    assert tree(finews.mirror) == tree(undisturbed.mirror)
