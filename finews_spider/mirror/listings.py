"""Lists of posts that Jekyll can't make without plugins: of a day, of a category, of a stock.

A list is a head page, ``index.html``, and full pages. ``1.html`` has the oldest PAGE rows, ``2.html`` the next ones.
Full pages don't change while posts arrive in order of time, so a run rewrites only heads, and the last full page where
a page follows it that has become full. The rows alone determine which row stands on which page, not the order in which
they came. The reprints of a story have no place of their own; they are in the row of its first article.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from finews_spider.mirror import categories, day_parts, escape
from finews_spider.mirror.day_parts import Part
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.rows import Row, fold, lines_of, names_line, rows_of, unfold

PAGE = 60
"""Rows of a full page. The head has at most twice as many, which is 50 KB of HTML."""
LONGEST_TITLE = 60
"""Characters of the longest title in a row."""
FOLDERS = ("archive", "category", "stock")

ListKind = Literal["archive", "category", "stock"]


class ListPageKey(NamedTuple):
    """Identifies a list: it has the posts of the day, the category or the stock *key*."""

    kind: ListKind
    key: str
    title: str = ""
    """The list's title for readers. A stock's is empty: its rows have the stock's name."""

    def path(self, number: int | None = None) -> str:
        """Return the path of a full page, or of the head."""
        return f"{self.kind}/{categories.file_name(self.key)}/{number or 'index'}.html"


class Head(NamedTuple):
    """A list as its newest page shows it."""

    rows: list[Row]
    """The newest first: all of them, or at least PAGE."""
    total: int
    """Articles of the whole list, with the reprints."""
    title: str


@dataclass(slots=True)
class _ReadRows:
    """The rows of a list's newest pages, as far as they were read, after the changes."""

    changes: Mapping[str, Row | None]
    head: str
    """The text of the head."""
    first_page: int
    """Number of the oldest page that was read."""
    folded: int
    """Reprints in the rows of the pages that weren't read."""
    rows: dict[str, Row] = field(default_factory=dict)
    """URL → row, without reprints."""
    oldest: Row | None = None
    """The oldest row that has a place of its own and didn't change."""

    def add(self, page: list[Row]) -> None:
        """Add the rows of an older page."""
        self.rows = {row.url: row for row in unfold(page)} | self.rows
        for url, row in self.changes.items():
            if row is None:
                self.rows.pop(url, None)
            else:
                self.rows[url] = row
        self.oldest = min((row for row in page if row.url not in self.changes), default=self.oldest)

    def add_page_before(self, folder: MirrorFolder, key: ListPageKey) -> None:
        self.first_page -= 1
        page = rows_of(folder.read(key.path(self.first_page)) or "")
        self.folded -= _reprints_in(page)
        self.add(page)


def update(folder: MirrorFolder, key: ListPageKey, changes: Mapping[str, Row | None]) -> Head | None:
    """Bring the pages of a list up to date, and return its head; None if no row is left.

    :param changes: URL → the post's row, or None to remove it.
    :raises MirrorError: the folder can't be read or written.
    """
    head = folder.read(key.path()) or ""
    read = _ReadRows(changes, head, _number_of(head), _folded_in(head))
    page = rows_of(head)
    # A removed row must be found, and a new row needs its place, on however old a page.
    is_missing = {url for url, row in changes.items() if row is None} - {row.url for row in unfold(page)}
    oldest = min((row for row in changes.values() if row), default=None)
    read.add(page)
    while read.first_page > 1 and (
        is_missing or (oldest and (not read.oldest or oldest < read.oldest)) or len(fold(read.rows.values())) < PAGE
    ):
        read.add_page_before(folder, key)
    return _write(folder, key, read)


