"""Long tests of faults: a disk that gets full at any moment, a store that stops, runs at the same time, 50 crawls."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from pymongo import MongoClient

from finews_spider.errors import FAILED
from tests.fault_env import MongoServer, calm_upstream, content, disk, runner_on, start_at, tree
from tests.running import Runner, wait_for

pytestmark = pytest.mark.torture
YEAR = 365 * 86400


@pytest.fixture
def upstream():
    with calm_upstream() as upstream:
        yield upstream


@pytest.fixture
def undisturbed(upstream, tmp_path_factory):
    """Return the store and the mirror of a run without faults."""
    finews = Runner(tmp_path_factory.mktemp("undisturbed"), upstream)
    finews("run")
    return finews


def same(finews, undisturbed):
    assert content(finews) == content(undisturbed)
    assert tree(finews.mirror) == tree(undisturbed.mirror)


def said_in_lines(done, most=2):
    """Check that *done* reports its failure in one or two lines, without a traceback."""
    lines = done.stderr.splitlines()
    assert 0 < len(lines) <= most, done.stderr
    assert all(line.startswith(("finews: ", "2")) for line in lines), done.stderr


# A full disk


def sweep(folder, what, upstream, calm, levels, base=None):
    """Run with so many KiB free, check, free the disk and run again. Return at how many levels the disk was full."""
    full = 0
    posts = {name: text for name, text in tree(calm.mirror).items() if name.startswith("_posts/")}
    for left in levels:
        here = folder / f"{left}-{base is not None}"
        here.mkdir()
        with disk(here / "disk") as small:
            finews = runner_on(small, what, here, upstream)
            if base:
                shutil.copy(base / "news.db", finews.store.removeprefix("sqlite:///"))
                shutil.copytree(base / "mirror", finews.mirror)
            small.fill(left << 10)
            done = finews("run", code=None)
            assert done.returncode in {0, FAILED}, done.stderr
            if done.returncode:
                said_in_lines(done)
                full += 1
            small.free()
            finews.summary()  # makes the store
            if not base:
                written = {name: text for name, text in tree(finews.mirror).items() if name.startswith("_posts/N")}
                assert written.items() <= posts.items(), "no post is half written"
            finews("run")
            same(finews, calm)
        shutil.rmtree(here)
    return full


@pytest.mark.parametrize("what", ["store", "mirror", "both"])
def test_a_disk_that_is_full_at_any_moment(tmp_path, upstream, what):
    """A first run, and a tick after it."""
    calm = Runner(tmp_path, upstream)
    calm("run")
    first = sweep(tmp_path, what, upstream, calm, range(0, 1300, 100))
    base = tmp_path / "base"
    base.mkdir()
    shutil.copytree(calm.mirror, base / "mirror")
    with closing(sqlite3.connect(tmp_path / "news.db")) as db:
        db.execute("VACUUM INTO ?", [str(base / "news.db")])
    upstream.advance(new=2, revised=5)
    calm("run")
    tick = sweep(tmp_path, what, upstream, calm, range(0, 200, 16), base)
    assert first > 5
    assert tick > 3


def test_a_mongodb_whose_disk_is_full(tmp_path, upstream, undisturbed):
    with disk(tmp_path / "disk", 16) as small, MongoServer(small.root / "db") as server:
        for level in range(0, 900, 150):
            with closing(MongoClient(server.url)) as client:
                client.drop_database("finews")
            shutil.rmtree(tmp_path / "mirror", ignore_errors=True)
            finews = Runner(tmp_path, upstream, store=server.url, FINEWS_LEASE_SECONDS="4")
            finews.summary()  # makes the store
            small.fill(level << 10)
            done = finews("run", code=None)
            assert "Traceback" not in done.stderr
            if done.returncode:
                assert f"the MongoDB store {server.url} failed: " in done.stderr
            small.free()
            wait_for(lambda: finews("run", code=None).returncode == 0, 120)  # noqa: B023
            same(finews, undisturbed)


def test_the_next_run_requests_images_for_which_the_disk_was_full(tmp_path, upstream):
    with disk(tmp_path / "disk") as small:
        runners = []
        for name in ("calm", "full"):
            (tmp_path / name).mkdir()
            runners.append(Runner(tmp_path / name, upstream, FINEWS_IMAGES="local"))
        calm, full = runners
        full.mirror = small.root / "mirror"
        full.settings["FINEWS_MIRROR_DIR"] = str(full.mirror)
        calm("run", LOG_LEVEL="ERROR")
        small.fill(100 << 10)
        done = full("run", code=FAILED, LOG_LEVEL="ERROR")
        assert done.stderr.count("has no room for images; articles with images wait for the next run") == 1
        small.free()
        full("run", LOG_LEVEL="ERROR")
        copies = [
            {code: stored[0].image_files.keys() for code, stored in content(finews).items()} for finews in runners
        ]
        assert copies[0] == copies[1]
        # The copies may differ: a live chart is another picture at each request.
        assert all(
            (full.mirror / path).is_file()
            for stored in content(full).values()
            for path in stored[0].image_files.values()
        )
        assert not list(full.mirror.glob("images/*/.*")), "no half file"


def test_posts_are_written_when_the_disk_of_standard_output_is_full(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "finews_spider", "run", "-s", "AUTOTHROTTLE_ENABLED=0"]
        done = subprocess.run(
            command, env=os.environ | finews.settings, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        FAILED,
        "finews: standard output can't be written: No space left on device\n",
    )
    assert len(finews.posts()) == 60


def test_a_run_waits_for_a_store_that_another_program_locks_for_a_while(tmp_path, upstream, undisturbed):
    finews = Runner(tmp_path, upstream)
    finews.summary()  # makes the store
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        requested = upstream.requests["text"]
        run = finews.start("run")
        wait_for(lambda: (tmp_path / "news.db.lock").exists() or run.poll())
        assert run.poll() is None
        other.execute("COMMIT")
        _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (0, "")
    assert upstream.requests["text"] > requested
    assert tree(finews.mirror) == tree(undisturbed.mirror)


# A store that stops


def other_holds(database: Path, seconds: float) -> threading.Thread:
    """Let another program lock an SQLite store for so many seconds."""

    def hold() -> None:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            other.execute("COMMIT")

    thread = threading.Thread(target=hold)
    thread.start()
    return thread


def test_a_run_waits_for_a_store_that_is_locked_again_and_again(tmp_path, upstream, undisturbed):
    finews = Runner(tmp_path, upstream)
    finews.summary()  # makes the store
    upstream.delay = 0.1
    run = finews.start("run", FINEWS_STORE_BATCH="3")
    for _ in range(4):
        other_holds(tmp_path / "news.db", 0.7).join()
    _, err = run.communicate(timeout=60)
    upstream.delay = 0
    assert (run.returncode, err) == (0, "")
    same(finews, undisturbed)


@pytest.mark.parametrize("harm", ["deleted", "cut", "overwritten", "replaced"])
def test_a_database_that_is_damaged_during_a_crawl(tmp_path, upstream, undisturbed, harm):
    finews = Runner(tmp_path, upstream)
    finews.summary()  # makes the store
    database = tmp_path / "news.db"
    kept = tmp_path / "kept.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("VACUUM INTO ?", [str(kept)])
    upstream.delay = 0.1
    run = finews.start("run", FINEWS_STORE_BATCH="3")
    requested = upstream.requests["text"]
    wait_for(lambda: upstream.requests["text"] > requested + 12)
    if harm == "deleted":
        for path in tmp_path.glob("news.db*"):
            path.unlink()
    elif harm == "cut":
        os.truncate(database, 5000)
    elif harm == "overwritten":
        database.write_bytes(b"no database at all" * 4000)
    else:
        kept.replace(database)
    out, err = run.communicate(timeout=120)
    upstream.delay = 0
    assert "Traceback" not in err + out
    assert run.returncode == FAILED
    assert "finews: the SQLite store " in err or "ERROR: the SQLite store" in err
    # The user then removes the damaged file, and the next runs fill a new one.
    if finews("run", code=None).returncode:
        for path in tmp_path.glob("news.db*"):
            path.unlink()
        finews("run")
    finews("export", "--all")
    finews("run")
    assert content(finews).keys() == content(undisturbed).keys()
    finews("verify", "--repair")
    assert tree(finews.mirror) == tree(undisturbed.mirror)


@pytest.mark.parametrize("outage", ["frozen", "restarted"])
def test_a_short_outage_of_mongodb_loses_nothing(tmp_path, upstream, undisturbed, outage):
    with MongoServer(tmp_path / "db") as server:
        finews = Runner(tmp_path, upstream, store=server.url)
        finews.summary()  # makes the store
        upstream.delay = 0.1
        run = finews.start("run", FINEWS_STORE_BATCH="5")
        requested = upstream.requests["text"]
        wait_for(lambda: upstream.requests["text"] > requested + 10)
        if outage == "frozen":
            server.signal(signal.SIGSTOP)
            time.sleep(3)
            server.signal(signal.SIGCONT)
        else:
            server.kill()
            server.start()
        _, err = run.communicate(timeout=120)
        upstream.delay = 0
        assert "Traceback" not in err
        assert run.returncode == 0, err
        assert all("this is tried once more" in line for line in err.splitlines())
        wait_for(lambda: finews("run", code=None).returncode == 0, 120)
        same(finews, undisturbed)


@pytest.mark.parametrize("outage", ["frozen", "killed"])
def test_a_long_outage_of_mongodb_ends_the_run_and_the_next_one_fetches_the_rest(
    tmp_path, upstream, undisturbed, outage
):
    with MongoServer(tmp_path / "db") as server:
        finews = Runner(tmp_path, upstream, store=server.url, FINEWS_LEASE_SECONDS="20")
        finews.summary()  # makes the store
        upstream.delay = 0.1
        run = finews.start("run", FINEWS_STORE_BATCH="5")
        requested = upstream.requests["text"]
        wait_for(lambda: upstream.requests["text"] > requested + 10)
        server.signal(signal.SIGSTOP) if outage == "frozen" else server.kill()
        began = time.monotonic()
        _, err = run.communicate(timeout=300)
        took = time.monotonic() - began
        upstream.delay = 0
        assert run.returncode == FAILED
        assert "Traceback" not in err
        assert took < 120
        server.signal(signal.SIGCONT) if outage == "frozen" else server.start()
        wait_for(lambda: finews("run", code=None).returncode == 0, 120)
        same(finews, undisturbed)


# A clock that is set during a run


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_clock_that_jumps_during_a_run(tmp_path, upstream, undisturbed, store_url, jump):
    finews = Runner(tmp_path, upstream, store=store_url)
    upstream.delay = 0.1
    upstream.misbehave(upstream.news.codes[3], "500")
    run = start_at(finews, 0, "run")
    requested = upstream.requests["text"]
    wait_for(lambda: upstream.requests["text"] > requested + 10)
    (tmp_path / "part").write_text(str(jump))
    (tmp_path / "part").rename(tmp_path / "set-clock")
    _, err = run.communicate(timeout=120)
    upstream.delay = 0
    assert run.returncode == FAILED, "one article failed"
    assert "Traceback" not in err
    (record,) = finews.ask(lambda store: store.runs(9))
    assert 0 < record["seconds"] < 100
    assert record["exit_code"] == FAILED
    upstream.misbehave(upstream.news.codes[3], "ok")
    finews("run")
    same(finews, undisturbed)
    assert finews("status", "--check").returncode == 0


# Runs at the same time


def test_of_eight_runs_that_begin_at_the_same_time_one_works(tmp_path, upstream, undisturbed, store_url):
    finews = Runner(tmp_path, upstream, store=store_url)
    upstream.delay = 0.4
    runs = [finews.start("run") for _ in range(8)]
    messages = [run.communicate(timeout=120)[1] for run in runs]
    upstream.delay = 0
    assert sorted(run.returncode for run in runs) == [0] + [75] * 7, messages
    same(finews, undisturbed)


@pytest.mark.parametrize(
    "others",
    [
        [["export"], ["export", "--all"], ["status"]],
        [["scrapy", "crawl", "feed"], ["scrapy", "crawl", "feed"]],
        [["backup", "b.backup"], ["compact", "--runs-days", "1"], ["export", "--format", "csv", "--output", "x.csv"]],
        [["verify", "--repair"], ["verify", "--repair"]],
        [["import", "old"]],
    ],
    ids=lambda others: "-".join(each[1] if each[0] == "scrapy" else each[0] for each in others),
)
def test_a_run_and_other_commands_at_the_same_time(tmp_path, upstream, undisturbed, store_url, others):
    finews = Runner(tmp_path, upstream, store=store_url)
    shutil.copytree(undisturbed.mirror, tmp_path / "old")
    finews.summary()  # makes the store
    upstream.delay = 0.05
    run = finews.start("run", FINEWS_STORE_BATCH="3")
    requested = upstream.requests["text"]
    wait_for(lambda: upstream.requests["text"] > requested + 3)
    ended = []
    for other in others:
        process = finews.start(*other)
        ended.append((other, process))
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    for other, process in ended:
        _, err = process.communicate(timeout=120)
        assert process.returncode in ({0, 75} if other[0] in {"import", "compact"} else {0}), (other, err)
        assert "Traceback" not in err
    upstream.delay = 0
    finews("run")
    same(finews, undisturbed)


def test_takedowns_and_repairs_during_a_run(tmp_path, upstream, store_url):
    finews = Runner(tmp_path, upstream, store=store_url)
    codes = upstream.news.codes[20:24]
    finews("run")
    upstream.advance(new=2, revised=4)
    upstream.delay = 0.05
    run = finews.start("run", FINEWS_STORE_BATCH="3")
    others = [finews.start("takedown", code, "--reason", "测试") for code in codes]
    others.append(finews.start("verify", "--repair"))
    for process in (run, *others):
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    upstream.delay = 0
    finews("run")
    assert not [name for name in finews.posts() if any(code in name for code in codes)]
    assert len(finews.posts()) == 62 - len(codes)
    assert " 0 missing, 0 changed, 0 orphaned, 0 foreign" in finews("verify").stdout


# One after another


def held(pid: int) -> tuple[int, int, int]:
    """Return a process's memory in KiB, open files and threads."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    memory, threads = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) for name in ("VmRSS", "Threads"))
    return memory, len(list(Path(f"/proc/{pid}/fd").iterdir())), threads


