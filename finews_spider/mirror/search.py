"""The search index: static files, of which the site's script fetches as few as a query needs.

A *segment* holds the posts of one day. The posts are numbered in order of time, and their rows lie in
``rows-{n}.json``, PAGE rows in a file. The segment's *terms* are spread over *shards*; each shard is a JSON object of
term → postings (:mod:`finews_spider.mirror.postings`). docs/site.md describes the format for other readers.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Row, row_of

DATA = "search/data"
INDEX = f"{DATA}/index.json"
PAGE = 100
"""Rows in a file."""
POSTS_A_SHARD = 32
"""A shard then has about 20 KB, whatever the size of the segment."""
MOST_SHARDS = 1024
MOST_ARTICLES = 1_000_000
"""More than any day has. This bounds the cost of an ``index.json`` that somebody changed."""
NAME = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}", re.ASCII)


class Segment(NamedTuple):
    """A segment, as ``index.json`` lists it."""

    name: str
    """The day and a digest."""
    articles: int
    shards: int

    @property
    def day(self) -> str:
        return self.name[: len("2026-01-02")]

    def file(self, name: str) -> str:
        return f"{DATA}/{self.name}/{name}.json"


class Entry(NamedTuple):
    """A post for the index."""

    row: Row
    text: str
    """The plain text in which it is found."""


def update(folder: MirrorFolder, changes: Mapping[str, Mapping[str, Entry | None]]) -> None:
    """Bring the index up to date.

    A segment's name ends in a digest of its content. A new segment is written beside the one that it replaces, and then
    the new ``index.json`` switches to it. So a killed run leaves a whole index, and files don't change while somebody
    reads them.

    :param changes: day → URL → the post, or None to remove it.
    :raises MirrorError: the folder can't be read or written.
    """
    segments = {segment.day: segment for segment in _read_segments(folder)}
    for day, changed in changes.items():
        segments[day] = _write_segment(folder, day, segments.get(day, Segment(day, 0, 0)), changed)
    listed = sorted((segment for segment in segments.values() if segment.articles), reverse=True)
    folder.write(INDEX, to_json({"segments": [segment._asdict() for segment in listed]}))
    for name in set(folder.folders(DATA)) - {segment.name for segment in listed}:
        for path in list(folder.files(f"{DATA}/{name}")):
            folder.remove(path)


def _write_segment(folder: MirrorFolder, day: str, old: Segment, changes: Mapping[str, Entry | None]) -> Segment:
    """Apply *changes* to the segment *old*, and write the new segment."""
    from finews_spider.mirror.postings import build_postings  # takes 0.1 s, for numpy; most exports change nothing

    rows = _read_rows(folder, old)
    entries = sorted((entry for entry in changes.values() if entry), key=lambda entry: entry.row)
    kept = [row for row in rows if row and row.url not in changes]
    new_rows = sorted(kept + [entry.row for entry in entries])
    numbers = {row.url: number for number, row in enumerate(new_rows)}
    texts = {numbers[entry.row.url]: entry.text for entry in entries}
    # The new numbers of the old rows; -1 for a row that was changed or removed, or that can't be read.
    moves = [numbers[row.url] if row and row.url not in changes else -1 for row in rows]
    shard_count = _shard_count(len(new_rows))
    files = dict(_shards(build_postings(texts, _read_postings(folder, old), moves), shard_count))
    for number in range(-(-len(new_rows) // PAGE)):
        files[f"rows-{number}"] = to_json([row[:4] for row in new_rows[number * PAGE : (number + 1) * PAGE]])
    digest = hashlib.sha256("".join(f"{name}\0{files[name]}\0" for name in sorted(files)).encode()).hexdigest()
    segment = Segment(f"{day}-{digest[:12]}", len(new_rows), shard_count)
    for name, text in files.items():
        folder.write(segment.file(name), text)
    return segment


# The functions that read skip what somebody changed in the files; `finews verify` finds it.


def _read_segments(folder: MirrorFolder) -> Iterator[Segment]:
    listed = read_json(folder, INDEX, dict).get("segments")
    for segment in listed if isinstance(listed, list) else ():
        match segment:
            case {"name": str(name), "articles": int(articles), "shards": int(shards)}:
                if NAME.fullmatch(name) and 0 < articles <= MOST_ARTICLES and 0 < shards <= MOST_SHARDS:
                    yield Segment(name, articles, shards)


def _read_rows(folder: MirrorFolder, segment: Segment) -> list[Row | None]:
    """Return the rows of a segment, each at its number; None for a row that can't be read."""
    rows: list[Row | None] = []
    for number in range(-(-segment.articles // PAGE)):
        page = [row_of(values) for values in read_json(folder, segment.file(f"rows-{number}"), list)[:PAGE]]
        rows += page + [None] * (PAGE - len(page))
    return rows[: segment.articles]


def _read_postings(folder: MirrorFolder, segment: Segment) -> dict[str, str]:
    shards = (read_json(folder, segment.file(str(number)), dict) for number in range(segment.shards))
    terms = (term for shard in shards for term in shard.items())
    return {term: coded for term, coded in terms if "" < term < "\U00040000" and isinstance(coded, str)}


def _shards(postings: Mapping[str, str], count: int) -> Iterator[tuple[str, str]]:
    """Give the name and the content of each of *count* shards.

    :param postings: term → postings.
    """
    shards: list[list[str]] = [[] for _ in range(count)]
    for term, coded in postings.items():
        shards[ord(term[0]) % count].append(f'{term}":"{coded}')
    for number, shard in enumerate(shards):
        # The same as json.dumps writes, but four times as fast: in terms nothing is escaped, in postings the backslash.
        inside = '","'.join(sorted(shard)).replace("\\", "\\\\")
        yield str(number), f'{{"{inside}"}}' if shard else "{}"


def _shard_count(articles: int) -> int:
    """Return the number of shards: a power of two, or 0 where there are no articles."""
    return min(1 << max(articles // POSTS_A_SHARD, 1).bit_length() - 1, MOST_SHARDS) if articles else 0
