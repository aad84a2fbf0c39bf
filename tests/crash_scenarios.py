"""Kills runs, lets the next run finish, and compares the result with that of an undisturbed run."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bson import ObjectId
from pymongo import MongoClient

from finews_spider.stores.mongodb.twins import key_of
from tests import servers
from tests.fork_server import Command
from tests.images import png
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner

EXPIRED = datetime(2000, 1, 1, tzinfo=UTC)
"""When the leases of killed processes ended."""
FIRST, SECOND = "2026-03-02T00:20:00+08:00", "2026-03-03T00:20:00+08:00"
"""The times of the ticks of a scene. Between them, the posts of 1 March become old."""
STORE_SIZES = {"FINEWS_STORE_BATCH": "4"}
"""Small batches, so that a run can be killed between many of them."""
LOCK = ".finews-export.lock"
"""The lock file, which is not compared: it names the process that holds or held it."""
OWN = {
    "runs": "each run has a record of its own",
    "texts.at, texts.confirmed": "when a text was claimed, by the real clock, and whether its article was saved then",
    "texts without their article": "a killed run's claim has no effect: the next article with that text takes it over",
    "order of texts.twins": "the articles themselves show which duplicate came first",
}
"""The parts of a store that may differ from those of an undisturbed run, each with the reason."""


class CrashingRunner(Runner):
    """A user's folder whose commands log their steps and are killed at a chosen one."""

    def __init__(self, folder: Path, upstream: MisbehavingUpstream, now: str, **settings: str) -> None:
        super().__init__(folder, upstream, **settings)
        self.steps = folder / "steps"
        self.settings |= {"CRASH_FOLDER": str(folder), "CRASH_STEPS": str(self.steps), "CRASH_NOW": now}

    def start(self, *arguments: str, **overrides: str) -> Command:
        """Start ``finews …`` as :mod:`tests.crash_runner` runs it."""
        quick = self.quick | STORE_SIZES | overrides if arguments[0] == "run" else {}
        command = [
            "tests.crash_runner",
            *arguments,
            *(part for pair in quick.items() for part in ("-s", "=".join(pair))),
        ]
        return Command(command, self.folder, os.environ | self.settings)

    def taken(self) -> list[str]:
        """Return the steps since the last call."""
        steps = self.steps.read_text("utf-8").splitlines() if self.steps.exists() else []
        self.steps.unlink(missing_ok=True)
        return steps


@dataclass(frozen=True)
class Moment:
    """When to kill a run: at a step, or after a time."""

    step: int = 0
    seconds: float = 0.0


@dataclass
class Scene:
    """The state in which a run begins, and the state that an undisturbed run leaves."""

    upstream: MisbehavingUpstream
    folder: Path
    """The mirror before the run, and the store if it is a file."""
    store: str
    """URL of the store before the run."""
    now: str
    settings: dict[str, str]
    steps: list[str] = field(default_factory=list)
    seconds: float = 0.0
    left: dict[str, object] = field(default_factory=dict)

    def runner(self) -> CrashingRunner:
        """Return a runner in the scene's own folder, which prepares the scene."""
        return CrashingRunner(self.folder, self.upstream, self.now, store=self.store, **self.settings)

    @contextmanager
    def copy(self, parent: Path, server: str) -> Iterator[CrashingRunner]:
        """Give a runner with a copy of the folder and the store; see :func:`place`."""
        with place(parent, "copy", server) as (folder, store):
            shutil.copytree(self.folder, folder)
            if server:
                put(store, documents(self.store))
            yield CrashingRunner(folder, self.upstream, self.now, store=store, **self.settings)

    def learn(self, parent: Path, server: str) -> None:
        """Let a run finish undisturbed, and record its steps and the state that it leaves."""
        with self.copy(parent, server) as finews:
            began = time.monotonic()
            finews("run")
            self.seconds = time.monotonic() - began
            self.steps = finews.taken()
            self.left = state(finews)

    def disturb(self, parent: Path, server: str, moments: list[Moment]) -> Counter[str]:
        """Kill runs at *moments*, one after the other, check that the next run completes all, and return their phases.

        :raises AssertionError: the next run leaves another state than an undisturbed one.
        """
        with self.copy(parent, server) as finews:
            at = [kill(finews, moment, "run") for moment in moments]
            killed = f"killed at {list(zip(moments, at, strict=True))}"
            done = finews("run", code=None)
            assert done.returncode == 0, f"{killed}\n{done.stdout}\n{done.stderr}"
            assert not (wrong := differences(state(finews), self.left)), f"{killed}\n{wrong}"
            (run,) = finews.ask(lambda store: store.runs(1))
            assert run["exit_code"] == 0, killed
        return Counter(phase_of(step) for step in at)

    def moment(self, dice: Random) -> Moment:
        """Choose a moment: one of the steps, or in one of four cases a time."""
        if dice.randrange(4):
            return Moment(step=dice.randrange(1, len(self.steps) + 1))
        return Moment(seconds=dice.uniform(0, self.seconds))


