"""Which posts hold which terms: the *postings* of the search index.

``tests/mirror/postings_reference.py`` does the same in a few plain lines, and a test compares the two. This module uses
arrays of numbers, because a post has some 1,200 terms, and a year may have 500,000 posts.

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

Here a *hit* stands for a term in a post. It is one integer: the term's key in the high bits, the post's number in the
low ones. So sorted hits are grouped by term, and within a term sorted by post.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
_CHARACTER_BITS, _POST_BITS = 18, 27
_IS_HAN = np.zeros((1 << _CHARACTER_BITS) + 1, bool)
for _first, _last in HAN:
    _IS_HAN[ord(_first) : ord(_last) + 1] = True
_FIRST_CODE_POINT = 0x22
"""Of the characters from here on, JSON escapes only the backslash."""
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800
_TEXTS = 500
"""Texts whose pairs are found together; this bounds the memory."""
_PART = 1000
"""Characters that are normalized together; this bounds the time."""

Numbers = NDArray[np.int64]
Postings = dict[str, str]
"""Term → the numbers of its posts, coded."""


def build_postings(posts: Mapping[int, Mapping[str, str]]) -> Postings:
    """Return the postings of new posts.

    :param posts: number of a post → its texts; ``text`` has all in which it is found, the others are named in FIELDS.
    """
    texts = [(number, normalize(post["text"])) for number, post in posts.items()]
    words = [(number, term) for number, text in texts for term in _beginnings(text)]
    words += [(number, term) for number, post in posts.items() for term in _terms_of_fields(post)]
    parts = (texts[start : start + _TEXTS] for start in range(0, len(texts), _TEXTS))
    all_words = sorted({word for _, word in words})
    # The key of a word is its place here. It is smaller than that of any Chinese term: its characters' code points.
    word_keys = {word: key for key, word in enumerate(all_words)}
    word_hits = _hits([word_keys[word] for _, word in words], [number for number, _ in words])
    hits = _unique(word_hits, *(_unique(_chinese_hits(part)) for part in parts))
    keys = _keys_of(hits)
    first_pair = int(np.searchsorted(keys, len(all_words)))
    return _encode(hits, [*(all_words[key] for key in keys[:first_pair].tolist()), *_chinese_terms(keys[first_pair:])])


def merge_postings(sources: Iterable[tuple[Mapping[str, str], ArrayLike]]) -> Postings:
    """Return the postings of several segments as those of one.

    :param sources: the postings of each segment, and the new number of each of its posts; below 0 for a post that is
        gone. Numbers that a segment doesn't have are skipped.
    """
    alone: Postings = {}  # terms that keep their postings
    places = as_numbers(())
    shared: list[tuple[Mapping[str, str], Numbers]] = []
    for postings, moves in ((postings, as_numbers(moves)) for postings, moves in sources):
        if not alone and postings and np.array_equal(moves, np.arange(len(moves))):
            alone, places = dict(postings), moves  # most new posts come after all others, which keep their numbers
        else:
            shared.append((postings, moves))
    shared.append(({term: alone.pop(term) for postings, _ in shared for term in postings if term in alone}, places))
    terms = sorted({term for postings, _ in shared for term in postings})
    keys = {term: key for key, term in enumerate(terms)}
    hits = _unique(*(_decoded_hits(postings, keys, moves) for postings, moves in shared))
    merged = _encode(hits, [terms[key] for key in _keys_of(hits).tolist()])
    return {**alone, **merged}


def as_numbers(values: ArrayLike) -> Numbers:
    """Return numbers as an array; an array stays as it is."""
    return np.asarray(values, np.int64)


def split_postings(coded: str, size: int) -> Iterator[tuple[int, str]]:
    """Cut postings into chunks of *size* posts. Give the newest chunk first: the number of the post before it, or -1,
    and its part of the postings."""
    befores = np.append(-1, _running_sums(coded) - 1)
    for end in range(len(coded), 0, -size):
        start = max(end - size, 0)
        yield int(befores[start]), coded[start:end]


def _terms_of_fields(post: Mapping[str, str]) -> set[str]:
    return {mark + term for field, mark in FIELDS.items() for term in terms_of(normalize(post[field]))}


def terms_of(text: str) -> set[str]:
    """Return the terms of a normalized text."""
    runs = _RUN.findall(text)
    return {run[at : at + size] for run in runs for at in range(len(run)) for size in (1, 2)} | _beginnings(text)


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


def _hits(keys: ArrayLike, posts: ArrayLike) -> Numbers:
    return np.asarray(keys, np.int64) << _POST_BITS | np.asarray(posts, np.int64)


def _keys_of(hits: Numbers) -> Numbers:
    """Return the keys of sorted hits, each once."""
    keys = hits >> _POST_BITS
    return keys[np.flatnonzero(np.diff(keys, prepend=-1))]


def _unique(*arrays: Numbers) -> Numbers:
    """Return all numbers of *arrays* in ascending order, each once; ten times as fast as ``np.unique``."""
    ordered = np.sort(np.concatenate([np.empty(0, np.int64), *arrays]))
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _chinese_hits(texts: list[tuple[int, str]]) -> Numbers:
    """Return the hits of the Chinese terms in *texts*, as often as they occur there."""
    codes = _code_points("".join(f"{text}\n" for _, text in texts))
    numbers = np.repeat([number for number, _ in texts], [len(text) + 1 for _, text in texts])
    is_han = _IS_HAN[np.minimum(codes, len(_IS_HAN) - 1)]
    is_pair = is_han & np.append(is_han[1:], False)
    characters, pairs = codes << _CHARACTER_BITS, codes << _CHARACTER_BITS | np.append(codes[1:], 0)
    return np.concatenate([_hits(characters[is_han], numbers[is_han]), _hits(pairs[is_pair], numbers[is_pair])])


def _decoded_hits(postings: Mapping[str, str], term_keys: Mapping[str, int], moves: Numbers) -> Numbers:
    """Decode *postings* to hits with the posts' new numbers."""
    lengths = [len(coded) for coded in postings.values()]
    sums = _running_sums("".join(postings.values()))
    # From each term's part of the running sum, the sum before that part is subtracted.
    ends = np.cumsum([0, *lengths])
    before = sums - np.repeat(np.append(0, sums)[ends[:-1]], lengths) - 1
    keys = np.repeat(as_numbers([term_keys[term] for term in postings]), lengths)
    is_valid = (before >= 0) & (before < len(moves))
    keys, now = keys[is_valid], moves[before[is_valid]]
    return _hits(keys[now >= 0], now[now >= 0])


