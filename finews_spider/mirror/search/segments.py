"""A segment of the search index: some posts of one year, in files of bounded size.

The posts are numbered in order of time. ``rows-{n}.json`` has the rows of ROWS posts. The terms are spread over
*shards* by a hash, a JSON object each: term → postings (:mod:`finews_spider.mirror.search.postings`). Long postings
would make a shard long. So they are cut into *chunks* of CHUNK posts, the newest first, each in a file of its own, and
the shard says which files. docs/site.md describes the format for other readers.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import accumulate, chain, groupby, islice
from typing import NamedTuple
from zlib import crc32

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Row, row_of

DATA = "search/data"
ROWS = 100
"""Rows in a file. Thirty results may lie in as many files."""
LONGEST = 4096
"""Characters of the longest postings in a shard."""
CHUNK = 32_768
"""Posts of a chunk. A pair of characters that one in fifteen posts has needs one chunk for a whole year."""
MOST_SHARDS = 1 << 16
ARTICLES_A_PART = 512
"""Terms are merged in parts, which have as many postings as this number of articles; it bounds the memory."""
TEXTS = 1000
"""Posts whose texts are split into terms together."""
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


class _Placed(NamedTuple):
    """A post of a new segment."""

    row: Row
    digest: str
    source: int
    """The segment that it comes from; -1 for a new post."""
    number: int
    """Its number there."""


def write_segment(folder: MirrorFolder, year: str, old: Sequence[Segment], entries: Mapping[str, Entry]) -> Segment:
    """Write the segment that has the posts of *old* and the new *entries*.

    Its name depends on what it has, so it never overwrites a segment that somebody reads. The posts are read twice,
    because the memory doesn't hold those of a year.

    :param entries: URL → post. None of these posts is in a segment of *old* any more.
    :raises MirrorError: the folder can't be read or written.
    """
    moves = [[-1] * segment.articles for segment in old]
    numbers: dict[str, int] = {}
    days, digest, count = [0] * DAYS, hashlib.sha256(), 0
    for row, its_digest, source, number in _placed(folder, old, entries):
        if source < 0:
            numbers[row.url] = count
        else:
            moves[source][number] = count
        days[place_of(row.time)] += 1
        digest.update(f"{key_of(row.url)}{its_digest}".encode())
        count += 1
    segment = Segment(f"{year}-{digest.hexdigest()[:12]}", count, shards_of(count), days, [])
    texts = {numbers[url]: entry.texts for url, entry in entries.items()}
    articles = _article_files(segment, _placed(folder, old, entries))
    check = 0
    for path, content in chain(articles, posting_files(folder, segment, list(zip(old, moves, strict=True)), texts)):
        folder.write(path, content)
        check ^= _check_of(path, content)
    folder.write(segment.check_file, to_json({"check": check}))
    return segment


def is_whole(folder: MirrorFolder, segment: Segment) -> bool:
    """Whether the files of a segment are as they were written."""
    check = 0
    for path in set(folder.files(f"{DATA}/{segment.name}")) - {segment.check_file}:
        check ^= _check_of(path, folder.read(path) or "")
    return folder.read(segment.check_file) == to_json({"check": check})


def _check_of(path: str, content: str) -> int:
    return crc32(f"{path}\0{content}".encode())


def _placed(folder: MirrorFolder, old: Sequence[Segment], entries: Mapping[str, Entry]) -> Iterator[_Placed]:
    """Give the posts of a new segment in order."""
    new = sorted(_Placed(entry.row, entry.digest, -1, 0) for entry in entries.values())
    return merge(new, *(_articles_of(folder, segment, source) for source, segment in enumerate(old)))


def place_of(time: str) -> int:
    """Return the place of a day, or of the day of a time, among the DAYS.

    :param time: ISO 8601.
    """
    return (int(time[5:7]) - 1) * 31 + int(time[8:10]) - 1


def _article_files(segment: Segment, placed: Iterable[_Placed]) -> Iterator[tuple[str, str]]:
    """Give the path and the content of each file of rows, and of the files that have the digests of a day."""
    page, rows = 0, []
    for day, of_day in groupby(placed, lambda post: post.row.time[: len("2026-01-01")]):
        digests = {}
        for row, digest, *_ in of_day:
            digests[key_of(row.url)] = digest
            rows.append(row[:4])
            if len(rows) == ROWS:
                yield segment.rows_file(page), to_json(rows)
                page, rows = page + 1, []
        yield segment.articles_file(day), to_json(digests)
    if rows:
        yield segment.rows_file(page), to_json(rows)


def posting_files(
    folder: MirrorFolder,
    segment: Segment,
    sources: Sequence[tuple[Segment, Sequence[int]]],
    texts: Mapping[int, Mapping[str, str]],
) -> Iterator[tuple[str, str]]:
    """Give the path and the content of each shard and chunk.

    :param sources: the segments that are merged, and the new number of each of their posts, below 0 where it is gone.
    :param texts: number of a new post → its texts.
    """
    from finews_spider.mirror.search import postings  # takes 0.1 s, for numpy; most exports change nothing

    parts = power_of_two(min(segment.articles / ARTICLES_A_PART, segment.shards))
    numbers = list(texts)
    identity = postings.as_numbers(range(segment.articles))
    new = [
        _in_parts(postings.build_postings({number: texts[number] for number in numbers[start : start + TEXTS]}), parts)
        for start in range(0, len(numbers), TEXTS)
    ]
    readers = [(_read_parts(folder, old, parts), postings.as_numbers(moves)) for old, moves in sources]
    chunks = 0
    for part in range(parts):
        old = [(next(reader), moves) for reader, moves in readers]
        merged = postings.merge_postings([*old, *((batch[part], identity) for batch in new)])
        shards: dict[int, list[str]] = {number: [] for number in range(part, segment.shards, parts)}
        # The same as json.dumps writes, but four times as fast: in terms nothing is escaped, in postings the backslash.
        for term, coded in sorted(merged.items()):
            shard = shards[hash_of(term) % segment.shards]
            if len(coded) <= LONGEST:
                shard.append(f'"{term}":"{coded}"')
                continue
            cut = list(postings.split_postings(coded, CHUNK))
            shard.append(f'"{term}":{to_json([chunks, len(coded), *(before for before, _ in cut)])}')
            for number, (_, chunk) in enumerate(cut, chunks):
                yield segment.file(f"chunk-{number}"), _escaped(f'"{term}":"{chunk}"')
            chunks += len(cut)
        for number, terms in shards.items():
            yield segment.file(str(number)), _escaped(",".join(terms))


def _escaped(terms: str) -> str:
    return f"{{{terms}}}".replace("\\", "\\\\")


def shards_of(articles: int) -> int:
    """Return how many shards a segment has. One ten times as large has seven times as much in them, because more of it
    is in chunks."""
    return min(power_of_two(0.8 * articles**0.85), MOST_SHARDS)


def hash_of(term: str) -> int:
    """Return the hash that says in which shard a term lies: CRC-32 of its UTF-8 bytes."""
    return crc32(term.encode())


def _in_parts(postings: Mapping[str, str], parts: int) -> list[dict[str, str]]:
    """Spread terms over *parts* by their hash."""
    spread: list[dict[str, str]] = [{} for _ in range(parts)]
    for term, coded in postings.items():
        spread[hash_of(term) % parts][term] = coded
    return spread


# The functions that read skip what somebody changed in the files; `finews verify` finds it.


def _read_parts(folder: MirrorFolder, segment: Segment, parts: int) -> Iterator[dict[str, str]]:
    """Give the postings of an old segment for each part."""
    if segment.shards < parts:  # each shard has terms of several parts
        yield from _in_parts(_read_postings(folder, segment, range(segment.shards)), parts)
    else:
        for part in range(parts):
            yield _read_postings(folder, segment, range(part, segment.shards, parts))


def _read_postings(folder: MirrorFolder, segment: Segment, shards: Iterable[int]) -> dict[str, str]:
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


def power_of_two(number: float) -> int:
    """Return the largest power of two that isn't above *number*, at least 1."""
    return 1 << max(int(number), 1).bit_length() - 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_articles(folder: MirrorFolder, segment: Segment, day: str) -> dict[str, tuple[int, str]]:
    """Return the key of each post of a day that a segment has → its number and the digest of its entry."""
    numbers = next((numbers for each, numbers in segment.posts_of_days() if each == day), range(0))
    return _read_articles(folder, segment, day, numbers) if numbers else {}


