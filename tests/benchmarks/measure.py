"""Two things measured side by side: in turns, so that what else the machine does falls on both."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


def compare(
    ours: Callable[[], object], reference: Callable[[], object], rounds: int = 9, times: int = 60
) -> tuple[float, float]:
    """Return the median seconds of a call of *ours* and of *reference*."""
    first, second = in_turns([ours, reference], rounds, times)
    return first, second


def in_turns(works: Sequence[Callable[[], object]], rounds: int, times: int = 1) -> list[float]:
    """Return the median seconds of a call of each of *works*."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, found in zip(works, seconds, strict=True):
            start = time.perf_counter()
            for _ in range(times):
                work()
            found.append((time.perf_counter() - start) / times)
    return [median(found) for found in seconds]


@dataclass(frozen=True)
class Goal:
    """What a figure should come to, beside its reference."""

    bound: float
    words: str
    """How the figure reads; ``{}`` stands for it."""
    figure: Callable[[float, float], float]
    """What ours and the reference come to."""
    is_least: bool = False
    """Whether *bound* is the least it should be; else it is the most."""

    def reach(self, figure: float) -> float:
        """Return how far *figure* gets: 1 is the goal, more is better."""
        return figure / self.bound if self.is_least else self.bound / max(figure, 1e-3)


def times_as_fast(bound: float) -> Goal:
    """Return the goal that ours takes so many times less than the reference."""
    return Goal(bound, "{:.2f} times as fast", lambda ours, reference: reference / ours, is_least=True)


def within(bound: float) -> Goal:
    """Return the goal that ours takes so many times as much as the reference, or less."""
    return Goal(bound, "{:.2f} times as much", lambda ours, reference: ours / reference)


def more(bound: float) -> Goal:
    """Return the goal that ours takes so much more than the reference, or less."""
    return Goal(bound, "{:.3g} more", lambda ours, reference: ours - reference)


@dataclass(frozen=True)
class Figure:
    """One thing that was measured."""

    what: str
    beside: str
    ours: float
    reference: float
    goal: Goal
    unit: str

    @property
    def came_to(self) -> float:
        return self.goal.figure(self.ours, self.reference)

    @property
    def row(self) -> str:
        """The figure as a row of a table in Markdown."""
        amounts = (f"{amount:.3g} {self.unit}" for amount in (self.ours, self.reference))
        goal = f"{'≥' if self.goal.is_least else '≤'} {self.goal.bound:g}"
        return f"| {' | '.join([self.what, self.beside, *amounts, self.goal.words.format(self.came_to), goal])} |"
