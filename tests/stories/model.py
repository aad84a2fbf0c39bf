"""What a pair is made of, and how the text files beside this module are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from finews_spider.times import SHANGHAI
from tests.stories import dress

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Article:
    """An article as a source hands it over. *code* has 18 digits, *published* is in China's time, *body* is HTML."""

    code: str
    title: str
    publication: str
    published: datetime
    body: str


@dataclass(frozen=True)
class Pair:
    """Two articles, and whether they are one story. *kind* says how they differ."""

    kind: str
    same: bool
    left: Article
    right: Article


@dataclass(frozen=True)
class Group:
    """The articles of one story, in an order of arrival, and near neighbours that are not part of it."""

    name: str
    story: list[Article]
    neighbours: list[Article]


@dataclass(frozen=True)
class Text:
    """An article before it has markup: what one file holds. *stocks* is name → ``market.ticker``."""

    title: str
    other_title: str
    publication: str
    published: datetime
    topic: str
    stocks: dict[str, str]
    paragraphs: tuple[str, ...]
    markup: Callable[["Text"], str] = dress.upstream
    ending: str = ""

    @property
    def length(self) -> int:
        return sum(map(len, self.paragraphs))

    @property
    def sentences(self) -> list[list[str]]:
        """The sentences of each paragraph."""
        return [dress.SENTENCE.findall(paragraph) for paragraph in self.paragraphs]

    def later(self, *, hours: float, publication: str = "") -> "Text":
        published = self.published + timedelta(hours=hours)
        return replace(self, published=published, publication=publication or self.publication)


class Codes:
    """Makes articles of texts, each with a code of its own: the day, and ten digits that count up."""

    def __init__(self, first: int):
        self._next = first

    def article(self, text: Text) -> Article:
        self._next += 7_919 + self._next % 97
        code = f"{text.published:%Y%m%d}{self._next % 10**10:010}"
        return Article(code, text.title, text.publication, text.published, text.markup(text))


def parse(content: str) -> Text:
    """Read the title, another title, ``publication yyyy-mm-dd hh:mm topic name=market.ticker…``, and the paragraphs."""
    title, other_title, front, _, *paragraphs = content.strip().split("\n")
    publication, day, time, topic, *stocks = front.split()
    published = datetime.fromisoformat(f"{day} {time}").replace(tzinfo=SHANGHAI)
    named = dict(stock.split("=") for stock in stocks)
    return Text(title, other_title, publication, published, topic, named, tuple(filter(None, paragraphs)))


def texts(folder: str) -> dict[str, Text]:
    """Return the texts of a set by their files' names, without ``.txt``."""
    return {path.stem: parse(path.read_text("utf-8")) for path in sorted((FOLDER / folder).glob("*.txt"))}


def notices(folder: str) -> Iterator[tuple[str, list[tuple[str, Text]]]]:
    """Yield the notices of a set: the file's name, and a kind and a text for each row of the file's table.

    The table's first line names the gaps in the text below it. The first row is the notice that all others differ from.
    """
    for path in sorted((FOLDER / folder / "notices").glob("*.txt")):
        table, _, content = path.read_text("utf-8").partition("\n\n")
        names, *rows = ([cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines())
        assert all(len(row) == len(names) for row in rows), path.name
        filled = [dict(zip(names, row, strict=True)) for row in rows]
        yield path.stem, [(row[names[0]], parse(content.format(**row))) for row in filled]
