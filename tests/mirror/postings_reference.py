"""The postings of the search index in plain code: what :mod:`finews_spider.mirror.postings` does with arrays."""

import re
import unicodedata

from finews_spider.mirror.postings import HAN, LONGEST_WORD

CHINESE = re.compile(f"[{''.join(f'{first}-{last}' for first, last in HAN)}]+")
WORD = re.compile("[a-z0-9]+")


def build_postings(texts, old, moves):
    """Return term → postings; the parameters are those of the module's own function."""
    posts_of = {}  # term → numbers of the posts that hold it
    for term, coded in old.items():
        for number in decode(coded):
            if moves[number] >= 0:
                posts_of.setdefault(term, set()).add(moves[number])
    for number, text in texts.items():
        for term in terms_of(text):
            posts_of.setdefault(term, set()).add(number)
    return {term: encode(sorted(numbers)) for term, numbers in posts_of.items()}


def terms_of(text):
    text = unicodedata.normalize("NFKC", text).lower()
    pairs = {run[start : start + 2] for run in CHINESE.findall(text) for start in range(len(run))}
    return pairs | {word[:LONGEST_WORD] for word in WORD.findall(text)}


def encode(numbers):
    """Write each number as one character: its distance from the number before, of which the first is -1."""
    distances = [number - before for before, number in zip([-1, *numbers], numbers, strict=False)]
    points = [0x22 + distance for distance in distances]
    return "".join(chr(point if point < 0xD800 else point + 0x800) for point in points)


def decode(coded):
    """Return the numbers that :func:`encode` was given."""
    numbers, number = [], -1
    for point in map(ord, coded):
        number += point - 0x22 - (0x800 if point >= 0xD800 else 0)
        numbers.append(number)
    return numbers
