"""Runs a command with a wrong clock: ``python -m tests.clocks SECONDS MODULE …`` sets it so many seconds ahead.

When a file ``set-clock`` appears in the folder, the clock jumps by the number of seconds in the file.
"""

import runpy
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

JUMP = Path("set-clock")


def jump(clock):
    """Wait for the file, and set the clock."""
    while not JUMP.exists():
        time.sleep(0.02)
    clock.shift(float(JUMP.read_text(encoding="utf-8")))
    JUMP.unlink()


def main():
    ahead = timedelta(seconds=float(sys.argv[1]))
    sys.argv[:2] = []
    with time_machine.travel(datetime.now(UTC) + ahead, tick=True) as clock:
        threading.Thread(target=jump, args=[clock], daemon=True).start()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
