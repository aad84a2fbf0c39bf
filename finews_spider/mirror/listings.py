"""Lists of posts that Jekyll can't make without plugins: of a day, of a publication, of a stock.

A listing is one head page, ``index.html``, and full pages beneath: ``1.html`` has the oldest PAGE rows, ``2.html`` the
next. Full pages never change while posts arrive in order of time, so that a tick rewrites heads only. Which row
stands where follows from the rows alone, whatever the order in which they came.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from finews_spider.mirror import categories, safe
from finews_spider.mirror.folder import Folder

PAGE = 60
"""Rows of a full page; the head has up to twice as many: 50 KB of HTML."""
LONGEST_TITLE = 60
FOLDERS = ("archive", "category", "stock")

Kind = Literal["archive", "category", "stock"]


class Row(NamedTuple):
    """One post in a listing. Rows sort by time."""

    time: str
    """ISO 8601, +08:00."""
    url: str
    """From the site's root on; a post's identity here."""
    title: str
    media: str
    stock: str = ""
    """The stock's name as the post has it, in a listing of a stock."""


class Listing(NamedTuple):
    """Which posts: of the day, the category or the stock *key*."""

    kind: Kind
    key: str
    title: str = ""
    """What a person calls it; of a stock the rows know."""

    def page(self, number: int | None = None) -> str:
        """Return the path of a full page, or of the head."""
        return f"{self.kind}/{categories.file_name(self.key)}/{number or 'index'}.html"


class Head(NamedTuple):
    """A listing as its newest page shows it."""

    rows: list[Row]
    """The newest first: all of them, or at least PAGE."""
    total: int
    """Rows of the whole listing."""
    title: str


@dataclass(slots=True)
class _Loaded:
    """The newest pages of a listing, as far down as they are needed."""

    first: int
    """Number of the oldest page that was read."""
    rows: dict[str, Row]


def update(folder: Folder, listing: Listing, changes: Mapping[str, Row | None]) -> Head | None:
    """Bring a listing up to date, and return its head; None where nothing is left of it.

    :param changes: URL → its row now, or None where it no longer belongs here.
    :raises MirrorError: the folder can't be read or written.
    """
    head = folder.read(listing.page()) or ""
    last = _part(head)
    loaded = _Loaded(last, {row.url: row for row in _rows(head)})
    # A row that goes must be found, and one that comes needs its place, however deep.
    goes = any(url not in loaded.rows for url, row in changes.items() if row is None)
    oldest = min((row for row in changes.values() if row), default=None)
    _apply(loaded, changes)
    while loaded.first > 1 and (goes or len(loaded.rows) < PAGE or oldest == min(loaded.rows.values())):
        loaded.first -= 1
        page = _rows(folder.read(listing.page(loaded.first)) or "")
        loaded.rows = {row.url: row for row in page} | loaded.rows
        _apply(loaded, changes)
    return _write(folder, listing, loaded)


def _apply(loaded: _Loaded, changes: Mapping[str, Row | None]) -> None:
    for url, row in changes.items():
        if row is None:
            loaded.rows.pop(url, None)
        else:
            loaded.rows[url] = row


def _write(folder: Folder, listing: Listing, loaded: _Loaded) -> Head | None:
    rows = sorted(loaded.rows.values())
    number = loaded.first
    if len(rows) >= 2 * PAGE:
        # For the moment the head has them all: rows move between pages, and a run may be killed before the last.
        folder.write(listing.page(), _render(listing, rows, number, is_head=True))
    while len(rows) >= 2 * PAGE:
        folder.write(listing.page(number), _render(listing, rows[:PAGE], number, is_head=False))
        rows, number = rows[PAGE:], number + 1
    if rows:
        folder.write(listing.page(), _render(listing, rows, number, is_head=True))
    else:
        folder.remove(listing.page())
    total, following = (number - 1) * PAGE + len(rows), number
    while folder.remove(listing.page(following)):
        following += 1
    return Head(rows[::-1], total, _title(listing, rows[::-1])) if rows else None


def _render(listing: Listing, rows: list[Row], number: int, *, is_head: bool) -> str:
    newest_first = rows[::-1]
    title = _title(listing, newest_first)
    lines = "".join(f"- {_json(row if row.stock else row[:4])}\n" for row in newest_first)
    return (
        "---\n"
        "layout: listing\n"
        f"kind: {listing.kind}\n"
        f"key: {safe.quoted(listing.key)}\n"
        f"title: {safe.quoted(title)}\n"
        f"part: {number}\n"
        f"head: {'true' if is_head else 'false'}\n"
        f'newest: "{newest_first[0].time}"\n'
        f"rows:\n{lines}---\n"
    )


def _title(listing: Listing, newest_first: Iterable[Row]) -> str:
    return listing.title or next((row.stock for row in newest_first if row.stock), "")


def rows_of(folder: Folder, listing: Listing) -> Iterator[Row]:
    """Give all rows of a listing, the newest first."""
    page = folder.read(listing.page()) or ""
    yield from _rows(page)
    for number in range(_part(page) - 1, 0, -1):
        yield from _rows(folder.read(listing.page(number)) or "")


def _json(row: Iterable[str]) -> str:
    return json.dumps(list(row), ensure_ascii=False)


def _part(head: str) -> int:
    match = re.search(r"^part: ([1-9]\d{0,4})$", head, re.MULTILINE | re.ASCII)
    return int(match[1]) if match else 1


def _rows(page: str) -> list[Row]:
    """Return a page's rows; a line that isn't as we write it is passed over, and `finews verify` finds it."""
    rows = []
    for line in page.split("\n"):
        if line.startswith("- ["):
            try:
                read = json.loads(line[2:])
            except (ValueError, RecursionError):
                continue
            if row := row_of(read):
                rows.append(row)
    return rows


def row_of(read: Any) -> Row | None:
    """Return the row that was *read* from JSON; None where it isn't as we write it."""
    try:
        "".join(read).encode()
        return Row(*read)
    except (TypeError, ValueError):
        return None


def cut(title: str) -> str:
    """Return *title* short enough for a row."""
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
