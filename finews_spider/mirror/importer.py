"""Mirror → store: what another program, or an earlier finews, has published, with the URLs it has there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from finews_spider.errors import MirrorError, StoreError, why_one_failed
from finews_spider.items import SHANGHAI
from finews_spider.mirror.post import media_of
from finews_spider.mirror.reader import read
from finews_spider.stores.base import ArticleStore, Post

BATCH = 500
FOLDERS = ("_posts", "old_post")


@dataclass(slots=True)
class Imported:
    """What an import did."""

    new: int = 0
    known: int = 0
    """Posts whose article the store had already, from a crawl, an import or another post."""
    taken_down: int = 0
    """Posts of articles that were taken down; they stay so."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """File → why it is no article's post."""


def posts_of(folder: Path) -> list[Path]:
    """Return the files of a mirror's posts, oldest name first.

    :raises MirrorError: the folder is no mirror, or can't be read.
    """
    folders = [folder / name for name in FOLDERS if (folder / name).is_dir()]
    if not folders:
        raise MirrorError(f"{folder} is no mirror: it holds neither {' nor '.join(FOLDERS)}")
    try:
        return sorted(path for each in folders for path in each.iterdir() if path.is_file() and path.name[0] != ".")
    except OSError as error:
        raise MirrorError(f"{folder} can't be read: {error.strerror}") from None


async def import_posts(
    store: ArticleStore, folder: Path, files: Sequence[Path], progress: Callable[[int], None] = lambda _: None
) -> Imported:
    """Put the posts in *files*, which lie below *folder*, into *store*; what it has already stays as it is.

    Their paths and categories are kept, and their media's slugs are learnt, so that no URL changes. The next export
    writes them into the mirror folder, which may be another one.

    :param progress: called with the number of files done so far.
    :raises StoreError: the store failed.
    """
    imported = Imported()
    learnt: set[tuple[str, str]] = set()
    """Publications and their slugs."""
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        posts: dict[str, Post] = {}
        for post in _read(folder, batch, imported):
            imported.known += post.article.code in posts
            posts.setdefault(post.article.code, post)
        known = await store.known(list(posts))
        new = [post for code, post in posts.items() if code not in known]
        taken_down = sum(each.taken_down for each in known.values())
        imported.taken_down += taken_down
        imported.known += len(posts) - len(new) - taken_down
        imported.new += await _store_each(store, new, learnt, imported)
        progress(start + len(batch))
    return imported


async def _store_each(
    store: ArticleStore, posts: Sequence[Post], learnt: set[tuple[str, str]], imported: Imported
) -> int:
    """Store *posts* together, or one by one where one of them fails; return how many are stored."""
    try:
        await _store(store, posts, learnt)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the others go on
        if len(posts) > 1:
            return sum([await _store_each(store, [post], learnt, imported) for post in posts])
        imported.unreadable[posts[0].path] = why_one_failed(error)
        return 0
    return len(posts)


async def _store(store: ArticleStore, posts: Sequence[Post], learnt: set[tuple[str, str]]) -> None:
    named = [(media_of(p.article), p.category) for p in posts if p.article.layout == "media" and p.category]
    for media, slug in dict.fromkeys(pair for pair in named if pair not in learnt):
        await store.slug_of(media, slug)
    learnt.update(named)
    await store.save([post.article for post in posts], datetime.now(SHANGHAI).replace(microsecond=0))
    await store.mark_exported(posts)


def _read(folder: Path, files: Sequence[Path], imported: Imported) -> Iterator[Post]:
    for file in files:
        path = file.relative_to(folder).as_posix()
        try:
            yield read(path, file.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            imported.unreadable[path] = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one file, the others go on
            imported.unreadable[path] = why_one_failed(error)
