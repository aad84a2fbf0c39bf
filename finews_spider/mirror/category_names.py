"""Which category the posts of a publication get, and which names a category's page has.

The store keeps this as *slugs*: a slug belongs to one name for ever, and no file system takes two slugs for one.
The slug of a publication is the category of its new posts. If an imported post has another category, the page of that
category gets a slug too, and the slug's name is the publication's name, CLAIM and the category.
"""

from collections.abc import Mapping
from typing import Self

from finews_spider.items import Article
from finews_spider.mirror.post import ROLL_CATEGORY, ROLL_TAG, media_of
from finews_spider.mirror.slugs import slug_for
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.records import Post
from finews_spider.stores.rules import fold, free_slug

CLAIM = "\n"
"""Separates the name of a publication from a category that an imported post has."""


class CategoryNames:
    """The categories of a store.

    :param store: gives a new name its slug, and remembers it; None: remember new slugs only here.
    :param slugs: the slugs that the store has given: slug → name.
    """

    def __init__(self, store: MirrorStore | None, slugs: Mapping[str, str]) -> None:
        self._store = store
        self._keys = {ROLL_CATEGORY: ROLL_CATEGORY}
        """Category → the key that names its page; no file system takes two keys for the same."""
        self._names = {ROLL_CATEGORY: ROLL_TAG}
        """Key → name of the publication."""
        self._categories: dict[str, str] = {}
        """Name of a publication → category of its new posts."""
        for key, owner in sorted(slugs.items()):
            name, _, category = owner.partition(CLAIM)
            self._names[key] = name
            self._keys[category or key] = key
            self._categories.setdefault(name, category or key)
            if not category:
                self._categories[name] = key

    @classmethod
    async def of(cls, store: MirrorStore, *, is_preview: bool) -> Self:
        """Return the categories of *store*; those of a preview change nothing there."""
        return cls(None if is_preview else store, await store.slugs())

    async def new_category(self, article: Article) -> str:
        """Return the category of an article's post that has none yet."""
        if article.category or article.layout == "roll":
            return article.category or ROLL_CATEGORY
        media = media_of(article)
        if media not in self._categories:
            slug = self._categories[media] = await self._slug_of(media, slug_for(media))
            self._keys[slug], self._names[slug] = slug, media
        return self._categories[media]

    async def key_of(self, post: Post) -> str:
        """Return the key of the post's category: the category itself where no other one has that key."""
        category, article = post.category, post.article
        if category and category not in self._keys:
            name = media_of(article) if article.layout == "media" else article.tag or ROLL_TAG
            wanted = f"{category}-2" if fold(category) == ROLL_CATEGORY else category
            key = self._keys[category] = await self._slug_of(f"{name}{CLAIM}{category}", wanted)
            self._names[key] = name
        return self._keys.get(category, category)

    def name_of(self, key: str) -> str:
        """Return the name of the category with that key; empty where it has none."""
        return self._names.get(key, "")

    async def _slug_of(self, name: str, wanted: str) -> str:
        if self._store is None:
            return free_slug(wanted, set(map(fold, self._names)))
        return await self._store.slug_of(name, wanted)
