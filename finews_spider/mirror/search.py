"""The search index: static files that the site's own script reads, as few of them as a query needs.

A *segment* has the posts of one day. Its posts are numbered in order of time and lie, PAGE in a file, in
``rows-{n}.json``. Its *terms* are spread over *shards*, each a JSON object of term → postings. The terms of a text are
the overlapping pairs of its runs of Chinese characters (so any part of a word is found), and its words of Latin letters
and digits. docs/site.md has the format, for those who read it elsewhere.
"""

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, count
from operator import add, sub
from typing import Any, NamedTuple

from finews_spider.mirror.folder import Folder
from finews_spider.mirror.listings import Row

DATA = "search/data"
INDEX = f"{DATA}/index.json"
PAGE = 100
"""Rows in a file."""
POSTS_A_SHARD = 32
"""A shard is then some 20 KB, whatever the size of the segment."""
MOST_SHARDS = 1024
LONGEST_WORD = 40
_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")
_WORD = re.compile("[a-z0-9]+")
# Full-width punctuation, of which Chinese is full, and what NFKC makes of it. Where it is gone already, NFKC most often
# finds nothing to do, which takes it a tenth of the time.
_PUNCTUATION = [(mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；（）？！％"]
# Postings are gaps between numbers, a gap a character: printable ones first, so that JSON need not escape them.
_FIRST_CHARACTER = 0x22
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800


class Segment(NamedTuple):
    """A segment as ``index.json`` has it."""

    name: str
    """The day and a digest."""
    articles: int
    shards: int

    def file(self, name: str) -> str:
        return f"{DATA}/{self.name}/{name}.json"


class Entry(NamedTuple):
    """A post as the index takes it."""

    row: Row
    text: str
    """All that is searched, as plain text."""


def terms_of(text: str) -> set[str]:
    """Return what *text* is found by."""
    for mark, plain in _PUNCTUATION:
        text = text.replace(mark, plain)
    text = unicodedata.normalize("NFKC", text).lower()
    terms = {word[:LONGEST_WORD] for word in _WORD.findall(text)}
    for run in _HAN.findall(text):
        terms.update(map(add, run, run[1:]))
        terms.add(run[-1])
    return terms


def update(folder: Folder, changes: Mapping[str, Mapping[str, Entry | None]]) -> None:
    """Bring the index up to date.

    A segment's name ends in a digest of its content: it is written whole beside the one that it replaces, and the new
    ``index.json`` switches to it. So a run that is killed leaves a whole index, and files never change under a reader.

    :param changes: day → URL → the post now, or None where it is gone.
    :raises MirrorError: the folder can't be read or written.
    """
    known = _load(folder, INDEX).get("segments", [])
    segments = {each["name"][: len("2026-01-02")]: Segment(**each) for each in known}
    for day, changed in changes.items():
        segments[day] = _update(folder, day, segments.get(day), changed)
    listed = sorted((segment for segment in segments.values() if segment.articles), reverse=True)
    folder.write(INDEX, _json({"segments": [segment._asdict() for segment in listed]}))
    for name in set(folder.folders(DATA)) - {segment.name for segment in listed}:
        for path in list(folder.files(f"{DATA}/{name}")):
            folder.remove(path)


def _update(folder: Folder, day: str, old: Segment | None, changes: Mapping[str, Entry | None]) -> Segment:
    """Write the segment that *changes* make of *old*."""
    rows = _rows(folder, old) if old else []
    entries = sorted((entry for entry in changes.values() if entry), key=lambda entry: entry.row)
    new_rows = sorted([row for row in rows if row.url not in changes] + [entry.row for entry in entries])
    numbers = {row.url: number for number, row in enumerate(new_rows)}
    added: defaultdict[str, list[int]] = defaultdict(list)
    for entry in entries:
        number = numbers[entry.row.url]
        for term in terms_of(entry.text):
            added[term].append(number)
    # Numbers that become others; those of posts that changed or went become none.
    moves = {n: new for n, row in enumerate(rows) if (new := None if row.url in changes else numbers[row.url]) != n}
    moves |= dict.fromkeys(range(len(rows), old.articles if old else 0))  # of rows that someone removed
    parts = _shard_count(len(new_rows))
    files = dict(_shards(folder, old, moves, added, parts))
    for number in range(-(-len(new_rows) // PAGE)):
        files[f"rows-{number}"] = _json([row[:4] for row in new_rows[number * PAGE : (number + 1) * PAGE]])
    digest = hashlib.sha256("".join(f"{name}\0{files[name]}\0" for name in sorted(files)).encode()).hexdigest()
    segment = Segment(f"{day}-{digest[:12]}", len(new_rows), parts)
    for name, text in files.items():
        folder.write(segment.file(name), text)
    return segment


def _rows(folder: Folder, segment: Segment) -> list[Row]:
    pages = (_load(folder, segment.file(f"rows-{n}")) for n in range(-(-segment.articles // PAGE)))
    return [Row(*row) for page in pages for row in page]


def _shards(
    folder: Folder, old: Segment | None, moves: Mapping[int, int | None], added: dict[str, list[int]], parts: int
) -> Iterator[tuple[str, str]]:
    """Give each shard's name and content: the postings of *old*, renumbered, and what is *added*, which is used up."""
    shards: list[dict[str, str]] = [{} for _ in range(parts)]
    if old:
        for number in range(old.shards):
            for term, coded in _load(folder, old.file(str(number))).items():
                more = added.pop(term, ())
                postings = _changed(coded, moves, more) if moves or more else coded
                if postings:
                    shards[ord(term[0]) % parts][term] = postings
    for term, numbers in added.items():
        shards[ord(term[0]) % parts][term] = encode(numbers)
    for number, shard in enumerate(shards):
        # As json.dumps would write it, in a fourth of its time: terms need no escapes, postings that of the backslash.
        inside = '","'.join([f'{term}":"{shard[term]}' for term in sorted(shard)]).replace("\\", "\\\\")
        yield str(number), f'{{"{inside}"}}' if shard else "{}"


def _changed(postings: str, moves: Mapping[int, int | None], more: Sequence[int]) -> str:
    """Return *postings* with other numbers for those in *moves*, or none, and with *more*."""
    numbers = decode(postings)
    if moves.keys().isdisjoint(numbers):
        # As most are in a tick: its posts are the newest, or stay where they are.
        if not more:
            return postings
        last = numbers[-1] if numbers else -1
        if more[0] > last:
            return postings + encode(more, last)
    kept = [new for n in numbers if (new := moves.get(n, n)) is not None]
    return encode(sorted((*kept, *more)))


def _shard_count(articles: int) -> int:
    """Return the power of two that gives each shard its share, 0 for nothing."""
    return min(1 << max(articles // POSTS_A_SHARD, 1).bit_length() - 1, MOST_SHARDS) if articles else 0


def encode(numbers: Iterable[int], before: int = -1) -> str:
    """Return ascending *numbers* as postings, to stand behind those that end with the number *before*."""
    characters = []
    for number in numbers:
        point = _FIRST_CHARACTER + number - before
        characters.append(chr(point if point < _SURROGATES else point + _SURROGATE_COUNT))
        before = number
    return "".join(characters)


def decode(postings: str) -> list[int]:
    """Return the numbers that *postings* stand for."""
    # Without a loop in Python, which takes twice the time. A number that is too low for it proves that no gap of those
    # before it was great enough to be written beyond the surrogates.
    numbers = list(map(sub, accumulate(map(ord, postings)), count(_FIRST_CHARACTER + 1, _FIRST_CHARACTER)))
    if not numbers or numbers[-1] < _SURROGATES - _FIRST_CHARACTER:
        return numbers
    points = (point if point < _SURROGATES else point - _SURROGATE_COUNT for point in map(ord, postings))
    return list(accumulate((point - _FIRST_CHARACTER for point in points), initial=-1))[1:]


def _load(folder: Folder, path: str) -> Any:
    """Return a file's JSON; nothing where it is missing or broken, which `finews verify` finds."""
    try:
        return json.loads(folder.read(path) or "{}")
    except ValueError:
        return {}


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
