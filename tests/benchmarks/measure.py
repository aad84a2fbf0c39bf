"""Measures two things in turns, so that other work of the machine affects both."""

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


def in_turns(
    works: Sequence[Callable[[], object]],
    rounds: int,
    times: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Return the median seconds of a call of each of *works*.

    :param clock: ``time.process_time`` where only the processor's time counts.
    """
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, found in zip(works, seconds, strict=True):
            start = clock()
            for _ in range(times):
                work()
            found.append((clock() - start) / times)
    return [median(found) for found in seconds]


@dataclass(frozen=True)
class Goal:
    """The value that a figure should reach, compared with its reference."""

    bound: float
    words: str
    """The text of the figure; ``{}`` stands for its value."""
    figure: Callable[[float, float], float]
    """Computes the figure from our value and the reference."""
    is_least: bool = False
    """Whether *bound* is the smallest good value; otherwise it is the largest."""

    def reach(self, figure: float) -> float:
        """Return how close *figure* is to the goal: 1 is the goal, more is better."""
        return figure / self.bound if self.is_least else self.bound / max(figure, 1e-3)


def times_as_fast(bound: float) -> Goal:
    """Return the goal that the reference takes so many times as long as ours."""
    return Goal(bound, "{:.2f} times as fast", lambda ours, reference: reference / ours, is_least=True)


def within(bound: float) -> Goal:
    """Return the goal that ours takes at most so many times as much as the reference."""
    return Goal(bound, "{:.2f} times as much", lambda ours, reference: ours / reference)


def more(bound: float) -> Goal:
    """Return the goal that ours takes at most so much more than the reference."""
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
