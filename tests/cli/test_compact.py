"""`finews compact`: which versions and runs are dropped, which stay, and what the command prints."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from finews_spider.sample import SampleUpstream
from finews_spider.times import SHANGHAI
from tests.running import Runner, wait_for
from tests.stores.samples import A, B, C, article

DAY = timedelta(days=1)
TODAY = datetime.now(SHANGHAI).replace(microsecond=0)


@pytest.fixture
def finews(tmp_path, store_url):
    """Return a user's folder: A's versions were replaced 400, 200 and 10 days ago, B's 5 days ago, C has none."""
    finews = Runner(tmp_path, store=store_url)
    for code, days in ((A, (1000, 400, 200, 10)), (B, (900, 5)), (C, (800,))):
        for age in days:
            made = article(code, f"{code}{age}", title=f"{age}天前", published_at=TODAY - age * DAY)
            finews.ask(lambda store, made=made, age=age: store.save([made], TODAY - age * DAY))
    return finews


def earlier(finews, code):
    return [version.revision for version in finews.ask(lambda store: store.history(code))]


def test_versions_are_dropped_by_when_they_were_replaced_not_by_their_age(finews):
    assert finews("compact", "--revisions-days", "100").stdout.startswith(
        "Compact: dropped 2 earlier versions and 0 runs\n"
    )
    assert (earlier(finews, A), earlier(finews, B)) == ([2], [0])
    assert finews.article(A).revision == 3
    assert "Compact: dropped 0 " in finews("compact", "--revisions-days", "100").stdout
    assert "Compact: dropped 2 " in finews("compact", "--revisions-days", "1").stdout


def test_history_shows_what_was_dropped(finews):
    finews("compact", "--revisions-days", "100")
    printed = finews("history", A).stdout.splitlines()
    assert printed[-1] == "Earlier versions that `finews compact` dropped: 2"
    assert [line.partition(",")[0] for line in printed if line.startswith("Revision")] == ["Revision 3"]
    assert "dropped" not in finews("history", B).stdout
    assert "dropped" not in finews("history", C).stdout


def test_without_an_age_nothing_is_dropped(finews):
    assert finews("compact").stdout.startswith("Compact: dropped 0 earlier versions and 0 runs\n")
    assert earlier(finews, A) == [0, 1, 2]


def test_a_dry_run_drops_nothing(finews):
    printed = finews("compact", "--revisions-days", "1", "--runs-days", "1", "--dry-run").stdout
    assert printed == "Compact: would drop 4 earlier versions and 0 runs\n"
    assert earlier(finews, A) == [0, 1, 2]


def test_posts_and_urls_stay_and_revision_numbers_continue(finews):
    finews("export")
    before = finews.state()
    finews("compact", "--revisions-days", "1")
    finews("export", "--all")
    assert {path: content for path, (_, content) in finews.state().items()} == {
        path: content for path, (_, content) in before.items()
    }
    finews.ask(lambda store: store.save([article(A, "又改", published_at=TODAY)], TODAY))
    assert earlier(finews, A) == [3]


def test_old_runs_are_dropped_except_the_newest(tmp_path):
    with SampleUpstream(articles=5, seed=1) as upstream:
        finews = Runner(tmp_path, upstream)
        for _ in range(3):
            finews("run")
        assert "and 0 runs" in finews("compact", "--runs-days", "1").stdout
        change_runs(finews)
        assert "and 2 runs" in finews("compact", "--runs-days", "1").stdout
        assert "2020-01-01" in finews("status").stdout


def change_runs(finews):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(finews.store.removeprefix("sqlite:///"))) as db:
        old = "json_set(run, '$.started_at', '2020-01-01T00:00:00+08:00')"
        db.execute(f"UPDATE runs SET id = '20200101T000000-' || substr(id, -6), run = {old}")
        db.commit()


def test_the_file_becomes_smaller_and_the_command_prints_by_how_much(tmp_path):
    finews = Runner(tmp_path)
    for age in (30, 20, 10):
        made = [article(f"{n:018d}", f"{age}" * 5000, text_hash="", published_at=TODAY - age * DAY) for n in range(100)]
        finews.ask(lambda store, made=made: store.save(made, TODAY))
    file = Path(finews.store.removeprefix("sqlite:///"))
    before = file.stat().st_size
    printed = finews("compact", "--revisions-days", "1").stdout.splitlines()
    freed = before - file.stat().st_size
    assert freed > 1_000_000
    assert printed == [
        "Compact: dropped 200 earlier versions and 0 runs",
        f"Compact: gave back {freed / 1e6:,.1f} MB",
    ]
    assert finews("compact").stdout.splitlines()[1] == "Compact: gave back 0.0 MB"


def test_during_a_crawl_versions_are_dropped_and_the_file_keeps_its_size(tmp_path):
    with SampleUpstream(articles=20, seed=3, delay=0.2) as upstream:
        finews = Runner(tmp_path, upstream)
        for age in (30, 20):
            made = article(A, f"{age}", published_at=TODAY - age * DAY)
            finews.ask(lambda store, made=made: store.save([made], TODAY))
        running = finews.start("run")
        wait_for(lambda: upstream.requests["text"])
        compacted = finews("compact", "--revisions-days", "1", code=75)
        assert compacted.stdout == "Compact: dropped 1 earlier versions and 0 runs\n"
        assert "another run is under way" in compacted.stderr
        running.communicate(timeout=60)
        assert running.returncode == 0


@pytest.mark.parametrize("option", ["--revisions-days", "--runs-days"])
def test_an_age_is_at_least_a_day(tmp_path, option):
    assert option in Runner(tmp_path)("compact", option, "0", code=2).stderr


@pytest.mark.parametrize("folder", ["", "/dev/shm"])
def test_the_command_prints_how_much_space_it_needs_for_a_while(tmp_path, folder):
    finews = Runner(tmp_path, SQLITE_TMPDIR=folder)
    for age in (30, 20):
        made = [article(f"{n:018d}", f"{age}" * 5000, text_hash="", published_at=TODAY - age * DAY) for n in range(50)]
        finews.ask(lambda store, made=made: store.save(made, TODAY))
    printed = finews("compact", "--revisions-days", "1").stderr
    size = Path(finews.store.removeprefix("sqlite:///")).stat().st_size
    apart = folder and Path(folder).stat().st_dev != tmp_path.stat().st_dev
    space = f"{size / 1e6:,.1f} MB in {tmp_path} and {size / 1e6:,.1f} MB in {folder}"
    assert (
        printed == f"Compact: needs {space if apart else f'{2 * size / 1e6:,.1f} MB in {tmp_path}'} free for a while\n"
    )


def test_a_full_disk_is_reported(tmp_path, monkeypatch):
    import asyncio
    import shutil

    from finews_spider.errors import StoreError
    from finews_spider.stores import open_store

    finews = Runner(tmp_path)
    for age in (30, 20):
        made = [article(f"{n:018d}", f"{age}" * 5000, text_hash="", published_at=TODAY - age * DAY) for n in range(50)]
        finews.ask(lambda store, made=made: store.save(made, TODAY))

    async def work():
        async with open_store(finews.store) as store:
            await store.drop(TODAY, None)
            monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 1000))
            await store.shrink()

    with pytest.raises(StoreError, match=r"the upkeep needs [\d.]+ MB of free space on its disk for a while"):
        asyncio.run(work())
