"""Which segments the search index has, and what an export changes in them.

The posts of a year lie in at most four segments, each some ten times as large as the next: a run writes the smallest
one, and merges it into the larger ones where it has grown to their size. When a new year begins, each year before it
becomes one segment. A post that is revised goes into the smallest segment, and the older one that has it says so.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.search.merging import write_segment
from finews_spider.mirror.search.segments import (
    DATA,
    DAYS,
    MOST_SHARDS,
    Entry,
    Segment,
    is_whole,
    key_of,
    read_articles,
)

INDEX = f"{DATA}/index.json"
FORMAT = 3
LEVELS = (500, 5_000, 50_000)
"""Articles of the largest segment of each level but the last one."""
MOST_GONE = 1_000
"""A segment with more posts that are gone is written anew, because each query reads their numbers."""
MOST_ARTICLES = 1_000_000
"""Articles of a segment; the distance between two must be one character. A larger year has several segments."""
NAME = re.compile(r"\d{4}-[0-9a-f]{12}", re.ASCII)
FILE = re.compile(rf"{DATA}/{NAME.pattern}/", re.ASCII)

Changes = Mapping[str, Mapping[str, Entry | None]]
"""Day → URL → the post, or None to remove it."""


def update(folder: MirrorFolder, changes: Changes) -> None:
    """Bring the index up to date.

    New segments are written beside those that they replace, and then the new ``index.json`` switches to them. So a
    killed run leaves a whole index, and files don't change while somebody reads them.

    :raises MirrorError: the folder can't be read or written.
    """
    years: dict[str, list[Segment]] = {}
    for segment in _read_segments(folder):
        years.setdefault(segment.year, []).append(segment)
    by_year: dict[str, dict[str, Mapping[str, Entry | None]]] = {}
    for day, changed in changes.items():
        by_year.setdefault(day[: len("2026")], {})[day] = changed
    last = max(years, default="")
    for year in sorted(by_year):
        if year > last:  # the years before are complete but for late articles
            for earlier, segments in years.items():
                years[earlier] = _merge(folder, earlier, segments, {})
        years[year] = _update_year(folder, year, years.get(year, []), by_year[year])
        last = max(last, year)
        _write_index(folder, years)
    _remove_others(folder, {segment.name for segments in years.values() for segment in segments})


def _update_year(folder: MirrorFolder, year: str, segments: Sequence[Segment], changes: Changes) -> list[Segment]:
    """Return the segments of a year after *changes*; those that are new were written."""
    known = [_articles_of(folder, segment, changes) for segment in segments]
    digests = {key: digest for articles in known for key, (_, digest) in articles.items()}  # the newest segment's wins
    changed = {url: entry for of_day in changes.values() for url, entry in of_day.items()}
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
    return [*kept[:first], *_merge(folder, year, kept[first:], new)]


def _merge(folder: MirrorFolder, year: str, segments: Sequence[Segment], new: Mapping[str, Entry]) -> list[Segment]:
    """Return segments with the valid posts of *segments* and the *new* ones, as few as can hold them; write those that
    are new."""
    groups: list[list[Segment]] = [[]]
    for segment in segments:
        if sum(each.articles for each in (*groups[-1], segment)) + len(new) > MOST_ARTICLES:
            groups.append([])
        groups[-1].append(segment)
    merged = []
    for group in groups:
        entries = new if group is groups[-1] else {}
        if len(group) == 1 and not group[0].gone and not entries:
            merged += group
        elif entries or any(len(segment.gone) < segment.articles for segment in group):
            merged.append(write_segment(folder, year, group, entries))
    return merged


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
    """Return the year and the key of each post → the digest of its entry."""
    found = {}
    for segment in segments:
        gone = set(segment.gone)
        articles = _articles_of(folder, segment).items()
        found.update({(segment.year, key): digest for key, (number, digest) in articles if number not in gone})
    return found


def _articles_of(
    folder: MirrorFolder, segment: Segment, days: Collection[str] | None = None
) -> dict[str, tuple[int, str]]:
    """Return the key of each post of a segment → its number and the digest of its entry.

    :param days: only the posts of these days.
    """
    articles = {}
    for day, numbers in segment.posts_of_days():
        if days is None or day in days:
            articles.update(read_articles(folder, segment, day, numbers))
    return articles


def _level(articles: int) -> int:
    return sum(articles > most for most in LEVELS)


def _write_index(folder: MirrorFolder, years: Mapping[str, Iterable[Segment]]) -> None:
    folder.write(INDEX, _index_of(segment for year in sorted(years, reverse=True) for segment in years[year]))


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
                "days": list(days),
                "gone": list(gone),
            }:
                is_sound = NAME.fullmatch(name) and 0 < articles <= MOST_ARTICLES and 0 < shards <= MOST_SHARDS
                numbers = all(isinstance(number, int) and 0 <= number <= articles for number in (*days, *gone))
                if is_sound and numbers and len(days) == DAYS and sum(days) == articles:
                    yield Segment(name, articles, shards, days, gone)
