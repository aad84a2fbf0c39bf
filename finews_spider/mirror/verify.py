"""Store ↔ mirror: what the store would write, written to a folder beside, and compared with what is there."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from finews_spider.errors import ConfigError, why_one_failed
from finews_spider.files import unfinished_folder
from finews_spider.mirror import listings, site
from finews_spider.mirror.exporter import BATCH, FLUSH, Exporter, is_replaced
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.post import ALIASES, OLD_POSTS, POST_FOLDERS, POSTS, file_of
from finews_spider.stores.base import MirrorStore
from finews_spider.stores.records import Post
from finews_spider.stores.rules import fold, free_slug

OURS = (*listings.FOLDERS, ALIASES, "search/data", "takedown", "images")
"""Folders in which all files are made from the store; in the others people keep files of their own."""
CATEGORY_PAGE = re.compile(r"category/[^/]+\.html")
IMAGE = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{64})\.\w+", re.ASCII)
UNFINISHED = re.compile(r"\..*\.new")


@dataclass(slots=True)
class Findings:
    """How a mirror differs from its store: paths below the mirror folder."""

    right: int = 0
    """Files that are as they should be."""
    posts: int = 0
    """Posts of the store that are there, right or changed."""
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    """Made from the store once, and belonging to nothing in it now."""
    foreign: list[str] = field(default_factory=list)
    """Posts and category pages of which the store knows nothing; never touched."""
    failed: dict[str, str] = field(default_factory=dict)
    """Article → why nobody can say what its post should be; the post stays as it is."""

    def __bool__(self) -> bool:
        """Whether there is something to mend."""
        return bool(self.missing or self.changed or self.orphaned)


class _Preview(Exporter):
    """Writes a mirror to compare with; a new publication gets the slug that an export would give it, for now only."""

    async def _slug_of(self, name: str, wanted: str) -> str:  # noqa: ARG002 -- a store remembers the name
        return free_slug(wanted, set(map(fold, self.names)))


async def verify(
    store: MirrorStore,
    exporter: Exporter,
    *,
    repair: bool = False,
    force: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Compare the mirror of *exporter* with *store*, in as much free space as its text takes.

    What waits for export counts as missing or changed. Only a repair changes anything, and that in the mirror alone.

    :param repair: write what is missing or changed, and remove what is orphaned.
    :param force: repair even where the mirror looks like another store's.
    :param progress: called with the number of articles done so far.
    :raises ConfigError: the repair would take most of the mirror away.
    :raises MirrorError: the mirror folder can't be read or written.
    :raises StoreError: the store failed.
    """
    mirror = exporter.folder
    with unfinished_folder("verify") as beside:
        expected = Folder(beside)
        made = await _write(store, exporter, expected, progress)
        findings = _compare(mirror, expected, made)
        if repair:
            if not force:
                _check_same(findings)
            for path in findings.missing + findings.changed:
                if (content := expected.read_bytes(path)) is not None:
                    mirror.write(path, content)
            for path in findings.orphaned:
                mirror.remove(path)
    return findings


@dataclass(slots=True)
class _Made:
    """What is known of a mirror that was written to compare with."""

    images: set[str] = field(default_factory=set)
    """Those that it shows."""
    gone: set[str] = field(default_factory=set)
    """Files of posts that were taken down, or that stand elsewhere now."""
    failed: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Files of the articles that failed."""

    def add(self, mirror: Folder, post: Post) -> None:
        if post.taken_down:
            self.gone.update(_files(post))
        else:
            self.images.update(post.article.image_files.values())
        self.gone.update(alias.path for alias in post.aliases if is_replaced(mirror, alias, post))


def _files(post: Post) -> set[str]:
    """Return where the file of *post* may lie."""
    return {file_of(replace(post, old=old)) for old in (True, False)}


async def _write(store: MirrorStore, exporter: Exporter, expected: Folder, progress: Callable[[int], None]) -> _Made:
    """Write the mirror as it should be into *expected*."""
    made = _Made()
    beside = _Preview(store, expected, exporter.links)
    beside.images = exporter.folder
    count, after = 0, ""
    while posts := await store.posts(BATCH, after):
        for post in posts:
            made.add(exporter.folder, post)
            try:
                if post.path or post.aliases or not (post.article.duplicate_of or post.taken_down):
                    await beside.write(post, is_old=post.old)
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with one article, the others go on
                made.failed[post.article.info_code] = why_one_failed(error)
                made.left |= _files(post)
        after, count = posts[-1].article.code, count + len(posts)
        if count % FLUSH < BATCH:
            beside.write_lists()
        progress(count)
    beside.write_lists()
    return made


def _compare(mirror: Folder, expected: Folder, made: _Made) -> Findings:
    findings = Findings(failed=made.failed)
    wanted = set(expected.files())
    for path in sorted(wanted):
        content = mirror.read_bytes(path)
        if content is None:
            findings.missing.append(path)
        elif content != expected.read_bytes(path):
            findings.changed.append(path)
        else:
            findings.right += 1
        findings.posts += content is not None and path.startswith(POST_FOLDERS)
    for path in _others(mirror, wanted | made.images | made.left):
        is_foreign = path.startswith(POST_FOLDERS) or CATEGORY_PAGE.fullmatch(path)
        is_ours = path in made.gone or not is_foreign or UNFINISHED.fullmatch(path.rpartition("/")[2])
        (findings.orphaned if is_ours else findings.foreign).append(path)
    for path in sorted(made.images):
        content, digest = mirror.read_bytes(path), IMAGE.fullmatch(path)
        if content is None:
            continue  # the post then shows the original
        if digest and hashlib.sha256(content).hexdigest() == digest[1]:
            findings.right += 1
        else:
            findings.orphaned.append(path)
    return findings


def _check_same(findings: Findings) -> None:
    """See that most of what the mirror holds is of this store, or that there is nothing that a repair takes away.

    Lists and the search index name foreign posts no longer after a repair, so those count too.

    :raises ConfigError: most isn't.
    """
    foreign = sum(path.startswith(POST_FOLDERS) for path in findings.foreign)
    orphaned, kept = len(findings.orphaned), findings.right + len(findings.changed) - findings.posts
    for strange, count, what in (
        (
            foreign,
            foreign + findings.posts,
            "posts aren't in this store, and a repair would take them out of all lists",
        ),
        (orphaned, orphaned + kept, "other files belong to nothing in this store, and a repair would delete them"),
    ):
        if 2 * strange > count:
            raise ConfigError(
                f"{strange} of the mirror's {count} {what}; is FINEWS_STORE the right one? --force repairs nevertheless"
            )


def _others(mirror: Folder, known: set[str]) -> Iterator[str]:
    """Give the files of the mirror's own folders that aren't among *known* nor the site's."""
    theme = site.theme_files()
    for path in sorted(mirror.files(POSTS, OLD_POSTS, *OURS)):
        if path not in known and path not in theme:
            yield path
