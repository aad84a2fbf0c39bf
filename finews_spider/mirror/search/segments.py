"""A segment of the search index: some posts of one year, in files of bounded size.

The posts are numbered in order of time. ``rows-{n}.json`` has the rows of ROWS posts. The terms are spread over
*shards* by a hash, a JSON object each: term → postings (:mod:`finews_spider.mirror.search.postings`). Long postings
would make a shard long. So they are cut into *chunks* of CHUNK posts, the newest first, each in a file of its own, and
the shard says which files. docs/site.md describes the format for other readers.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import NamedTuple
from zlib import crc32

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.rows import Row, row_of

DATA = "search/data"
ROWS = 50
"""Rows in a file. Thirty results may lie in as many files."""
LONGEST = 5_000
"""Characters of the longest postings in a shard. So small segments have no chunks, and their hits come at once."""
CHUNK = 32_768
"""Posts of a chunk. A pair of characters that one in fifteen posts has needs one chunk for a whole year."""
MOST_SHARDS = 1 << 16
DAYS = 12 * 31
"""Each month has 31 places, so a day's place is the same in every year."""


class Segment(NamedTuple):
    """A segment, as ``index.json`` lists it."""

    name: str
    """The year and a digest of what the segment has."""
    articles: int
    shards: int
    days: list[int]
    """The number of posts of each day of the year."""
    gone: list[int]
    """Numbers of posts that aren't valid any more, because a newer segment of the year has them."""

    @property
    def year(self) -> str:
        return self.name[: len("2026")]

    def file(self, name: str) -> str:
        return f"{DATA}/{self.name}/{name}.json"

    def rows_file(self, page: int) -> str:
        return self.file(f"rows-{page}")

    def articles_file(self, day: str) -> str:
        """Return the file that has the keys and digests of a day's posts. It isn't part of the site."""
        return self.file(f".articles-{day[len('2026-') :]}")

    @property
    def check_file(self) -> str:
        return self.file(".check")

    def posts_of_days(self) -> Iterator[tuple[str, range]]:
        """Give each day that has posts, and their numbers."""
        ends = accumulate(self.days)
        for place, (count, end) in enumerate(zip(self.days, ends, strict=True)):
            if count:
                yield f"{self.year}-{place // 31 + 1:02}-{place % 31 + 1:02}", range(end - count, end)


class Entry(NamedTuple):
    """A post for the index."""

    row: Row
    text: str
    """The plain text in which it is found."""
    stocks: str = ""
    """The codes and names of its stocks."""

    @property
    def digest(self) -> str:
        return _digest(to_json([self.row[:4], self.text, self.stocks]))[:16]

    @property
    def texts(self) -> dict[str, str]:
        return {"text": self.text, "title": self.row.title, "media": self.row.media, "stocks": self.stocks}


def key_of(url: str) -> str:
    """Return the key by which a segment remembers the post of *url*."""
    return _digest(url)[:16]


def place_of(time: str) -> int:
    """Return the place of a day, or of the day of a time, among the DAYS.

    :param time: ISO 8601.
    """
    return (int(time[5:7]) - 1) * 31 + int(time[8:10]) - 1


def shards_of(articles: int) -> int:
    """Return how many shards a segment has. One ten times as large has seven times as much in them, because more of it
    is in chunks."""
    return min(power_of_two(0.85 * articles**0.85), MOST_SHARDS)


def hash_of(term: str) -> int:
    """Return the hash that says in which shard a term lies: CRC-32 of its UTF-8 bytes."""
    return crc32(term.encode())


def power_of_two(number: float) -> int:
    """Return the largest power of two that isn't above *number*, at least 1."""
    return 1 << max(int(number), 1).bit_length() - 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_whole(folder: MirrorFolder, segment: Segment) -> bool:
    """Whether the files of a segment are as they were written."""
    check = 0
    for path in set(folder.files(f"{DATA}/{segment.name}")) - {segment.check_file}:
        check ^= check_of(path, folder.read(path) or "")
    return folder.read(segment.check_file) == to_json({"check": check})


def check_of(path: str, content: str) -> int:
    return crc32(f"{path}\0{content}".encode())


# The functions that read skip what somebody changed in the files; `finews verify` finds it.


def read_articles(folder: MirrorFolder, segment: Segment, day: str, numbers: range) -> dict[str, tuple[int, str]]:
    """Return the key of each post of a day → its number and the digest of its entry.

    :param numbers: the numbers of these posts.
    """
    digests = read_json(folder, segment.articles_file(day), dict)
    if len(digests) != len(numbers):
        # Somebody changed the file: each post counts as another one, and is written anew when it is exported.
        rows = islice(read_rows(folder, segment, numbers.start // ROWS), numbers.start % ROWS, None)
        digests = {key_of(row.url) if row else str(number): "" for number, row in zip(numbers, rows, strict=False)}
    return {key: (number, str(digest)) for number, (key, digest) in zip(numbers, digests.items(), strict=False)}


def read_rows(folder: MirrorFolder, segment: Segment, page: int = 0) -> Iterator[Row | None]:
    """Give the rows of a segment from a page on; None for a row that can't be read."""
    for each in range(page, -(-segment.articles // ROWS)):
        read = [row_of(values) for values in read_json(folder, segment.rows_file(each), list)[:ROWS]]
        yield from read + [None] * (ROWS - len(read))


def read_postings(folder: MirrorFolder, segment: Segment, shards: Iterable[int]) -> dict[str, str]:
    terms = (term for shard in shards for term in read_json(folder, segment.file(str(shard)), dict).items())
    read = ((term, _read_chunks(folder, segment, term, about)) for term, about in terms if "" < term < "\U00040000")
    return {term: coded for term, coded in read if coded}


def _read_chunks(folder: MirrorFolder, segment: Segment, term: str, about: object) -> str:
    """Return a term's postings, as its shard has them or says where they are; empty if a chunk can't be read."""
    match about:
        case str(coded):
            return coded
        case [int(first), int(_), *befores]:
            files = (segment.file(f"chunk-{first + number}") for number in reversed(range(len(befores))))
            chunks = [str(read_json(folder, file, dict).get(term) or "") for file in files]
            return "".join(chunks) if all(chunks) else ""
    return ""
