"""The state of an article that is being fetched, and the article that is made of its row and its answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from finews_spider.config.channels import Channel
from finews_spider.items import Article, ArticleRef, Listing


@dataclass(frozen=True, slots=True)
class Fetch:
    """An article that is being fetched, and the state of that. It travels with each request for the article."""

    ref: ArticleRef
    listings: dict[str, Listing] = field(default_factory=dict)
    """Channel name → what its row says of the article. It is stored with the article, never before it: a revision whose
    text can't be fetched today must still look new tomorrow."""
    link_depth: int = 0
    """How many links lead to it from an article that was requested by itself."""
    source_index: int = 0
    """The index of the text source that is requested."""
    gone: bool = True
    """Whether every earlier source reported that the article is gone."""


def compose(ref: ArticleRef, answer: Article, channel: Channel | None) -> Article:
    """Return the article: each field as the row has it, or as the answer has it where the row lacks it.

    The row comes first because the next run compares rows: a row that differs means a revision.

    :param channel: the row's channel, which sets layout, category and tag; None leaves them as the answer has them.
    """
    shown = channel or answer
    return replace(
        answer,
        title=ref.title or answer.title,
        digest=ref.digest or answer.digest,
        published_at=answer.published_at if ref.make_article else _published_at(ref, answer.published_at),
        media=ref.media or answer.media,
        source_url=ref.url or answer.source_url,
        stocks=(*ref.stocks, *answer.stocks),
        channel=ref.channel,
        layout=shown.layout,
        category=shown.category,
        tag=shown.tag,
    )


def _published_at(ref: ArticleRef, answered: datetime | None) -> datetime | None:
    """Return the row's time; the answer's where the row has none, guesses it, or has the same time less precisely."""
    if not answered:
        return ref.time
    less_precise = {answered.replace(second=0), answered.replace(hour=0, minute=0, second=0)}
    return answered if ref.time is None or ref.time_is_guess or ref.time in less_precise else ref.time
