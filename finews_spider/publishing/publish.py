"""`finews publish`: the mirror built by Jekyll, switched into place whole, and sent on.

The built site is a folder `.NAME-FINGERPRINT` beside `FINEWS_SITE_DIR`, which is a symbolic link to it: replacing a
link is one step, so that a server never shows half a site. The fingerprint is that of the mirror folder, so that the
link tells what was built, and `.NAME.published` what of that arrived where.
"""

import filecmp
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from finews_spider.config.config import Config
from finews_spider.config.destination import Destination
from finews_spider.errors import ConfigError, MirrorError, PublishError
from finews_spider.locks import mirror_lock, publish_lock
from finews_spider.mirror.post import POST_FOLDERS
from finews_spider.publishing.git import SSH, Git
from finews_spider.publishing.tools import COLOUR, run_tool

CACHE = ".jekyll-cache"
PASSED_OVER = {".git", CACHE, ".jekyll-metadata", ".sass-cache", "_site"}
"""What lies in a mirror folder and is no part of the site, besides the files of finews."""
OURS = ".finews-"
"""So begin locks and notes of finews in the mirror folder."""
MESSAGE = "Publish the mirror"
RSYNC = (
    *("--recursive", "--links", "--perms", "--times", "--chmod=D755,F644", "--compress", "--timeout=60"),
    # New files take their places when all are there, and what is gone goes last: no page misses what it links to.
    *("--delay-updates", "--delete-after"),
)

# Jekyll leaves out such a file and ends as if all were well.
UNREAD = re.compile(r"(?:YAML Exception reading|could not read file|Error reading file) (.*)")


class Published(NamedTuple):
    """What a publication did."""

    built: bool
    sent: bool


def publish(config: Config, *, force: bool = False) -> Published:
    """Build and send the site; do neither where that was done and nothing changed since.

    :param force: do so even where the mirror lost most of its posts since.
    :raises PublishError: Jekyll or what sends the site failed; the next call tries again.
    :raises ConfigError: a tool is missing, a folder can't be right, or the mirror lost most of its posts.
    :raises MirrorError: there is no mirror, or it is no site.
    :raises LockedError: another publication is under way.
    """
    _check(config)
    to = config.publish
    site = _Site(config, force=force)
    with publish_lock(config):
        if to and to.kind == "source":
            return Published(built=False, sent=_push_source(config, site, to))
        fingerprint, built = site.build()
        sent = to is not None and not site.has_arrived(fingerprint)
        if to and sent:
            _send(config, site, to)
            site.note_arrival(fingerprint)
    return Published(built, sent)


def _check(config: Config) -> None:
    mirror, site = config.mirror_dir, config.site_dir.absolute()
    if not mirror.is_dir():
        raise MirrorError(f"there is no mirror folder {mirror}; `finews run` makes one")
    if site.parent.resolve().is_relative_to(mirror.resolve()):
        raise ConfigError(f"FINEWS_SITE_DIR: {config.site_dir} lies in the mirror folder; name one beside it")
    made = f".{site.name}-"
    if site.exists() and not (site.is_symlink() and site.readlink().name.startswith(made)):
        raise ConfigError(f"FINEWS_SITE_DIR: {config.site_dir} is not of finews publish; remove it or name another")


def _send(config: Config, site: "_Site", to: Destination) -> None:
    built = site.link.resolve()
    if to.kind == "git":
        git = Git(site.git, config.publish_author)
        git.push(git.tree(built), to, MESSAGE)
    elif to.kind == "rsync":
        run_tool(
            ["rsync", *RSYNC, "--", f"{built}/", to.where], "rsync", {"RSYNC_RSH": os.environ.get("RSYNC_RSH", SSH)}
        )
    else:
        run_tool(["/bin/sh", "-c", to.where], "the command of FINEWS_PUBLISH", {"FINEWS_SITE_DIR": str(built)})


def _push_source(config: Config, site: "_Site", to: Destination) -> bool:
    """Push the mirror folder itself, which somebody else builds, and say whether there was a need to."""
    with mirror_lock(config):
        fingerprint, posts = _state(config.mirror_dir)
        if site.has_arrived(fingerprint):
            return False
        site.check_posts(posts)
        git = Git(site.git, config.publish_author)
        tree = git.tree(config.mirror_dir.resolve(), [f"/{name}" for name in (*sorted(PASSED_OVER), f"{OURS}*")])
    git.push(tree, to, MESSAGE)
    site.note_arrival(fingerprint)
    site.note_posts(posts)
    return True


