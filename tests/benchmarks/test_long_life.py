"""After years: a tick, a status and an export of a store of a million articles, beside those of a store of today's."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.benchmarks.large_store import multiply
from tests.benchmarks.measure import in_turns, more, within
from tests.benchmarks.upstream import remote_upstream
from tests.running import Runner

LISTED, NEW = 500, 20
TIMES = 2_000
ROUNDS = 7
SHORTER = "UPDATE articles SET body = '<p>' || title || '</p>', digest = '', export_pending = 0"


@pytest.fixture(scope="module")
def upstream():
    with remote_upstream(LISTED, count=LISTED, pages=1) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def young(tmp_path_factory, upstream):
    """Return a user's folder after a first tick."""
    finews = Runner(tmp_path_factory.mktemp("young"), upstream, fresh=True)
    finews("run")
    with closing(sqlite3.connect(finews.folder / "news.db")) as db, db:
        db.execute(SHORTER)
    return finews


@pytest.fixture(scope="module")
def old(young, tmp_path_factory, upstream):
    """Return the same folder as after years: a million small articles, and a record of each run."""
    folder = tmp_path_factory.mktemp("old")
    shutil.copytree(young.folder, folder, dirs_exist_ok=True)
    multiply(folder / "news.db", TIMES)
    return Runner(folder, upstream, fresh=True)


def query(finews: Runner, question: str):
    with closing(sqlite3.connect(finews.folder / "news.db")) as db:
        return db.execute(question).fetchall()


@pytest.mark.benchmark
def test_a_tick_takes_as_long_after_years(young, old, upstream, figure):
    assert old.summary().articles == LISTED * TIMES
    _, first, second = in_turns([lambda: upstream.advance(NEW), lambda: old("run"), lambda: young("run")], ROUNDS)
    assert old.summary().articles == LISTED * TIMES + NEW * ROUNDS
    figure("a run with 20 new, 1,000,000 stored", first, second, "the same, 500 stored", goal=within(1.5))


@pytest.mark.benchmark
def test_a_status_takes_as_long_after_years(young, old, figure):
    first, second = in_turns([lambda: old("status"), lambda: young("status")], ROUNDS)
    figure("`finews status`, 1,000,000 stored", first, second, "the same, 500 stored", goal=more(0.5))
    assert first < 1


@pytest.mark.benchmark
def test_an_export_with_nothing_to_do_takes_as_long_after_years(young, old, figure):
    question = "SELECT * FROM articles WHERE export_pending = 1 ORDER BY code LIMIT 500"
    ours, small, help_, reference = in_turns(
        [lambda: old("export"), lambda: young("export"), lambda: old("--help"), lambda: query(old, question)], ROUNDS
    )
    what = "export with nothing to do, 1,000,000 stored"
    figure(
        what,
        ours - help_,
        reference,
        "one indexed question, without the start of the command",
        goal=more(0.3),
        floor=0.5,
    )
    figure(what, ours, small, "the same, 500 stored", goal=within(1.2), floor=1.5)
    assert ours < 1
