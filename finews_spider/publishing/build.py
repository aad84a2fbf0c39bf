"""The site, built from the mirror by Jekyll and switched into place whole.

The built site is a folder ``.NAME-FINGERPRINT`` beside ``FINEWS_SITE_DIR``, which is a symbolic link to that folder. A
link is replaced in one step, so a server never shows half a site. The fingerprint is the mirror folder's, so the link
says of which state of the mirror the site was built.
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
from finews_spider.errors import ConfigError, MirrorError, PublishError
from finews_spider.locks import mirror_lock
from finews_spider.mirror.post import POST_FOLDERS
from finews_spider.publishing.tools import COLOUR, run_tool

CACHE = ".jekyll-cache"
IGNORED = {".git", CACHE, ".jekyll-metadata", ".sass-cache", "_site"}
"""Names in a mirror folder that are no part of the site, besides the files of finews."""
IGNORED_PREFIX = ".finews-"
"""The start of the names of finews' locks and records in the mirror folder."""

# Jekyll leaves such a file out, and still reports success.
UNREADABLE = re.compile(r"(?:YAML Exception reading|could not read file|Error reading file) (.*)")


class MirrorState(NamedTuple):
    """The state of a mirror folder."""

    fingerprint: str
    """Differs between any two states of the folder."""
    posts: int