@contextmanager
def scene(parent: Path, server: str, tick: Callable[..., AbstractContextManager[Scene]]) -> Iterator[Scene]:
    """Give the scene of a *tick* after its undisturbed run was recorded; see :func:`place`."""
    with place(parent, "base", server) as (folder, store):
        folder.mkdir()
        with tick(folder, store) as found:
            found.learn(parent, server)
            yield found


@contextmanager
def first_tick(folder: Path, store: str) -> Iterator[Scene]:
    """Give a scene with an empty store."""
    with MisbehavingUpstream(articles=9, newest=datetime.fromisoformat(FIRST)) as upstream:
        yield _scene(upstream, folder, store, FIRST)


@contextmanager
def second_tick(folder: Path, store: str) -> Iterator[Scene]:
    """Give a scene in which a tick has much to do.

    Articles are new, revised, deleted by the upstream, taken down, old, or fetched after a failure. One is a duplicate of
    another, and one that has a duplicate is rewritten. Images are copied.
    """
    with MisbehavingUpstream(articles=14, newest=datetime.fromisoformat("2026-03-02T00:03:00+08:00")) as upstream:
        news = upstream.news
        codes = news.codes
        upstream.answers("imageType", png("every chart"))
        first, second, late = news.order[:6], news.order[:11], news.order[11:]
        twins = {12: 10, 6: 3}  # one duplicate is new in this tick; of the other pair, the first article is rewritten
        for number, of in twins.items():
            same = {name: getattr(news.article(of), name) for name in ("title", "digest", "body")}
            news._made[number, 0] = replace(news.article(number), **same)
        upstream.misbehave(codes[5], "500")
        images = {"FINEWS_IMAGES": "local", "FINEWS_RETENTION_DAYS": "1"}
        scene = _scene(upstream, folder, store, FIRST, **images)
        finews = scene.runner()
        for news.order in first, second:
            finews("run", code=1)
        assert finews.article(codes[6]).duplicate_of == codes[3]
        for code in codes[0], codes[7]:
            finews.ask(lambda store: store.take_down(code, "a test", datetime.fromisoformat(FIRST)))  # noqa: B023
        news.order += late
        news.revisions = {number: (1, news.shown(13).replace(second=50 + number)) for number in (3, 8, 9)}
        for number in news.revisions:
            news.order.remove(number)
            news.order.append(number)
        upstream.misbehave(codes[5], "ok")
        upstream.misbehave(codes[9], "404")
        finews.taken()
        yield replace(scene, now=SECOND)


def _scene(upstream: MisbehavingUpstream, folder: Path, store: str, now: str, **settings: str) -> Scene:
    finews = Runner(folder, upstream, store=store, **settings)
    finews("site", "init", str(finews.mirror))
    return Scene(upstream, folder, store, now, settings)


# Stores


def put(url: str, collections: dict[str, list]) -> None:
    """Put documents into an empty MongoDB."""
    with closing(MongoClient(url)) as client:
        for name, found in ((name, found) for name, found in collections.items() if found):
            client.get_default_database()[name].insert_many(found)


