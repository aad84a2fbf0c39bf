"""What the site's own pages show of all posts, as data for Jekyll: so no page has to look at other pages.

Index, feed, archive, stocks, publications and sitemap read ``_data/mirror/*.json``. The page of a year, the page of a
publication and the sitemap of a day have their rows in their front matter. An update reads the lists and the earlier
data, and writes only what changed, however large the mirror is.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from finews_spider.mirror import escape, listings
from finews_spider.mirror.feeds import Feeds
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Head, ListKind, ListPageKey, Row

DATA = "_data/mirror"
ARCHIVE = f"{DATA}/archive.json"
"""Has the number of the format. Where the file is missing, the mirror is new, or an earlier finews wrote it."""
FORMAT = 2
"""Of all that exports write besides the posts. A greater number lets the next export write all of it again, once."""
FEED = f"{DATA}/feed.json"
STOCKS = f"{DATA}/.stocks.json"
"""Stock → its name and newest article, of all stocks; Jekyll passes over names that begin with a dot."""
HOME_ROWS, FEED_ROWS, STOCK_ROWS = 60, 50, 200


class Publication(NamedTuple):
    """A publication's page."""

    slug: str
    """Decides its place in the directory."""
    url: str
    """From the site's root on."""
    name: str
    feed: str
    """URL of its Atom feed, from the site's root on."""


def update(
    folder: MirrorFolder,
    heads: Mapping[tuple[ListKind, str], Head | None],
    publications: Iterable[Publication],
    modified: Mapping[str, Mapping[str, str | None]],
    feeds: Feeds,
) -> None:
    """Bring the data up to date after the lists.

    :param heads: kind and key of each list that was updated → its head now.
    :param publications: the pages of publications that were written.
    :param modified: day → URL → when its post was last modified, ISO 8601; None where it is gone.
    :param feeds: write the feeds of the same update.
    :raises MirrorError: the folder can't be read or written.
    """
    days = {key: head.total if head else 0 for (kind, key), head in heads.items() if kind == "archive"}
    for day, changed in modified.items():
        _write_sitemap(folder, day, changed)
    _update_publications(folder, publications)
    _update_stocks(folder, {key: head for (kind, key), head in heads.items() if kind == "stock"})
    archive = _archive(folder, days)
    newest = list(islice(_newest(folder, archive["days"]), max(HOME_ROWS, FEED_ROWS)))
    folder.write(f"{DATA}/home.json", to_json([row.values() for row in newest[:HOME_ROWS]]))
    touched = {url for changed in modified.values() for url in changed}
    before = read_json(folder, FEED, dict)
    folder.write(FEED, to_json(feeds.of_site(before, newest[:FEED_ROWS], touched)))
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


def _newest(folder: MirrorFolder, days: Iterable[tuple[str, int]]) -> Iterator[Row]:
    for day, _ in days:
        yield from listings.rows_of(folder, ListPageKey("archive", day))


def _write_sitemap(folder: MirrorFolder, day: str, changed: Mapping[str, str | None]) -> None:
    path = f"sitemap/{day}.xml"
    rows: dict[str, Any] = dict(_pairs(listings.json_rows(folder.read(path) or "")))
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


def stock_names(folder: MirrorFolder) -> dict[str, str]:
    """Return the code of each stock → its name, empty where it isn't known."""
    return {key: value[0] for key, value in read_json(folder, STOCKS, dict).items() if _is_row(value, 2)}


def _update_stocks(folder: MirrorFolder, changed: Mapping[str, Head | None]) -> None:
    stocks = read_json(folder, STOCKS, dict)
    for key, head in changed.items():
        if head:
            stocks[key] = [head.title, head.rows[0].time]
        else:
            stocks.pop(key, None)
    stocks = {key: value for key, value in sorted(stocks.items()) if _is_row(value, 2)}
    folder.write(STOCKS, to_json(stocks))
    newest = sorted(stocks, key=lambda key: (stocks[key][1], key), reverse=True)[:STOCK_ROWS]
    folder.write(f"{DATA}/stocks.json", to_json([[key, *stocks[key]] for key in newest]))


# What somebody changed in the files that are read back is skipped, and `finews verify` finds it.


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(rows: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str):  # noqa: PLR2004 -- a pair
            yield row[0], row[1]


def _is_row(row: Any, size: int) -> bool:
    return isinstance(row, list) and len(row) == size and all(isinstance(part, str) for part in row)
