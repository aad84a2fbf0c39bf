"""What an article's page shows of the other articles of its story, as a JSON file for the page's script.

The post of a story's first article has the bytes of the original mirror, and a reprint's post names only the story. So
``archive/{day}/stories.json`` has the stories of the day's articles, each with all its posts.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Head, ListKind

TIME = re.compile(r"\d{4}-\d\d-\d\dT", re.ASCII)


class StoryPost(NamedTuple):
    """A post of a story."""

    time: str
    """ISO 8601, +08:00."""
    url: str
    """From the site's root on."""
    media: str

    @property
    def day(self) -> str:
        return self.time[:10]


def update(
    folder: MirrorFolder,
    heads: Mapping[tuple[ListKind, str], Head | None],
    stories: Mapping[str, Sequence[StoryPost]],
    changed: Mapping[str, Collection[str]],
) -> None:
    """Bring the files up to date after the lists.

    :param heads: kind and key of each list that was updated → its head now.
    :param stories: story → all its posts, the first one first.
    :param changed: day → URLs of the posts that were written or removed.
    :raises MirrorError: the folder can't be read or written.
    """
    posts = [post for of_story in stories.values() for post in of_story]
    elsewhere = {post.url for post in posts}.union(*changed.values())
    before = {day: _read(folder, day) for day in {*changed, *(post.day for post in posts)}}
    # The files of its other days have a post too that left its story, or was removed.
    shrunk = [
        posts
        for of_day in before.values()
        for story, posts in of_day.items()
        if story not in stories and any(post.url in elsewhere for post in posts)
    ]
    before |= {day: _read(folder, day) for day in {post.day for posts in shrunk for post in posts} - before.keys()}
    # The days of the changed posts come last: if this export is killed, the next one finds the other days by them.
    for day in sorted(before, key=lambda day: (day in changed, day)):
        path = _path(day)
        left = {story: [post for post in posts if post.url not in elsewhere] for story, posts in before[day].items()}
        of_day = {story: posts for story, posts in {**left, **stories}.items() if _is_of(day, posts)}
        if of_day or heads.get(("archive", day), True) is not None:
            folder.write(path, to_json({story: of_day[story] for story in sorted(of_day)}))
        else:
            folder.remove(path)


def _is_of(day: str, posts: Sequence[StoryPost]) -> bool:
    return len(posts) > 1 and any(post.day == day for post in posts)


def _path(day: str) -> str:
    return f"archive/{day}/stories.json"


def _read(folder: MirrorFolder, day: str) -> dict[str, list[StoryPost]]:
    """Return story → its posts, for the stories of a day's articles."""
    return {story: list(_posts_of(values)) for story, values in read_json(folder, _path(day), dict).items()}


def _posts_of(values: Any) -> Iterable[StoryPost]:
    """Give the posts in *values*, which were read from JSON. What finews didn't write so is skipped."""
    for post in values if isinstance(values, list) else []:
        match post:
            case [str(time), str(), str()] if TIME.match(time):
                yield StoryPost(*post)
