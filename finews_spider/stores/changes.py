"""Shows what changed between two versions of an article, by paragraphs and not by markup."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest

from finews_spider.articles.text import lines_of
from finews_spider.logs import to_json
from finews_spider.stores.records import Version

WORD = re.compile(r"[0-9][0-9.,]*%?|[A-Za-z]+|.", re.DOTALL)
"""Chinese has no blanks between its words, so each character counts as a word."""
LONGEST = 1000
"""The most words of a paragraph that is compared word by word, which takes time by the square of their number."""
MOST_LINES = 2000
"""The most lines of a text in which unchanged lines are found, which may take time by the square of their number."""
ALIKE = 0.5
"""Two lines with at least this share of words in common are versions of one line. In others, no word is marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff."""

    sign: str
    """``-`` deleted, ``+`` added, a blank: unchanged, ``@``: the header of a group of changes."""
    pieces: tuple[tuple[str, bool], ...]
    """The parts of the text in order. True marks a part that the other version of the line lacks."""


@dataclass(frozen=True, slots=True)
class Change:
    """The changes of one revision."""

    revision: int
    shown_at: datetime | None
    title: list[Line]
    """Empty if the title is the same."""
    text: list[Line]
    """Empty if the text is the same. The upstream then changed the time, or markup that readers don't see."""


def changes(versions: Sequence[Version]) -> Iterator[Change]:
    """Yield the changes from each version to the next.

    :param versions: the versions of one article, oldest first.
    """
    for old, new in pairwise(versions):
        title = _replaced([old.title], [new.title]) if old.title != new.title else []
        yield Change(new.revision, new.shown_at, title, diff(_lines_of(old), _lines_of(new)))


def json_line(version: Version) -> str:
    """Return *version* as a line of JSON."""
    shown = version.shown_at.isoformat() if version.shown_at else None
    return to_json({"revision": version.revision, "shown_at": shown, "title": version.title, "body": version.body})


def diff(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Return the unified diff from *old* to *new*, with one line of context."""
    if max(len(old), len(new)) > MOST_LINES:
        return _replaced(old, new)
    lines = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(1):
        (_, a, _, b, _), (_, _, a_end, _, b_end) = group[0], group[-1]
        lines.append(_plain("@", f"@@ -{a + 1},{a_end - a} +{b + 1},{b_end - b} @@"))
        for kind, i, i_end, j, j_end in group:
            if kind == "equal":
                lines += [_plain(" ", line) for line in old[i:i_end]]
            else:
                lines += _replaced(old[i:i_end], new[j:j_end])
    return lines


def _lines_of(version: Version) -> list[str]:
    return lines_of(version.body, images=True)


def _plain(sign: str, text: str) -> Line:
    return Line(sign, ((text, False),))


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Return *old* as deleted, then *new* as added. Lines in the same position count as versions of one line."""
    pairs = [_marked(*pair) for pair in zip_longest(old, new, fillvalue="")]
    deleted = [Line("-", before) for before, _ in pairs[: len(old)]]
    return deleted + [Line("+", after) for _, after in pairs[: len(new)]]


def _marked(old: str, new: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return ((old, False),), ((new, False),)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return ((old, False),), ((new, False),)
    codes = matcher.get_opcodes()
    return (
        tuple(("".join(before[i:i_end]), kind != "equal") for kind, i, i_end, _, _ in codes if i < i_end),
        tuple(("".join(after[j:j_end]), kind != "equal") for kind, _, _, j, j_end in codes if j < j_end),
    )
