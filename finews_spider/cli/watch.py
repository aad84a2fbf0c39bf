"""`finews watch`: runs until it is stopped. Each run is a process: the reactor of Twisted can't start twice."""

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from subprocess import DEVNULL
from typing import TYPE_CHECKING

from finews_spider import logs
from finews_spider.cli.output import say
from finews_spider.errors import USAGE
from finews_spider.times import SHANGHAI

if TYPE_CHECKING:
    from asyncio.subprocess import Process


class Watch:
    """Starts runs at a regular interval until it is stopped.

    :param options: options of `finews run`.
    :param every: seconds from the start of one run to the start of the next.
    """

    def __init__(self, options: list[str], every: float) -> None:
        self.command = [sys.executable, "-m", "finews_spider", "run", *options]
        self.every = every
        self.stopped = asyncio.Event()
        self.process: Process | None = None

    async def run(self) -> int:
        """Start the runs, and return the exit code: 0 when stopped, 2 when a run exits with 2."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        due = loop.time()
        while not self.stopped.is_set():
            code = await self._run_once()
            if code == USAGE:
                return USAGE
            due = max(due + self.every, loop.time())
            if code and not self.stopped.is_set():
                following = datetime.now(SHANGHAI) + timedelta(seconds=due - loop.time())
                logs.print_error(
                    "the run exited with {code}; the next one is at {following:%H:%M:%S}",
                    code=code,
                    following=following,
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), due - loop.time())
        return 0

    async def _run_once(self) -> int:
        say("Run at {time:%Y-%m-%d %H:%M:%S}", time=datetime.now(SHANGHAI))
        # In a process group of its own: a terminal sends Ctrl-C to the whole group. In ours the run would get it
        # twice, which stops it at once.
        self.process = await asyncio.create_subprocess_exec(*self.command, stdin=DEVNULL, process_group=0)
        if self.stopped.is_set():
            self.process.terminate()
        return await self.process.wait()

    def stop(self) -> None:
        """Start no other run, and end the one under way. A second call stops it at once."""
        self.stopped.set()
        if self.process and self.process.returncode is None:
            self.process.terminate()
