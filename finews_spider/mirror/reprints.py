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
    for day in sorted({*changed, *(post.time[:10] for post in posts)}):
        path = f"archive/{day}/stories.json"
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


def _is_of(day: str, posts: Sequence[StoryPost]) -> bool:
    return len(posts) > 1 and any(post.time.startswith(day) for post in posts)


def _posts_of(values: Any) -> Iterable[StoryPost]:
    """Give the posts in *values*, which were read from JSON. What finews didn't write so is skipped."""
    for post in values if isinstance(values, list) else []:
        match post:
            case [str(), str(), str()]:
                yield StoryPost(*post)
