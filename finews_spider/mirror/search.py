"""The search index: static files that the site's own script reads, as few of them as a query needs.

A *segment* has the posts of one day. Its posts are numbered in order of time and lie, PAGE in a file, in
``rows-{n}.json``. Its *terms* are spread over *shards*, each a JSON object of term → postings
(:mod:`finews_spider.mirror.postings`). docs/site.md has the format, for those who read it elsewhere.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from finews_spider.mirror.folder import Folder
from finews_spider.mirror.listings import Row, row_of

DATA = "search/data"
INDEX = f"{DATA}/index.json"
PAGE = 100
"""Rows in a file."""
POSTS_A_SHARD = 32
"""A shard is then some 20 KB, whatever the size of the segment."""
MOST_SHARDS = 1024
MOST_ARTICLES = 1_000_000
"""More than any day has: bounds what a changed ``index.json`` costs."""
NAME = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{12}", re.ASCII)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""May stand for half a character, which no file takes."""

T = TypeVar("T", list[Any], dict[str, Any])


class Segment(NamedTuple):
    """A segment as ``index.json`` has it."""

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
    """A post as the index takes it."""

    row: Row
    text: str
    """All that is searched, as plain text."""


def update(folder: Folder, changes: Mapping[str, Mapping[str, Entry | None]]) -> None:
    """Bring the index up to date.

    A segment's name ends in a digest of its content: it is written whole beside the one that it replaces, and the new
    ``index.json`` switches to it. So a run that is killed leaves a whole index, and files never change under a reader.

    :param changes: day → URL → the post now, or None where it is gone.
    :raises MirrorError: the folder can't be read or written.
    """
    segments = {segment.day: segment for segment in _segments(folder)}
    for day, changed in changes.items():
        segments[day] = _update(folder, day, segments.get(day, Segment(day, 0, 0)), changed)
    listed = sorted((segment for segment in segments.values() if segment.articles), reverse=True)
    folder.write(INDEX, _json({"segments": [segment._asdict() for segment in listed]}))
    for name in set(folder.folders(DATA)) - {segment.name for segment in listed}:
        for path in list(folder.files(f"{DATA}/{name}")):
            folder.remove(path)


def _update(folder: Folder, day: str, old: Segment, changes: Mapping[str, Entry | None]) -> Segment:
    """Write the segment that *changes* make of *old*."""
    from finews_spider.mirror.postings import postings  # numpy takes 0.1 s, which an export with nothing to do hasn't

    rows = _rows(folder, old)
    entries = sorted((entry for entry in changes.values() if entry), key=lambda entry: entry.row)
    kept = [row for row in rows if row and row.url not in changes]
    new_rows = sorted(kept + [entry.row for entry in entries])
    numbers = {row.url: number for number, row in enumerate(new_rows)}
    texts = {numbers[entry.row.url]: entry.text for entry in entries}
    # The numbers now of the old rows; of those that changed or went, or that someone removed, none.
    moves = [numbers[row.url] if row and row.url not in changes else -1 for row in rows]
    parts = _shard_count(len(new_rows))
    files = dict(_shards(postings(texts, _postings(folder, old), moves), parts))
    for number in range(-(-len(new_rows) // PAGE)):
        files[f"rows-{number}"] = _json([row[:4] for row in new_rows[number * PAGE : (number + 1) * PAGE]])
    digest = hashlib.sha256("".join(f"{name}\0{files[name]}\0" for name in sorted(files)).encode()).hexdigest()
    segment = Segment(f"{day}-{digest[:12]}", len(new_rows), parts)
    for name, text in files.items():
        folder.write(segment.file(name), text)
    return segment


# What someone changed in the files that are read back is passed over, and `finews verify` finds it.


def _segments(folder: Folder) -> Iterator[Segment]:
    listed = _load(folder, INDEX, dict).get("segments")
    for each in listed if isinstance(listed, list) else ():
        match each:
            case {"name": str(name), "articles": int(articles), "shards": int(shards)}:
                if NAME.fullmatch(name) and 0 < articles <= MOST_ARTICLES and 0 < shards <= MOST_SHARDS:
                    yield Segment(name, articles, shards)


def _rows(folder: Folder, segment: Segment) -> list[Row | None]:
    """Return the rows of a segment, each at its number."""
    rows: list[Row | None] = []
    for number in range(-(-segment.articles // PAGE)):
        page = [row_of(read) for read in _load(folder, segment.file(f"rows-{number}"), list)[:PAGE]]
        rows += page + [None] * (PAGE - len(page))
    return rows[: segment.articles]


def _postings(folder: Folder, segment: Segment) -> dict[str, str]:
    shards = (_load(folder, segment.file(str(number)), dict) for number in range(segment.shards))
    terms = (term for shard in shards for term in shard.items())
    return {term: coded for term, coded in terms if "" < term < "\U00040000" and isinstance(coded, str)}


def _shards(terms: Mapping[str, str], parts: int) -> Iterator[tuple[str, str]]:
    """Give each shard's name and content.

    :param terms: each term's postings.
    """
    shards: list[list[str]] = [[] for _ in range(parts)]
    for term, coded in terms.items():
        shards[ord(term[0]) % parts].append(f'{term}":"{coded}')
    for number, shard in enumerate(shards):
        # As json.dumps would write it, in a fourth of its time: terms need no escapes, postings that of the backslash.
        inside = '","'.join(sorted(shard)).replace("\\", "\\\\")
        yield str(number), f'{{"{inside}"}}' if shard else "{}"


def _shard_count(articles: int) -> int:
    """Return the power of two that gives each shard its share, 0 for nothing."""
    return min(1 << max(articles // POSTS_A_SHARD, 1).bit_length() - 1, MOST_SHARDS) if articles else 0


def _load(folder: Folder, path: str, kind: type[T]) -> T:
    """Return a file's JSON; an empty *kind* where it is missing, broken or something else."""
    text = folder.read(path) or ""
    try:
        read = json.loads(text)
        if SURROGATE.search(text):
            _json(read).encode()
    except (ValueError, RecursionError):
        return kind()
    return read if isinstance(read, kind) else kind()


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
