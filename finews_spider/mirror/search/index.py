"""Which segments the search index has, and what an export changes in them.

The posts of a month lie in at most three segments, each some ten times as large as the next: a tick writes the smallest
one, and merges it into the larger ones where it has grown to their size. When a new month begins, each month before it
becomes one segment. A post that is revised goes into the smallest segment, and the older one that has it says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.search.segments import (
    DATA,
    DAYS,
    MOST_SHARDS,
    Entry,
    Segment,
    is_whole,
    key_of,
    read_articles,
    write_segment,
)

INDEX = f"{DATA}/index.json"
FORMAT = 2
LEVELS = (500, 5_000)
"""Articles of the largest segment of each level but the last one."""
MOST_GONE = 1_000
"""A segment with more posts that are gone is written anew, because each query reads their numbers."""
MOST_ARTICLES = 1_000_000
"""More than any month has. This bounds the cost of an ``index.json`` that somebody changed."""
NAME = re.compile(r"\d{4}-\d\d-[0-9a-f]{12}", re.ASCII)
FILE = re.compile(rf"{DATA}/{NAME.pattern}/", re.ASCII)


def update(folder: MirrorFolder, changes: Mapping[str, Mapping[str, Entry | None]]) -> None:
    """Bring the index up to date.

    New segments are written beside those that they replace, and then the new ``index.json`` switches to them. So a
    killed run leaves a whole index, and files don't change while somebody reads them.

    :param changes: day → URL → the post, or None to remove it.
    :raises MirrorError: the folder can't be read or written.
    """
    months: dict[str, list[Segment]] = {}
    for segment in _read_segments(folder):
        months.setdefault(segment.month, []).append(segment)
    by_month: dict[str, dict[str, Entry | None]] = {}
    for day, changed in changes.items():
        by_month.setdefault(day[: len("2026-01")], {}).update(changed)
    last = max(months, default="")
    for month in sorted(by_month):
        if month > last:  # the months before are complete but for late articles
            for earlier in (earlier for earlier, segments in months.items() if len(segments) > 1):
                months[earlier] = [write_segment(folder, earlier, months[earlier], {})]
        months[month] = _update_month(folder, month, months.get(month, []), by_month[month])
        last = max(last, month)
        _write_index(folder, months)
    _remove_others(folder, {segment.name for segments in months.values() for segment in segments})


def _update_month(
    folder: MirrorFolder, month: str, segments: Sequence[Segment], changed: Mapping[str, Entry | None]
) -> list[Segment]:
    """Return the segments of a month after *changed*; those that are new were written."""
    known = [read_articles(folder, segment) for segment in segments]
    digests = {key: digest for articles in known for key, (_, digest) in articles.items()}  # the newest segment's wins
    new = {url: entry for url, entry in changed.items() if entry and digests.get(key_of(url)) != entry.digest}
    removed = {key_of(url) for url, entry in changed.items() if not entry} & digests.keys()
    replaced = removed.union(map(key_of, new))
    if not replaced:
        return list(segments)
    kept = [
        segment._replace(gone=sorted({*segment.gone, *(articles[key][0] for key in replaced & articles.keys())}))
        for segment, articles in zip(segments, known, strict=True)
    ]
    # What was removed must leave no trace, so the segments that had it are written anew.
    first = next((number for number, articles in enumerate(known) if removed & articles.keys()), len(kept))
    first = min([first, *(number for number, segment in enumerate(kept) if len(segment.gone) > MOST_GONE)])
    total = len(new) + sum(segment.articles for segment in kept[first:])
    while first and _level(kept[first - 1].articles) <= _level(total):
        first -= 1
        total += kept[first].articles
    merged = kept[first:]
    if total > sum(len(segment.gone) for segment in merged):
        return [*kept[:first], write_segment(folder, month, merged, new)]
    return kept[:first]


def files_if_right(folder: MirrorFolder, expected: MirrorFolder) -> set[str]:
    """Return the files of the index, if its segments are whole and have the same posts as another index; else none.

    Which segments have the posts depends on the order in which these came, so the files of two right indexes differ.
    """
    segments = list(_read_segments(folder))
    is_right = (
        folder.read(INDEX) == _index_of(segments)
        and _digests(folder, segments) == _digests(expected, list(_read_segments(expected)))
        and all(is_whole(folder, segment) for segment in segments)
    )
    if not is_right:
        return set()
    return {INDEX, *(path for segment in segments for path in folder.files(f"{DATA}/{segment.name}"))}


def is_file_of_index(path: str) -> bool:
    """Whether a path is that of ``index.json`` or of a file of a segment."""
    return path == INDEX or bool(FILE.match(path))


def _digests(folder: MirrorFolder, segments: Iterable[Segment]) -> dict[tuple[str, str], str]:
    """Return the month and the key of each post → the digest of its entry."""
    found = {}
    for segment in segments:
        gone = set(segment.gone)
        articles = read_articles(folder, segment).items()
        found.update({(segment.month, key): digest for key, (number, digest) in articles if number not in gone})
    return found


def _level(articles: int) -> int:
    return sum(articles > most for most in LEVELS)


def _write_index(folder: MirrorFolder, months: Mapping[str, Iterable[Segment]]) -> None:
    folder.write(INDEX, _index_of(segment for month in sorted(months, reverse=True) for segment in months[month]))


def _index_of(segments: Iterable[Segment]) -> str:
    return to_json({"format": FORMAT, "segments": [segment._asdict() for segment in segments]})


def _remove_others(folder: MirrorFolder, names: set[str]) -> None:
    for name in set(folder.folders(DATA)) - names:
        for path in list(folder.files(f"{DATA}/{name}")):
            folder.remove(path)


def _read_segments(folder: MirrorFolder) -> Iterable[Segment]:
    """Give the segments in ``index.json``. What somebody changed there is skipped; `finews verify` finds it."""
    index = read_json(folder, INDEX, dict)
    listed = index.get("segments") if index.get("format") == FORMAT else ()
    for segment in listed if isinstance(listed, list) else ():
        match segment:
            case {
                "name": str(name),
                "articles": int(articles),
                "shards": int(shards),
                "block_shards": int(block_shards),
                "days": list(days),
                "gone": list(gone),
            }:
                is_sound = NAME.fullmatch(name) and 0 < articles <= MOST_ARTICLES and len(days) == DAYS
                numbers = all(isinstance(number, int) and 0 <= number <= articles for number in (*days, *gone))
                if is_sound and numbers and 0 < shards <= MOST_SHARDS and 0 <= block_shards <= MOST_SHARDS:
                    yield Segment(name, articles, shards, block_shards, days, gone)
