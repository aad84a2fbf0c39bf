"""Which posts hold which terms: the *postings* of a segment of the search index.

``tests/mirror/postings_reference.py`` does the same in a few plain lines, and a test compares the two. This module uses
arrays of numbers, because a day may have a thousand posts with some 700 terms each.

The terms of a text are its words of Latin letters and digits, the overlapping pairs of its Chinese characters, and the
last character of each run of Chinese characters. So any part of a Chinese word is found. An example::

    post 0: 油价涨, A股        terms: 油价 价涨 涨 a 股
    post 1: 股价               terms: 股价 价
    post 3: 油价               terms: 油价 价

A term's postings are the numbers of its posts in ascending order. Each number is written as its distance from the one
before, and the first as its distance from -1. A distance is one character: its code point is 0x22 and the distance.
(From 0xD800 on, 0x800 is added, for no text may hold a surrogate.) So ``油价``, which posts 0 and 3 hold, has the
distances 1 and 3, which are the characters 0x23 and 0x25: ``"油价": "#%"``.

Here a *hit* stands for a term in a post. It is one integer: the term's key in the high bits, the post's number in the
low ones. So sorted hits are grouped by term, and within a term sorted by post. The key of a pair is made of its
characters' code points. The key of a word is its place among the sorted words, which is smaller than any pair's key.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

LONGEST_WORD = 40
HAN = (
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
"""Blocks of characters that form pairs: the first and the last character of each."""

_WORD = re.compile("[a-z0-9]+")
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


def build_postings(texts: Mapping[int, str], old: Mapping[str, str], moves: Sequence[int]) -> dict[str, str]:
    """Return term → postings.

    :param texts: number of a new or changed post → its text.
    :param old: the postings of the segment before.
    :param moves: the new number of each post of that segment; below 0 for a post that was changed or removed.
    """
    normalized = [(number, _normalize(text)) for number, text in texts.items()]
    words = [(number, word[:LONGEST_WORD]) for number, text in normalized for word in _WORD.findall(text)]
    pair_hits = _unique(
        *(_pair_hits(normalized[start : start + _TEXTS]) for start in range(0, len(normalized), _TEXTS))
    )
    new_words = {word for _, word in words}
    unchanged: Mapping[str, str] = {}
    if old and all(new == number for number, new in enumerate(moves)):
        # Most ticks only add posts after the old ones. Then the terms that no new post holds keep their postings.
        new_terms = new_words.union(_pairs_of(_unique(pair_hits >> _POST_BITS)))
        old, unchanged = {term: coded for term, coded in old.items() if term in new_terms}, old
    all_words = sorted(new_words.union(filter(_is_word, old)))
    word_keys = {word: key for key, word in enumerate(all_words)}
    word_hits = _hits([word_keys[word] for _, word in words], [number for number, _ in words])
    hits = _unique(pair_hits, word_hits, _old_hits(old, word_keys, np.asarray(moves, np.int64)))
    return {**unchanged, **_encode(hits, all_words)}


def _normalize(text: str) -> str:
    for mark, normalized in _PUNCTUATION:
        text = text.replace(mark, normalized)
    # NFKC takes the square of the length of a run of combining marks. Parts bound the length of a run.
    parts = (text[start : start + _PART] for start in range(0, len(text), _PART))
    return "".join([unicodedata.normalize("NFKC", part) for part in parts]).lower()


def _is_word(term: str) -> bool:
    return term < HAN[0][0]


def _hits(keys: ArrayLike, numbers: ArrayLike) -> Numbers:
    return np.asarray(keys, np.int64) << _POST_BITS | np.asarray(numbers, np.int64)


def _unique(*arrays: Numbers) -> Numbers:
    """Return all numbers of *arrays* in ascending order, each once; ten times as fast as ``np.unique``."""
    ordered = np.sort(np.concatenate([np.empty(0, np.int64), *arrays]))
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _pair_hits(texts: list[tuple[int, str]]) -> Numbers:
    """Return the hits of the Chinese terms in *texts*, as often as they occur there."""
    codes = _code_points("".join(f"{text}\n" for _, text in texts))
    numbers = np.repeat([number for number, _ in texts], [len(text) + 1 for _, text in texts])
    is_han = _IS_HAN[np.minimum(codes, len(_IS_HAN) - 1)]
    has_second = np.append(is_han[1:], False)
    seconds = np.where(has_second, np.append(codes[1:], 0), 0)  # 0 for the last character of a run
    return _hits((codes << _CHARACTER_BITS | seconds)[is_han], numbers[is_han])


def _old_hits(old: Mapping[str, str], word_keys: Mapping[str, int], moves: Numbers) -> Numbers:
    """Decode the postings of *old* to hits with the posts' new numbers."""
    lengths = [len(coded) for coded in old.values()]
    points = _code_points("".join(old.values()))
    # The running sum of all distances; from each term's part, the sum before that part is subtracted.
    sums = np.cumsum(points - _FIRST_CODE_POINT - _SURROGATE_COUNT * (points >= _SURROGATES))
    ends = np.cumsum([0, *lengths])
    numbers = sums - np.repeat(np.append(0, sums)[ends[:-1]], lengths) - 1
    keys = np.repeat([_key_of(term, word_keys) for term in old], lengths)
    is_valid = (numbers >= 0) & (numbers < len(moves))
    keys, numbers = keys[is_valid], moves[numbers[is_valid]]
    return _hits(keys[numbers >= 0], numbers[numbers >= 0])


def _key_of(term: str, word_keys: Mapping[str, int]) -> int:
    if _is_word(term):
        return word_keys[term]
    return ord(term[0]) << _CHARACTER_BITS | (ord(term[1]) if len(term) > 1 else 0)


def _encode(hits: Numbers, words: list[str]) -> dict[str, str]:
    """Return term → postings for sorted *hits*."""
    keys, numbers = hits >> _POST_BITS, hits & ((1 << _POST_BITS) - 1)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    distances = np.diff(numbers, prepend=0)
    distances[starts] = numbers[starts] + 1
    points = distances + _FIRST_CODE_POINT
    coded = _text_of(points + _SURROGATE_COUNT * (points >= _SURROGATES))
    keys = keys[starts]
    first_pair = int(np.searchsorted(keys, len(words)))
    terms = [words[key] for key in keys[:first_pair]] + _pairs_of(keys[first_pair:])
    spans = pairwise([*starts.tolist(), len(hits)])
    return {term: coded[start:end] for term, (start, end) in zip(terms, spans, strict=True)}


def _pairs_of(keys: Numbers) -> list[str]:
    """Return the Chinese terms of *keys*: pairs and last characters."""
    text = _text_of(np.stack([keys >> _CHARACTER_BITS, keys & ((1 << _CHARACTER_BITS) - 1)], axis=1).ravel())
    return [text[start : start + 2].rstrip("\0") for start in range(0, len(text), 2)]


def _code_points(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def _text_of(code_points: Numbers) -> str:
    return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
