"""Makes the pairs of one set from its text files."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice, pairwise
from random import Random

from tests.stories import dress
from tests.stories.model import FOLDER, Codes, Group, Pair, Text, notices, parse, texts
from tests.stories.reprints import Change

SIBLINGS = {
    "own": "two reporters",
    "flash": "flash and report",
    "next": "follow-up that quotes half",
    "day": "column of another day",
    "quarter": "same report, other month or quarter",
    "half": "over half other text",
}
"""The end of a file's name, as in ``merger.own.txt``, and how that article differs from ``merger.txt``. None is the same story."""
QUOTED = "（前文）"
"""A line of a follow-up that stands for the first half of the earlier report."""


def headed(_: int, report: Text) -> list[str]:
    """Return an item of a digest: the title as a heading, and the first two paragraphs."""
    return [f"## {report.title}", *report.paragraphs[:2]]


def numbered(number: int, report: Text) -> list[str]:
    """Return an item of a digest: number, title and first paragraph in one line."""
    return [f"{number}、{report.title}：{report.paragraphs[0]}"]


def _cuts(kind: str) -> bool:
    return "cut" in kind or "dropped" in kind


def _within_a_week(text: Text, other: Text) -> Text:
    return replace(text, published=min(text.published, other.published + timedelta(days=6, hours=20)))


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
        bases = cycle(self.bases.values())
        for kind, change in changes.items():
            found = (pair for base in bases if (pair := self.reprint(kind, base, change)))
            yield from islice(found, each)

    def reprint(self, kind: str, base: Text, change: Change) -> Pair | None:
        """Return the pair of an article and its reprint, if *change* finds something to change in it."""
        changed = change(base, self.dice)
        elsewhere = replace(base, publication=changed.publication)
        if (changed.title, changed.markup(changed)) == (base.title, elsewhere.markup(elsewhere)):
            return None
        return self.pair(kind, base, changed, same=True)

    def two_changes(self, first: dict[str, Change], second: dict[str, Change], count: int) -> Iterator[Pair]:
        """Yield articles and reprints with two changes at once, of which at most one cuts the text."""
        for base, one, two in self._chosen(first, second, count):
            changed = two(one(base, self.dice), self.dice)
            yield self.pair("two changes at once", base, _within_a_week(changed, base), same=True)

    def two_reprints(self, first: dict[str, Change], second: dict[str, Change], count: int) -> Iterator[Pair]:
        """Yield two reprints of an article, each with a change of its own, of which at most one cuts the text."""
        for base, one, two in self._chosen(first, second, count):
            left = one(base, self.dice)
            yield self.pair("two reprints", left, _within_a_week(two(base, self.dice), left), same=True)

    def _chosen(
        self, first: dict[str, Change], second: dict[str, Change], count: int
    ) -> Iterator[tuple[Text, Change, Change]]:
        """Yield another article and another two changes each time."""
        bases = list(self.bases.values())
        both = [(one, two) for one in first for two in second if one != two and not (_cuts(one) and _cuts(two))]
        for at, (one, two) in enumerate(self.dice.sample(both, count)):
            yield bases[at * 7 % len(bases)], first[one], second[two]

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
            if sum(map(len, quoted)) + len(line) > earlier.length * 0.6:
                break
            quoted.append(line)
        for line in text.paragraphs:
            lines += quoted if line == QUOTED else [line]
        return replace(text, paragraphs=tuple(lines))

    def notices(self) -> Iterator[Pair]:
        """Yield the first row of each notice with every other row, and each row with the next."""
        for _, rows in notices(self.folder):
            (_, first), *others = rows
            yield from (self.pair(kind, first, text, same=False) for kind, text in others)
            for (_, left), (_, right) in pairwise(others):
                yield self.pair("notice, two differences", left, right, same=False)

    def notices_elsewhere(self, changes: dict[str, Change]) -> Iterator[Pair]:
        """Yield two reprints of the first row of each notice, and a reprint of another row, which is different."""
        turn = cycle(changes.values())
        for _, rows in notices(self.folder):
            first, other = rows[0][1], rows[-1][1]
            yield from islice(filter(None, (self.reprint("notice reprinted", first, change) for change in turn)), 2)
            there = next(turn)(other, self.dice)
            yield self.pair("notice, other row reprinted", first, _within_a_week(there, first), same=False)

    def first_paragraphs(self, count: int) -> Iterator[Pair]:
        """Yield reports, and their first paragraph alone, which is a flash."""
        long = [
            text for text in self.bases.values() if text.length > 550 and 60 < len(text.paragraphs[0]) < text.length / 4
        ]
        for text in long[:count]:
            flash = replace(text.later(hours=-0.4), paragraphs=text.paragraphs[:1])
            yield self.pair("first paragraph alone", text, flash, same=False)

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

    def digest(self, title: str, names: list[str], item: Callable[[int, Text], list[str]]) -> Text:
        """Return a digest of reports. *item* gives the lines of one, from its number and its text."""
        reports = [self.texts[name] for name in names]
        lines = [line for number, report in enumerate(reports, 1) for line in item(number, report)]
        stocks = {name: stock for report in reports for name, stock in report.stocks.items()}
        newest = max(reports, key=lambda report: report.published).later(hours=12, publication="东方财富研究中心")
        return replace(newest, title=title, stocks=stocks, paragraphs=tuple(lines))

    def digests(
        self, table: list[tuple[str, list[str]]], item: Callable[[int, Text], list[str]] = headed
    ) -> Iterator[Pair]:
        """Yield each digest with every report that it quotes, and with the digest after it if they share three items of five."""
        made = [(self.digest(title, names, item), names) for title, names in table]
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

    def reworded(self, table: list[tuple[str, list[tuple[str, str]]]]) -> Iterator[Pair]:
        """Yield an article and what another editor made of some of its sentences, by hand."""
        for name, changes in table:
            base, joined = self.texts[name], "\n".join(self.texts[name].paragraphs)
            for old, new in changes:
                assert joined.count(old) == 1, (name, old)
                joined = joined.replace(old, new)
            there = base.later(hours=5, publication="华夏时报")
            yield self.pair("reworded by hand", base, replace(there, paragraphs=tuple(joined.split("\n"))), same=True)

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
