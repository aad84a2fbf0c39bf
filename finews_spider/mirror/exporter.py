"""Store → mirror: writes the posts that wait for export, and the lists and the search index that name them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from finews_spider.errors import why_one_failed
from finews_spider.mirror import categories, journal, reprints, site, site_data
from finews_spider.mirror.category_names import CategoryNames
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listing_updates import ListedPost, ListingUpdates, SiteOptions, entries_of
from finews_spider.mirror.post import (
    LinkTargets,
    alias_file,
    file_of,
    path_of,
    render,
    render_alias,
    render_tombstone,
    tombstone_of,
    url_of,
)
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.records import Alias, Post

STORIES = 50
"""Stories that are read together, each with a hundred posts at most."""
BATCH = 500
"""Posts that are read together; this bounds the memory."""
FLUSH = 10_000
"""Posts after which lists and search index are written. The export after a killed one compares these again."""


DEFAULT_OPTIONS = SiteOptions()


@dataclass(slots=True)
class Exported:
    """The result of an export."""

    written: int = 0
    same: int = 0
    """Posts whose file had the right bytes already."""
    removed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Article → why it has no post; it waits for the next export."""


class Exporter:
    """Writes a mirror folder from a store.

    A file appears whole or not at all. A post's mark is taken away only when its file and everything that names it are
    written, so the next export finishes a killed one. The same store gives the same bytes,
    except in the search index (docs/design.md).

    :param old_before: posts published before this time belong in ``old_post``; None: no post does.
    :param images: the folder with the copies of images; by default *folder*.
    :param is_preview: a new publication gets its slug only for this export, and the store stays unchanged.
    """

    def __init__(
        self,
        store: MirrorStore,
        folder: MirrorFolder,
        links: LinkTargets,
        old_before: datetime | None = None,
        *,
        options: SiteOptions = DEFAULT_OPTIONS,
        images: MirrorFolder | None = None,
        is_preview: bool = False,
    ) -> None:
        self.store = store
        self.folder = folder
        self.links = links
        self.old_before = old_before
        self.options = options
        self.images = images or folder
        self.is_preview = is_preview
        self.exported = Exported()
        self._names: CategoryNames | None = None
        self._stories: set[str] = set()
        """Stories of the posts that were written since the last lists."""
        self._placed: dict[str, Post] = {}
        """Code → the post without its text, of those among them to which the store gives no path yet."""
        self._updates = ListingUpdates(options)

    async def export(self, progress: Callable[[int], None] = lambda _: None) -> Exported:
        """Write the posts that wait for export.

        :param progress: called with the number of posts done so far.
        :raises MirrorError: the folder can't be written.
        :raises StoreError: the store failed.
        """
        site.note_assets(self.folder)
        if not site_data.is_current(self.folder):  # a new mirror, or one that an earlier finews wrote
            await self.store.requeue()
        if self.old_before:
            await self.store.requeue_by_age(self.old_before)
        done: list[Post] = []
        count = 0
        async for post in self._pending():
            count += 1
            try:
                done.append(_without_text(replace(await self.write(post, is_old=self._is_old(post)), pending=False)))
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the export goes on
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
        if self.folder.is_journaled:
            journal.shorten(self.folder.root)
        return self.exported

    async def _pending(self) -> AsyncIterator[Post]:
        after = ""
        while posts := await self.store.pending(BATCH, after):
            for post in posts:
                yield post
            after = posts[-1].article.code

    async def _finish(self, done: list[Post]) -> None:
        await self.write_lists()
        for start in range(0, len(done), BATCH):
            await self.store.mark_exported(done[start : start + BATCH])
        done.clear()
        self._placed.clear()

    def _is_old(self, post: Post) -> bool:
        shown = post.article.published_at
        return self.old_before is not None and shown is not None and shown < self.old_before

    async def write_lists(self) -> None:
        """Write the lists and the search index of the posts that were written since the last call."""
        # A story that a post left during the last export may have lost its marks. The post itself has not.
        stories = sorted(self._stories | reprints.stories_of(self.folder, self._updates.modified))
        for start in range(0, len(stories), STORIES):
            for story, posts in (await self.store.story_posts(stories[start : start + STORIES])).items():
                listed = [await self._listed(post) for post in map(self._as_placed, posts) if _is_there(post)]
                self._updates.add_story(story, listed)
        self._updates.write(self.folder)
        self._updates = ListingUpdates(self.options)
        self._stories.clear()

    def _as_placed(self, post: Post) -> Post:
        """Return *post* with the path and the category that it got since the last lists."""
        placed = self._placed.get(post.article.code)
        return replace(post, path=placed.path, category=placed.category) if placed else post

    async def write(self, post: Post, *, is_old: bool) -> Post:
        """Write or remove one post's file, and return the post with its path, category and folder fixed.

        :param is_old: it belongs in ``old_post``.
        """
        if post.article.story:
            self._stories.add(post.article.story)
        if post.taken_down:
            await self._take_down(post)
            return post
        is_new = not post.path
        former_file = file_of(post) if post.path else ""
        has_category = post.path or post.category
        category = post.category if has_category else await (await self._category_names()).new_category(post.article)
        category = categories.check_category(category)
        post = replace(post, path=post.path or path_of(post.article), category=category, old=is_old)
        listed = await self._listed(post)
        page = categories.category_page(listed.key, is_roll=post.article.layout == "roll")
        text = self._render(post, listed.url, page.link)
        for file in (file_of(post), page.file):
            self.folder.check(file)
        entries = entries_of(listed)
        if self.folder.write(file_of(post), text):
            self.exported.written += 1
        else:
            self.exported.same += 1
        if former_file and former_file != file_of(post):
            self.folder.remove(former_file)
        self.folder.remove(tombstone_of(post.path))  # the post may have been restored
        self._write_aliases(post, listed.url)
        self._updates.add(listed, entries)
        if post.article.story and is_new:
            self._placed[post.article.code] = _without_text(post)
        return post

    def _render(self, post: Post, url: str, home: str) -> str:
        images = {source: path for source, path in post.article.image_files.items() if self.images.is_file(path)}
        needs_permalink = file_of(post) != post.path or categories.needs_permalink(post.category)
        permalink = url if needs_permalink else ""
        return render(post.article, post.category, self.links, home=home, permalink=permalink, images=images)

    async def _listed(self, post: Post) -> ListedPost:
        names = await self._category_names()
        url = url_of(post.path, post.article, post.category)
        key = await names.key_of(post)
        return ListedPost(post, url, key, names.name_of(key), await self._earlier_stocks(post))

    async def _category_names(self) -> CategoryNames:
        if self._names is None:
            self._names = await CategoryNames.of(self.store, is_preview=self.is_preview)
        return self._names

    async def _earlier_stocks(self, post: Post) -> set[str]:
        """Return the stocks that only earlier versions named; their lists may still hold the post."""
        if not post.article.revision:
            return set()
        versions = await self.store.history(post.article.code)
        return {stock for version in versions for stock in version.stocks} - set(post.article.stocks)

    def _write_aliases(self, post: Post, url: str) -> None:
        """Write the pages at the other URLs of *post*: they lead to *url*, or say that the article was taken down."""
        for alias in post.aliases:
            if alias.url == url or not categories.is_free_url(alias.url):
                continue
            text = render_tombstone(alias.url) if post.taken_down else render_alias(alias.url, url)
            self.folder.write(alias_file(alias), text)
            if is_replaced(self.folder, alias, post):
                self.folder.remove(alias.path)

    async def _take_down(self, post: Post) -> None:
        if not post.path:
            self._write_aliases(post, "")
            return
        listed = await self._listed(post)
        self._write_aliases(post, listed.url)
        for file in possible_files(post):  # both: an export that moved the post may have been killed
            self.exported.removed += self.folder.remove(file)
        self.folder.write(tombstone_of(post.path), render_tombstone(listed.url))
        self._updates.remove(listed)

    async def _remove_images(self, post: Post) -> None:
        """Remove the copies of images that no other post shows."""
        paths = list(post.article.image_files.values())
        users = await self.store.image_users(paths) if paths else {}
        for path in paths:
            if not users.get(path):
                self.folder.remove(path)


def _is_there(post: Post) -> bool:
    """Whether the post has a page in the mirror."""
    return bool(post.path) and not post.taken_down


def possible_files(post: Post) -> set[str]:
    """Return the paths at which the file of *post* may lie: in ``_posts`` and in ``old_post``."""
    return {file_of(replace(post, old=old)) for old in (True, False)}


def is_replaced(folder: MirrorFolder, alias: Alias, post: Post) -> bool:
    """Whether the file from which *alias* was read is another post of the same article, now replaced by the alias."""
    own = possible_files(post) if post.path else set()
    return alias.path not in own and post.article.code in (folder.read(alias.path) or "")


def _without_text(post: Post) -> Post:
    """Return *post* without its text, which its mark doesn't need; this saves memory."""
    return replace(post, article=replace(post.article, body="", digest=""))
