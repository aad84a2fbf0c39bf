"""Finds reprints: is the text of one article a near-duplicate of another's?

Two readings (``readings.py``) tell one story if enough of the shingles are the same *and* their figures agree. Numbers
decide in financial news: a routine notice of another day has the same words, but another figure in the same place.

The store finds the few articles with which one is compared by its sketch.
"""

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import chain
from operator import attrgetter

from finews_spider.articles.readings import Reading

DAYS = 7
"""The most days between the publication of two reprints."""
SHORT = 80
"""A text with fewer characters is a reprint only of the same text."""
OF_SHORTER = 0.65
"""The least part of the shingles of the shorter text that the longer one has too."""
OF_LONGER = 0.55
"""The least part of the shingles of the longer text that the shorter one has too."""
NOTICE = 400
"""Characters of the longest text that may be a routine notice."""
ALIKE = 0.6
"""The part of its shingles that a routine notice shares with another one."""
FIGURES = 5
"""Figures that two routine notices share. Fewer don't show that they are the same, so that each word counts."""
NAME = 3
"""Pairs of letters that are new in two routine notices, both together, where one has another name."""
EVENT = (7, 60)
"""Pairs of letters that are new where a routine notice says that something else has happened, in few words."""
FEW = 2
"""Places in which two routine notices differ. Somebody who rewords a report changes more."""
CHANCE = 2
"""Characters that two different words may have in common by chance."""
SAID = re.compile(
    r"[在于]?[上深港]交所(?=发布|公告|披露)|发布|公[告布]|披露|表示|指出|显示|透露|同时|此[外前]|[日近]日|晚间|[称说还]"
)
"""Words that say only that something was said. Each editor uses other ones."""
OPPOSITES = {*map(frozenset, ("增减", "涨跌", "升降", "上下", "买卖", "入出", "盈亏", "停复", "扩缩"))}
"""Characters of which one turns the news into its opposite: 增持 is not 减持."""


def is_reprint(one: Reading, other: Reading) -> bool:
    """Return whether two readings tell one story. What takes the least time is asked first."""
    if one.text == other.text:
        return bool(one.text) and not _have_other_stocks(one, other)
    if min(len(one.text), len(other.text)) < SHORT or _have_other_figures(one, other):
        return False
    if one.is_correction != other.is_correction or _have_other_stocks(one, other):
        return False
    fewer, more = sorted((len(one.hashes), len(other.hashes)))
    shared = len(one.hashes & other.hashes)
    if shared < OF_SHORTER * fewer or shared < OF_LONGER * more:
        return False
    one, other = sorted((one, other), key=attrgetter("text"))  # difflib finds other places the other way round
    is_alike = shared >= ALIKE * more
    is_notice = is_alike and max(len(one.text), len(other.text)) <= NOTICE
    return not ((is_alike and _names_another(one, other)) or (is_notice and _is_other_notice(one, other)))


def _have_other_stocks(one: Reading, other: Reading) -> bool:
    return bool(one.stocks and other.stocks) and one.stocks.isdisjoint(other.stocks)


def _have_other_figures(one: Reading, other: Reading) -> bool:
    both = one.figures.keys() & other.figures.keys()
    return any(_differ(one.figures[context], other.figures[context]) for context in both)


def _differ(ones: set[str], others: set[str]) -> bool:
    return bool(ones - others) and bool(others - ones)


def _names_another(one: Reading, other: Reading) -> bool:
    """Return whether each title, or the beginning of each notice, has a name that only its own text has too."""
    return any(
        min(len(name), len(another)) > 1
        and name in one.text
        and another in other.text
        and name not in other.text
        and another not in one.text
        for name, another in [(one.speaker, other.speaker), *_changes(one.title, other.title, to_ends=True)]
    )


def _is_other_notice(one: Reading, other: Reading) -> bool:
    """Return whether something else is said in the same words: the opposite, another name twice, or another event."""
    changes = _changes(one.text, other.text)
    turns = (zip(before, after, strict=True) for before, after in changes if len(before) == len(after) < NAME)
    if not OPPOSITES.isdisjoint(map(frozenset, chain.from_iterable(turns))):
        return True
    shortest, longest = EVENT
    figures = set[str]().union(*one.figures.values()).intersection(chain.from_iterable(other.figures.values()))
    if len(figures) < FIGURES:
        names = Counter([*changes, *_changes(one.title, other.title, to_ends=True)])
        if max(names.values(), default=0) > 1:
            return True
        shortest = NAME
    return len(set(changes)) <= FEW and any(
        shortest <= _new(before, after, other.text) + _new(after, before, one.text) <= longest
        for before, after in changes
    )


def _new(words: str, instead: str, text: str) -> int:
    """Return how many pairs of letters in *words* are new: not in the other *text*, where others stand *instead*."""
    words = SAID.sub(" ", words)
    pairs = {words[at : at + 2] for at in range(len(words) - 1)}
    return sum(pair.isalpha() and pair not in text and set(pair).isdisjoint(instead) for pair in pairs)


def _changes(one: str, other: str, *, to_ends: bool = False) -> list[tuple[str, str]]:
    """Return the places in which two texts differ: what is there in *one*, and in the *other*.

    :param to_ends: also where one of the texts begins or ends there.
    """
    changes: list[tuple[int, int, int, int]] = []
    for kind, *place in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        begin, end, other_begin, other_end = place
        if kind == "equal":
            continue
        if changes and begin - changes[-1][1] <= CHANCE:  # one change, in which a character is the same by chance
            begin, _, other_begin, _ = changes.pop()
        changes.append((begin, end, other_begin, other_end))
    return [
        (one[begin:end], other[other_begin:other_end])
        for begin, end, other_begin, other_end in changes
        if end > begin
        and other_end > other_begin
        and (to_ends or (begin > 0 < other_begin and end < len(one) and other_end < len(other)))
    ]
