"""The sample's articles of other publishers than Eastmoney.

Ids of different publishers are the same digits. A quarter of the articles are reports that Eastmoney has too, under
another title.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from finews_spider.sample.news import SampleNews

FLASH, ARTICLE = 2_690_000, 3_690_000
FIRST_IDS = {
    "wscn-lives": FLASH,
    "wscn-articles": ARTICLE,
    "cls-telegraph": FLASH,
    "cls-depth": ARTICLE,  # the telegraph and the articles of 财联社 share ids
    "sina-live": FLASH,
    "sina-roll": ARTICLE,
    "ths-flash": 680_000_000,
    "ths-list": 690_000_000,
    "gelonghui-lives": FLASH,
    "feed": FLASH,
    "feed-summaries": ARTICLE,
}
"""Kind of a list → the id before that of its first article."""
NO_TEXT = re.compile("文章来源|讯】$")
PARAGRAPH = re.compile(r"<(?:p|h3)[^>]*>(.*?)</(?:p|h3)>")


@dataclass(frozen=True, slots=True)
class Piece:
    """An article of a publisher as it is now."""

    number: int
    id: int
    title: str
    """Empty for some flash news."""
    lines: tuple[str, ...]
    """Its paragraphs, as plain text."""
    published: datetime
    updated: datetime
    media: str
    """The publication that it was taken from; empty: the publisher itself."""
    stock: str
    """Market and ticker, such as ``1.600123``."""
    is_newest: bool

    @property
    def seconds(self) -> int:
        """When it was published, in seconds since 1970."""
        return int(self.published.timestamp())

    @property
    def day(self) -> str:
        """The day in Chinese, as texts begin with it."""
        return f"{self.published.month}月{self.published.day}日"

    @property
    def is_paid(self) -> bool:
        """Whether the publishers that sell articles sell this one."""
        return self.number % 7 == 3

    @property
    def is_video(self) -> bool:
        """Whether 新浪 lists it as a video."""
        return self.number % 10 == 6

    @property
    def source(self) -> str:
        """The publication in brackets, as texts end with it."""
        return f"（{self.media}）" if self.media else ""

    @property
    def text(self) -> str:
        """The text of a flash, which names its publication at the end."""
        return "\n".join(self.lines) + self.source

    @property
    def shown_lines(self) -> tuple[str, ...]:
        """What those see who don't pay."""
        return self.lines[:1] if self.is_paid else self.lines


class SamplePublishers:
    """Any number of articles for each kind of list.

    :param news: the articles of Eastmoney, of which the publishers report some too.
    :param count: articles of each kind at first.
    """

    def __init__(self, news: SampleNews, count: int) -> None:
        self.count = count
        self._eastmoney = news
        self._kinds = {
            kind: SampleNews(count, news.seed + place, news.newest) for place, kind in enumerate(FIRST_IDS, 1)
        }

    def advance(self, *, new: int = 0, revised: int = 0) -> None:
        """Publish so many *new* articles of each kind, and revise so many of the newest old ones."""
        for news in self._kinds.values():
            news.advance(new=new, revised=revised)

    def listed(self, kind: str) -> list[Piece]:
        """Return the articles of a kind, the newest first. A revised article keeps its place."""
        return [self._piece(kind, number) for number in reversed(range(len(self._kinds[kind].codes)))]

    def find(self, kind: str, id_: str) -> Piece | None:
        """Return the article of an id, or None."""
        number = int(id_) - FIRST_IDS[kind] - 1
        return self._piece(kind, number) if 0 <= number < len(self._kinds[kind].codes) else None

    def is_shared(self, kind: str, number: int) -> bool:
        """Return whether Eastmoney reports the same, in its article of the same number."""
        return number % 4 == list(FIRST_IDS).index(kind) % 4 and number < self._eastmoney.first

    def _piece(self, kind: str, number: int) -> Piece:
        news = self._kinds[kind]
        own = told = news.article(number)
        if self.is_shared(kind, number):
            told = self._eastmoney.first_version(number)
            update, added = ("（更新）", f"<p>{own.title}。</p>") if own.revision else ("", "")
            told = replace(told, title=f"消息：{told.title}{update}", body=told.body + added)
        lines = (re.sub("<[^>]*>", "", part).strip("\u3000 ") for part in PARAGRAPH.findall(told.body))
        # Two flashes of 财联社 may have one second, between two pages too.
        published = news.published(number - (kind == "cls-telegraph" and number % 3 == 2))
        return Piece(
            number=number,
            id=FIRST_IDS[kind] + 1 + number,
            title="" if FIRST_IDS[kind] == FLASH and number % 5 == 2 else told.title,
            lines=tuple(line for line in lines if line and not NO_TEXT.search(line)),
            published=published,
            updated=own.shown if own.revision else published,
            media=told.media if number % 3 == 0 and " " not in told.media else "",
            stock=told.stock,
            is_newest=number == len(news.codes) - 1,
        )
