"""All that flows through finews: an ArticleRef is what a list says, an Article what we keep.

Times are aware and in China Standard Time: the upstream's times carry no zone and mean Asia/Shanghai.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

# Controls and bidi overrides: no title needs them, and they break YAML, terminals or the reader's eye.
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)

Layout = Literal["roll", "media"]


@dataclass(slots=True, kw_only=True)
class ArticleRef:
    """One row of a list: an article exists, and this is how the list presents it."""

    code: str
    """Digits only, 17, 18 or 23 of them so far; the article's identity whatever its URL looks like."""
    title: str = ""
    """The row's title; some rows come without one."""
    time: datetime | None = None
    """The row's showtime; it moves when the article is published again."""
    time_is_guess: bool = False
    """The row wrote its time without the year: what the article itself says comes first."""
    digest: str = ""
    media: str = ""
    """Name of the publication, such as 新京报."""
    url: str = ""
    """The article's page as the row gives it, which may be a URL of any shape, or nothing."""
    stocks: tuple[str, ...] = ()
    """Quote codes such as ``116.09988`` that the row itself lists."""
    channel: str = ""
    """Name of the channel that listed it; set by the spider, sources don't know it."""
    known: bool = False
    """The store has the article as this row shows it; the row only adds a channel that lists it."""

    @property
    def info_code(self) -> str:
        """The upstream's name for it: ``NW`` and the code."""
        return f"NW{self.code}"


@dataclass(slots=True, frozen=True)
class Listing:
    """What one channel's row said of an article when it was last fetched: a row that differs means a revision."""

    time: datetime | None
    title: str


@dataclass(slots=True, kw_only=True)
class Article:
    """An article as it is kept. Sources fill what the answer has, the pipelines see to the rest."""

    code: str
    title: str = ""
    digest: str = ""
    body: str = ""
    """HTML fragment as the upstream wrote it, less its pairs of U+3000; made safe only where it leaves the store."""
    published_at: datetime | None = None
    """First showtime seen; fixes the post's path and never changes."""
    revised_at: datetime | None = None
    """Showtime of the newest revision; None while there is but one."""
    media: str = ""
    channel: str = ""
    """The channel that listed it first; decides layout, category and tag."""
    source_url: str = ""
    """The article's page at the upstream."""
    layout: Layout = "media"
    category: str = ""
    """Set where the channel sets it, else empty: emnews in the roll layout, the media name's slug in the other."""
    tag: str = ""
    """Set where the channel sets it, else empty."""
    stocks: tuple[str, ...] = ()
    """Quote codes such as ``116.09988`` from the body's data-code and the answer's own lists, in order, each once."""
    images: tuple[str, ...] = ()
    """Every ``img src`` of the body, in order, each once."""
    image_files: dict[str, str] = field(default_factory=dict)
    """``img src`` → the copy's path below the mirror folder, where ``FINEWS_IMAGES=local`` made one."""
    content_hash: str = ""
    """SHA-256 of title, body and showtime: another hash under the same code is a revision."""
    text_hash: str = ""
    """SHA-256 of title, bare text and images (``twins.py``): the same under another code, that appeared on the same
    day, is a duplicate. Empty where there is neither text nor image."""
    revision: int = 0
    """0 for the first version; counted by the store."""
    first_seen_at: datetime | None = None
    duplicate_of: str = ""
    """Code of the first of its twins; a duplicate is kept and not exported. Decided by the store."""
    gone_at: datetime | None = None
    """When the upstream was found to have deleted it; the stored copy stays, and so does its post."""
    listings: dict[str, Listing] = field(default_factory=dict)
    """Channel name → what its row said. The channels that listed the article are its keys."""

    @property
    def info_code(self) -> str:
        """The upstream's name for it: ``NW`` and the code."""
        return f"NW{self.code}"

    def failed(self, reason: str, at: datetime, cause: str) -> "FailedRef":
        """Return what is remembered where this can't be stored: it is asked for again by its code alone."""
        return FailedRef(ref=ArticleRef(code=self.code, channel=self.channel), reason=reason, at=at, cause=cause)


@dataclass(slots=True, kw_only=True)
class FailedRef:
    """An article that no source would give: kept until it is fetched, and asked for again with growing pauses."""

    ref: ArticleRef
    reason: str
    """One line: what the last source said."""
    at: datetime
    gone: bool = False
    """Every source that was asked says that the upstream no longer has it."""
    cause: str = "answer"
    """The reason in one word (``causes.py``)."""
    listings: dict[str, Listing] = field(default_factory=dict)
    """Channel name → what its row said, as an article has them."""

    def rows(self) -> list[ArticleRef]:
        """Return what each channel's row said of it."""
        others = (
            replace(self.ref, channel=name, time=row.time, title=row.title) for name, row in self.listings.items()
        )
        return [self.ref, *others]


@dataclass(slots=True)
class ListPage:
    """One answer of a list: what a list source returns."""

    refs: list[ArticleRef]
    cursor: str = ""
    """What to ask with for the page before this one; empty where the format has no cursor or there is no more."""
    problems: list[str] = field(default_factory=list)
    """Rows that can't be read, each said in one line; their neighbours are in ``refs``."""
    adverts: list[str] = field(default_factory=list)
    """Rows that are known to name no article, such as advertisements, each in one line."""
    links: list[str] = field(default_factory=list)
    """Posts of a mirror that name no article themselves, to be followed to their share link."""
    next: str = ""
    """href of the next page, as written; empty where there is none."""