class _Site:
    """The built site and what is known of it."""

    def __init__(self, config: Config, *, force: bool) -> None:
        self.config = config
        self.force = force
        self.link = config.site_dir.absolute()
        self.prefix = f".{self.link.name}-"
        self.record = self.link.with_name(f".{self.link.name}.published")
        self.posts = self.link.with_name(f".{self.link.name}.posts")
        self.git = self.link.with_name(f".{self.link.name}.git")

    def build(self) -> tuple[str, bool]:
        """Return the mirror's fingerprint, and whether the site had to be built for it."""
        mirror = self.config.mirror_dir
        if not (mirror / "_config.yml").is_file():
            raise MirrorError(f"{mirror} is no site yet; `finews site init {mirror}` writes what it needs")
        with mirror_lock(self.config):
            fingerprint, posts = _state(mirror)
            built = self.link.with_name(self.prefix + fingerprint)
            if self.link.is_dir() and self.link.readlink() == Path(built.name):
                return fingerprint, False
            self.check_posts(posts)
            # By process: a Jekyll whose finews was killed may still be writing.
            new = built.with_suffix(f".{os.getpid()}")
            shutil.rmtree(new, ignore_errors=True)
            try:
                self._jekyll(new)
            except BaseException:
                shutil.rmtree(new, ignore_errors=True)
                raise
        try:
            self._switch(new, built)
            self.note_posts(posts)
        except OSError as error:
            raise PublishError(f"the site {self.link} can't be written: {error.strerror}") from None
        return fingerprint, True

    def _jekyll(self, new: Path) -> None:
        mirror = self.config.mirror_dir.resolve()
        command = ["jekyll", "build", "--source", str(mirror), "--destination", str(new)]
        # It lies in the mirror, which may be another user's; and where it is a link, Jekyll would write through it.
        if not os.access(mirror, os.W_OK) or (mirror / CACHE).is_symlink():
            command.append("--disable-disk-cache")
        gemfile = mirror / "Gemfile"
        if gemfile.is_file():
            command = ["bundle", "exec", *command]
        # Jekyll reads its files in the locale's encoding, which cron leaves at ASCII.
        env = {"LC_ALL": "C.UTF-8", "JEKYLL_ENV": os.environ.get("JEKYLL_ENV", "production")}
        env |= {"BUNDLE_GEMFILE": str(gemfile)} if gemfile.is_file() else {}
        if unread := UNREAD.findall(COLOUR.sub("", run_tool(command, "Jekyll", env).stderr)):
            named = "; ".join(line.replace(f"{mirror}/", "") for line in unread[:3])
            raise PublishError(f"Jekyll left out what it couldn't read ({len(unread)}): {named}")
        if not (new / "index.html").is_file():
            raise PublishError(f"Jekyll made no index.html of {self.config.mirror_dir}")

    def _switch(self, new: Path, built: Path) -> None:
        """Let the link lead to the new build; the one before stays for who is reading it, older ones go."""
        before = self.link.resolve()
        new.chmod(0o755)
        (new / ".nojekyll").touch()  # GitHub Pages would build it once more, and leave out what begins with _
        if self.link.is_dir():
            _keep_times(before, new)
        if built.is_dir():
            shutil.rmtree(built)
        new.rename(built)
        link = self.link.with_name(self.prefix + "link")
        link.unlink(missing_ok=True)
        link.symlink_to(built.name)
        link.replace(self.link)
        for old in self.link.parent.glob(f"{self.prefix}*"):
            if old not in {built, before}:
                shutil.rmtree(old, ignore_errors=True)

    def check_posts(self, posts: int) -> None:
        """See that most of the *posts* that were published last are in the mirror still.

        :raises ConfigError: they aren't.
        """
        try:
            before = int(self.posts.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return
        if 2 * posts < before and not self.force:
            raise ConfigError(
                f"the mirror {self.config.mirror_dir} holds {posts} posts, and {before} were published last; is "
                "FINEWS_MIRROR_DIR right and its disk mounted? --force publishes nevertheless"
            )

    def note_posts(self, posts: int) -> None:
        self.posts.write_text(str(posts), encoding="ascii")

    def has_arrived(self, fingerprint: str) -> bool:
        try:
            return self.record.read_text(encoding="ascii") == self._arrival(fingerprint)
        except (OSError, UnicodeDecodeError):
            return False

    def note_arrival(self, fingerprint: str) -> None:
        self.record.write_text(self._arrival(fingerprint), encoding="ascii")

    def _arrival(self, fingerprint: str) -> str:
        return hashlib.sha256(f"{self.config.publish!r}\n{fingerprint}".encode()).hexdigest()


def _state(mirror: Path) -> tuple[str, int]:
    """Return the folder's fingerprint, and how many posts it holds.

    The fingerprint tells this state of the folder from any other, by the files' names, sizes and times of change alone:
    the kernel sets a file's ctime with each change, and nobody can set it back.

    :raises MirrorError: the folder can't be read, or holds what is no file.
    """
    digest, posts = hashlib.sha256(), 0
    try:
        for name, about in sorted(_stats(str(mirror), "", set())):
            if not (stat.S_ISREG(about.st_mode) or stat.S_ISLNK(about.st_mode)):
                raise MirrorError(f"{mirror}/{name} is no file, and Jekyll might wait for it for ever; remove it")
            digest.update(f"{name}\0{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}\n".encode())
            posts += name.startswith(POST_FOLDERS)
    except OSError as error:
        raise MirrorError(f"the mirror folder can't be read: {error}") from None
    return digest.hexdigest()[:24], posts


def _stats(folder: str, below: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, os.stat_result]]:
    """Go through a folder as Jekyll does, which follows links; but into each folder once."""
    for entry in os.scandir(folder):
        if not below and (entry.name in PASSED_OVER or entry.name.startswith(OURS)):
            continue
        leads_nowhere = entry.is_symlink() and not Path(entry.path).exists()
        about = entry.stat(follow_symlinks=not leads_nowhere)
        if not entry.is_dir():
            yield os.fsencode(below + entry.name).decode("utf-8", "backslashreplace"), about
        elif (folder_id := (about.st_dev, about.st_ino)) not in seen:
            seen.add(folder_id)
            yield from _stats(entry.path, f"{below}{entry.name}/", seen)


def _keep_times(before: Path, new: Path) -> None:
    """Give the files that are as they were their old times: servers tell browsers by these what they have already."""
    for where, _, names in os.walk(new):
        for name in names:
            file = Path(where, name)
            old = before / file.relative_to(new)
            if old.is_file() and filecmp.cmp(old, file, shallow=False):
                changed = old.stat().st_mtime_ns
                os.utime(file, ns=(changed, changed))
