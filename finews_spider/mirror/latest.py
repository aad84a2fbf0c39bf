"""The newest articles: on the home page, and on pages that continue it for some hours.

Their rows are those of the days' lists, page by page. The home page has the head of the newest day, and older pages
until there are PAGE rows. Each further page of a day that has an article of the last hours is a *part*,
``latest/2026-01-02-3.html``. So a part stays as it is while articles arrive.

A reprint is in the row of its story's first article, also where that one is of another day. If that one is too old for
these pages, the reprint isn't new, and isn't here.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from finews_spider.mirror import listings
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import DATA, to_json
from finews_spider.mirror.listings import PAGE, ListPageKey
from finews_spider.mirror.rows import Row, lines_of, unfold

FOLDER = "latest"
NEWEST = f"{FOLDER}/newest.json"
"""The URLs on the home page and the names of the parts; an open page reads it to learn of new articles."""


class Part(NamedTuple):
    """A page that continues the home page."""

    name: str
    rows: list[Row]
    """The newest first."""


class Latest(NamedTuple):
    """The newest articles, the newest first."""

    home: list[Row]
    parts: list[Part]
    since: str
    """The time back to which they reach at least, ISO 8601."""

    def rows(self, least: int) -> list[Row]:
        """Return the rows of that time, and older ones until there are *least*."""
        rows = [*self.home, *chain.from_iterable(part.rows for part in self.parts)]
        return rows[:least] + [row for row in rows[least:] if row.time >= self.since]


def read(folder: MirrorFolder, days: Iterable[str], hours: int) -> Latest:
    """Read the newest articles from the lists of the days.

    :param days: that have articles, the newest first.
    :param hours: how far back they reach at least, from the newest one on.
    :raises MirrorError: the folder can't be read.
    """
    home: list[Row] = []
    parts: list[Part] = []
    since = ""
    late: dict[str, list[Row]] = {}
    for day in days:
        for number, rows in listings.pages_of(folder, ListPageKey("archive", day)):
            if not rows:
                continue
            since = since or _hours_before(rows[0].time, hours)
            if len(home) < PAGE:
                home.extend(_of_first_articles(rows, late))
            elif rows[0].time < since:
                return Latest(home, parts, since)
            elif first := list(_of_first_articles(rows, late)):
                parts.append(Part(f"{day}-{number}", first))
    return Latest(home, parts, since)


def _of_first_articles(rows: Iterable[Row], late: dict[str, list[Row]]) -> Iterator[Row]:
    """Give the rows that aren't reprints, each also with the reprints of later days.

    :param late: story → its reprints of later days, to which this adds those that it finds.
    """
    for row in rows:
        if row.story:
            late.setdefault(row.story, []).extend(unfold([row]))
        else:
            yield row._replace(reprints=(*row.reprints, *sorted(late.pop(row.code, ()))))


def _hours_before(time: str, hours: int) -> str:
    try:
        return (datetime.fromisoformat(time) - timedelta(hours=hours)).isoformat(timespec="seconds")
    except (ValueError, OverflowError):  # somebody changed the row
        return time


def write(folder: MirrorFolder, latest: Latest) -> None:
    """Write what the home page shows, the parts, and what an open page reads; remove former parts.

    :raises MirrorError: the folder can't be written.
    """
    names = [part.name for part in latest.parts]
    links = ["/", *(f"/{_file(name)}" for name in names), ""]
    for at, part in enumerate(latest.parts):
        folder.write(_file(part.name), _render(part, links[at], links[at + 2]))
    folder.write(f"{DATA}/home.json", to_json([row.values() for row in latest.home]))
    folder.write(f"{DATA}/parts.json", to_json(names))
    folder.write(NEWEST, to_json({"home": [row.url for row in latest.home], "parts": names}))
    for path in set(folder.files(FOLDER)) - {NEWEST, *map(_file, names)}:
        folder.remove(path)


def _file(name: str) -> str:
    return f"{FOLDER}/{name}.html"


def _render(part: Part, newer: str, older: str) -> str:
    """Return the text of a part, which leads to the pages beside it; the last one's *older* is empty."""
    return (
        f'---\nlayout: latest\nsitemap: false\npart: "{part.name}"\nnewer: "{newer}"\nolder: "{older}"\n'
        f"rows:\n{lines_of(part.rows)}---\n"
    )
