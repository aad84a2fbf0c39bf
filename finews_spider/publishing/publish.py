"""`finews publish`: what changed in the mirror, built by Jekyll, switched into place whole, and sent on."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from finews_spider.config.config import Config
from finews_spider.errors import ConfigError, MirrorError
from finews_spider.i18n import message_of
from finews_spider.locks import mirror_lock, publish_lock
from finews_spider.mirror import journal
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import POST_FOLDERS
from finews_spider.mirror.site import note_assets
from finews_spider.publishing import sources
from finews_spider.publishing.jekyll import PIECE, Stage
from finews_spider.publishing.send import send, send_source
from finews_spider.publishing.site import SharedPathError, Site

JEKYLLS = 8
"""The most at a time: they take 1.2 GB together."""
BUILD = "build"
"""A folder for Jekyll beside the site: its name's end."""


class Published(NamedTuple):
    """What a publication did."""

    built: bool
    sent: bool
    why_whole: str = ""
    """Why the whole site had to be built though it was there; empty where only what changed was."""


class _Plan(NamedTuple):
    """What is to be built."""

    sources: set[str] | None
    """Files that may have changed, came or went; None: all."""
    owned: sources.Owned
    position: journal.Position
    why_whole: str


def publish(
    config: Config,
    *,
    everything: bool = False,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Published:
    """Build what changed and send it; do neither where that was done and nothing changed since.

    :param everything: build all pages, whatever changed.
    :param force: do so even where the mirror lost most of its posts since.
    :param progress: called with the pieces that are built, and all there are.
    :raises PublishError: Jekyll or what sends the site failed; the next call tries again.
    :raises ConfigError: a tool is missing, a folder can't be right, or the mirror lost most of its posts.
    :raises MirrorError: there is no mirror, or it is no site.
    :raises LockedError: another publication is under way.
    """
    check(config)
    to = config.publish
    with publish_lock(config), Site.opened(config.site_dir.absolute()) as site:
        if to and to.kind == "source":
            done = Published(built=False, sent=send_source(config, site, to, force=force))
        else:
            built, why = _build(config, site, everything=everything, force=force, progress=progress)
            done = Published(built, to is not None and send(config, site, to), why)
            site.remove_unknown()
        if done.built or done.sent:
            site.note(published=datetime.now(UTC).isoformat(timespec="seconds"))
    return done


def check(config: Config) -> None:
    """See whether there is something to publish.

    :raises ConfigError: FINEWS_SITE_DIR lies in the mirror folder.
    :raises MirrorError: there is no mirror, or it is no site.
    """
    mirror, site, to = config.mirror_dir, config.site_dir.absolute(), config.publish
    if not mirror.is_dir():
        raise MirrorError("there is no mirror folder {mirror}; `finews run` makes one", mirror=mirror)
    if site.parent.resolve().is_relative_to(mirror.resolve()):
        raise ConfigError(
            "FINEWS_SITE_DIR: {site_dir} lies in the mirror folder; name one beside it", site_dir=config.site_dir
        )
    if not (to and to.kind == "source") and not (mirror / sources.CONFIG).is_file():
        raise MirrorError("{mirror} is no site yet; `finews site init {mirror}` writes what it needs", mirror=mirror)


def _build(
    config: Config,
    site: Site,
    *,
    everything: bool,
    force: bool,
    progress: Callable[[int, int], None],
    why_whole: str = "",
) -> tuple[bool, str]:
    """Bring the site up to date; return whether there was something to do, and why all had to be built.

    :param why_whole: why one Jekyll has to build all; empty where that isn't known yet.
    """
    mirror = config.mirror_dir.resolve()
    folder = site.link.with_name(f"{site.prefix}{BUILD}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with mirror_lock(config):
            note_assets(MirrorFolder(mirror))
            plan = _plan(mirror, site, everything=everything, why_whole=why_whole)
            if plan.sources == set():
                site.note(journal=str(plan.position))
                return False, ""
            paths = plan.sources
            theme = [*plan.owned.theme, *_exported_data(mirror)]
            posts = _posts_after(mirror, site, paths)
            sources.check_posts(config.mirror_dir, posts, site.fact("posts"), force=force)
            names = sources.everything(mirror) if paths is None else sorted(paths)
            stage = Stage(mirror, folder, theme, names, None if plan.why_whole else PIECE)
        facts = {
            "journal": str(plan.position),
            "theme": json.dumps(plan.owned.theme, sort_keys=True),
            "pages": json.dumps(plan.owned.pages, sort_keys=True),
            "posts": str(posts),
            "whole": plan.why_whole,
        }
        pieces = stage.build(min(os.cpu_count() or 1, JEKYLLS), progress)
        if paths is None:
            site.replace(pieces, facts)
        else:
            site.update(pieces, paths, facts)
    except SharedPathError as error:
        why = message_of(error)
        return _build(config, site, everything=True, force=force, progress=progress, why_whole=why)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True, plan.why_whole


def _plan(mirror: Path, site: Site, *, everything: bool, why_whole: str) -> _Plan:
    """Find out what has to be built, while nobody writes the mirror."""
    why_whole = why_whole or site.fact("shared")
    owned = sources.owned(mirror)
    journal.ensure(mirror)
    changed, position = journal.read(mirror, journal.Position.read(site.fact("journal")))
    is_new = site.current is None or sources.differing(site.fact("theme"), owned.theme)
    if everything or is_new or changed is None:
        return _Plan(None, owned, position, why_whole or sources.why_whole(mirror, owned))
    paths = changed | sources.differing(site.fact("pages"), owned.pages)
    if not paths:
        return _Plan(set(), owned, position, "")
    if why := why_whole or sources.why_whole(mirror, owned):
        return _Plan(None, owned, position, why)
    # The site's own pages may show the exported data; there are a dozen of them.
    paths |= {path for path in owned.pages if _has_front_matter(mirror / path)}
    return _Plan({path for path in paths if not path.startswith("_data/")}, owned, position, "")


def _has_front_matter(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(3) == b"---"


def _exported_data(mirror: Path) -> list[str]:
    data = mirror / "_data"
    files = [data / "status.json", *sorted((data / "mirror").glob("*.json"))]
    return [file.relative_to(mirror).as_posix() for file in files if file.is_file()]


def _posts_after(mirror: Path, site: Site, paths: set[str] | None) -> int:
    """Return how many posts the site will show."""
    if paths is None:
        return sum(path.startswith(POST_FOLDERS) for path in sources.everything(mirror))
    posts = {path for path in paths if path.startswith(POST_FOLDERS)}
    there = sum((mirror / path).is_file() for path in posts)
    return int(site.fact("posts") or 0) - len(site.outputs_of(posts)) + there
