"""``python -m tests.crash_runner run …`` is ``finews run …`` with a stopped clock. It logs its steps, and is killed at one.

A step is a change of a file or of the store: opening a file for writing, renaming or removing it, making or removing a
folder, an SQL statement, a MongoDB command or its answer. It is logged just before it is done. Environment variables
are the parameters: ``CRASH_FOLDER`` is the folder whose files count, ``CRASH_STEPS`` the file with one line for each
step, ``CRASH_AT`` the number of the step before which the process is killed, and ``CRASH_NOW`` the time.
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

FILES = {"os.link": 1, "os.mkdir": 0, "os.remove": 0, "os.rename": 1, "os.rmdir": 0, "os.symlink": 1}
"""Audit event → the index of the argument that is the path."""
CLOCKS = ("pipelines.normalize", "pipelines.store", "times", "spiders.article", "monitoring.overview")
"""Modules whose time is stored or shown. Locks and leases use the real time."""
PHASES = (
    ("crawl", "crawl.process", "crawl"),
    ("export", "cli.run", "export_posts"),
    ("finish", "monitoring.after_crawl", "_complete"),
)
"""Phases, each with the module and the function at which it begins. The first phase is ``begin``."""
QUIET = ("hello", "ping", "buildInfo", "find", "getMore", "endSessions", "aggregate")
"""MongoDB commands that change nothing."""


class Steps:
    """Logs the steps, and kills the process before the step ``CRASH_AT``."""

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
    """Logs each statement that changes something, and each end of a transaction."""

    def execute(self, query, *values):
        if not query.startswith(("SELECT", "PRAGMA")):
            STEPS.take(f"sql {query[:60]}")
        return super().execute(query, *values)

    def executemany(self, query, *values):
        STEPS.take(f"sql {query[:60]}")
        return super().executemany(query, *values)


class Commands(monitoring.CommandListener):
    """Logs each command that changes something, before it is sent and when its answer arrives."""

    def started(self, event) -> None:
        if event.command_name not in QUIET:
            STEPS.take(f"mongodb {event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event) -> None:
        if event.command_name not in QUIET:
            STEPS.take(f"mongodb {event.command_name} answered")

    def failed(self, event) -> None:
        pass


class Stopped(datetime):
    """A stopped clock."""

    @classmethod
    def now(cls, tz=None):
        return datetime.fromisoformat(os.environ["CRASH_NOW"]).astimezone(tz)


def main() -> None:
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Connection, **kwargs)
    monitoring.register(Commands())
    for name in CLOCKS:
        importlib.import_module(f"finews_spider.{name}").datetime = Stopped
    # All runs begin in the same second of that clock, but their ids must sort by their order.
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
