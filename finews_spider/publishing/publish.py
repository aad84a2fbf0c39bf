"""`finews publish`: builds the site, and sends it to ``FINEWS_PUBLISH``.

Beside the site, ``.NAME.published`` records which state of the mirror was sent where, and ``.NAME.git`` is the git
repository.
"""

import hashlib
import os
from typing import NamedTuple

from finews_spider.config.config import Config
from finews_spider.config.destination import Destination
from finews_spider.locks import mirror_lock, publish_lock
from finews_spider.publishing.build import IGNORED, IGNORED_PREFIX, BuiltSite, state_of
from finews_spider.publishing.git import SSH, Git
from finews_spider.publishing.tools import run_tool

MESSAGE = "Publish the mirror"
RSYNC = (
    *("--recursive", "--links", "--perms", "--times", "--chmod=D755,F644", "--compress", "--timeout=60"),
    # New files take their places when all are transferred, and removals come last, so that no page links to nothing.
    *("--delay-updates", "--delete-after"),
)


class Published(NamedTuple):
    """The result of a publication."""

    built: bool
    sent: bool


def publish(config: Config, *, force: bool = False) -> Published:
    """Build and send the site; skip what was done before if nothing has changed since.

    :param force: publish even if the mirror has lost most of its posts.
    :raises PublishError: Jekyll failed, or the site can't be sent; the next call tries again.
    :raises ConfigError: a tool is missing, a folder is wrong, or the mirror has lost most of its posts.
    :raises MirrorError: there is no mirror, or it isn't a site.
    :raises LockedError: another publication is running.
    """
    destination = config.publish
    site = BuiltSite(config, force=force)
    site.check_folders()
    with publish_lock(config):
        record = _Record(config)
        if destination and destination.kind == "source":
            return Published(built=False, sent=_push_source(config, site, record, destination))
        fingerprint, built = site.build()
        sent = destination is not None and not record.has(fingerprint)
        if destination and sent:
            _send(config, site, destination)
            record.write(fingerprint)
    return Published(built, sent)


def _send(config: Config, site: BuiltSite, destination: Destination) -> None:
    built = site.link.resolve()
    if destination.kind == "git":
        git = _git(config)
        git.push(git.tree(built), destination, MESSAGE)
    elif destination.kind == "rsync":
        command = ["rsync", *RSYNC, "--", f"{built}/", destination.where]
        run_tool(command, "rsync", {"RSYNC_RSH": os.environ.get("RSYNC_RSH", SSH)})
    else:
        command = ["/bin/sh", "-c", destination.where]
        run_tool(command, "the command of FINEWS_PUBLISH", {"FINEWS_SITE_DIR": str(built)})


def _push_source(config: Config, site: BuiltSite, record: "_Record", destination: Destination) -> bool:
    """Push the mirror folder itself, which is built elsewhere; return whether that was necessary."""
    with mirror_lock(config):
        state = state_of(config.mirror_dir)
        if record.has(state.fingerprint):
            return False
        site.check_posts(state.posts)
        git = _git(config)
        tree = git.tree(config.mirror_dir.resolve(), [f"/{name}" for name in (*sorted(IGNORED), f"{IGNORED_PREFIX}*")])
    git.push(tree, destination, MESSAGE)
    record.write(state.fingerprint)
    site.record_posts(state.posts)
    return True


def _git(config: Config) -> Git:
    site = config.site_dir.absolute()
    return Git(site.with_name(f".{site.name}.git"), config.publish_author)


class _Record:
    """Which state of the mirror was sent last, and where."""

    def __init__(self, config: Config) -> None:
        site = config.site_dir.absolute()
        self._file = site.with_name(f".{site.name}.published")
        self._destination = config.publish

    def has(self, fingerprint: str) -> bool:
        """Whether that state of the mirror was sent to the destination."""
        try:
            return self._file.read_text(encoding="ascii") == self._digest(fingerprint)
        except (OSError, UnicodeDecodeError):
            return False

    def write(self, fingerprint: str) -> None:
        self._file.write_text(self._digest(fingerprint), encoding="ascii")

    def _digest(self, fingerprint: str) -> str:
        return hashlib.sha256(f"{self._destination!r}\n{fingerprint}".encode()).hexdigest()
