"""Store ↔ mirror: writes the mirror that the store gives into a temporary folder, and compares it with the real one."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from finews_spider.errors import ConfigError, why_one_failed
from finews_spider.files import unfinished_folder
from finews_spider.i18n import Message
from finews_spider.mirror import json_files, latest, listings, site
from finews_spider.mirror.exporter import BATCH, FLUSH, Exporter, is_replaced, possible_files
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import ALIASES, OLD_POSTS, POST_FOLDERS, POSTS
from finews_spider.mirror.search import index as search
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.records import Post

GENERATED_FOLDERS = (
    *listings.FOLDERS,
    ALIASES,
    "search/data",
    "sitemap",
    "takedown",
    "images",
    latest.FOLDER,
    json_files.DATA,
)
"""Folders in which finews makes every file from the store. In the other folders people keep files of their own."""
CATEGORY_PAGE = re.compile(r"category/[^/]+\.html")
IMAGE = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{64})\.\w+", re.ASCII)
UNFINISHED = re.compile(r"\..*\.new")


@dataclass(slots=True)
class Findings:
    """The differences between a mirror and its store. Files are named by their paths below the mirror folder."""

    right: int = 0
    """Files that are as they should be."""
    posts: int = 0
    """Posts of the store that are in the mirror, right or changed."""
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    """Files that were made from the store once, and belong to nothing in it now."""
    foreign: list[str] = field(default_factory=list)
    """Posts and category pages that the store doesn't know; a repair leaves them alone."""
    failed: dict[str, str] = field(default_factory=dict)
    """Article → why it has no post to compare with; a repair leaves its post as it is."""

    def __bool__(self) -> bool:
        """Whether there is something to repair."""
        return bool(self.missing or self.changed or self.orphaned)


async def verify(
    store: MirrorStore,
    exporter: Exporter,
    *,
    repair: bool = False,
    force: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Compare the mirror of *exporter* with *store*. This takes as much free space as the mirror's text.

    Posts that wait for export count as missing or changed. Only a repair changes anything, and only in the mirror.

    :param repair: write the files that are missing or changed, and remove those that are orphaned.
    :param force: repair even where the mirror seems to belong to another store.
    :param progress: called with the number of articles done so far.
    :raises ConfigError: the repair would remove most of the mirror.
    :raises MirrorError: the mirror folder can't be read or written.
    :raises StoreError: the store failed.
    """
    mirror = exporter.folder
    with unfinished_folder("verify") as temporary:
        expected = MirrorFolder(temporary, is_journaled=False)
        known = await _write_expected(store, exporter, expected, progress)
        findings = Findings(failed=known.failed)
        wanted = set(expected.files())
        if index := search.files_if_right(mirror, expected):
            findings.right += len(index)
            wanted -= {path for path in wanted if search.is_file_of_index(path)}
        _compare_files(mirror, expected, wanted, findings)
        _find_others(mirror, wanted | index, known, findings)
        _compare_images(mirror, known.images, findings)
        if repair:
            if not force:
                _check_same_store(findings)
            _repair(mirror, expected, findings)
    return findings


@dataclass(slots=True)
class _KnownFiles:
    """Files that the store knows of, besides those that an export writes."""

    images: set[str] = field(default_factory=set)
    """Copies of images that posts show."""
    gone: set[str] = field(default_factory=set)
    """Files of posts that were taken down, or that have another path now."""
    failed: dict[str, str] = field(default_factory=dict)
    """Article → why its post can't be made."""
    of_failed: set[str] = field(default_factory=set)
    """Files of the articles that failed."""

    def add(self, mirror: MirrorFolder, post: Post) -> None:
        if post.taken_down:
            self.gone.update(possible_files(post))
        else:
            self.images.update(post.article.image_files.values())
        self.gone.update(alias.path for alias in post.aliases if is_replaced(mirror, alias, post))


async def _write_expected(
    store: MirrorStore, exporter: Exporter, expected: MirrorFolder, progress: Callable[[int], None]
) -> _KnownFiles:
    """Write the mirror as it should be into *expected*."""
    known = _KnownFiles()
    preview = Exporter(
        store,
        expected,
        exporter.links,
        options=exporter.options,
        images=exporter.folder,
        is_preview=True,
    )
    count, after = 0, ""
    while posts := await store.posts(BATCH, after):
        for post in posts:
            known.add(exporter.folder, post)
            try:
                if post.path or post.aliases or not (post.article.duplicate_of or post.taken_down):
                    await preview.write(post, is_old=post.old)
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the comparison goes on
                known.failed[post.article.info_code] = why_one_failed(error)
                known.of_failed |= possible_files(post)
        after, count = posts[-1].article.code, count + len(posts)
        if count % FLUSH < BATCH:
            await preview.write_lists()
        progress(count)
    await preview.write_lists()
    return known


def _compare_files(mirror: MirrorFolder, expected: MirrorFolder, wanted: Iterable[str], findings: Findings) -> None:
    for path in sorted(wanted):
        content = mirror.read_bytes(path)
        if content is None:
            findings.missing.append(path)
        elif content != expected.read_bytes(path):
            findings.changed.append(path)
        else:
            findings.right += 1
        findings.posts += content is not None and path.startswith(POST_FOLDERS)


def _find_others(mirror: MirrorFolder, wanted: set[str], known: _KnownFiles, findings: Findings) -> None:
    """Find the files in finews' folders that belong neither to the store nor to the theme."""
    expected = wanted | known.images | known.of_failed | site.theme_files()
    for path in sorted(set(mirror.files(POSTS, OLD_POSTS, *GENERATED_FOLDERS)) - expected):
        may_be_foreign = path.startswith(POST_FOLDERS) or CATEGORY_PAGE.fullmatch(path)
        is_ours = path in known.gone or not may_be_foreign or UNFINISHED.fullmatch(path.rpartition("/")[2])
        (findings.orphaned if is_ours else findings.foreign).append(path)


def _compare_images(mirror: MirrorFolder, images: Iterable[str], findings: Findings) -> None:
    """Check each copy of an image by the digest in its name. Where the copy is missing, the post shows the original."""
    for path in sorted(images):
        content, digest = mirror.read_bytes(path), IMAGE.fullmatch(path)
        if content is None:
            continue
        if digest and hashlib.sha256(content).hexdigest() == digest[1]:
            findings.right += 1
        else:
            findings.orphaned.append(path)


def _check_same_store(findings: Findings) -> None:
    """Check that most of the mirror's files belong to this store.

    A repair deletes orphaned files. It takes foreign posts out of the lists and the search index, so they count too.

    :raises ConfigError: most don't, and a repair would take them away.
    """
    foreign = sum(path.startswith(POST_FOLDERS) for path in findings.foreign)
    orphaned, kept = len(findings.orphaned), findings.right + len(findings.changed) - findings.posts
    for strange, count, description in (
        (
            foreign,
            foreign + findings.posts,
            Message("posts aren't in this store, and a repair would take them out of all lists"),
        ),
        (
            orphaned,
            orphaned + kept,
            Message("other files belong to nothing in this store, and a repair would delete them"),
        ),
    ):
        if 2 * strange > count:
            raise ConfigError(
                "{strange} of the mirror's {count} {description}; is FINEWS_STORE the right one? --force "
                "repairs nevertheless",
                strange=strange,
                count=count,
                description=description,
            )


def _repair(mirror: MirrorFolder, expected: MirrorFolder, findings: Findings) -> None:
    for path in findings.missing + findings.changed:
        if (content := expected.read_bytes(path)) is not None:
            mirror.write(path, content)
    for path in findings.orphaned:
        mirror.remove(path)
