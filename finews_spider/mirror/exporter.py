"""Store → mirror: writes the posts that wait for it with the lists and the search index that name them, no more."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from finews_spider.errors import why_one_failed
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.index import Changes
from finews_spider.mirror.post import (
    ROLL_CATEGORY,
    ROLL_TAG,
    Links,
    file_of,
    media_of,
    path_of,
    render,
    render_tombstone,
    tombstone_of,
    url_of,
)
from finews_spider.mirror.slugs import slug_for
from finews_spider.stores.base import ArticleStore, Post

BATCH = 500
"""Posts that are read at a time: bounds memory."""
FLUSH = 10_000
"""Posts after which lists and search index are written; a killed export looks at as many again, rewriting none."""


@dataclass(slots=True)
class Exported:
    """What an export did."""

    written: int = 0
    same: int = 0
    """Posts whose file had the right bytes already."""
    removed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Article → why it couldn't be made a post; it waits for the next export."""


class Exporter:
    """Writes a mirror folder from a store.

    A file appears whole or not at all, and a post's mark is taken away only when its file and all that names it are
    there: an export that is killed is finished by the next one. The same store gives the same bytes.

    :param before: posts that were published before then belong in ``old_post``; None: no post does.
    """

    def __init__(self, store: ArticleStore, folder: Folder, links: Links, before: datetime | None = None) -> None:
        self.store = store
        self.folder = folder
        self.images = folder
        """Where the copies of images lie; another folder only where `finews verify` writes a mirror to compare with."""
        self.links = links
        self.before = before
        self.exported = Exported()
        self.names: dict[str, str] = {}
        """Slug → name of the publication."""
        self.slugs: dict[str, str] = {}
        self.changes = Changes()

    async def export(self, progress: Callable[[int], None] = lambda _: None) -> Exported:
        """Write what waits.

        :param progress: called with the number of posts done so far.
        :raises MirrorError: the folder can't be written.
        :raises StoreError: the store failed.
        """
        if self.before:
            await self.store.requeue_by_age(self.before)
        done: list[Post] = []
        count = 0
        async for post in self._pending():
            count += 1
            try:
                done.append(without_text(replace(await self.write(post, is_old=self._is_old(post)), pending=False)))
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the others go on
                self.exported.failed[post.article.info_code] = why_one_failed(error)
                continue
            if post.taken_down:
                await self._remove_images(post)
            if count % BATCH == 0:
                progress(count)
            if len(done) >= FLUSH:
                await self._finish(done)
        await self._finish(done)
        progress(count)
        return self.exported

    async def _pending(self) -> AsyncIterator[Post]:
        after = ""
        while posts := await self.store.pending(BATCH, after):
            for post in posts:
                yield post
            after = posts[-1].article.code

    async def _finish(self, done: list[Post]) -> None:
        self.write_lists()
        for start in range(0, len(done), BATCH):
            await self.store.mark_exported(done[start : start + BATCH])
        done.clear()

    def _is_old(self, post: Post) -> bool:
        shown = post.article.published_at
        return self.before is not None and shown is not None and shown < self.before

    def write_lists(self) -> None:
        """Write what names the posts that were written since the last time."""
        self.changes.write(self.folder)
        self.changes = Changes()

    async def write(self, post: Post, *, is_old: bool) -> Post:
        """Write or remove one post's file, and return the post with its path, category and folder fixed.

        :param is_old: it belongs in ``old_post``.
        """
        if not self.names:
            await self._learn_names()
        if post.taken_down:
            await self._take_down(post)
            return post
        article, before = post.article, file_of(post) if post.path else ""
        path, category = post.path or path_of(article), post.category or await self._category(post)
        post = replace(post, path=path, category=category, old=is_old)
        url = url_of(post.path, article, post.category)
        images = {source: path for source, path in article.image_files.items() if self.images.exists(path)}
        permalink = url if file_of(post) != post.path else ""
        text = render(article, post.category, self.links, permalink=permalink, images=images)
        for page in (file_of(post), f"category/{post.category}/index.html", f"category/{post.category}.html"):
            self.folder.check(page)
        listing = self.changes.add(post, url, self.names.get(category, ""), await self._earlier_stocks(post))
        if self.folder.write(file_of(post), text):
            self.exported.written += 1
        else:
            self.exported.same += 1
        if before and before != file_of(post):
            self.folder.remove(before)
        self.folder.remove(tombstone_of(path))  # of a post that is restored
        listing()
        return post

    async def _learn_names(self) -> None:
        self.names = await self.store.slugs() | {ROLL_CATEGORY: ROLL_TAG}
        self.slugs = {name: slug for slug, name in self.names.items()}

    async def _earlier_stocks(self, post: Post) -> set[str]:
        """Return the stocks that only earlier versions named, whose lists may have the post still."""
        if not post.article.revision:
            return set()
        versions = await self.store.history(post.article.code)
        return {stock for version in versions for stock in version.stocks} - set(post.article.stocks)

    async def _take_down(self, post: Post) -> None:
        if not post.path:
            return
        url = url_of(post.path, post.article, post.category)
        for old in (True, False):  # both: an export that moved it may have been killed
            self.exported.removed += self.folder.remove(file_of(replace(post, old=old)))
        self.folder.write(tombstone_of(post.path), render_tombstone(url))
        self.changes.remove(post, url, self.names.get(post.category, ""), await self._earlier_stocks(post))

    async def _remove_images(self, post: Post) -> None:
        paths = list(post.article.image_files.values())
        users = await self.store.image_users(paths) if paths else {}
        for path in paths:
            if not users.get(path, set()) - {post.article.code}:
                self.folder.remove(path)

    async def _category(self, post: Post) -> str:
        """Return the category of a post that has none yet."""
        article = post.article
        if article.category or article.layout == "roll":
            return article.category or ROLL_CATEGORY
        media = media_of(article)
        if media not in self.slugs:
            self.slugs[media] = await self._new_slug(media)
            self.names[self.slugs[media]] = media
        return self.slugs[media]

    async def _new_slug(self, media: str) -> str:
        return await self.store.slug_of(media, slug_for(media))


def without_text(post: Post) -> Post:
    """Return *post* as light as its mark needs it."""
    return replace(post, article=replace(post.article, body="", digest=""))
