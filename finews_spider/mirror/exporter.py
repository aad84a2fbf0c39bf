"""Store → mirror: writes the posts that wait for it, and nothing else."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from finews_spider.errors import MirrorError
from finews_spider.mirror.post import ROLL_CATEGORY, Links, media_of, path_of, render, render_category
from finews_spider.mirror.slugs import slug_for
from finews_spider.stores.base import ArticleStore, Post

BATCH = 500
"""Posts that are read, written and marked at a time: bounds memory, and what a killed export does again."""


@dataclass(slots=True)
class Exported:
    """What an export did."""

    written: int = 0
    same: int = 0
    """Posts whose file had the right bytes already."""
    removed: int = 0


class Exporter:
    """Writes a mirror folder from a store.

    A file appears whole or not at all, and a post's mark is taken away only when its file is there: an export that
    is killed is finished by the next one. The same store gives the same bytes.
    """

    def __init__(self, store: ArticleStore, folder: Path, links: Links) -> None:
        self.store = store
        self.folder = folder
        self.links = links
        self.slugs: dict[str, str] = {}

    async def export(self, progress: Callable[[int], None] = lambda _: None) -> Exported:
        """Write what waits.

        :param progress: called with the number of posts done so far.
        :raises MirrorError: the folder can't be written.
        :raises StoreError: the store failed.
        """
        exported, done, after = Exported(), 0, ""
        while posts := await self.store.pending(BATCH, after):
            await self.store.mark_exported([await self._export(post, exported) for post in posts])
            after = posts[-1].article.code
            done += len(posts)
            progress(done)
        return exported

    async def _export(self, post: Post, exported: Exported) -> Post:
        """Write or remove one post's file, and return the post with its path and category fixed."""
        article = post.article
        if post.taken_down:
            exported.removed += self._remove(post.path)
            return post
        post = replace(post, path=post.path or path_of(article), category=post.category or await self._category(post))
        if self._write(post.path, render(article, post.category, self.links)):
            exported.written += 1
        else:
            exported.same += 1
        return post

    async def _category(self, post: Post) -> str:
        article = post.article
        if article.category or article.layout == "roll":
            return article.category or ROLL_CATEGORY
        media = media_of(article)
        if media not in self.slugs:
            slug = self.slugs[media] = await self.store.slug_of(media, slug_for(media))
            self._write(f"category/{slug}.html", render_category(media, slug))
        return self.slugs[media]

    def _file(self, path: str) -> Path:
        file = self.folder / path
        if not file.resolve().is_relative_to(self.folder.resolve()):
            raise MirrorError(f"the post {path!r} would lie outside the mirror folder {self.folder}")
        return file

    def _write(self, path: str, text: str) -> bool:
        """Write a file unless it has these bytes already, and say whether it was written."""
        file, content = self._file(path), text.encode()
        try:
            if file.is_file() and file.read_bytes() == content:
                return False
            file.parent.mkdir(parents=True, exist_ok=True)
            # A leading dot: Jekyll never takes the unfinished file for a post.
            unfinished = file.with_name(f".{file.name}.{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(file)
        except OSError as error:
            raise MirrorError(f"the mirror folder {self.folder} can't be written: {error}") from None
        return True

    def _remove(self, path: str) -> bool:
        if not path or not (file := self._file(path)).exists():
            return False
        try:
            file.unlink()
        except OSError as error:
            raise MirrorError(f"the post {file} can't be removed: {error}") from None
        return True
