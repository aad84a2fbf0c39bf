"""A segment of the search index: some posts of one month, in files of bounded size.

The posts are numbered in order of time. ``rows-{n}.json`` has the rows of ROWS posts. The terms are spread over
*shards* by a hash, a JSON object each: term → postings (:mod:`finews_spider.mirror.search.postings`). A frequent term
would make its shard long; so the shard has only the number of its posts, and the postings lie in *blocks* of BLOCK
posts, which are spread over shards in the same way. docs/site.md describes the format for other readers.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.rows import Row, row_of

DATA = "search/data"
ROWS = 20
"""Rows in a file. Thirty results may lie in as many files."""
LONGEST = 512
"""Characters of the longest postings in a shard."""
BLOCK = 16_384
ARTICLES_A_BLOCK_SHARD = 8
MOST_SHARDS = 1 << 16
ARTICLES_A_PART = 512
"""Terms are merged in parts, which have as many postings as this number of articles; it bounds the memory."""
TEXTS = 1000
"""Posts whose texts are split into terms together."""
DAYS = 31


class Segment(NamedTuple):
    """A segment, as ``index.json`` lists it."""

    name: str
    """The month and a digest of what the segment has."""
    articles: int
    shards: int
    block_shards: int
    """Shards of a block; 0 where no term needs blocks."""
    days: list[int]
    """For each day of the month, the number of its first post, or of the first one after it."""
    gone: list[int]
    """Numbers of posts that aren't valid any more, because a newer segment of the month has them."""

    @property
    def month(self) -> str:
        return self.name[: len("2026-01")]

    def file(self, name: str) -> str:
        return f"{DATA}/{self.name}/{name}.json"

    def rows_file(self, page: int) -> str:
        return self.file(f"rows-{page}")

    @property
    def pages(self) -> range:
        return range(-(-self.articles // ROWS))

    @property
    def blocks(self) -> range:
        return range(-(-self.articles // BLOCK) if self.block_shards else 0)


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


class _Source(NamedTuple):
    """A segment that is merged into another one."""

    segment: Segment
    moves: list[int]
    """The new number of each of its posts; below 0 for one that is gone."""


def write_segment(folder: MirrorFolder, month: str, old: Sequence[Segment], entries: Mapping[str, Entry]) -> Segment:
    """Write the segment that has the posts of *old* and the new *entries*.

    Its name depends on what it has, so it never overwrites a segment that somebody reads.

    :param entries: URL → post. None of these posts is in a segment of *old* any more.
    :raises MirrorError: the folder can't be read or written.
    """
    known = [_articles_of(folder, segment) for segment in old]
    placed = [(entry.row, entry.digest, -1, 0) for entry in entries.values()]
    for source, articles in enumerate(known):
        placed += [(row, digest, source, number) for number, (row, digest) in articles.items()]
    placed.sort()
    moves = [[-1] * segment.articles for segment in old]
    for new, (_, _, source, number) in enumerate(placed):
        if source >= 0:
            moves[source][number] = new
    sources = [_Source(*pair) for pair in zip(old, moves, strict=True)]
    rows = [row for row, *_ in placed]
    numbers = {row.url: number for number, row in enumerate(rows)}
    texts = {numbers[url]: entry.texts for url, entry in entries.items()}
    articles_file = to_json({key_of(row.url): digest for row, digest, *_ in placed})
    segment = _new_segment(f"{month}-{_digest(articles_file)[:12]}", rows)
    check = 0
    for path, content in _files(folder, segment, rows, sources, texts):
        folder.write(path, content)
        check ^= _check_of(path, content)
    folder.write(_articles_file(segment), to_json({"check": check, "articles": json.loads(articles_file)}))
    return segment


def is_whole(folder: MirrorFolder, segment: Segment) -> bool:
    """Whether the files of a segment are as they were written."""
    about = read_json(folder, _articles_file(segment), dict)
    check = about.get("check") if folder.read(_articles_file(segment)) == to_json(about) else None
    paths = set(folder.files(f"{DATA}/{segment.name}")) - {_articles_file(segment)}
    for path in paths:
        check = isinstance(check, int) and check ^ _check_of(path, folder.read(path) or "")
    return bool(paths) and check == 0


def _check_of(path: str, content: str) -> int:
    return crc32(f"{path}\0{content}".encode())


def _new_segment(name: str, rows: Sequence[Row]) -> Segment:
    times, month = [row.time for row in rows], name[: len("2026-01")]
    return Segment(
        name,
        len(rows),
        # A segment that is ten times as large has six times as much in its shards; the rest is in blocks.
        min(power_of_two(1.4 * len(rows) ** 0.75), MOST_SHARDS),
        power_of_two(min(len(rows), BLOCK) / ARTICLES_A_BLOCK_SHARD) if len(rows) > 2 * LONGEST else 0,
        [bisect_left(times, f"{month}-{day:02}") for day in range(1, DAYS + 1)],
        [],
    )


def _files(
    folder: MirrorFolder,
    segment: Segment,
    rows: Sequence[Row],
    sources: Sequence[_Source],
    texts: Mapping[int, Mapping[str, str]],
) -> Iterator[tuple[str, str]]:
    """Give the path and the content of each file of a new segment."""
    from finews_spider.mirror.search import postings  # takes 0.1 s, for numpy; most exports change nothing

    for page in segment.pages:
        yield segment.rows_file(page), to_json([row[:4] for row in rows[page * ROWS : (page + 1) * ROWS]])
    parts = power_of_two(min(segment.articles / ARTICLES_A_PART, segment.block_shards or 1))
    identity = range(segment.articles)
    numbers = list(texts)
    new = [
        _in_parts(postings.build_postings({number: texts[number] for number in numbers[start : start + TEXTS]}), parts)
        for start in range(0, len(numbers), TEXTS)
    ]
    readers = [_read_parts(folder, source, parts) for source in sources]
    for part in range(parts):
        old = [pair for reader in readers for pair in next(reader)]
        merged = postings.merge_postings([*old, *((batch[part], identity) for batch in new)])
        yield from _shards(segment, merged, part, parts)


def _shards(segment: Segment, merged: Mapping[str, str], part: int, parts: int) -> Iterator[tuple[str, str]]:
    """Give the shards of the terms of one part."""
    from finews_spider.mirror.search.postings import split_postings

    shards: dict[str, list[str]] = {str(number): [] for number in range(part, segment.shards, parts)}
    for block in segment.blocks:
        shards |= {_block_name(block, number): [] for number in range(part, segment.block_shards, parts)}
    # The same as json.dumps writes, but four times as fast: in terms nothing is escaped, in postings the backslash.
    for term, coded in sorted(merged.items()):
        hashed = hash_of(term)
        if len(coded) <= LONGEST or not segment.block_shards:
            shards[str(hashed % segment.shards)].append(f'"{term}":"{coded}"')
            continue
        shards[str(hashed % segment.shards)].append(f'"{term}":{len(coded)}')
        for block, inside in split_postings(coded, BLOCK):
            shards[_block_name(block, hashed % segment.block_shards)].append(f'"{term}":"{inside}"')
    for name, terms in shards.items():
        yield segment.file(name), f"{{{','.join(terms)}}}".replace("\\", "\\\\")


def hash_of(term: str) -> int:
    """Return the hash that says in which shard a term lies: CRC-32 of its UTF-8 bytes."""
    return crc32(term.encode())


def _block_name(block: int, shard: int) -> str:
    return f"block-{block}-{shard}"


def _in_parts(postings: Mapping[str, str], parts: int) -> list[dict[str, str]]:
    """Spread terms over *parts* by their hash."""
    spread: list[dict[str, str]] = [{} for _ in range(parts)]
    for term, coded in postings.items():
        spread[hash_of(term) % parts][term] = coded
    return spread


# The functions that read skip what somebody changed in the files; `finews verify` finds it.


def _read_parts(
    folder: MirrorFolder, source: _Source, parts: int
) -> Iterator[list[tuple[dict[str, str], Sequence[int]]]]:
    """Give, for each part, the postings of an old segment and of its blocks, with the new numbers of their posts."""
    segment, moves = source
    sets = [([str(shard) for shard in range(segment.shards)], moves)]
    for block in segment.blocks:
        names = [_block_name(block, shard) for shard in range(segment.block_shards)]
        sets.append((names, moves[block * BLOCK : (block + 1) * BLOCK]))
    # In a small segment, each shard has terms of several parts.
    whole = {
        number: _in_parts(_read_postings(folder, segment, names), parts)
        for number, (names, _) in enumerate(sets)
        if len(names) < parts
    }
    for part in range(parts):
        yield [
            (whole[number][part] if number in whole else _read_postings(folder, segment, names[part::parts]), numbers)
            for number, (names, numbers) in enumerate(sets)
        ]


def _read_postings(folder: MirrorFolder, segment: Segment, names: Iterable[str]) -> dict[str, str]:
    shards = (read_json(folder, segment.file(name), dict) for name in names)
    terms = (term for shard in shards for term in shard.items())
    return {term: coded for term, coded in terms if "" < term < "\U00040000" and isinstance(coded, str) and coded}


def power_of_two(number: float) -> int:
    """Return the largest power of two that isn't above *number*, at least 1."""
    return 1 << max(int(number), 1).bit_length() - 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _articles_file(segment: Segment) -> str:
    return segment.file(".articles")


def read_articles(folder: MirrorFolder, segment: Segment) -> dict[str, tuple[int, str]]:
    """Return the key of each post of a segment → its number and the digest of its entry."""
    articles = read_json(folder, _articles_file(segment), dict).get("articles")
    if not isinstance(articles, dict) or len(articles) != segment.articles:
        # Somebody changed the file: each post counts as another one, and is written anew when it is exported.
        articles = {key_of(row.url) if row else str(n): "" for n, row in enumerate(_read_rows(folder, segment))}
    return {key: (number, str(digest)) for number, (key, digest) in enumerate(articles.items())}


def _articles_of(folder: MirrorFolder, segment: Segment) -> dict[int, tuple[Row, str]]:
    """Return the number of each valid post of a segment → its row and the digest of its entry."""
    rows, gone = _read_rows(folder, segment), set(segment.gone)
    known = read_articles(folder, segment).values()
    return {number: (row, digest) for number, digest in known if number not in gone and (row := rows[number])}


def _read_rows(folder: MirrorFolder, segment: Segment) -> list[Row | None]:
    """Return the rows of a segment, each at its number; None for a row that can't be read."""
    rows: list[Row | None] = []
    for page in segment.pages:
        read = [row_of(values) for values in read_json(folder, segment.rows_file(page), list)[:ROWS]]
        rows += read + [None] * (ROWS - len(read))
    return rows[: segment.articles]
