"""Makes the pairs of one set from its text files."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from tests.stories import dress
from tests.stories.model import FOLDER, Codes, Group, Pair, Text, notices, parse, texts
from tests.stories.reprints import Change

SIBLINGS = {
    "own": "two reporters",
    "flash": "flash and report",
    "next": "follow-up that quotes half",
    "day": "column of another day",
    "quarter": "same company, other quarter",
    "half": "over half other text",
}
"""The end of a file's name, as in ``merger.own.txt``, and how that article differs from ``merger.txt``. None is the same story."""
QUOTED = "（前文）"
"""A line of a follow-up that stands for the first half of the earlier report."""


def _printed(text: Text) -> tuple[str, str]:
    return text.title, text.markup(text)


class Set:
    """The texts of one folder. The changes are what this set's reprints do."""

    def __init__(self, folder: str, first_code: int):
        self.folder, self.codes, self.dice = folder, Codes(first_code), Random(folder)
        self.texts = texts(folder)
        self.bases = {name: text for name, text in self.texts.items() if "." not in name}

    def pair(self, kind: str, left: Text, right: Text, *, same: bool) -> Pair:
        return Pair(kind, same, self.codes.article(left), self.codes.article(right))

    def reprints(self, changes: dict[str, Change], *, each: int) -> Iterator[Pair]:
        """Yield *each* pairs for every change, one base article after the other."""
        bases, at = list(self.bases.values()), 0
        for kind, change in changes.items():
            for _ in range(each):
                while True:
                    base, at = bases[at % len(bases)], at + 1
                    changed = change(base, self.dice)
                    if _printed(changed) != _printed(replace(base, publication=changed.publication)):
                        break
                yield self.pair(kind, base, changed, same=True)

    def two_changes(self, first: dict[str, Change], second: dict[str, Change], count: int) -> Iterator[Pair]:
        """Yield pairs with two changes at once, another two and another article each time."""
        bases = list(self.bases.values())
        for at in range(count):
            one, two = self.dice.choice(list(first.values())), self.dice.choice(list(second.values()))
            base = bases[at * 7 % len(bases)]
            changed = two(one(base, self.dice), self.dice)
            latest = base.published + timedelta(days=6, hours=20)
            yield self.pair(
                "two changes at once", base, replace(changed, published=min(changed.published, latest)), same=True
            )

    def siblings(self) -> Iterator[Pair]:
        """Yield each article whose name has an ending, and the one that it belongs to."""
        for name, text in self.texts.items():
            stem, _, ending = name.partition(".")
            if ending:
                earlier = self.bases[stem]
                yield self.pair(
                    SIBLINGS[ending.rstrip("0123456789")], earlier, self.with_quote(text, earlier), same=False
                )

    def strangers(self, count: int) -> Iterator[Pair]:
        """Yield reports that followed each other, on the same topic but not on the same matter."""
        by_time = sorted(self.bases.values(), key=lambda text: (text.topic, text.published))
        near = [(left, right) for left, right in pairwise(by_time) if left.topic == right.topic]
        yield from (
            self.pair("other matter", left, right, same=False) for left, right in near[:: max(1, len(near) // count)]
        )

    @staticmethod
    def with_quote(text: Text, earlier: Text) -> Text:
        """Return *text* with the first half of *earlier* in place of the line that stands for it."""
        quoted, lines = [], []
        for line in earlier.paragraphs:
            if sum(map(len, quoted)) + len(line) <= earlier.length * 0.55:
                quoted.append(line)
        for line in text.paragraphs:
            lines += quoted if line == QUOTED else [line]
        return replace(text, paragraphs=tuple(lines))

    def notices(self) -> Iterator[Pair]:
        """Yield the first row of each notice with every other row, and each row with the next."""
        for _, rows in notices(self.folder):
            (_, first), *others = rows
            yield from (self.pair(kind, first, text, same=False) for kind, text in others)
            yield from (
                self.pair("notice, two differences", left, right, same=False)
                for (_, left), (_, right) in pairwise(others)
            )

    def corrections(self, kind: str, table: list[tuple[str, str, str]], *, same: bool) -> Iterator[Pair]:
        """Yield an article and the same with one passage changed, for rows of name, passage and its new form."""
        for name, old, new in table:
            base = self.texts[name]
            assert sum(line.count(old) for line in base.paragraphs) == 1, (name, old)
            lines = tuple(line.replace(old, new) for line in base.paragraphs)
            title = base.title.replace(old, new)
            if kind.startswith("correction"):
                title, lines = (
                    f"（更正）{title}",
                    (*lines, f"（更正：本文此前版本中的“{old}”应为“{new}”，特此更正并致歉。）"),
                )
            yield self.pair(kind, base, replace(base.later(hours=2), title=title, paragraphs=lines), same=same)

    def digest(
        self, title: str, names: list[str], *, hours: float = 12, markup: Callable[[Text], str] = dress.upstream
    ) -> Text:
        """Return a digest with the title and the first two paragraphs of each report."""
        reports = [self.texts[name] for name in names]
        lines = [line for report in reports for line in (f"## {report.title}", *report.paragraphs[:2])]
        stocks = {name: stock for report in reports for name, stock in report.stocks.items()}
        newest = max(reports, key=lambda report: report.published)
        made = replace(newest.later(hours=hours), title=title, stocks=stocks, paragraphs=tuple(lines), markup=markup)
        return replace(made, publication="东方财富研究中心")

    def digests(self, table: list[tuple[str, list[str]]]) -> Iterator[Pair]:
        """Yield each digest with every report that it quotes, and with the digest after it if they share three items of five."""
        made = [(self.digest(title, names), names) for title, names in table]
        for digest, names in made:
            for name in names:
                yield self.pair("digest and report", self.texts[name], digest, same=False)
        for (one, names), (other, others) in pairwise(made):
            if len(set(names) & set(others)) == 3:
                yield self.pair("digests that share three of five", one, other, same=False)

    def shorts(self) -> Iterator[Pair]:
        """Yield texts under 80 characters: two on a line, which are different, or one, which is printed twice."""
        form = "{0}\n\n财联社 2026-03-05 10:0{2} 市场\n\n{1}"
        for number, line in enumerate((FOLDER / self.folder / "short.tsv").read_text("utf-8").splitlines()):
            left, *others = (
                parse(form.format(side.strip()[:24], side.strip(), at + number % 5))
                for at, side in enumerate(line.split("\t"))
            )
            if others:
                yield self.pair("short, little different", left, others[0], same=False)
            else:
                again = replace(left.later(hours=1 + number, publication="第一财经"), title=f"快讯：{left.title[:12]}")
                yield self.pair(
                    "short, equal", left, replace(again, markup=dress.plain if number % 2 else dress.divs), same=True
                )

    def group(self, name: str, changes: list[Change], neighbours: list[str], orders: int = 3) -> Iterator[Group]:
        """Yield the reprints of an article in several orders of arrival, with articles that are near it."""
        base = self.texts[name]
        story = [base, *(change(base, self.dice) for change in changes)]
        near = [self.with_quote(self.texts[other], base) for other in neighbours]
        articles, others = [self.codes.article(text) for text in story], [self.codes.article(text) for text in near]
        for order in range(orders):
            label = ("as published", "backwards", "mixed")[order]
            by_time = sorted(articles, key=lambda article: article.published)
            mixed = self.dice.sample(articles, len(articles))
            yield Group(f"{name}, {label}", (by_time, by_time[::-1], mixed)[order], others)
