"""What the site's own pages show of all posts, as data for Jekyll: so no page has to look at other pages.

Index, feed, archive, publications and sitemap read ``_data/mirror/*.json``. The page of a year, the page of a
publication and the sitemap of a day have their rows in their front matter. An update reads the lists and the earlier
data, and writes only what changed, however large the mirror is.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from finews_spider.mirror import escape, latest, listings
from finews_spider.mirror.feeds import Feeds
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import DATA, read_json, to_json
from finews_spider.mirror.listings import Head, ListKind
from finews_spider.mirror.rows import json_rows

ARCHIVE = f"{DATA}/archive.json"
"""Has the number of the format. Where the file is missing, the mirror is new, or an earlier finews wrote it."""
FORMAT = 3
"""Of all that exports write besides the posts. A greater number lets the next export write all of it again, once."""
FEED = f"{DATA}/feed.json"
FEED_ROWS = 50
"""Entries of the feed at least."""


class Publication(NamedTuple):
    """A publication's page."""

    slug: str
    """Decides its place in the directory."""
    url: str
    """From the site's root on."""
    name: str
    feed: str
    """URL of its Atom feed, from the site's root on; empty where no article is left."""


def update(
    folder: MirrorFolder,
    heads: Mapping[tuple[ListKind, str], Head | None],
    publications: Iterable[Publication],
    modified: Mapping[str, Mapping[str, str | None]],
    feeds: Feeds,
    home_hours: int,
) -> None:
    """Bring the data up to date after the lists.

    :param heads: kind and key of each list that was updated → its head now.
    :param publications: the pages of publications that were written.
    :param modified: day → URL → when its post was last modified, ISO 8601; None where it is gone.
    :param feeds: write the feeds of the same update.
    :param home_hours: how many hours home page and feed reach back at least.
    :raises MirrorError: the folder can't be read or written.
    """
    days = {key: head.total if head else 0 for (kind, key), head in heads.items() if kind == "archive"}
    for day, changed in modified.items():
        _write_sitemap(folder, day, changed)
    _update_publications(folder, publications)
    before = dict(_pairs(_list(read_json(folder, ARCHIVE, dict).get("days"))))
    archive = _archive(folder, days)
    newest_days = [day for day, _ in archive["days"]]
    _link_days(folder, days, before.keys(), newest_days[::-1])
    newest = latest.read(folder, newest_days, home_hours)
    latest.write(folder, newest)
    touched = {url for changed in modified.values() for url in changed}
    entries = feeds.of_site(read_json(folder, FEED, dict), newest.rows(FEED_ROWS), touched)
    folder.write(FEED, to_json(entries))
    folder.write(ARCHIVE, to_json(archive))
    for year in {day[:4] for day in days}:
        folder.write(f"archive/{year}.html", _year(year, archive["days"]))


def is_current(folder: MirrorFolder) -> bool:
    """Whether what exports write besides the posts has the format of this version.

    :raises MirrorError: the folder can't be read.
    """
    number = read_json(folder, ARCHIVE, dict).get("format")
    return isinstance(number, int) and number >= FORMAT


def _archive(folder: MirrorFolder, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return all years that ever had an article, and all days that have one with their number, the newest first."""
    before = read_json(folder, ARCHIVE, dict)
    days: dict[str, int] = {day: count for day, count in _pairs(_list(before.get("days"))) if isinstance(count, int)}
    days.update(counts)
    years = {str(year) for year in _list(before.get("years"))} | {day[:4] for day in counts}
    shown = sorted(([day, count] for day, count in days.items() if count), reverse=True)
    return {"format": FORMAT, "years": sorted(years, reverse=True), "days": shown}


def _year(year: str, days: Iterable[tuple[str, int]]) -> str:
    rows = "".join(f"- {json.dumps(pair)}\n" for pair in days if pair[0].startswith(f"{year}-"))
    return f'---\nlayout: year\ntitle: "{year}"\nyear: "{year}"\ndays:\n{rows}---\n'


def _link_days(folder: MirrorFolder, changed: Iterable[str], before: Collection[str], days: Sequence[str]) -> None:
    """Let the day's lists lead to the days beside them.

    :param changed: the days whose lists were updated.
    :param before: the days that had articles before.
    :param days: those that have articles now, in order.
    """
    touched, present = set(changed), set(days)
    for day in changed:
        if (day in before) != (day in present):
            at = bisect_left(days, day)
            touched.update(days[max(at - 1, 0) : at + 2])
    for day in touched & present:
        at = bisect_left(days, day)
        listings.link_day(folder, day, *days[max(at - 1, 0) : at] or ("",), *days[at + 1 : at + 2] or ("",))


def _write_sitemap(folder: MirrorFolder, day: str, changed: Mapping[str, str | None]) -> None:
    path = f"sitemap/{day}.xml"
    rows: dict[str, Any] = dict(_pairs(json_rows(folder.read(path) or "")))
    rows.update(changed)
    lines = "".join(f"- {json.dumps([url, rows[url]])}\n" for url in sorted(rows) if rows[url])
    if lines:
        folder.write(path, f"---\nlayout: sitemap\nsitemap: false\nday: {escape.yaml_string(day)}\nrows:\n{lines}---\n")
    else:
        folder.remove(path)


def _update_publications(folder: MirrorFolder, changed: Iterable[Publication]) -> None:
    path = f"{DATA}/publications.json"
    size = len(Publication._fields)
    rows = {row[1]: Publication(*row) for row in read_json(folder, path, list) if _is_row(row, size)}
    rows |= {publication.url: publication for publication in changed}
    order = sorted(rows.values(), key=lambda row: (row.url.casefold(), row.url))
    folder.write(path, to_json(order))


# What somebody changed in the files that are read back is skipped, and `finews verify` finds it.


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(rows: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str):  # noqa: PLR2004 -- a pair
            yield row[0], row[1]


def _is_row(row: Any, size: int) -> bool:
    return isinstance(row, list) and len(row) == size and all(isinstance(part, str) for part in row)
