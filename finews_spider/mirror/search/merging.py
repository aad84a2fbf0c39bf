"""Writes a segment of the search index: merges the posts of other segments with new ones."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, groupby
from operator import eq
from typing import NamedTuple

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import to_json
from finews_spider.mirror.rows import Row
from finews_spider.mirror.search import postings
from finews_spider.mirror.search.segments import (
    CHUNK,
    DAYS,
    LONGEST,
    ROWS,
    Entry,
    Segment,
    check_of,
    hash_of,
    key_of,
    place_of,
    power_of_two,
    read_articles,
    read_postings,
    read_rows,
    shards_of,
)

ARTICLES_A_PART = 512
"""Terms are merged in parts, which have as many postings as this number of articles; it bounds the memory."""
TEXTS = 1000
"""Posts whose texts are split into terms together."""


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
        check ^= check_of(path, content)
    folder.write(segment.check_file, to_json({"check": check}))
    return segment


def _placed(folder: MirrorFolder, old: Sequence[Segment], entries: Mapping[str, Entry]) -> Iterator[_Placed]:
    """Give the posts of a new segment in order."""
    new = sorted(_Placed(entry.row, entry.digest, -1, 0) for entry in entries.values())
    return merge(new, *(_articles_of(folder, segment, source) for source, segment in enumerate(old)))


def _articles_of(folder: MirrorFolder, segment: Segment, source: int) -> Iterator[_Placed]:
    """Give the valid posts of a segment in order."""
    gone, rows = set(segment.gone), read_rows(folder, segment)
    for day, numbers in segment.posts_of_days():
        digests = dict(read_articles(folder, segment, day, numbers).values())
        for number, row in zip(numbers, rows, strict=False):
            if row and row.time.startswith(day) and number in digests and number not in gone:
                yield _Placed(row, digests[number], source, number)


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
    parts = power_of_two(min(segment.articles / ARTICLES_A_PART, segment.shards))
    numbers = sorted(texts)
    identity = range(segment.articles)
    new = [
        _in_parts(postings.build_postings({number: texts[number] for number in numbers[start : start + TEXTS]}), parts)
        for start in range(0, len(numbers), TEXTS)
    ]
    readers = [(_read_parts(folder, old, parts), _as_range(moves)) for old, moves in sources]
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


def _as_range(numbers: Sequence[int]) -> Sequence[int]:
    """Return numbers that follow each other as a range: most new posts come after all others."""
    following = range(numbers[0], numbers[0] + len(numbers))
    return following if following.start >= 0 and all(map(eq, numbers, following)) else numbers


def _in_parts(terms: Mapping[str, str], parts: int) -> list[dict[str, str]]:
    """Spread terms over *parts* by their hash."""
    spread: list[dict[str, str]] = [{} for _ in range(parts)]
    for term, coded in terms.items():
        spread[hash_of(term) % parts][term] = coded
    return spread


def _read_parts(folder: MirrorFolder, segment: Segment, parts: int) -> Iterator[dict[str, str]]:
    """Give the postings of an old segment for each part."""
    if segment.shards < parts:  # each shard has terms of several parts
        yield from _in_parts(read_postings(folder, segment, range(segment.shards)), parts)
    else:
        for part in range(parts):
            yield read_postings(folder, segment, range(part, segment.shards, parts))
