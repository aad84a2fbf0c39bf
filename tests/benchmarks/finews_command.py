"""Runs a finews command, and writes what it took into a file: `python -m tests.benchmarks.finews_command FILE COMMAND …`."""

import json
import os
import re
import resource
import sys
import time
from pathlib import Path

from finews_spider.cli import main

CORES = "BENCHMARK_CORES"
"""A variable that says how many cores there are."""


def _cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _report() -> dict[str, float]:
    # What getrusage calls the peak of this process is its parent's where that had more.
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak
    return {
        "cpu": _cpu(resource.RUSAGE_SELF) + _cpu(resource.RUSAGE_CHILDREN),
        "wall": time.perf_counter() - BEGAN,
        "memory": int(peak[1]) / 1024,
        "memory_of_a_child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    BEGAN = time.perf_counter()
    if cores := int(os.environ.get(CORES, "0")):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
        os.cpu_count = lambda: cores
    report = Path(sys.argv.pop(1))
    try:
        main()
    finally:
        report.write_text(json.dumps(_report()), encoding="ascii")