def _running_sums(coded: str) -> Numbers:
    points = _code_points(coded)
    return np.cumsum(points - _FIRST_CODE_POINT - _SURROGATE_COUNT * (points >= _SURROGATES))


def _encode(hits: Numbers, terms: list[str]) -> Postings:
    """Return term → postings for sorted *hits* with as many keys as there are *terms*."""
    keys, numbers = hits >> _POST_BITS, hits & ((1 << _POST_BITS) - 1)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    distances = np.diff(numbers, prepend=0)
    distances[starts] = numbers[starts] + 1
    points = distances + _FIRST_CODE_POINT
    coded = _text_of(points + _SURROGATE_COUNT * (points >= _SURROGATES))
    spans = pairwise([*starts.tolist(), len(hits)])
    return {term: coded[start:end] for term, (start, end) in zip(terms, spans, strict=True)}


def _chinese_terms(keys: Numbers) -> Iterator[str]:
    """Give the Chinese terms of *keys*: single characters and pairs."""
    text = _text_of(np.stack([keys >> _CHARACTER_BITS, keys & ((1 << _CHARACTER_BITS) - 1)], axis=1).ravel())
    return (text[start : start + 2].rstrip("\0") for start in range(0, len(text), 2))


def _code_points(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def _text_of(code_points: Numbers) -> str:
    return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
