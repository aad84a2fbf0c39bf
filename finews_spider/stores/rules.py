"""What every store decides in the same way: revisions, aliases and slugs."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import nlargest
from typing import Any

from finews_spider.items import Article
from finews_spider.stores.records import Alias

LARGEST_STORY = 100
"""The most articles of a story. A larger one would make each further reprint write all of its posts again."""
SHARED = 2
"""The least number of keys that two reprints share."""
COMPARED = 4
"""The most articles with which the text of an article is compared."""


def revise(stored: Article, incoming: Article, now: datetime) -> Article:
    """Return the next revision of *stored*: the fields of *incoming*, except those that keep their first values.

    ``revised_at`` is the new showtime. If the showtime didn't move, it is *now*, when the new text was seen.
    """
    shown = incoming.published_at
    assert shown is not None
    assert stored.published_at is not None
    return replace(
        incoming,
        published_at=stored.published_at,
        revised_at=shown if shown > stored.published_at else now,
        channel=stored.channel,
        layout=stored.layout,
        category=stored.category,
        tag=stored.tag,
        first_seen_at=stored.first_seen_at,
        revision=stored.revision + 1,
        story=stored.story,
        # The upstream draws a chart anew at each request. The copy from the first export stays.
        image_files=images_of(incoming, {**incoming.image_files, **stored.image_files}),
        listings=stored.listings | incoming.listings,
    )


def images_of(article: Article, files: Mapping[str, str]) -> dict[str, str]:
    """Return the part of *files* (image URL → path of its copy) that belongs to the images of *article*."""
    return {source: files[source] for source in article.images if source in files}


def new_aliases(known: Sequence[Alias], more: Sequence[Alias]) -> list[Alias]:
    """Return the aliases among *more* whose URL isn't in *known*, one for each URL."""
    urls = {alias.url for alias in known}
    return [alias for alias in {alias.url: alias for alias in more}.values() if alias.url not in urls]


def fold(slug: str) -> str:
    """Return the same text for all slugs that some file system takes for one: case and accents' spelling differ."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", slug).casefold())


def free_slug(wanted: str, taken: set[str]) -> str:
    """Return *wanted*, or *wanted* with the suffix -2, -3 … that makes it free.

    :param taken: the slugs in use, folded.
    """
    slug, number = wanted, 2
    while fold(slug) in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def likeliest(found: Iterable[tuple[int | str, str]], own: str, keys: int) -> list[str]:
    """Return the codes of the articles that are the likeliest reprints, at most COMPARED.

    They share two keys with the article. A single one may be the hash of a common phrase.

    :param found: key and code of each article that shares a key of the sketch. The fewer articles have a key, the more
        it says.
    :param own: the code of the article itself, which doesn't count.
    :param keys: the number of keys in its sketch, which may be a single one.
    """
    others = [each for each in found if each[1] != own]
    counts = Counter(code for _, code in others)
    scores = {code: 0.0 for code, count in counts.items() if count >= min(SHARED, keys)}
    if not scores:
        return []
    having = Counter(key for key, _ in others)
    for key, code in others:
        if code in scores:
            scores[code] += 1 / having[key]
    return nlargest(COMPARED, scores, key=lambda code: (scores[code], code))


def story_rank(member: Mapping[str, Any]) -> tuple[bool, Any, str]:
    """Return by what the articles of a story sort: the first one isn't a duplicate, and was published first.

    :param member: ``duplicate_of``, ``published_at`` and ``code`` of an article.
    """
    return bool(member["duplicate_of"]), member["published_at"], member["code"]
