"""Lists of posts that Jekyll can't make without plugins: of a day, of a category, of a stock.

A list is a head page, ``index.html``, and full pages. ``1.html`` has the oldest PAGE rows, ``2.html`` the next ones.
Full pages don't change while posts arrive in order of time, so a tick rewrites only heads. The rows alone determine
which row stands on which page, not the order in which they came.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from finews_spider.mirror import categories, escape
from finews_spider.mirror.folder import MirrorFolder

PAGE = 60
"""Rows of a full page. The head has at most twice as many, which is 50 KB of HTML."""
LONGEST_TITLE = 60
"""Characters of the longest title in a row."""
FOLDERS = ("archive", "category", "stock")
TIME = re.compile(r"\d{4}-\d\d-\d\dT", re.ASCII)
OF_EARLIER = 5
"""Values of a row in the list of a stock, as an earlier version wrote it: without the time of its update."""

ListKind = Literal["archive", "category", "stock"]


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

    def values(self) -> list[str]:
        """Return the row as pages and data have it: without the empty values at its end, but with four at least."""
        return list(self if self.stock else self[:5] if self.updated else self[:4])


class ListPageKey(NamedTuple):
    """Identifies a list: it has the posts of the day, the category or the stock *key*."""

    kind: ListKind
    key: str
    title: str = ""
    """The list's title for readers. A stock's is empty: its rows have the stock's name."""

    def path(self, number: int | None = None) -> str:
        """Return the path of a full page, or of the head."""
        return f"{self.kind}/{categories.file_name(self.key)}/{number or 'index'}.html"


@dataclass(slots=True)
class _ReadRows:
    """The rows of a list's newest pages, as far as they were read."""

    first_page: int
    """Number of the oldest page that was read."""
    rows: dict[str, Row]
    """URL → row."""

    def apply(self, changes: Mapping[str, Row | None]) -> None:
        for url, row in changes.items():
            if row is None:
                self.rows.pop(url, None)
            else:
                self.rows[url] = row


class Head(NamedTuple):
    """A list as its newest page shows it."""

    rows: list[Row]
    """The newest first: all of them, or at least PAGE."""
    total: int
    """Rows of the whole list."""
    title: str


def update(folder: MirrorFolder, key: ListPageKey, changes: Mapping[str, Row | None]) -> Head | None:
    """Bring the pages of a list up to date, and return its head; None if no row is left.

    :param changes: URL → the post's row, or None to remove it.
    :raises MirrorError: the folder can't be read or written.
    """
    head = folder.read(key.path()) or ""
    read = _ReadRows(_number_of(head), {row.url: row for row in _rows_of(head)})
    # A removed row must be found, and a new row needs its place, on however old a page.
    is_missing = any(url not in read.rows for url, row in changes.items() if row is None)
    oldest = min((row for row in changes.values() if row), default=None)
    read.apply(changes)
    while read.first_page > 1 and (is_missing or len(read.rows) < PAGE or oldest == min(read.rows.values())):
        read.first_page -= 1
        page = _rows_of(folder.read(key.path(read.first_page)) or "")
        read.rows = {row.url: row for row in page} | read.rows
        read.apply(changes)
    return _write(folder, key, read)


def _write(folder: MirrorFolder, key: ListPageKey, read: _ReadRows) -> Head | None:
    rows = sorted(read.rows.values())
    number = read.first_page
    if len(rows) >= 2 * PAGE:
        # The head has all rows until the full pages are written, so that a killed run loses none.
        folder.write(key.path(), _render(key, rows, number, is_head=True))
    while len(rows) >= 2 * PAGE:
        folder.write(key.path(number), _render(key, rows[:PAGE], number, is_head=False))
        rows, number = rows[PAGE:], number + 1
    if rows:
        folder.write(key.path(), _render(key, rows, number, is_head=True))
    else:
        folder.remove(key.path())
    total, following = (number - 1) * PAGE + len(rows), number
    while folder.remove(key.path(following)):
        following += 1
    return Head(rows[::-1], total, _title(key, rows[::-1])) if rows else None


def rows_of(folder: MirrorFolder, key: ListPageKey) -> Iterator[Row]:
    """Give all rows of a list, the newest first."""
    page = folder.read(key.path()) or ""
    yield from _rows_of(page)
    for number in range(_number_of(page) - 1, 0, -1):
        yield from _rows_of(folder.read(key.path(number)) or "")


def _render(key: ListPageKey, rows: list[Row], number: int, *, is_head: bool) -> str:
    newest_first = rows[::-1]
    lines = "".join(f"- {json.dumps(row.values(), ensure_ascii=False)}\n" for row in newest_first)
    return (
        "---\n"
        "layout: listing\n"
        f"kind: {key.kind}\n"
        f"key: {escape.yaml_string(key.key)}\n"
        f"title: {escape.yaml_string(_title(key, newest_first))}\n"
        f"part: {number}\n"
        f"head: {'true' if is_head else 'false'}\n"
        f'newest: "{newest_first[0].time}"\n'
        f"rows:\n{lines}---\n"
    )


def _title(key: ListPageKey, newest_first: Iterable[Row]) -> str:
    return key.title or next((row.stock for row in newest_first if row.stock), "")


def _number_of(head: str) -> int:
    """Return the number that a head page has."""
    match = re.search(r"^part: ([1-9]\d{0,4})$", head, re.MULTILINE | re.ASCII)
    return int(match[1]) if match else 1


def _rows_of(page: str) -> list[Row]:
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
        "".join(values).encode()
        if len(values) == OF_EARLIER and not TIME.match(values[4]):
            values = [*values[:4], "", values[4]]
        return Row(*values)
    except (TypeError, ValueError):
        return None
