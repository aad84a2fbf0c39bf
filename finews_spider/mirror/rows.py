"""A post as lists show it: a row. A list shows a story once, in one row that has the other rows of the story."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

TIME = re.compile(r"\d{4}-\d\d-\d\dT", re.ASCII)
OF_EARLIER = 5
"""Values of a row in the list of a stock, as an earlier version wrote it: without the time of its update."""
LEAST, TEXTS = 4, 7
"""The least and the most texts of a row in pages and data. Behind the seven, there may be the rows of the reprints."""
CODE_IN_URL = re.compile(r"(?<!\d)(\d{1,30})\.html$", re.ASCII)


class Row(NamedTuple):
    """A post in a list. Rows sort by time."""

    time: str
    """ISO 8601, +08:00."""
    url: str
    """From the site's root on; identifies the post here."""
    title: str
    media: str
    updated: str = ""
    """When the post was last modified, ISO 8601; empty where it wasn't."""
    stock: str = ""
    """In the list of a stock, the stock's name in the post."""
    story: str = ""
    """Of a reprint: code of its story's first article that has a post. Empty where lists show all."""
    reprints: tuple["Row", ...] = ()
    """The other rows of its story in the list, in order of time. They have no reprints themselves."""

    def values(self) -> list[Any]:
        """Return the row as pages and data have it: without the empty values at its end, but with four at least."""
        values = [*self[:TEXTS], [row.values() for row in self.reprints]]
        while len(values) > LEAST and not values[-1]:
            values.pop()
        return values

    @property
    def code(self) -> str:
        """The article's code, with which its URL ends."""
        match = CODE_IN_URL.search(self.url)
        return match[1] if match else ""


def fold(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a list in order of time, and one row for each story, which has the others.

    A story has the place of its first article. In a list without that one, it has the place of its earliest article.

    :param rows: each without reprints.
    """
    ordered = sorted(rows)
    if not (firsts := {row.story for row in ordered if row.story}):
        return ordered
    stories: dict[str, list[Row]] = {}
    for row in ordered:
        story = row.story or row.code
        stories.setdefault(story if story in firsts else row.url, []).append(row)
    return sorted(_with_reprints(members) for members in stories.values())


def _with_reprints(members: list[Row]) -> Row:
    first = next((row for row in members if not row.story), members[0])
    return first._replace(reprints=tuple(row for row in members if row is not first))


def unfold(rows: Iterable[Row]) -> Iterator[Row]:
    """Give all rows for themselves, those of reprints behind the one that has them."""
    for row in rows:
        yield row._replace(reprints=())
        yield from row.reprints


def names_line(rows: Iterable[Row]) -> str:
    """Return the line of a page's front matter which says that its rows are of more than one publication."""
    return "names: true\n" if len({row.media for row in unfold(rows)}) > 1 else ""


def lines_of(rows: Iterable[Row]) -> str:
    """Return the lines of a page's front matter that have its rows."""
    return "".join(f"- {json.dumps(row.values(), ensure_ascii=False)}\n" for row in rows)


def rows_of(page: str) -> list[Row]:
    """Return a page's rows. A line that finews didn't write so is skipped; `finews verify` finds it."""
    return [row for row in map(row_of, json_rows(page)) if row]


def json_rows(page: str) -> Iterator[Any]:
    """Give the lists in a page's front matter, a line each. A line that isn't JSON is skipped."""
    for line in page.split("\n"):
        if line.startswith("- ["):
            with suppress(ValueError, RecursionError):
                yield json.loads(line[2:])


def row_of(values: Any) -> Row | None:
    """Return the row of *values*, which were read from JSON; None where finews didn't write them so."""
    try:
        texts, reprints = values[:TEXTS], [row_of(reprint) for more in values[TEXTS:] for reprint in more]
        "".join(texts).encode()
        if len(values) == OF_EARLIER and not TIME.match(values[4]):
            texts = [*values[:4], "", values[4]]
        if len(values) > TEXTS + 1 or None in reprints:
            return None
        return Row(*texts)._replace(reprints=tuple(filter(None, reprints)))
    except (TypeError, ValueError, RecursionError):
        return None