def documents(url: str) -> dict[str, list]:
    """Return a MongoDB's documents by collection, in the order of their ids."""
    with closing(MongoClient(url, tz_aware=True)) as client:
        database = client.get_default_database()
        return {name: list(database[name].find().sort("_id", 1)) for name in sorted(database.list_collection_names())}


def rows(file: str) -> dict[str, list]:
    """Return an SQLite file's rows by table, in the order of their keys."""
    with closing(sqlite3.connect(file)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(database.execute(f"SELECT * FROM {name}")) for name in names}


def kept(url: str) -> dict[str, list]:
    """Return all that a store keeps, except the parts in OWN."""
    found = documents(url) if url.startswith("mongodb") else rows(url.removeprefix("sqlite:///"))
    del found["runs"]
    if "texts" in found:
        texts = {each["_id"]: key_of(each["text_hash"], each["published_at"]) for each in found["articles"]}
        claims = [claim for claim in found["texts"] if texts.get(claim["code"]) == claim["_id"]]
        found["texts"] = [(claim["_id"], claim["code"], sorted(claim["twins"])) for claim in claims]
    if "meta" in found:  # the turn of a killed writer stays, expired, until the next writer that needs this turn
        found["meta"] = [each for each in found["meta"] if each.get("until") != EXPIRED]
    return found


def state(finews: CrashingRunner) -> dict[str, object]:
    """Return the store's tables and the mirror's files, each by name."""
    files = {str(path.relative_to(finews.mirror)): path for path in finews.mirror.rglob("*") if path.is_file()}
    return kept(finews.store) | {
        name: path.read_bytes() for name, path in files.items() if not name.startswith(".finews-")
    }


def differences(now: dict[str, object], left: dict[str, object]) -> list[str]:
    """Return a line for each record or file that exists but shouldn't (+), or should exist but doesn't (-)."""
    lines = []
    for name in sorted(now.keys() | left.keys()):
        there, wanted = (each if isinstance(each, list) else [each] for each in (now.get(name, []), left.get(name, [])))
        lines += [f"+ {name}: {one!r:.3000}" for one in there if one not in wanted]
        lines += [f"- {name}: {one!r:.3000}" for one in wanted if one not in there]
        if now.get(name) != left.get(name):
            assert lines, f"{name} differs in order or count only"
    return lines


def let_a_minute_pass(url: str) -> None:
    """Let every lease and claim of a killed process in a MongoDB expire."""
    if url.startswith("mongodb"):
        with closing(MongoClient(url)) as client:
            database = client.get_default_database()
            database.meta.update_many({"until": {"$exists": True}}, {"$set": {"until": EXPIRED}})
            database.texts.update_many({}, {"$set": {"at": ObjectId.from_datetime(EXPIRED)}})


# Killing


def kill(finews: CrashingRunner, moment: Moment, *command: str) -> str:
    """Kill a *command* at *moment*, and return the step at which it was, or ``ended`` if it ended before."""
    finews.settings["CRASH_AT"] = str(moment.step)
    process = finews.start(*command)
    if moment.seconds:
        try:
            process.wait(moment.seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    out, err = process.communicate(timeout=60)
    finews.settings["CRASH_AT"] = "0"
    steps = finews.taken()
    if process.returncode == 0:
        return "ended"
    assert process.returncode == -9, out + err
    let_a_minute_pass(finews.store)
    return steps[-1] if steps else "begin"


def phase_of(step: str) -> str:
    """Return the phase of a run to which a step belongs. A step of the crawl that writes to the store is in ``save``."""
    phase, _, name = step.partition(" ")
    return "save" if phase == "crawl" and name.startswith(("sql", "mongodb")) else phase


@contextmanager
def place(parent: Path, name: str, server: str) -> Iterator[tuple[Path, str]]:
    """Give a folder that doesn't exist yet, and the URL of an empty store: on *server*, or a file in the folder."""
    folder = parent / name
    if server:
        with servers.fresh_database(server) as url:
            yield folder, url
    else:
        yield folder, f"sqlite:///{folder}/news.db"
    shutil.rmtree(folder, ignore_errors=True)
