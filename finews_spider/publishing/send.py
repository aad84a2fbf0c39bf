"""The built site, or the mirror's source, on its way to others: what changed since they had it, or all of it."""

import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from finews_spider.config.config import Config
from finews_spider.config.destination import Destination
from finews_spider.errors import PublishError
from finews_spider.locks import mirror_lock
from finews_spider.mirror import journal
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import POST_FOLDERS
from finews_spider.mirror.site import note_assets
from finews_spider.publishing import sources
from finews_spider.publishing.git import SSH, Git
from finews_spider.publishing.site import Site
from finews_spider.publishing.tools import run_tool

MESSAGE = "Publish the mirror"
MARK = ".finews-published"
"""A file at the destination that says what it has; it is no part of the site."""
RSYNC = (
    *("rsync", "--links", "--perms", "--times", "--chmod=D755,F644", "--compress", "--timeout=60"),
    # New files take their places when all are there, and what is gone goes last: no page misses what it links to.
    "--delay-updates",
)
AT_ALL = "--ignore-times"
"""What is known to have changed is sent even if it has the size and the second of what is there."""


def send(config: Config, site: Site, to: Destination) -> bool:
    """Send the site, unless that was done; say whether it was sent.

    :raises PublishError: it can't be sent; the next call tries again.
    """
    reached, _, sent_to = site.fact("sent").partition(" ")
    if sent_to == to.digest and int(reached) == site.publication:
        return False
    # Where something else was sent to before, nothing is known of what is there.
    changed = site.changed_since(int(reached)) if sent_to == to.digest else None
    folder = site.current
    assert folder
    if to.kind == "git":
        git = Git(_repository(site), config.publish_author)
        site.note(commit=git.publish(folder, changed, to, MESSAGE, site.fact("commit")))
    elif to.kind == "rsync":
        _rsync(site, folder, changed, to.where)
    else:
        _command(folder, changed, to.where)
    site.note(sent=f"{site.publication} {to.digest}")
    return True


def send_source(config: Config, site: Site, to: Destination, *, force: bool) -> bool:
    """Push the mirror folder itself, which somebody else builds, and say whether there was a need to.

    :raises ConfigError: it lost most of its posts since.
    :raises PublishError: git failed; the next call tries again.
    """
    mirror = config.mirror_dir.resolve()
    with mirror_lock(config):
        note_assets(MirrorFolder(mirror))
        owned = sources.owned(mirror)
        now = {**owned.theme, **owned.pages}
        journal.ensure(mirror)
        changed, position = journal.read(mirror, journal.Position.read(site.fact("source")))
        if site.fact("source_to") != to.digest:
            changed = None
        if changed is not None:
            changed |= sources.differing(site.fact("source_owned"), now)
            if not changed:
                site.note(source=str(position))
                return False
            if any(path.rpartition("/")[2] == ".gitignore" for path in changed):
                changed = None
        posts = sum(len(os.listdir(mirror / name)) for name in POST_FOLDERS if (mirror / name).is_dir())  # noqa: PTH208 -- a million names
        sources.check_posts(config.mirror_dir, posts, site.fact("source_posts"), force=force)
        git = Git(_repository(site), config.publish_author)
        excluded = [f"/{name}" for name in (*sorted(sources.PASSED_OVER), f"{sources.OURS}*")]
        tree = git.tree(mirror, sorted(changed) if changed is not None else None, site.fact("commit"), excluded)
    commit = git.push(tree, to, MESSAGE, site.fact("commit"))
    site.note(
        source=str(position),
        source_to=to.digest,
        source_owned=json.dumps(now, sort_keys=True),
        source_posts=str(posts),
        commit=commit,
    )
    return True


def _repository(site: Site) -> Path:
    return site.link.with_name(f".{site.link.name}.git")


def _rsync(site: Site, folder: Path, changed: Sequence[str] | None, where: str) -> None:
    """Send what changed where the destination's mark says that it has the rest, else everything."""
    shell = {"RSYNC_RSH": os.environ.get("RSYNC_RSH", SSH)}
    with tempfile.TemporaryDirectory(prefix="finews-") as temporary:
        mark, names = Path(temporary, MARK), Path(temporary, "changed")
        if changed is not None and _is_marked(site, where, mark, shell):
            paths = [path for path in changed if _may_be(folder / path)]
            there = [path for path in paths if (folder / path).exists()]
            gone = {_topmost_gone(folder, path) for path in {*paths}.difference(there)}
            for paths in filter(None, (there, sorted(gone))):
                names.write_bytes(b"".join(os.fsencode(path) + b"\0" for path in paths))
                listed = ("--delete-missing-args", "--force", "--from0", f"--files-from={names}")
                run_tool([*RSYNC, AT_ALL, *listed, "--", f"{folder}/", where], "rsync", shell)
        else:
            everything = ("--recursive", "--delete-after", f"--exclude=/{MARK}")
            run_tool([*RSYNC, *everything, "--", f"{folder}/", where], "rsync", shell)
        mark.write_text(secrets.token_hex(16), encoding="ascii")
        run_tool([*RSYNC, AT_ALL, "--", str(mark), f"{where.rstrip('/')}/{MARK}"], "rsync", shell)
        site.note(mark=mark.read_text(encoding="ascii"))


def _may_be(file: Path) -> bool:
    """Whether rsync can take this path: where a file is now above it, rsync fails, and removes it for that file."""
    try:
        file.lstat()
    except NotADirectoryError:
        return False
    except FileNotFoundError:
        pass
    return True


def _topmost_gone(folder: Path, path: str) -> str:
    """Return *path*, which is gone, or the topmost folder above it that is: rsync fails over its files."""
    names = path.split("/")
    above = ("/".join(names[:count]) for count in range(1, len(names)))
    return next((each for each in above if not (folder / each).exists()), path)


def _is_marked(site: Site, where: str, mark: Path, shell: dict[str, str]) -> bool:
    try:
        run_tool(["rsync", "--timeout=60", "--", f"{where.rstrip('/')}/{MARK}", str(mark)], "rsync", shell)
        return mark.read_text(encoding="ascii") == site.fact("mark")
    except (PublishError, OSError, UnicodeDecodeError):
        return False


def _command(folder: Path, changed: Sequence[str] | None, command: str) -> None:
    """Run the user's own command, with the site's folder and, where that is known, a list of what changed."""
    with tempfile.NamedTemporaryFile("w", prefix="finews-", encoding="utf-8") as names:
        names.writelines(f"{path}\n" for path in changed or ())
        names.flush()
        env = {"FINEWS_SITE_DIR": str(folder), "FINEWS_SITE_CHANGES": names.name if changed is not None else ""}
        run_tool(["/bin/sh", "-c", command], "the command of FINEWS_PUBLISH", env)
