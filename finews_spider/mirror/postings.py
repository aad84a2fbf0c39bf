"""The terms of texts, and which posts of a segment have them; docs/site.md has the format.

The terms of a text are the overlapping pairs of its runs of Chinese characters and each run's last character, so that
any part of a word is found, and its words of Latin letters and digits. A post has some 700 of them, so they are numbers
in arrays: a *hit* is a term's key and, in its low bits, the number of a post that has it. Hits in order are terms in
order, each with its posts in order. The key of a pair is its characters', that of a word its place among the segment's
words, which is below all pairs'.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LONGEST_WORD = 40
HAN = (
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
"""The characters that make pairs, from the first to the last of each block."""

_WORD = re.compile("[a-z0-9]+")
# Full-width punctuation, of which Chinese is full, and what NFKC makes of it. Where it is gone already, NFKC most often
# finds nothing to do, which takes it a tenth of the time.
_PUNCTUATION = [(mark, unicodedata.normalize("NFKC", mark)) for mark in "，：；（）？！％"]
_CHARACTER_BITS, _NUMBER_BITS = 18, 27
_IS_HAN = np.zeros((1 << _CHARACTER_BITS) + 1, bool)
for _first, _last in HAN:
    _IS_HAN[ord(_first) : ord(_last) + 1] = True
# Postings are gaps between numbers, a gap a character: printable ones first, so that JSON need not escape them.
_FIRST_CHARACTER = 0x22
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800
_TEXTS = 500
"""Texts that are taken apart at a time: bounds memory."""

_PART = 1000
"""Characters that are normalized at a time."""

Numbers = NDArray[np.int64]
_NONE = np.empty(0, np.int64)


def postings(texts: Mapping[int, str], old: Mapping[str, str], moves: Sequence[int]) -> dict[str, str]:
    """Return each term with its postings.

    :param texts: number of a post → what it is found by.
    :param old: term → postings in the segment before.
    :param moves: the number now of each post of that segment; below 0: none, for it changed or went.
    """
    plain = [(number, _plain(text)) for number, text in texts.items()]
    spoken = [(number, word[:LONGEST_WORD]) for number, text in plain for word in _WORD.findall(text)]
    pairs = _distinct(*(_pairs(plain[start : start + _TEXTS]) for start in range(0, len(plain), _TEXTS)))
    said, kept = {word for _, word in spoken}, {}
    if old and all(number == place for place, number in enumerate(moves)):
        # As in most ticks, whose posts are the newest: the terms that none of them has stay as they are.
        new = said.union(_pair_terms(_distinct(pairs >> _NUMBER_BITS)))
        old, kept = {term: coded for term, coded in old.items() if term in new}, old
    words = sorted(said.union(filter(_is_word, old)))
    keys = {word: key for key, word in enumerate(words)}
    found = _hits([keys[word] for _, word in spoken], [number for number, _ in spoken])
    hits = _distinct(pairs, found, _old_hits(old, keys, np.asarray(moves, np.int64)))
    return {**kept, **_written(hits, words)}


def _plain(text: str) -> str:
    for mark, plain in _PUNCTUATION:
        text = text.replace(mark, plain)
    # It sorts a run of combining marks in the square of its length: a part at a time bounds the runs.
    parts = (text[start : start + _PART] for start in range(0, len(text), _PART))
    return "".join([unicodedata.normalize("NFKC", part) for part in parts]).lower()


def _is_word(term: str) -> bool:
    return term < HAN[0][0]


def _hits(keys: Iterable[int] | Numbers, numbers: Iterable[int] | Numbers) -> Numbers:
    return np.asarray(keys, np.int64) << _NUMBER_BITS | np.asarray(numbers, np.int64)


def _distinct(*numbers: Numbers) -> Numbers:
    """Return *numbers* in order, each once; ``np.unique`` does it by a table of hashes, in ten times as long."""
    ordered = np.sort(np.concatenate([_NONE, *numbers]))
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _pairs(texts: list[tuple[int, str]]) -> Numbers:
    """Return the hits of the Chinese terms, as often as they stand there."""
    codes = _codes("".join(f"{text}\n" for _, text in texts))
    numbers = np.repeat([number for number, _ in texts], [len(text) + 1 for _, text in texts])
    han = _IS_HAN[np.minimum(codes, len(_IS_HAN) - 1)]
    followed = np.append(han[1:], False)
    seconds = np.where(followed, np.append(codes[1:], 0), 0)
    return _hits((codes << _CHARACTER_BITS | seconds)[han], numbers[han])


def _old_hits(old: Mapping[str, str], keys: Mapping[str, int], moves: Numbers) -> Numbers:
    lengths = [len(coded) for coded in old.values()]
    points = _codes("".join(old.values()))
    # Added up through all postings; what the sum was before a term's own is taken off again.
    sums = np.cumsum(points - _FIRST_CHARACTER - _SURROGATE_COUNT * (points >= _SURROGATES))
    ends = np.cumsum([0, *lengths])
    numbers = sums - np.repeat(np.append(0, sums)[ends[:-1]], lengths) - 1
    terms = np.repeat([_key(term, keys) for term in old], lengths)
    known = (numbers >= 0) & (numbers < len(moves))
    terms, numbers = terms[known], moves[numbers[known]]
    return _hits(terms[numbers >= 0], numbers[numbers >= 0])


def _key(term: str, keys: Mapping[str, int]) -> int:
    if _is_word(term):
        return keys[term]
    return ord(term[0]) << _CHARACTER_BITS | (ord(term[1]) if len(term) > 1 else 0)


def _written(hits: Numbers, words: list[str]) -> dict[str, str]:
    """Return the terms of sorted *hits*, each with its postings."""
    keys, numbers = hits >> _NUMBER_BITS, hits & ((1 << _NUMBER_BITS) - 1)
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    gaps = np.diff(numbers, prepend=0)
    gaps[starts] = numbers[starts] + 1
    points = gaps + _FIRST_CHARACTER
    coded = _text(points + _SURROGATE_COUNT * (points >= _SURROGATES))
    keys = keys[starts]
    first_pair = int(np.searchsorted(keys, len(words)))
    terms = [words[key] for key in keys[:first_pair]] + _pair_terms(keys[first_pair:])
    spans = pairwise([*starts.tolist(), len(hits)])
    return {term: coded[start:end] for term, (start, end) in zip(terms, spans, strict=True)}


def _pair_terms(keys: Numbers) -> list[str]:
    """Return the terms that the keys of pairs stand for."""
    text = _text(np.stack([keys >> _CHARACTER_BITS, keys & ((1 << _CHARACTER_BITS) - 1)], axis=1).ravel())
    return [text[place : place + 2].rstrip("\0") for place in range(0, len(text), 2)]


def _codes(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def _text(codes: Numbers) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
