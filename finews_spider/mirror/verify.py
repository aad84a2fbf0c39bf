"""Store ↔ mirror: what the store would write, written to a folder beside, and compared with what is there."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from finews_spider.leftovers import unfinished_folder
from finews_spider.mirror import listings, site
from finews_spider.mirror.exporter import BATCH, FLUSH, Exporter
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.post import OLD_POSTS, POSTS, file_of
from finews_spider.stores.base import ArticleStore

OURS = (*listings.FOLDERS, "search/data", "takedown", "images")
"""Folders in which all files are made from the store; in the others people keep files of their own."""
CATEGORY_PAGE = re.compile(r"category/[^/]+\.html")
IMAGE = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{64})\.\w+", re.ASCII)
UNFINISHED = re.compile(r"\..*\.new")


@dataclass(slots=True)
class Findings:
    """How a mirror differs from its store: paths below the mirror folder."""

    right: int = 0
    """Files that are as they should be."""
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    """Made from the store once, and belonging to nothing in it now."""
    foreign: list[str] = field(default_factory=list)
    """Posts and category pages of which the store knows nothing; never touched."""

    def __bool__(self) -> bool:
        """Whether there is something to mend."""
        return bool(self.missing or self.changed or self.orphaned)


async def verify(
    store: ArticleStore,
    exporter: Exporter,
    *,
    repair: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Compare the mirror of *exporter* with *store*, in as much free space as its text takes.

    What waits for export counts as missing or changed.

    :param repair: write what is missing or changed, and remove what is orphaned.
    :param progress: called with the number of articles done so far.
    :raises MirrorError: the mirror folder can't be read or written.
    :raises StoreError: the store failed.
    """
    mirror = exporter.folder
    with unfinished_folder("verify") as beside:
        expected = Folder(beside)
        images, gone = await _write(store, exporter, expected, progress)
        findings = _compare(mirror, expected, images, gone)
        if repair:
            for path in findings.missing + findings.changed:
                if (text := expected.read(path)) is not None:
                    mirror.write(path, text)
            for path in findings.orphaned:
                mirror.remove(path)
    return findings


async def _write(
    store: ArticleStore, exporter: Exporter, expected: Folder, progress: Callable[[int], None]
) -> tuple[set[str], set[str]]:
    """Write the mirror as it should be into *expected*.

    Return the images that it shows, and the files of posts that were taken down.
    """
    images: set[str] = set()
    gone: set[str] = set()
    beside = Exporter(store, expected, exporter.links)
    beside.images = exporter.folder
    count, after = 0, ""
    while posts := await store.posts(BATCH, after):
        for post in posts:
            if post.path or not (post.article.duplicate_of or post.taken_down):
                await beside.write(post, is_old=post.old)
            if post.taken_down:
                gone.update(file_of(replace(post, old=old)) for old in (True, False))
            else:
                images.update(post.article.image_files.values())
        after, count = posts[-1].article.code, count + len(posts)
        if count % FLUSH < BATCH:
            beside.write_lists()
        progress(count)
    beside.write_lists()
    return images, gone


def _compare(mirror: Folder, expected: Folder, images: set[str], gone: set[str]) -> Findings:
    findings = Findings()
    wanted = set(expected.files())
    for path in sorted(wanted):
        content = mirror.read_bytes(path)
        if content is None:
            findings.missing.append(path)
        elif content != expected.read_bytes(path):
            findings.changed.append(path)
        else:
            findings.right += 1
    for path in _others(mirror, wanted | images):
        is_foreign = path.startswith((f"{POSTS}/", f"{OLD_POSTS}/")) or CATEGORY_PAGE.fullmatch(path)
        is_ours = path in gone or not is_foreign or UNFINISHED.fullmatch(path.rpartition("/")[2])
        (findings.orphaned if is_ours else findings.foreign).append(path)
    for path in sorted(images):
        content, digest = mirror.read_bytes(path), IMAGE.fullmatch(path)
        if content is None:
            continue  # the post then shows the original
        if digest and hashlib.sha256(content).hexdigest() == digest[1]:
            findings.right += 1
        else:
            findings.orphaned.append(path)
    return findings


def _others(mirror: Folder, known: set[str]) -> Iterator[str]:
    """Give the files of the mirror's own folders that aren't among *known* nor the site's."""
    theme = site.theme_files()
    for path in sorted(mirror.files(POSTS, OLD_POSTS, *OURS)):
        if path not in known and path not in theme:
            yield path
