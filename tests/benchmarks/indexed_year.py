"""The search index of a year of 547,500 articles, made without their posts."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from finews_spider.articles import body
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.rows import Row
from finews_spider.mirror.search.index import FORMAT, INDEX
from finews_spider.mirror.search.segments import DATA, Entry, Segment, write_segment
from tests.benchmarks import news

A_DAY = 1500
MONTH = 45_000
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
SEGMENTS = (37_500, 6_800, 700)
"""Articles in the segments of the month that isn't over yet."""


def entries(month: str, first: int = 0) -> Iterator[Entry]:
    """Give the articles of a month in order of time, without end."""
    for number, article in enumerate(news.articles(10 * MONTH, first)):
        time = datetime.fromisoformat(f"{month}-01T00:00:00+08:00") + timedelta(seconds=number * 86_400 // A_DAY)
        url = f"/{month.replace('-', '/')}/{article.code}.html"
        row = Row(time.isoformat(), url, article.title, article.media)
        stocks = "\n".join(article.stocks)
        text = "\n".join((article.title, article.media, article.digest, stocks, body.lines_of(article.body)))
        yield Entry(row, text, stocks)


def write_month(folder: MirrorFolder, month: str) -> list[Segment]:
    """Write the segments of a month that isn't over yet."""
    given = entries(month)
    return [
        write_segment(folder, month, [], {entry.row.url: entry for entry in islice(given, size)}) for size in SEGMENTS
    ]


def write_year(folder: MirrorFolder, closed: Segment, current: list[Segment]) -> None:
    """Make a year of one closed month, whose posts get other days and URLs, and of the current month."""
    segments = [closed._replace(name=f"{month}-{number:012}") for number, month in enumerate(MONTHS[:-1])]
    for segment in segments:
        shutil.copytree(folder.root / DATA / closed.name, folder.root / DATA / segment.name, copy_function=_link)
        for page in segment.pages:
            rows = read_json(folder, closed.rows_file(page), list)
            moved = [[segment.month + row[0][7:], *row[1:]] for row in rows]
            (folder.root / segment.rows_file(page)).unlink()
            (folder.root / segment.rows_file(page)).write_text(to_json(moved), encoding="utf-8")
    listed = [segment._asdict() for segment in (*current, *reversed(segments))]
    folder.write(INDEX, to_json({"format": FORMAT, "segments": listed}))


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
