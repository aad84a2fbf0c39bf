"""``python -m tests.crash_runner run …`` is ``finews run …`` with its clock stopped, each of its steps told, and killed at one.

A step is what changes a file or the store, told the moment before it is done: a file opened to be written, renamed or
removed, a folder made or removed, an SQL statement, a MongoDB command and its answer. The environment says the rest:
``CRASH_FOLDER`` whose files count, ``CRASH_STEPS`` the file that the steps are written to, a line each,
``CRASH_AT`` the step that is never done, ``CRASH_NOW`` what time it is.
"""

import importlib
import os
import runpy
import signal
import sqlite3
import sys
from datetime import datetime
from itertools import count

from pymongo import monitoring

FILES = {"os.mkdir": 0, "os.remove": 0, "os.rename": 1, "os.rmdir": 0}
"""Audit events → which of their arguments is the path."""
CLOCKS = ("pipelines.normalize", "pipelines.store", "times", "spiders.article", "monitoring.overview")
"""Modules whose time is stored or shown. Locks and leases go by the real one."""
PHASES = (
    ("crawl", "crawl.process", "crawl"),
    ("export", "cli.run", "export_posts"),
    ("conclude", "monitoring.after_crawl", "_complete"),
)
"""Phases, each with the module and its function where it begins; what comes before is ``begin``."""
QUIET = ("hello", "ping", "buildInfo", "find", "getMore", "endSessions", "aggregate")
"""MongoDB commands that change nothing."""


class Steps:
    """Writes the steps down as they come, and ends the process before the one that it is not to do."""

    def __init__(self) -> None:
        self.file = os.open(os.environ["CRASH_STEPS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.last = int(os.environ.get("CRASH_AT", "0"))
        self.numbers = count(1)
        self.phase = "begin"

    def take(self, name: str) -> None:
        number = next(self.numbers)
        os.write(self.file, f"{self.phase} {' '.join(name.split())}\n".encode())
        if number == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            changes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        elif event in FILES:
            path, changes = arguments[FILES[event]], True
        else:
            return
        if changes and str(path).startswith(os.environ["CRASH_FOLDER"]):
            self.take(f"{event} {str(path).removeprefix(os.environ['CRASH_FOLDER'])}")

    def phased(self, name: str, function):
        def begins(*args, **kwargs):
            self.phase = name
            return function(*args, **kwargs)

        return begins


class Connection(sqlite3.Connection):
    """Tells each statement that changes something, and each end of a transaction."""

    def execute(self, query, *values):
        if not query.startswith(("SELECT", "PRAGMA")):
            STEPS.take(f"sql {query[:60]}")
        return super().execute(query, *values)

    def executemany(self, query, *values):
        STEPS.take(f"sql {query[:60]}")
        return super().executemany(query, *values)


class Commands(monitoring.CommandListener):
    """Tells each command that changes something, before it is sent and when its answer is there."""

    def started(self, event) -> None:
        if event.command_name not in QUIET:
            STEPS.take(f"mongodb {event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event) -> None:
        if event.command_name not in QUIET:
            STEPS.take(f"mongodb {event.command_name} answered")

    def failed(self, event) -> None:
        pass


class Stopped(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz=None):
        return datetime.fromisoformat(os.environ["CRASH_NOW"]).astimezone(tz)


def main() -> None:
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Connection, **kwargs)
    monitoring.register(Commands())
    for name in CLOCKS:
        importlib.import_module(f"finews_spider.{name}").datetime = Stopped
    # As many runs begin in one second of that clock as there are, and their ids are to sort nevertheless.
    store = importlib.import_module("finews_spider.pipelines.store")
    store.new_id = lambda _: f"{datetime.now().astimezone():%Y%m%dT%H%M%S-%f}"
    for phase, module, function in PHASES:
        begins = importlib.import_module(f"finews_spider.{module}")
        setattr(begins, function, STEPS.phased(phase, getattr(begins, function)))
    sys.addaudithook(STEPS.audit)
    runpy.run_module("finews_spider", run_name="__main__", alter_sys=True)


STEPS = Steps()
if __name__ == "__main__":
    main()