def _write(folder: MirrorFolder, key: ListPageKey, read: _ReadRows) -> Head | None:
    rows, first = fold(read.rows.values()), read.first_page
    number = first + max(len(rows) // PAGE - 1, 0)
    pages = {first + at: rows[at * PAGE : (at + 1) * PAGE] for at in range(number - first)}
    head_rows = rows[(number - first) * PAGE :]
    before = _full_pages_before(folder, key, read) if key.kind == "archive" else []
    if pages:
        # The head has all rows until the full pages are written, so that a killed run loses none.
        folder.write(key.path(), _render_head(key, rows, first, read.head, before, read.folded))
    for page, its_rows in pages.items():
        folder.write(key.path(page), _render_full(key, its_rows, page, number))
    if first > 1 and (_number_of(read.head) == first) != (number == first):  # another page follows it now
        page_before = rows_of(folder.read(key.path(first - 1)) or "")
        if page_before:
            folder.write(key.path(first - 1), _render_full(key, page_before[::-1], first - 1, number))
    folded = read.folded + sum(map(_reprints_in, pages.values()))
    if rows:
        parts = before + [_part_of(its_rows) for its_rows in pages.values()] if key.kind == "archive" else []
        folder.write(key.path(), _render_head(key, head_rows, number, read.head, parts, folded))
    else:
        folder.remove(key.path())
    total, following = (number - 1) * PAGE + folded + len(head_rows) + _reprints_in(head_rows), number
    while folder.remove(key.path(following)):
        following += 1
    return Head(head_rows[::-1], total, _title(key, head_rows[::-1])) if rows else None


def _full_pages_before(folder: MirrorFolder, key: ListPageKey, read: _ReadRows) -> list[Part]:
    """Return what a day's full pages have that an update leaves as they are."""
    count = read.first_page - 1
    parts = day_parts.parts_in(read.head)[:count]
    if len(parts) == count:
        return parts
    pages = (rows_of(folder.read(key.path(number)) or "") for number in range(1, count + 1))
    return [_part_of(page[::-1]) for page in pages if page]


def _part_of(rows: Iterable[Row]) -> Part:
    return day_parts.part_of([row.time for row in rows for _ in range(1 + len(row.reprints))])


def _reprints_in(rows: Iterable[Row]) -> int:
    return sum(len(row.reprints) for row in rows)


def link_day(folder: MirrorFolder, day: str, before: str, after: str) -> None:
    """Let the head of a day's list lead to the days beside it.

    :param before: the last day before it that has articles; empty where there is none.
    :raises MirrorError: the folder can't be read or written.
    """
    path = ListPageKey("archive", day).path()
    if head := folder.read(path):
        folder.write(path, day_parts.with_days(head, before, after))


def pages_of(folder: MirrorFolder, key: ListPageKey) -> Iterator[tuple[int, list[Row]]]:
    """Give number and rows of each page of a list, both the newest first."""
    page = folder.read(key.path()) or ""
    number = _number_of(page)
    yield number, rows_of(page)
    for older in range(number - 1, 0, -1):
        yield older, rows_of(folder.read(key.path(older)) or "")


def _render_head(key: ListPageKey, rows: list[Row], number: int, former: str, parts: list[Part], folded: int) -> str:
    """Return the text of the head.

    :param folded: the reprints in the rows of the full pages.
    """
    about = f"head: true\nfolded: {folded}\n" if folded else "head: true\n"
    if key.kind == "archive":
        about += day_parts.front_matter(day_parts.days_in(former), parts, _part_of(rows))
    return _render(key, rows, number, about)


def _render_full(key: ListPageKey, rows: list[Row], number: int, head: int) -> str:
    """Return the text of a full page, which leads to the next newer page.

    :param head: number of the list's head.
    """
    newer = "./" if number == head - 1 else f"{number + 1}.html"
    return _render(key, rows, number, f"head: false\nnewer: {newer}\n")


def _render(key: ListPageKey, rows: list[Row], number: int, about: str) -> str:
    newest_first = rows[::-1]
    return (
        "---\n"
        "layout: listing\n"
        f"kind: {key.kind}\n"
        f"key: {escape.yaml_string(key.key)}\n"
        f"title: {escape.yaml_string(_title(key, newest_first))}\n"
        f"part: {number}\n"
        f"{about}{names_line(rows)}"
        f'newest: "{newest_first[0].time}"\n'
        f"rows:\n{lines_of(newest_first)}---\n"
    )


def _title(key: ListPageKey, newest_first: Iterable[Row]) -> str:
    """Return the list's title; that of a stock without a name is its ticker, such as 600519."""
    return key.title or next((row.stock for row in unfold(newest_first) if row.stock), key.key.partition(".")[2])


def _number_of(head: str) -> int:
    """Return the number that a head page has."""
    match = re.search(r"^part: ([1-9]\d{0,4})$", head, re.MULTILINE | re.ASCII)
    return int(match[1]) if match else 1


def _folded_in(head: str) -> int:
    """Return how many reprints the full pages of a list have, as its head says."""
    match = re.search(r"^folded: (\d{1,9})$", head, re.MULTILINE | re.ASCII)
    return int(match[1]) if match else 0
