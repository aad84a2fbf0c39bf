"""The search index of a year of 547,500 articles, made without their posts."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from finews_spider.articles import body
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.rows import Row
from finews_spider.mirror.search.index import FORMAT, INDEX
from finews_spider.mirror.search.merging import posting_files, write_segment
from finews_spider.mirror.search.segments import DAYS, ROWS, Entry, Segment, key_of, place_of, shards_of
from tests.benchmarks import news

A_DAY = 1500
MONTH = 45_000
YEAR = "2026"
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
SEGMENTS = (40_000, 4_600, 400)
"""Articles in the segments of the newest month."""


def entries(month: str, first: int = 0) -> Iterator[Entry]:
    """Give the articles of a month in order of time, without end."""
    for number, article in enumerate(news.articles(10 * MONTH, first)):
        time = datetime.fromisoformat(f"{month}-01T00:00:00+08:00") + timedelta(seconds=number * 86_400 // A_DAY)
        url = f"/{month.replace('-', '/')}/{article.code}.html"
        row = Row(time.isoformat(), url, article.title, article.media)
        stocks = "\n".join(article.stocks)
        text = "\n".join((article.title, article.media, article.digest, stocks, body.lines_of(article.body)))
        yield Entry(row, text, stocks)


def write_newest(folder: MirrorFolder) -> list[Segment]:
    """Write the segments of the newest month."""
    given = entries(MONTHS[-1])
    return [
        write_segment(folder, YEAR, [], {entry.row.url: entry for entry in islice(given, size)}) for size in SEGMENTS
    ]


def write_year(folder: MirrorFolder, month: Segment) -> Segment:
    """Write the segment of the eleven months before: eleven times the articles of *month*, at random times.

    In order of time, they would be the same eleven times, and compress as no real index does.
    """
    count = (len(MONTHS) - 1) * month.articles
    places = random.Random(1).sample(range(count), count)
    moves = [places[start : start + month.articles] for start in range(0, count, month.articles)]
    days = [0] * DAYS
    for number in range(count):
        days[place_of(f"{date(2026, 1, 1) + timedelta(days=number * 334 // count)}")] += 1
    segment = Segment(f"{YEAR}-{0:012}", count, shards_of(count), days, [])
    for path, content in posting_files(folder, segment, [(month, numbers) for numbers in moves], {}):
        folder.write(path, content)
    _write_rows(folder, segment, [row for _, row in sorted(zip(places, _rows(folder, month), strict=True))])
    return segment


def _rows(folder: MirrorFolder, month: Segment) -> list[list[str]]:
    rows = [row for page in range(-(-month.articles // ROWS)) for row in read_json(folder, month.rows_file(page), list)]
    return rows * (len(MONTHS) - 1)


def _write_rows(folder: MirrorFolder, segment: Segment, rows: list[list[str]]) -> None:
    for day, numbers in segment.posts_of_days():
        for number in numbers:
            seconds = (number - numbers.start) * 86_400 // len(numbers)
            time = datetime.fromisoformat(f"{day}T00:00:00+08:00") + timedelta(seconds=seconds)
            rows[number] = [time.isoformat(), f"{rows[number][1][:-5]}{number}.html", *rows[number][2:]]
        digests = {key_of(rows[number][1]): "0" * 16 for number in numbers}
        folder.write(segment.articles_file(day), to_json(digests))
    for page in range(-(-segment.articles // ROWS)):
        folder.write(segment.rows_file(page), to_json(rows[page * ROWS : (page + 1) * ROWS]))


def write_index(folder: MirrorFolder, segments: list[Segment]) -> None:
    folder.write(INDEX, to_json({"format": FORMAT, "segments": [segment._asdict() for segment in segments]}))
