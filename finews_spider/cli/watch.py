"""`finews watch`: ticks until it is stopped. Each tick is a process: the reactor of Twisted can't start twice."""

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from subprocess import DEVNULL
from typing import TYPE_CHECKING

from finews_spider import logs
from finews_spider.errors import USAGE
from finews_spider.times import SHANGHAI

if TYPE_CHECKING:
    from asyncio.subprocess import Process


class Watch:
    """Runs ticks at a regular interval until it is stopped.

    :param options: options of `finews run`.
    :param every: seconds from the start of one tick to the start of the next.
    """

    def __init__(self, options: list[str], every: float) -> None:
        self.command = [sys.executable, "-m", "finews_spider", "run", *options]
        self.every = every
        self.stopped = asyncio.Event()
        self.tick: Process | None = None

    async def run(self) -> int:
        """Run ticks, and return the exit code: 0 when stopped, 2 when a tick exits with 2."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        due = loop.time()
        while not self.stopped.is_set():
            code = await self._tick()
            if code == USAGE:
                return USAGE
            due = max(due + self.every, loop.time())
            if code and not self.stopped.is_set():
                following = datetime.now(SHANGHAI) + timedelta(seconds=due - loop.time())
                logs.print_error(f"the tick exited with {code}; the next one is at {following:%H:%M:%S}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), due - loop.time())
        return 0

    async def _tick(self) -> int:
        print(f"Tick at {datetime.now(SHANGHAI):%Y-%m-%d %H:%M:%S}", flush=True)
        # In a process group of its own: a terminal sends Ctrl-C to the whole group. In ours the tick would get it
        # twice, which stops it at once.
        self.tick = await asyncio.create_subprocess_exec(*self.command, stdin=DEVNULL, process_group=0)
        if self.stopped.is_set():
            self.tick.terminate()
        return await self.tick.wait()

    def stop(self) -> None:
        """Start no other tick, and end the one under way. A second call stops it at once."""
        self.stopped.set()
        if self.tick and self.tick.returncode is None:
            self.tick.terminate()
