"""Which posts hold which terms: the *postings* of the search index.

``tests/mirror/postings_reference.py`` does the same in a few plain lines, and a test compares the two. A post has some
900 terms, and a year may have 500,000 posts. So here ``map``, ``sum`` and ``accumulate`` go through the postings.

The terms of a text are its Chinese characters, their overlapping pairs, and each beginning of its words of Latin
letters and digits. So any part of a Chinese word is found, and the start of a Latin word. The terms of a title, of a
publication and of the stocks are there a second time, behind a mark (FIELDS), so that a query can ask for them alone.
An example::

    post 0: 油价涨, A股        terms: 油 油价 价 价涨 涨 a 股
    post 1: 股价               terms: 股 股价 价
    post 3: AI油价             terms: a ai 油 油价 价

A term's postings are the numbers of its posts in ascending order. Each number is written as its distance from the one
before, and the first as its distance from -1. A distance is one character: its code point is 0x22 and the distance.
(From 0xD800 on, 0x800 is added, for no text may hold a surrogate.) So ``油价``, which posts 0 and 3 hold, has the
distances 1 and 3, which are the characters 0x23 and 0x25: ``"油价": "#%"``.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from operator import add, itemgetter, sub

LONGEST_WORD = 40
FIELDS = {"title": "^", "media": "@", "stocks": "$"}
"""The mark of the terms of a part of a post."""
HAN = (
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
"""Blocks of characters that form pairs: the first and the last character of each."""

_WORD = re.compile("[a-z0-9]+")
_RUN = re.compile(f"[{''.join(f'{first}-{last}' for first, last in HAN)}]+")
# Full-width punctuation, which is frequent in Chinese text, and its NFKC form. A text without it is often normalized
# already, and NFKC is ten times as fast on such a text.
_PUNCTUATION = [(mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；（）？！％"]
_PART = 1000
"""Characters that are normalized together; this bounds the time."""
_FIRST_CODE_POINT = 0x22
"""Of the characters from here on, JSON escapes only the backslash."""
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800
_KEPT = 4096
"""Distances up to this one are kept with their characters, because most are small."""

Postings = dict[str, str]
"""Term → the numbers of its posts, coded."""


class _Characters(dict[int, str]):
    """Distance → its character."""

    def __missing__(self, distance: int) -> str:
        point = distance + _FIRST_CODE_POINT
        character = chr(point if point < _SURROGATES else point + _SURROGATE_COUNT)
        if distance < _KEPT:
            self[distance] = character
        return character


class _Distances(dict[str, int]):
    """Character → the distance that it stands for."""

    def __missing__(self, character: str) -> int:
        point = ord(character)
        distance = point - _FIRST_CODE_POINT - (_SURROGATE_COUNT if point >= _SURROGATES else 0)
        if distance <= 0:
            raise ValueError("no distance")
        if distance < _KEPT:
            self[character] = distance
        return distance


_character_of = _Characters().__getitem__
_distance_of = _Distances().__getitem__


def build_postings(posts: Mapping[int, Mapping[str, str]]) -> Postings:
    """Return the postings of new posts.

    :param posts: number of a post → its texts; ``text`` has all in which it is found, the others are named in FIELDS.
    """
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, post in sorted(posts.items(), key=itemgetter(0)):
        terms = terms_of(normalize(post["text"]))
        for field, mark in FIELDS.items():
            terms.update([mark + term for term in terms_of(normalize(post[field]))])
        for term in terms:
            having[term].append(number)
    return {term: _encode(numbers) for term, numbers in having.items()}


def merge_postings(sources: Iterable[tuple[Mapping[str, str], Sequence[int]]]) -> Postings:
    """Return the postings of several segments as those of one.

    :param sources: the postings of each segment, and the new number of each of its posts; below 0 for a post that is
        gone. Numbers that a segment doesn't have are skipped. It is quickest with ranges, each after the one before.
    """
    given = list(sources)
    follow_each_other = all(isinstance(moves, range) for _, moves in given)
    having: defaultdict[str, list[int]] = defaultdict(list)
    merged: Postings = {}
    for postings, moves in given:
        for term, coded in postings.items():
            try:
                if follow_each_other:
                    merged[term] = _append(merged.get(term, ""), coded, moves)
                else:
                    having[term] += _moved(coded, moves)
            except ValueError:  # somebody changed it
                continue
    merged |= {term: _encode(sorted({*numbers})) for term, numbers in having.items()}
    return {term: coded for term, coded in merged.items() if coded}


def split_postings(coded: str, size: int) -> Iterator[tuple[int, str]]:
    """Cut postings into chunks of *size* posts. Give the newest chunk first: the number of the post before it, or -1,
    and its part of the postings."""
    befores = [-1, *_decode(coded)]
    for end in range(len(coded), 0, -size):
        start = max(end - size, 0)
        yield befores[start], coded[start:end]


def terms_of(text: str) -> set[str]:
    """Return the terms of a normalized text."""
    terms = _beginnings(text)
    for run in _RUN.findall(text):
        terms.update(run, map(add, run, run[1:]))
    return terms


def _beginnings(text: str) -> set[str]:
    """Return the beginnings of the words of Latin letters and digits in a normalized text."""
    words = set(_WORD.findall(text))
    return {word[:length] for word in words for length in range(1, min(len(word), LONGEST_WORD) + 1)}


def normalize(text: str) -> str:
    """Return a text as it is indexed: NFKC, lower case."""
    for mark, normalized in _PUNCTUATION:
        text = text.replace(mark, normalized)
    # NFKC takes the square of the length of a run of combining marks. Parts bound the length of a run.
    parts = (text[start : start + _PART] for start in range(0, len(text), _PART))
    return "".join([unicodedata.normalize("NFKC", part) for part in parts]).lower()


def _encode(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:  # as half of all terms have it
        return _character_of(numbers[0] + 1)
    return "".join(map(_character_of, map(sub, numbers, (-1, *numbers))))


def _decode(coded: str) -> Iterator[int]:
    return islice(accumulate(map(_distance_of, coded), initial=-1), 1, None)


def _moved(coded: str, moves: Sequence[int]) -> list[int]:
    """Return the new numbers of the posts."""
    return [moves[number] for number in _decode(coded) if number < len(moves) and moves[number] >= 0]


def _append(before: str, coded: str, moves: Sequence[int]) -> str:
    """Return postings with others after them, whose posts get the numbers of a range."""
    last = sum(map(_distance_of, before)) - 1 if before else -1
    first = _distance_of(coded[0]) - 1 + (moves[0] if moves else 0)
    if first > last and sum(map(_distance_of, coded)) <= len(moves):
        return before + _character_of(first - last) + coded[1:]
    return _encode(sorted({*_decode(before), *_moved(coded, moves)}))
