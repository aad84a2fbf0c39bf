"""What an article's page shows of the other articles of its story, as a JSON file for the page's script.

The post of a story's first article has the bytes of the original mirror, and a reprint's post names only the story. So
``archive/{day}/stories.json`` has the stories of the day's articles, each with all its posts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Head, ListKind


class StoryPost(NamedTuple):
    """A post of a story."""

    time: str
    """ISO 8601, +08:00."""
    url: str
    """From the site's root on."""
    media: str


def stories_of(folder: MirrorFolder, posts: Mapping[str, Collection[str]]) -> set[str]:
    """Return the stories in which the mirror has one of *posts* so far. The post may have left the story since.

    :param posts: day → URLs.
    :raises MirrorError: the folder can't be read.
    """
    return {
        story
        for day, urls in posts.items()
        for story, values in read_json(folder, _path(day), dict).items()
        if any(post.url in urls for post in _posts_of(values))
    }


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
    days = {*changed, *(post.time[:10] for post in posts)}
    # The days of changed posts come last: where an export is killed, the next one finds by them which stories changed.
    for day in sorted(days, key=lambda day: (day in changed, day)):
        path = _path(day)
        # A post that left its story, or was removed, is taken out of the story that had it.
        before = {
            story: [post for post in _posts_of(values) if post.url not in elsewhere]
            for story, values in read_json(folder, path, dict).items()
        }
        of_day = {story: posts for story, posts in {**before, **stories}.items() if _is_of(day, posts)}
        if of_day or heads.get(("archive", day), True) is not None:
            folder.write(path, to_json({story: of_day[story] for story in sorted(of_day)}))
        else:
            folder.remove(path)


def _path(day: str) -> str:
    return f"archive/{day}/stories.json"


def _is_of(day: str, posts: Sequence[StoryPost]) -> bool:
    return len(posts) > 1 and any(post.time.startswith(day) for post in posts)


def _posts_of(values: Any) -> Iterable[StoryPost]:
    """Give the posts in *values*, which were read from JSON. What finews didn't write so is skipped."""
    for post in values if isinstance(values, list) else []:
        match post:
            case [str(), str(), str()]:
                yield StoryPost(*post)
