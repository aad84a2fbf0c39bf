"""Damaged stores: each command reports in one correct line what is wrong, and a command that only reads changes nothing."""

import json
import random
import re
import sqlite3
from contextlib import closing

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from finews_spider.cli import app, output
from finews_spider.errors import FAILED, USAGE, FinewsError
from finews_spider.sample import SampleUpstream
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import ChannelState
from tests.full_store import fill
from tests.running import Runner
from tests.stores.samples import NOW, A, B, D, article, failure

PAGE = 4096
RUN = {
    "id": new_id(NOW), "spider": "feed", "started_at": NOW.isoformat(), "seconds": 1.5, "exit_code": 0, "channels": {},
    "alarms": [{"monitor": "text_short", "channel": "要闻", "text": "x", "field": "", "key": "text_short:要闻:"}],
}  # fmt: skip
READING = [
    ["status"],
    ["status", "--json"],
    ["history", A],
    ["export", "--format", "jsonl", "--output", "out"],
    ["export", "--format", "csv", "--stock", "1.600160", "--output", "out"],
    ["verify"],
    ["compact", "--dry-run", "--runs-days", "1", "--revisions-days", "1"],
]
CHANGING = [
    ["export", "--all"],
    ["takedown", A, "--reason", "x"],
    ["verify", "--repair"],
    ["compact", "--runs-days", "1"],
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a folder with a store that holds something of each kind, and a mirror of it."""
    folder = tmp_path_factory.mktemp("sound")
    finews = Runner(folder)
    finews.ask(fill)
    many = [article(f"20260103{number:010}", f"第{number}篇" * 200, stocks=("1.600160",)) for number in range(40)]
    finews.ask(lambda store: store.save(many, NOW))
    finews.ask(lambda store: store.save_failures([failure(B + "9")]))
    finews.ask(lambda store: store.save_channels([ChannelState("要闻", NOW, NOW, NOW)]))
    finews.ask(lambda store: store.save_run(RUN))
    finews("export")
    return folder


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=5, seed=4) as upstream:
        yield upstream


def damages(whole: bytes, seed: int):
    """Yield the bytes of a file, damaged in one way after the other."""
    rng = random.Random(seed)
    pages = len(whole) // PAGE
    yield whole[: rng.randrange(100, len(whole))]
    yield whole[: rng.randrange(1, pages) * PAGE]
    for filling in (bytes(PAGE), rng.randbytes(PAGE), b"\xff" * PAGE):
        start = rng.randrange(pages) * PAGE
        yield whole[:start] + filling + whole[start + PAGE :]
    for count, first in ((5, 0), (60, 100), (1500, PAGE)):
        data = bytearray(whole)
        for _ in range(count):
            data[rng.randrange(first, 100 if not first else len(data))] = rng.randrange(256)
        yield bytes(data)
    data = bytearray(whole)
    for _ in range(400):  # in texts that are JSON
        place = data.find(b'"', rng.randrange(PAGE, len(data)))
        if place > 0:
            data[place + rng.randrange(-3, 3)] = rng.choice(b'"{}[],:0a\xff')
    yield bytes(data)
    one, other = (rng.randrange(1, pages) * PAGE for _ in range(2))
    data = bytearray(whole)
    data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]
    yield bytes(data)


@pytest.fixture(autouse=True)
def own_mode(monkeypatch):
    """Keep --json from the commands that come later in this process."""
    monkeypatch.setattr(output.mode, "json", False)


def run(folder, command):
    """Run a command in this process, where it starts at once, and return its exit code and its error."""
    where = [f"FINEWS_STORE=sqlite:///{folder}/news.db", f"FINEWS_MIRROR_DIR={folder}/mirror"]
    done = CliRunner().invoke(app, [*command, *(part for each in where for part in ("-s", each))])
    error = done.exception
    if isinstance(error, FinewsError):
        return error.exit_code, str(error)
    assert error is None or isinstance(error, SystemExit), (command, repr(error))
    return done.exit_code, ""


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "out"}


TRUE = re.compile(
    r"the SQLite store \S+ failed: .*; it is damaged or no store: move it away with the files beside it, then .*"
    r"|the SQLite file \S+ is no store of finews, or is damaged; name another one .*"
    r"|the SQLite store \S+ failed: it was written by a newer finews \(schema \d{1,3}\); upgrade finews"
    r"|the store's record of the run \S* can't be read: .*; it is damaged"
    r"|there is no store at .*"
    r"|the SQLite store \S+ failed: (UNIQUE|NOT NULL) constraint failed: .*"
    r"|NW\d+ isn't stored"
    r"|\d+ of the mirror's \d+ .* --force repairs nevertheless"
)


def check(sound, tmp_path, monkeypatch, seed, commands):
    monkeypatch.chdir(tmp_path)
    for damaged in damages((sound / "news.db").read_bytes(), seed):
        for command in commands:
            (tmp_path / "news.db").write_bytes(damaged)
            (tmp_path / "mirror").mkdir(exist_ok=True)
            before = files(tmp_path)
            code, message = run(tmp_path, command)
            assert code in {0, FAILED, USAGE}
            assert TRUE.fullmatch(message) if message else True, (command, message)
            if command in READING:
                assert files(tmp_path) == before, command


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_one_true_line(sound, tmp_path, monkeypatch, seed):
    check(sound, tmp_path, monkeypatch, seed, READING)


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_file_ends_no_writing_command_with_a_traceback(sound, tmp_path, monkeypatch, seed):
    check(sound, tmp_path, monkeypatch, seed, CHANGING)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_damaged_files_are_one_true_line(sound, tmp_path, monkeypatch, seed):
    check(sound, tmp_path, monkeypatch, seed, READING + CHANGING)


@pytest.mark.parametrize(
    ("statement", "command", "message"),
    [
        ("UPDATE articles SET stocks = '[' WHERE code = '{A}'", ["history", A], f"the article {A} can't be read: JSONDec"),
        ("UPDATE articles SET published_at = 'now'", ["export", "--all"], "can't be read: 'now' is no time"),
        ("UPDATE articles SET title = x'ff'", ["verify"], r"can't be read: title is b'\xff'"),
        ("UPDATE articles SET title = cast(x'ff' AS TEXT)", ["history", A], "Could not decode to UTF-8 column 'title'"),
        ("UPDATE articles SET images = '{}'", ["history", A], "can't be read: images is {}"),
        ("UPDATE articles SET layout = 'x'", ["export", "--all"], "can't be read: layout is 'x'"),
        ("UPDATE channels SET state = '[]'", ["status"], "the state of a channel can't be read: "),
        ("UPDATE channels SET state = replace(state, '\"failures\": 0', '\"failures\": \"x\"')", ["status"], "failures is 'x'"),
        ("UPDATE failures SET channel = x'00'", ["status"], "something in it isn't as finews writes it: failed is"),
        ("UPDATE failures SET ref = '{}', retry_at = '2026', channel = '全球直播'", ["run"], "an article that failed can't be read"),
        ("UPDATE runs SET run = '{'", ["status"], "the record of the run 20260102T"),
        ("UPDATE revisions SET stocks = '1'", ["history", "{D}"], "can't be read: TypeError"),
        ("DROP TABLE slugs", ["status"], "is no store of finews, or is damaged"),
        ("ALTER TABLE articles DROP COLUMN digest", ["history", A], "can't be read: IndexError"),
        ("ALTER TABLE runs DROP COLUMN run", ["status"], "no such column: run; it is damaged or no store"),
        ("PRAGMA user_version = 16777219", ["status"], "is no store of finews, or is damaged"),
        ("PRAGMA user_version = 8", ["status"], "it was written by a newer finews (schema 8); upgrade finews"),
    ],
)  # fmt: skip
def test_a_record_that_is_not_as_finews_writes_it_is_named(sound, tmp_path, upstream, statement, command, message):
    (tmp_path / "news.db").write_bytes((sound / "news.db").read_bytes())
    with closing(sqlite3.connect(tmp_path / "news.db")) as db:
        db.execute(statement.replace("{A}", A))
        db.commit()
    (tmp_path / "mirror").mkdir()
    finews = Runner(tmp_path, upstream)
    done = finews(*(part.replace("{D}", D) for part in command), code=None)
    assert done.returncode in {FAILED, USAGE}
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1 or command == ["run"]


@pytest.mark.parametrize(
    "run_", [{"id": 5}, {**RUN, "spider": None}, {**RUN, "started_at": "x"}, {**RUN, "alarms": [1]}]
)
def test_a_record_of_a_run_that_is_not_whole_is_named(sound, tmp_path, run_):
    (tmp_path / "news.db").write_bytes((sound / "news.db").read_bytes())
    with closing(sqlite3.connect(tmp_path / "news.db")) as db:
        db.execute("UPDATE runs SET run = ?", [json.dumps(run_)])
        db.commit()
    message = Runner(tmp_path)("status", code=FAILED).stderr
    assert re.fullmatch("finews: the store's record of the run .* can't be read: .*; it is damaged\n", message)


@pytest.mark.parametrize(
    ("collection", "change", "command"),
    [
        ("articles", {"published_at": "today"}, ["history", A]),
        ("articles", {"title": 5}, ["export", "--all"]),
        ("articles", {"stocks": 5}, ["verify"]),
        ("articles", {"image_files": {"a": 1}}, ["history", A]),
        ("articles", {"listings": [5]}, ["history", A]),
        ("articles", {"post_path": None}, ["export", "--format", "jsonl"]),
        ("channels", {"asked_at": "x"}, ["status"]),
        ("channels", {"validators": 7}, ["status"]),
        ("failures", {"channel": 7}, ["status"]),
        ("runs", {"run": "{"}, ["status"]),
        ("runs", {"run": 5}, ["status"]),
        ("revisions", {"title": 5}, ["history", "{D}"]),
    ],
)
def test_documents_of_wrong_types_are_one_line(tmp_path, mongodb_url, collection, change, command):
    finews = Runner(tmp_path, store=mongodb_url)
    finews.ask(fill)
    finews.ask(lambda store: store.save_channels([ChannelState("要闻", NOW, NOW, NOW)]))
    finews.ask(lambda store: store.save_run(RUN))
    finews.mirror.mkdir()
    with closing(MongoClient(mongodb_url)) as client:
        client.get_default_database()[collection].update_many({}, {"$set": change})
    done = finews(*(part.replace("{D}", D) for part in command), code=FAILED)
    assert re.fullmatch(
        f"finews: the MongoDB store {mongodb_url} failed: .*; repair that document, or .*\n", done.stderr
    )
