"""Store → mirror: writes the posts that wait for it with the lists and the search index that name them, no more."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from finews_spider.errors import why_one_failed
from finews_spider.mirror import categories
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.index import Changes
from finews_spider.mirror.post import (
    ROLL_CATEGORY,
    ROLL_TAG,
    Links,
    alias_file,
    file_of,
    media_of,
    path_of,
    render,
    render_alias,
    render_tombstone,
    tombstone_of,
    url_of,
)
from finews_spider.mirror.slugs import slug_for
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.records import Alias, Post
from finews_spider.stores.rules import fold

BATCH = 500
"""Posts that are read at a time: bounds memory."""
CLAIM = "\n"
"""Stands, among the store's slugs, between the name of a publication and a category that an imported post has."""
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

    def __init__(self, store: MirrorStore, folder: Folder, links: Links, before: datetime | None = None) -> None:
        self.store = store
        self.folder = folder
        self.images = folder
        """Where the copies of images lie; another folder only where `finews verify` writes a mirror to compare with."""
        self.links = links
        self.before = before
        self.exported = Exported()
        self.keys: dict[str, str] = {}
        """Category → what its page is called; no two are the same to any file system."""
        self.names: dict[str, str] = {}
        """What a category's page is called → name of the publication."""
        self.slugs: dict[str, str] = {}
        """Name of a publication → category of its new posts."""
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
        category = categories.check(post.category if post.path or post.category else await self._category(post))
        post = replace(post, path=post.path or path_of(article), category=category, old=is_old)
        url, key = url_of(post.path, article, category), await self._key(post)
        images = {source: path for source, path in article.image_files.items() if self.images.exists(path)}
        permalink = url if file_of(post) != post.path or categories.needs_permalink(category) else ""
        page = categories.place(key, is_roll=article.layout == "roll")
        text = render(article, category, self.links, home=page.link, permalink=permalink, images=images)
        for file in (file_of(post), page.file):
            self.folder.check(file)
        listing = self.changes.add(post, url, key, self.names.get(key, ""), await self._earlier_stocks(post))
        if self.folder.write(file_of(post), text):
            self.exported.written += 1
        else:
            self.exported.same += 1
        if before and before != file_of(post):
            self.folder.remove(before)
        self.folder.remove(tombstone_of(post.path))  # of a post that is restored
        self._write_aliases(post, url)
        listing()
        return post

    def _write_aliases(self, post: Post, url: str) -> None:
        """Write what stands at the other URLs of *post*: the way to *url*, or nothing but that it was taken down."""
        for alias in post.aliases:
            if alias.url == url or not categories.is_free(alias.url):
                continue
            self.folder.write(
                alias_file(alias), render_tombstone(alias.url) if post.taken_down else render_alias(alias.url, url)
            )
            if is_replaced(self.folder, alias, post):
                self.folder.remove(alias.path)

    async def _learn_names(self) -> None:
        self.keys[ROLL_CATEGORY], self.names[ROLL_CATEGORY] = ROLL_CATEGORY, ROLL_TAG
        for key, said in sorted((await self.store.slugs()).items()):
            name, _, category = said.partition(CLAIM)
            self.names[key] = name
            self.keys[category or key] = key
            self.slugs.setdefault(name, category or key)
            if not category:
                self.slugs[name] = key

    async def _key(self, post: Post) -> str:
        """Return what the page of the post's category is called, which is the category where that is still free."""
        category = post.category
        if category and category not in self.keys:
            name = media_of(post.article) if post.article.layout == "media" else post.article.tag or ROLL_TAG
            wanted = f"{category}-2" if fold(category) == ROLL_CATEGORY else category
            self.keys[category] = await self._slug_of(f"{name}{CLAIM}{category}", wanted)
            self.names[self.keys[category]] = name
        return self.keys.get(category, category)

    async def _earlier_stocks(self, post: Post) -> set[str]:
        """Return the stocks that only earlier versions named, whose lists may have the post still."""
        if not post.article.revision:
            return set()
        versions = await self.store.history(post.article.code)
        return {stock for version in versions for stock in version.stocks} - set(post.article.stocks)

    async def _take_down(self, post: Post) -> None:
        url = url_of(post.path, post.article, post.category) if post.path else ""
        self._write_aliases(post, url)
        if not post.path:
            return
        for old in (True, False):  # both: an export that moved it may have been killed
            self.exported.removed += self.folder.remove(file_of(replace(post, old=old)))
        self.folder.write(tombstone_of(post.path), render_tombstone(url))
        key = await self._key(post)
        self.changes.remove(post, url, key, self.names.get(key, ""), await self._earlier_stocks(post))

    async def _remove_images(self, post: Post) -> None:
        paths = list(post.article.image_files.values())
        users = await self.store.image_users(paths) if paths else {}
        for path in paths:
            if not users.get(path):
                self.folder.remove(path)

    async def _category(self, post: Post) -> str:
        """Return the category of a post that has none yet."""
        article = post.article
        if article.category or article.layout == "roll":
            return article.category or ROLL_CATEGORY
        media = media_of(article)
        if media not in self.slugs:
            slug = self.slugs[media] = await self._slug_of(media, slug_for(media))
            self.keys[slug], self.names[slug] = slug, media
        return self.slugs[media]

    async def _slug_of(self, name: str, wanted: str) -> str:
        return await self.store.slug_of(name, wanted)


def is_replaced(folder: Folder, alias: Alias, post: Post) -> bool:
    """Whether another post of the same article lies where *alias* was read, in whose place its page stands now."""
    own = {file_of(replace(post, old=old)) for old in (True, False)} if post.path else set()
    return alias.path not in own and post.article.code in (folder.read(alias.path) or "")


def without_text(post: Post) -> Post:
    """Return *post* as light as its mark needs it."""
    return replace(post, article=replace(post.article, body="", digest=""))
