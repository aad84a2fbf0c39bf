"""Reads the search index as docs/site.md describes it, in plain code."""

import json
from functools import reduce
from zlib import crc32

from finews_spider.mirror.search.index import INDEX
from finews_spider.mirror.search.segments import DATA, ROWS
from tests.mirror.postings_reference import decode


def load(folder, path):
    return json.loads(folder.read(path))


def segments(folder):
    return load(folder, INDEX)["segments"]


def numbers_of(folder, segment, term):
    """Return the numbers of the posts of a segment that have a term."""
    where, hashed = f"{DATA}/{segment['name']}", crc32(term.encode())
    postings = load(folder, f"{where}/{hashed % segment['shards']}.json").get(term, "")
    if isinstance(postings, str):
        return set(decode(postings))
    first, count, *befores = postings
    numbers = set()
    for chunk, before in enumerate(befores, first):
        coded = load(folder, f"{where}/chunk-{chunk}.json")[term]
        numbers |= {before + 1 + number for number in decode(coded)}
    assert len(numbers) == count
    return numbers


def rows_of(folder, *terms):
    """Return the rows of the posts that have all *terms*, newest first."""
    rows = []
    for segment in segments(folder):
        numbers = reduce(set.intersection, [numbers_of(folder, segment, term) for term in terms])
        for number in numbers - {*segment["gone"]}:
            page = load(folder, f"{DATA}/{segment['name']}/rows-{number // ROWS}.json")
            rows.append(page[number % ROWS])
    return sorted(rows, reverse=True)


def found(folder, *terms):
    """Return the titles of the posts that have all *terms*, newest first."""
    return [row[2] for row in rows_of(folder, *terms)]
