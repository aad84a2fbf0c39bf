"""Mirror → store: imports the posts that another program or an earlier finews published, with their URLs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from finews_spider.errors import MirrorError, StoreError, why_one_failed
from finews_spider.i18n import Message
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import OLD_POSTS, POSTS, media_of, url_of
from finews_spider.mirror.reader import read_post
from finews_spider.stores.base import ArticleStore
from finews_spider.stores.records import Alias, Post
from finews_spider.stores.rules import fold
from finews_spider.times import SHANGHAI

BATCH = 500
ENDINGS = (".md", ".markdown", ".html")
"""How the names of posts end in a folder that is no mirror."""
MEDIA_POST = re.compile(r"-NW\d+\.", re.ASCII)
"""Part of the file name of a post in media layout."""


@dataclass(slots=True)
class Imported:
    """The result of an import."""

    new: int = 0
    known: int = 0
    """Posts whose article was in the store already, from a crawl, an import or another post."""
    aliases: int = 0
    """Other URLs of articles, which lead to their posts."""
    taken_down: int = 0
    """Posts of articles that were taken down; they stay so."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """File → why it is no article's post."""


def post_files(folder: Path) -> list[str]:
    """Return the paths of the posts in a mirror, or in any folder of posts, in the order in which an import reads them.

    If an article has several posts, the first one is kept: posts in media layout come first, then names in their order.

    :raises MirrorError: the folder has no posts, or can't be read.
    """
    if not folder.is_dir():
        raise MirrorError("there is no folder {folder}", folder=folder)
    tops = [name for name in (POSTS, OLD_POSTS) if (folder / name).is_dir()]
    files = [path for path in MirrorFolder(folder).files(*tops) if "/." not in f"/{path}"]
    if not tops:
        files = [path for path in files if path.endswith(ENDINGS) and not path.startswith("_site/")]
    if not tops and not files:
        raise MirrorError(
            "{folder} has no posts: neither {posts} nor {old_posts}, nor files with .md or .markdown or .html",
            folder=folder,
            posts=POSTS,
            old_posts=OLD_POSTS,
        )
    return sorted(files, key=lambda path: (not MEDIA_POST.search(path), path))


async def import_posts(
    store: ArticleStore, folder: Path, files: Sequence[str], progress: Callable[[int], None] = lambda _: None
) -> Imported:
    """Put the posts in *files*, which lie below *folder*, into *store*. Articles that it has already stay as they are.

    Posts keep their paths and categories, and the slugs of their publications are learnt, so that no URL changes. If an
    article has another post already, the URL becomes an alias of that post. The next export writes the posts into the
    mirror folder, which may be another one.

    :param progress: called with the number of files done so far.
    :raises StoreError: the store failed.
    """
    imported = Imported()
    slugs = _MediaSlugs(store, await store.slugs())
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        posts: dict[str, list[Post]] = {}
        for post in _read_posts(folder, batch, imported):
            posts.setdefault(post.article.code, []).append(post)
        await _store_each(store, posts, slugs, imported)
        progress(start + len(batch))
    return imported


def _read_posts(folder: Path, paths: Sequence[str], imported: Imported) -> Iterator[Post]:
    """Yield the posts. Those of a folder that is no mirror are read as if it were the ``_posts`` of one."""
    top = OLD_POSTS if folder.resolve().name == OLD_POSTS else POSTS
    for path in paths:
        try:
            if (content := MirrorFolder(folder).read_bytes(path)) is None:
                raise MirrorError("it is a link or not a file")
            is_below = path.startswith((f"{POSTS}/", f"{OLD_POSTS}/"))
            yield read_post(path if is_below else f"{top}/{path}", content.decode("utf-8"))
        except (MirrorError, UnicodeDecodeError) as error:
            why = error.message if isinstance(error, MirrorError) else Message("it is not UTF-8")
            imported.unreadable[path] = why
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one file, the import goes on
            imported.unreadable[path] = why_one_failed(error)


async def _store_each(
    store: ArticleStore, posts: Mapping[str, list[Post]], slugs: "_MediaSlugs", imported: Imported
) -> None:
    """Store *posts* together, or article by article where one of them fails.

    :param posts: code → the posts of that article.
    """
    try:
        await _store(store, dict(posts), slugs, imported)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the import goes on
        for code, found in posts.items():
            if len(posts) > 1:
                await _store_each(store, {code: found}, slugs, imported)
            else:
                imported.unreadable |= {post.path: why_one_failed(error) for post in found}


async def _store(store: ArticleStore, posts: dict[str, list[Post]], slugs: "_MediaSlugs", imported: Imported) -> None:
    known, stored = await store.known(list(posts)), await store.posts_of(list(posts))
    barred = [posts.pop(code) for code, each in known.items() if each.taken_down and code not in stored]
    new = [found[0] for code, found in posts.items() if code not in stored]
    for post in new:
        await slugs.learn(post)
    await store.save([post.article for post in new], datetime.now(SHANGHAI).replace(microsecond=0))
    # A stored article without a post gets the path of the imported one.
    fixed = [*new, *(_with_path_of(posts[code][0], post) for code, post in stored.items() if not post.path)]
    await store.mark_exported(fixed)
    final = stored | {post.article.code: post for post in fixed}
    aliases = {code: _aliases_of(final[code], found) for code, found in posts.items()}
    await store.add_aliases(aliases)
    imported.new += len(new)
    imported.taken_down += sum(map(len, barred))
    imported.known += sum(map(len, posts.values())) - len(new)
    imported.aliases += sum(map(len, aliases.values()))


def _with_path_of(imported: Post, stored: Post) -> Post:
    return replace(stored, path=imported.path, category=imported.category, old=imported.old, pending=True)


def _aliases_of(post: Post, found: Sequence[Post]) -> list[Alias]:
    """Return the URLs of the posts that were *found* of an article, less the URL of its final *post*."""
    own = url_of(post.path, post.article, post.category) if post.path else ""
    urls = {alias.url: alias for each in found for alias in each.aliases}
    return [alias for url, alias in urls.items() if url != own]


class _MediaSlugs:
    """The slugs of publications, which are the categories of their posts.

    :param slugs: slug → name, as the store has them.
    """

    def __init__(self, store: ArticleStore, slugs: Mapping[str, str]) -> None:
        self.store = store
        self.names = set(slugs.values())
        self.folded_slugs = set(map(fold, slugs))

    async def learn(self, post: Post) -> None:
        """Give the category of *post* to its publication as its slug, unless one of them is in use already."""
        name, slug = media_of(post.article), post.category
        is_free = slug and name not in self.names and fold(slug) not in self.folded_slugs
        if post.article.layout == "media" and is_free:
            self.folded_slugs.add(fold(await self.store.slug_of(name, slug)))
            self.names.add(name)