def connections(server: MongoServer) -> int:
    """Return how many connections the server has."""
    port = f":{server.port:04X}"
    rows = Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]
    return sum(row.split()[1].endswith(port) and row.split()[3] == "01" for row in rows)


def left_behind(finews, temporary: Path) -> set[str]:
    """Return all files; those of the search index only by their year."""
    files = [path for top in (finews.folder, temporary) for path in top.rglob("*") if path.is_file()]
    return {re.sub(r"(search/data/\d{4})-\w+", r"\1", str(path)) for path in files if "/db/" not in str(path)}


@pytest.mark.parametrize("kind", ["sqlite", "mongodb"])
def test_fifty_crawls_one_after_another_leave_nothing_behind(tmp_path, upstream, kind):
    (tmp_path / "user").mkdir()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with MongoServer(tmp_path / "db") as server:
        store = {"store": server.url} if kind == "mongodb" else {}
        finews = Runner(tmp_path / "user", upstream, **store, TMPDIR=str(temporary), FINEWS_STORE_SECONDS="0.1")
        finews("run")
        # It needs a new interpreter: the figures of a child of the fork server can't be read.
        finews.fresh = True
        with (tmp_path / "out").open("w") as out:
            command = [sys.executable, "-m", "finews_spider", "watch", "--every", "1s"]
            quick = [f"-s{name}={value}" for name, value in finews.quick.items()]
            environment = os.environ | finews.settings
            watch = subprocess.Popen([*command, *quick], cwd=finews.folder, env=environment, stdout=out, stderr=out)
        runs = lambda: (tmp_path / "out").read_text(encoding="utf-8").count("Run at")  # noqa: E731
        wait_for(lambda: runs() > 5, 120)
        before = (*held(watch.pid), connections(server))
        files = left_behind(finews, temporary)
        wait_for(lambda: runs() > 50, 600)
        after = (*held(watch.pid), connections(server))
        watch.terminate()
        assert watch.wait(60) == 0
        assert after[0] < before[0] + 2000, "KiB"
        assert after[1:3] == before[1:3]
        new = {path for path in left_behind(finews, temporary) - files if not path.endswith(("-wal", "-shm"))}
        assert new == set()
        wait_for(lambda: connections(server) == 0)
        assert not list(finews.folder.glob("news.db-*")), "the log is written into the database"
        assert len(finews.ask(lambda store: store.runs(1000))) <= runs() + 1