class BuiltSite:
    """The site at ``FINEWS_SITE_DIR``, and the files beside it.

    :param force: publish even if the mirror has lost most of its posts.
    """

    def __init__(self, config: Config, *, force: bool) -> None:
        self.config = config
        self.force = force
        self.link = config.site_dir.absolute()
        self._prefix = f".{self.link.name}-"
        self._post_count = self.link.with_name(f".{self.link.name}.posts")

    def check_folders(self) -> None:
        """Check that there is a mirror, and that the site can be beside it.

        :raises ConfigError: ``FINEWS_SITE_DIR`` lies in the mirror, or is something that finews didn't make.
        :raises MirrorError: there is no mirror.
        """
        mirror, site_dir = self.config.mirror_dir, self.config.site_dir
        if not mirror.is_dir():
            raise MirrorError(f"there is no mirror folder {mirror}; `finews run` makes one")
        if self.link.parent.resolve().is_relative_to(mirror.resolve()):
            raise ConfigError(f"FINEWS_SITE_DIR: {site_dir} lies in the mirror folder; name one beside it")
        is_ours = self.link.is_symlink() and self.link.readlink().name.startswith(self._prefix)
        if self.link.exists() and not is_ours:
            raise ConfigError(f"FINEWS_SITE_DIR: {site_dir} was not made by finews publish; remove it or name another")

    def build(self) -> tuple[str, bool]:
        """Build the site unless it is up to date; return the mirror's fingerprint, and whether the site was built."""
        mirror = self.config.mirror_dir
        if not (mirror / "_config.yml").is_file():
            raise MirrorError(f"{mirror} is no site yet; `finews site init {mirror}` writes what it needs")
        with mirror_lock(self.config):
            state = state_of(mirror)
            built = self.link.with_name(self._prefix + state.fingerprint)
            if self.link.is_dir() and self.link.readlink() == Path(built.name):
                return state.fingerprint, False
            self.check_posts(state.posts)
            # The process is part of the name: the Jekyll of a killed finews may still be writing.
            new = built.with_suffix(f".{os.getpid()}")
            shutil.rmtree(new, ignore_errors=True)
            try:
                self._run_jekyll(new)
            except BaseException:
                shutil.rmtree(new, ignore_errors=True)
                raise
        try:
            self._switch(new, built)
            self.record_posts(state.posts)
        except OSError as error:
            raise PublishError(f"the site {self.link} can't be written", error) from None
        return state.fingerprint, True

    def _run_jekyll(self, new: Path) -> None:
        mirror = self.config.mirror_dir.resolve()
        command = ["jekyll", "build", "--source", str(mirror), "--destination", str(new)]
        # The cache lies in the mirror, which may be another user's. If it is a link, Jekyll would write through it.
        if not os.access(mirror, os.W_OK) or (mirror / CACHE).is_symlink():
            command.append("--disable-disk-cache")
        # Jekyll reads its files in the locale's encoding, and cron sets ASCII.
        env = {"LC_ALL": "C.UTF-8", "JEKYLL_ENV": os.environ.get("JEKYLL_ENV", "production")}
        gemfile = mirror / "Gemfile"
        if gemfile.is_file():
            command = ["bundle", "exec", *command]
            env["BUNDLE_GEMFILE"] = str(gemfile)
        if unreadable := UNREADABLE.findall(COLOUR.sub("", run_tool(command, "Jekyll", env).stderr)):
            files = "; ".join(line.replace(f"{mirror}/", "") for line in unreadable[:3])
            raise PublishError(f"Jekyll left out what it couldn't read ({len(unreadable)}): {files}")
        if not (new / "index.html").is_file():
            raise PublishError(f"Jekyll made no index.html of {self.config.mirror_dir}")

    def _switch(self, new: Path, built: Path) -> None:
        """Make the link lead to the new build. The build before stays for its readers; older builds are removed."""
        before = self.link.resolve()
        new.chmod(0o755)
        (new / ".nojekyll").touch()  # else GitHub Pages would build it again, without the names that begin with _
        if self.link.is_dir():
            _keep_times(before, new)
        if built.is_dir():
            shutil.rmtree(built)
        new.rename(built)
        link = self.link.with_name(self._prefix + "link")
        link.unlink(missing_ok=True)
        link.symlink_to(built.name)
        link.replace(self.link)
        for old in self.link.parent.glob(f"{self._prefix}*"):
            if old not in {built, before}:
                shutil.rmtree(old, ignore_errors=True)

    def check_posts(self, posts: int) -> None:
        """Check that the mirror's number of *posts* is at least half of that of the last publication.

        :raises ConfigError: it isn't.
        """
        try:
            before = int(self._post_count.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return
        if 2 * posts < before and not self.force:
            raise ConfigError(
                f"the mirror {self.config.mirror_dir} holds {posts} posts, and {before} were published last; is "
                "FINEWS_MIRROR_DIR right and its disk mounted? --force publishes nevertheless"
            )

    def record_posts(self, posts: int) -> None:
        """Remember the number of posts for the next :meth:`check_posts`."""
        self._post_count.write_text(str(posts), encoding="ascii")


def state_of(mirror: Path) -> MirrorState:
    """Return the state of a mirror folder.

    The fingerprint is made of the files' names, sizes and times of change, and not of their content: with each change
    the kernel sets a file's ctime, and nobody can set it back.

    :raises MirrorError: the folder can't be read, or holds something other than files.
    """
    digest, posts = hashlib.sha256(), 0
    try:
        for name, about in sorted(_walk(str(mirror), "", set())):
            if not (stat.S_ISREG(about.st_mode) or stat.S_ISLNK(about.st_mode)):
                raise MirrorError(f"{mirror}/{name} is no file, and Jekyll might wait for it for ever; remove it")
            digest.update(f"{name}\0{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}\n".encode())
            posts += name.startswith(POST_FOLDERS)
    except OSError as error:
        raise MirrorError(f"the mirror folder can't be read: {error}") from None
    return MirrorState(digest.hexdigest()[:24], posts)


def _walk(folder: str, prefix: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, os.stat_result]]:
    """Give the path and the state of each file below *folder*; like Jekyll, follow links, but into each folder once."""
    for entry in os.scandir(folder):
        if not prefix and (entry.name in IGNORED or entry.name.startswith(IGNORED_PREFIX)):
            continue
        leads_nowhere = entry.is_symlink() and not Path(entry.path).exists()
        about = entry.stat(follow_symlinks=not leads_nowhere)
        if not entry.is_dir():
            yield os.fsencode(prefix + entry.name).decode("utf-8", "backslashreplace"), about
        elif (folder_id := (about.st_dev, about.st_ino)) not in seen:
            seen.add(folder_id)
            yield from _walk(entry.path, f"{prefix}{entry.name}/", seen)


def _keep_times(before: Path, new: Path) -> None:
    """Give unchanged files their old times, by which browsers know that they have them already."""
    for folder, _, names in os.walk(new):
        for name in names:
            file = Path(folder, name)
            old = before / file.relative_to(new)
            if old.is_file() and filecmp.cmp(old, file, shallow=False):
                changed = old.stat().st_mtime_ns
                os.utime(file, ns=(changed, changed))
