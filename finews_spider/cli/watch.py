"""`finews watch`: ticks for ever, each a process of its own, for Twisted's reactor can't start twice."""

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
    """Ticks from start to start every so many seconds, until it is told to stop.

    :param options: those of `finews run`.
    """

    def __init__(self, options: list[str], every: float) -> None:
        self.command = [sys.executable, "-m", "finews_spider", "run", *options]
        self.every = every
        self.stopped = asyncio.Event()
        self.tick: Process | None = None

    async def run(self) -> int:
        """Run ticks, and return the exit code: 0 when told to stop, 2 where a tick says that its options are wrong."""
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
                logs.print_error(f"the tick left with {code}; the next is at {following:%H:%M:%S}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopped.wait(), due - loop.time())
        return 0

    async def _tick(self) -> int:
        print(f"Tick at {datetime.now(SHANGHAI):%Y-%m-%d %H:%M:%S}", flush=True)
        # In a process group of its own: a terminal sends Ctrl-C to the whole group, and with ours the tick would have
        # two, which force it.
        self.tick = await asyncio.create_subprocess_exec(*self.command, stdin=DEVNULL, process_group=0)
        if self.stopped.is_set():
            self.tick.terminate()
        return await self.tick.wait()

    def stop(self) -> None:
        """Begin no other tick, and tell the one under way to end; told again, it is forced to."""
        self.stopped.set()
        if self.tick and self.tick.returncode is None:
            self.tick.terminate()
