"""The postings of the search index in plain code: what :mod:`finews_spider.mirror.search.postings` does with arrays."""

import re
import unicodedata

from finews_spider.mirror.search.postings import HAN, LONGEST_WORD

CHINESE = re.compile(f"[{''.join(f'{first}-{last}' for first, last in HAN)}]+")
WORD = re.compile("[a-z0-9]+")
MARKS = {"text": "", "title": "^", "media": "@", "stocks": "$"}


def build_postings(posts):
    """Return term → postings; the parameters are those of the module's own function."""
    posts_of = {}  # term → numbers of the posts that hold it
    for number, texts in posts.items():
        for field, text in texts.items():
            for term in terms_of(text):
                posts_of.setdefault(MARKS[field] + term, set()).add(number)
    return {term: encode(sorted(numbers)) for term, numbers in posts_of.items()}


def merge_postings(sources):
    """Return term → postings; the parameters are those of the module's own function."""
    posts_of = {}
    for postings, moves in sources:
        for term, coded in postings.items():
            numbers = [moves[number] for number in decode(coded) if number < len(moves)]
            posts_of.setdefault(term, set()).update(number for number in numbers if number >= 0)
    return {term: encode(sorted(numbers)) for term, numbers in posts_of.items() if numbers}


def split_postings(coded, size):
    """Give the number before each chunk, and the chunk; the parameters are those of the module's own function."""
    numbers = [-1, *decode(coded)]
    for end in range(len(coded), 0, -size):
        start = max(end - size, 0)
        yield numbers[start], coded[start:end]


def terms_of(text):
    text = unicodedata.normalize("NFKC", text).lower()
    chinese = {run[at : at + size] for run in CHINESE.findall(text) for at in range(len(run)) for size in (1, 2)}
    words = [word[:LONGEST_WORD] for word in WORD.findall(text)]
    return chinese | {word[: end + 1] for word in words for end in range(len(word))}


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
