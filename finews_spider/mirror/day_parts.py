"""What the head page of a day's list shows besides its rows: the days beside it, the day's hours and its full pages.

All of it stands in the head's front matter. An update takes over what it says of the full pages that stay.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

NO_DAYS = ("", "")
CLOCK, HOUR = re.compile(r"\d\d:\d\d", re.ASCII), re.compile(r"\d\d", re.ASCII)


class Part(NamedTuple):
    """A page of a day's list."""

    oldest: str
    """Time of its oldest row, such as ``08:15``."""
    newest: str
    hours: dict[str, int]
    """Hour, such as ``08`` → number of its rows."""


def part_of(times: Sequence[str]) -> Part:
    """Return what a page has.

    :param times: of its rows, ISO 8601, the oldest first.
    """
    clocks = [time[11:16] for time in times]
    return Part(clocks[0], clocks[-1], dict(Counter(clock[:2] for clock in clocks)))


def parts_in(head: str) -> list[Part]:
    """Return the full pages, the oldest first, of which a head tells; none where finews didn't write that."""
    match = re.search(r"^parts: (\[.*\])$", head, re.MULTILINE)
    try:
        return [_part(*values) for values in json.loads(match[1])] if match else []
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return []


def _part(oldest: Any, newest: Any, hours: Any) -> Part:
    if not (CLOCK.fullmatch(oldest) and CLOCK.fullmatch(newest) and all(map(HOUR.fullmatch, hours))):
        raise ValueError
    return Part(oldest, newest, {hour: int(count) for hour, count in hours.items()})


def days_in(head: str) -> tuple[str, str]:
    """Return the days before and after that a head names; empty where it names none."""
    match = re.search(r'^before: "([\d-]*)"\nafter: "([\d-]*)"$', head, re.MULTILINE | re.ASCII)
    return (match[1], match[2]) if match else NO_DAYS


def with_days(head: str, before: str, after: str) -> str:
    """Return the text of a head that names other days before and after."""
    return re.sub(r"^before: .*\nafter: .*$", _days(before, after), head, count=1, flags=re.MULTILINE)


def _days(before: str, after: str) -> str:
    return f'before: "{before}"\nafter: "{after}"'


def front_matter(days: tuple[str, str], parts: Sequence[Part], head: Part) -> str:
    """Return the lines of a head's front matter.

    :param days: the days before and after.
    :param parts: the full pages, the oldest first.
    :param head: the head itself.
    """
    return f"{_days(*days)}\nhours: {json.dumps(list(_hours([*parts, head])))}\nparts: {json.dumps(parts)}\n"


def _hours(pages: Sequence[Part]) -> Iterable[tuple[str, int, str]]:
    """Give hour, number of its rows and link to its newest one, the newest hour first."""
    totals, newest = Counter[str](), dict[str, int]()
    for number, page in enumerate(pages, 1):
        totals.update(page.hours)
        newest |= dict.fromkeys(page.hours, number)
    for hour in sorted(totals, reverse=True):
        file = "" if newest[hour] == len(pages) else f"{newest[hour]}.html"
        yield hour, totals[hour], f"{file}#h{hour}"
