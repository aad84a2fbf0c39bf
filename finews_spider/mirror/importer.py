"""Mirror → store: what another program, or an earlier finews, has published, with the URLs it has there."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from finews_spider.errors import MirrorError, StoreError, why_one_failed
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.post import media_of, url_of
from finews_spider.mirror.reader import read
from finews_spider.stores.base import ArticleStore
from finews_spider.stores.records import Alias, Post
from finews_spider.stores.rules import fold
from finews_spider.times import SHANGHAI

BATCH = 500
FOLDERS = ("_posts", "old_post")
MEDIA = re.compile(r"-NW\d+\.", re.ASCII)
"""In the name of a post in media layout."""


@dataclass(slots=True)
class Imported:
    """What an import did."""

    new: int = 0
    known: int = 0
    """Posts whose article the store had already, from a crawl, an import or another post."""
    aliases: int = 0
    """URLs that lead to an article's post at another one."""
    taken_down: int = 0
    """Posts of articles that were taken down; they stay so."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """File → why it is no article's post."""


def posts_of(folder: Path) -> list[str]:
    """Return the paths of the files of a mirror's posts in the order in which they are read.

    Of an article that has several, the first is kept: one in media layout, then the one whose name sorts first.

    :raises MirrorError: the folder is no mirror, or can't be read.
    """
    if not any((folder / name).is_dir() for name in FOLDERS):
        raise MirrorError(f"{folder} is no mirror: it holds neither {' nor '.join(FOLDERS)}")
    files = (path for path in Folder(folder).files(*FOLDERS) if "/." not in path)
    return sorted(files, key=lambda path: (not MEDIA.search(path), path))


async def import_posts(
    store: ArticleStore, folder: Path, files: Sequence[str], progress: Callable[[int], None] = lambda _: None
) -> Imported:
    """Put the posts in *files*, which lie below *folder*, into *store*; what it has already stays as it is.

    Their paths and categories are kept, and their media's slugs are learnt, so that no URL changes; where an article
    has another post already, the URL becomes an alias of that. The next export writes them into the mirror folder,
    which may be another one.

    :param progress: called with the number of files done so far.
    :raises StoreError: the store failed.
    """
    imported = Imported()
    slugs = _Slugs(store, await store.slugs())
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        posts: dict[str, list[Post]] = {}
        for post in _read(folder, batch, imported):
            posts.setdefault(post.article.code, []).append(post)
        await _store_each(store, posts, slugs, imported)
        progress(start + len(batch))
    return imported


async def _store_each(
    store: ArticleStore, posts: Mapping[str, list[Post]], slugs: "_Slugs", imported: Imported
) -> None:
    """Store *posts* together, or article by article where one of them fails.

    :param posts: code → what was read of the article.
    """
    try:
        await _store(store, dict(posts), slugs, imported)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the others go on
        for code, found in posts.items():
            if len(posts) > 1:
                await _store_each(store, {code: found}, slugs, imported)
            else:
                imported.unreadable |= {post.path: why_one_failed(error) for post in found}


async def _store(store: ArticleStore, posts: dict[str, list[Post]], slugs: "_Slugs", imported: Imported) -> None:
    known, stored = await store.known(list(posts)), await store.posts_of(list(posts))
    barred = [posts.pop(code) for code, each in known.items() if each.taken_down and code not in stored]
    new = [found[0] for code, found in posts.items() if code not in stored]
    for post in new:
        await slugs.learn(post)
    await store.save([post.article for post in new], datetime.now(SHANGHAI).replace(microsecond=0))
    # An article that has no post yet takes the path that it has here.
    fixed = [*new, *(_at(post, posts[code][0]) for code, post in stored.items() if not post.path)]
    await store.mark_exported(fixed)
    final = stored | {post.article.code: post for post in fixed}
    aliases = {code: _aliases(final[code], found) for code, found in posts.items()}
    await store.add_aliases(aliases)
    imported.new += len(new)
    imported.taken_down += sum(map(len, barred))
    imported.known += sum(map(len, posts.values())) - len(new)
    imported.aliases += sum(map(len, aliases.values()))


def _at(stored: Post, read: Post) -> Post:
    return replace(stored, path=read.path, category=read.category, old=read.old, pending=True)


def _aliases(post: Post, found: Sequence[Post]) -> list[Alias]:
    """Return where the posts that were *found* of an article answered, less the URL of its *post*."""
    own = url_of(post.path, post.article, post.category) if post.path else ""
    urls = {alias.url: alias for each in found for alias in each.aliases}
    return [alias for url, alias in urls.items() if url != own]


class _Slugs:
    """The slugs of publications, as the posts have them."""

    def __init__(self, store: ArticleStore, given: Mapping[str, str]) -> None:
        self.store = store
        self.names = set(given.values())
        self.taken = set(map(fold, given))

    async def learn(self, post: Post) -> None:
        """Give the category of *post* to its publication, if neither of them is in use."""
        name, slug = media_of(post.article), post.category
        if post.article.layout == "media" and slug and name not in self.names and fold(slug) not in self.taken:
            self.taken.add(fold(await self.store.slug_of(name, slug)))
            self.names.add(name)


def _read(folder: Path, paths: Sequence[str], imported: Imported) -> Iterator[Post]:
    for path in paths:
        try:
            if (content := Folder(folder).read_bytes(path)) is None:
                raise MirrorError("it is a link or no file")
            yield read(path, content.decode("utf-8"))
        except (MirrorError, UnicodeDecodeError) as error:
            imported.unreadable[path] = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one file, the others go on
            imported.unreadable[path] = why_one_failed(error)
