"""Two things measured side by side: in turns, so that what else the machine does falls on both."""

import time
from collections.abc import Callable
from statistics import median


def compare(
    ours: Callable[[], object], reference: Callable[[], object], rounds: int = 9, times: int = 60
) -> tuple[float, float]:
    """Return the median seconds of a call of *ours* and of *reference*."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, found in zip((ours, reference), seconds, strict=True):
            start = time.perf_counter()
            for _ in range(times):
                work()
            found.append((time.perf_counter() - start) / times)
    return median(seconds[0]), median(seconds[1])