def read_all_articles(folder: MirrorFolder, segment: Segment) -> dict[str, tuple[int, str]]:
    """Return the same for all days of a segment."""
    days = (_read_articles(folder, segment, *of_day) for of_day in segment.posts_of_days())
    return {key: article for day in days for key, article in day.items()}


def _read_articles(folder: MirrorFolder, segment: Segment, day: str, numbers: range) -> dict[str, tuple[int, str]]:
    digests = read_json(folder, segment.articles_file(day), dict)
    if len(digests) != len(numbers):
        # Somebody changed the file: each post counts as another one, and is written anew when it is exported.
        rows = islice(_read_rows(folder, segment, numbers.start // ROWS), numbers.start % ROWS, None)
        digests = {key_of(row.url) if row else str(number): "" for number, row in zip(numbers, rows, strict=False)}
    return {key: (number, str(digest)) for number, (key, digest) in zip(numbers, digests.items(), strict=False)}


def _articles_of(folder: MirrorFolder, segment: Segment, source: int) -> Iterator[_Placed]:
    """Give the valid posts of a segment in order."""
    gone, rows = set(segment.gone), _read_rows(folder, segment)
    for day, numbers in segment.posts_of_days():
        digests = dict(_read_articles(folder, segment, day, numbers).values())
        for number, row in zip(numbers, rows, strict=False):
            if row and row.time.startswith(day) and number in digests and number not in gone:
                yield _Placed(row, digests[number], source, number)


def _read_rows(folder: MirrorFolder, segment: Segment, page: int = 0) -> Iterator[Row | None]:
    """Give the rows of a segment from a page on; None for a row that can't be read."""
    for each in range(page, -(-segment.articles // ROWS)):
        read = [row_of(values) for values in read_json(folder, segment.rows_file(each), list)[:ROWS]]
        yield from read + [None] * (ROWS - len(read))
