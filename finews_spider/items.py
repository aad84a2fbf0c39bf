"""The items that flow through finews: an ArticleRef is a row of a list, an Article is what finews stores.

Times are aware and in China Standard Time, since the upstream's times have no zone and mean Asia/Shanghai.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from finews_spider.codes import label

# Control characters and bidi overrides: no title needs them, and they break YAML, terminals or what a reader sees.
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)

Layout = Literal["roll", "media"]


@dataclass(slots=True, frozen=True)
class Listing:
    """A channel's row of an article when it was last fetched. A row that differs now means a revision."""

    time: datetime | None
    title: str
    text_hash: str = ""
    """SHA-256 of the text that the row held, as in :class:`ArticleRef`; empty where it held no whole text."""


@dataclass(slots=True, kw_only=True)
class Article:
    """An article as finews stores it. A source fills in what the answer has, and the pipelines do the rest."""

    code: str
    title: str = ""
    digest: str = ""
    body: str = ""
    """HTML as the upstream wrote it, without pairs of U+3000. The mirror makes it safe when it writes a post."""
    published_at: datetime | None = None
    """The first showtime that finews saw. It decides the path of the post and never changes."""
    revised_at: datetime | None = None
    """The showtime of the newest revision; None: the article has no revision."""
    media: str = ""
    channel: str = ""
    """The channel that listed it first, which decides layout, category and tag."""
    source_url: str = ""
    """The page of the article at the upstream."""
    layout: Layout = "media"
    category: str = ""
    """The category of the channel; empty: emnews in the roll layout, the slug of ``media`` in the media layout."""
    tag: str = ""
    """The tag of the channel; empty: the layout decides."""
    stocks: tuple[str, ...] = ()
    """Quote codes such as ``116.09988`` from data-code in the body and from the answer, in order, each once."""
    images: tuple[str, ...] = ()
    """Every ``img src`` of the body, in order, each once."""
    image_files: dict[str, str] = field(default_factory=dict)
    """``img src`` → path of the copy below the mirror folder, if ``FINEWS_IMAGES=local`` made one."""
    content_hash: str = ""
    """SHA-256 of title, body and showtime. Another hash under the same code is a revision."""
    text_hash: str = ""
    """SHA-256 of title, bare text and images (``twins.py``). The same hash under another code on the same day is a
    duplicate. Empty: there is neither text nor image."""
    revision: int = 0
    """0 for the first version; the store counts."""
    first_seen_at: datetime | None = None
    duplicate_of: str = ""
    """Code of the first of its twins, which the store decides. A duplicate is stored, but not exported."""
    story: str = ""
    """Code of the first article of its story, which the store decides: the articles whose texts are near-duplicates
    (``stories.py``). Empty: it is alone."""
    partial: bool = False
    """Whether the text is cut: the publisher shows the rest only to those who pay, or only a summary was found."""
    extracted: bool = False
    """Whether the text was found on a page of a site that finews doesn't know, by a program that guesses."""
    gone_at: datetime | None = None
    """When finews found that the upstream has deleted it. The stored article and its post stay."""
    listings: dict[str, Listing] = field(default_factory=dict)
    """Name of a channel that listed the article → its row."""

    @property
    def info_code(self) -> str:
        """What people call the article: ``NW`` and the code for one of Eastmoney, else the code."""
        return label(self.code)

    def failed(self, reason: str, at: datetime, cause: str) -> "FailedRef":
        """Return what the store keeps in place of this article, which a later run fetches again."""
        ref = ArticleRef(code=self.code, channel=self.channel, url=self.source_url)
        return FailedRef(ref=ref, reason=reason, at=at, cause=cause)


@dataclass(slots=True, kw_only=True)
class ArticleRef:
    """One row of a list, which says that an article exists."""

    code: str
    """The identity of the article, whatever its URL is: 17, 18 or 23 digits for one of Eastmoney, else publisher and
    id, such as ``wscn-3782700``."""
    title: str = ""
    """The title in the row; some rows have none."""
    time: datetime | None = None
    """The showtime in the row; it changes when the article is published again."""
    time_is_guess: bool = False
    """Whether the row has its time without a year; then the time of the article itself takes precedence."""
    digest: str = ""
    media: str = ""
    """The name of the publication, such as 新京报."""
    url: str = ""
    """The page of the article, as the row has it: a URL of any form, or nothing."""
    stocks: tuple[str, ...] = ()
    """Quote codes in the row, such as ``116.09988``."""
    text_hash: str = ""
    """SHA-256 of the text as the row has it, where that is the whole text; else empty."""
    channel: str = ""
    """The name of the channel that listed it, which the spider sets."""
    known: bool = False
    """Whether the store has the article as this row shows it; the row only adds a channel."""
    make_article: Callable[[], Article] | None = field(default=None, repr=False, compare=False)
    """Makes the article, where the row holds its whole text; then no other request is made for it. Only the articles
    that a crawl stores are made, since most rows of most lists are known. It holds the row as the answer has it, so a
    ref that leaves the spider goes without it."""

    @property
    def info_code(self) -> str:
        """What people call the article: ``NW`` and the code for one of Eastmoney, else the code."""
        return label(self.code)

    @property
    def listing(self) -> Listing:
        """What the store remembers of the row."""
        return Listing(self.time, self.title, self.text_hash)

    def complete(self) -> "ArticleRef":
        """Return the ref with what only the article in its row has, and without ``make_article``."""
        if self.make_article is None:
            return self
        article = self.make_article()
        return replace(
            self,
            digest=article.digest,
            media=article.media,
            url=article.source_url,
            stocks=article.stocks,
            make_article=None,
        )


@dataclass(slots=True, kw_only=True)
class FailedRef:
    """An article that no source gave. The store keeps it, and later runs try again with growing pauses."""

    ref: ArticleRef
    reason: str
    """The error of the last source, in one line."""
    at: datetime
    gone: bool = False
    """Whether every source says that the upstream no longer has it."""
    cause: str = "answer"
    """The reason in one word (``failures.py``)."""
    listings: dict[str, Listing] = field(default_factory=dict)
    """Name of a channel that listed the article → its row."""

    def rows(self) -> list[ArticleRef]:
        """Return the row of each channel."""
        others = (
            replace(self.ref, channel=name, time=row.time, title=row.title, text_hash=row.text_hash)
            for name, row in self.listings.items()
        )
        return [self.ref, *others]


@dataclass(slots=True)
class ListPage:
    """One page of a list, as a list source returns it."""

    refs: list[ArticleRef]
    cursor: str = ""
    """The cursor of the next page; empty: there is none, or the format has no cursors."""
    problems: list[str] = field(default_factory=list)
    """A line for each row that can't be read. The other rows are in ``refs``."""
    adverts: list[str] = field(default_factory=list)
    """A line for each row that is known to name no article, such as an advertisement."""
    links: list[str] = field(default_factory=list)
    """URLs of a mirror's posts, whose share links name the article."""
    next: str = ""
    """The href of the next page, as written; empty: there is none."""
