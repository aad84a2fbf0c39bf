"""What of a mirror folder Jekyll makes pages of, and whether a page can be built without the others."""

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from finews_spider.errors import ConfigError, MirrorError
from finews_spider.i18n import Message
from finews_spider.mirror.post import ALIASES, OLD_POSTS, POSTS

CONFIG = "_config.yml"
PASSED_OVER = {".git", ".jekyll-cache", ".jekyll-metadata", ".sass-cache", "_site"}
"""What a mirror folder may hold that is no part of the site."""
OURS = ".finews-"
"""Locks, notes and the journal of finews begin so."""
EXPORTED = re.compile(
    rf"(?:{POSTS}|{OLD_POSTS}|{ALIASES}|takedown|images|latest|search/data|_data/mirror)/.*|_data/status\.json"
    r"|(?:archive|category|stock)/[^/]+/.*|archive/\d{4}\.html|(?:category|stock)/(?!index\.html)[^/]+\.html"
    r"|sitemap/(?!lists\.xml)[^/]+",
    re.ASCII,
)
"""Files that the exporter and its neighbours write, each of them noted in the journal."""
THEME = ("_layouts/", "_includes/", "_data/", "_sass/", "_plugins/", "Gemfile")
"""Where a change may change every page, as one of ``_config.yml`` may."""
PLUGIN = "_plugins/each_site_file.rb"
ASKS_FOR_OTHERS = re.compile(
    r"\b(?:site\.(?:posts|pages|html_pages|html_files|static_files|documents|collections|categories|tags|related_posts)"
    r"|page\.(?:next|previous)|paginator)\b|\bsite\[|=\s*site\s*[|%}-]|\{%-?\s*(?:link|post_url|include_relative)\b"
)
"""What in a template looks at other pages than its own."""
LAYOUT_ASKS = re.compile(r"site\.data(?:\.(?:mirror|status)\b|\[|\s*[|%}])")
"""What in a layout, which all pages share, changes with each export."""
CONFIG_ASKS = (
    *("plugins", "gems", "theme", "remote_theme", "paginate", "collections", "whitelist", "limit_posts", "lsi"),
    *("layouts_dir", "includes_dir", "data_dir", "plugins_dir", "collections_dir"),
)
"""Keys of ``_config.yml`` that let other code look at all pages, or put the theme elsewhere."""
CANONICAL = ("self", "source", "noindex")
TEMPLATES = (".html", ".xml", ".md", ".markdown", ".json", ".txt", ".js", ".css", ".svg", ".liquid", ".opml")


class Owned(NamedTuple):
    """The files that people may change, each with what tells whether it changed."""

    theme: dict[str, str]
    pages: dict[str, str]
    """All others: the site's own pages and assets."""


def owned(mirror: Path) -> Owned:
    """Look at the files of *mirror* that no export writes.

    :raises MirrorError: the folder can't be read, or holds something that isn't a file.
    """
    found = Owned({}, {})
    for path, about in _walk(mirror, is_whole=False):
        into = found.theme if path == CONFIG or path.startswith(THEME) else found.pages
        # The kernel sets a file's ctime with each change, and nobody can set it back.
        into[path] = f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"
    return found


def differing(before: str, now: Mapping[str, str]) -> set[str]:
    """Return the files that changed, came or went since *before*, the JSON of what ``owned`` found then."""
    then = json.loads(before or "{}")
    return {path for path in {*then, *now} if then.get(path) != now.get(path)}


def everything(mirror: Path) -> Iterator[str]:
    """Give all files of *mirror* but the theme's.

    :raises MirrorError: the folder can't be read, or holds something that isn't a file.
    """
    for path, _ in _walk(mirror, is_whole=True):
        if path != CONFIG and not path.startswith(THEME):
            yield path


def why_whole(mirror: Path, files_of: Owned) -> str:
    """Return why pages can't be built one without the others; empty where they can.

    :raises MirrorError: ``_config.yml`` can't be read.
    """
    config = _config(mirror)
    if key := next((key for key in CONFIG_ASKS if config.get(key)), ""):
        return Message("{file} has {key}", file=CONFIG, key=key)
    for path in files_of.theme:
        if path.startswith("Gemfile"):
            return Message("there is a {path}", path=path)
        if path.startswith("_plugins/") and not _is_shipped(mirror, path):
            return Message("{path} may look at all pages", path=path)
    for path in (*files_of.theme, *files_of.pages):
        if not path.endswith(TEMPLATES):
            continue
        text = (mirror / path).read_text(encoding="utf-8", errors="replace")
        is_layout = path.startswith(("_layouts/", "_includes/"))
        if asked := ASKS_FOR_OTHERS.search(text) or (is_layout and LAYOUT_ASKS.search(text)):
            return Message("{path} asks for {what}", path=path, what=asked[0].strip())
    return ""


def wrong_canonical(mirror: Path) -> str:
    """Return a line about a ``canonical`` in ``_config.yml`` that means nothing; empty where it is right.

    :raises MirrorError: ``_config.yml`` can't be read.
    """
    canonical = _config(mirror).get("canonical", "self") if (mirror / CONFIG).exists() else "self"
    if canonical in CANONICAL:
        return ""
    return Message(
        "{file}: canonical is {canonical!r:.50}, which counts as self; set it to {known}",
        file=CONFIG,
        canonical=canonical,
        known=", ".join(CANONICAL),
    )


def check_posts(mirror: Path, posts: int, before: str, *, force: bool) -> None:
    """See that most of the posts that were published last are in the mirror still.

    :param posts: how many there are.
    :param before: how many there were, as it was noted.
    :raises ConfigError: they aren't.
    """
    if 2 * posts < int(before or 0) and not force:
        raise ConfigError(
            "the mirror {mirror} holds {posts} posts, and {before} were published last; is FINEWS_MIRROR_DIR "
            "right and its disk mounted? --force publishes nevertheless",
            mirror=mirror,
            posts=posts,
            before=before,
        )


def _is_shipped(mirror: Path, path: str) -> bool:
    theme = files("finews_spider.mirror") / "theme"
    return path == PLUGIN and (mirror / path).read_bytes() == (theme / path).read_bytes()


def _config(mirror: Path) -> Mapping[str, Any]:
    import yaml  # `finews status` has no need of it

    try:
        read = yaml.safe_load((mirror / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise MirrorError(
            "{file} can't be read: {why}", file=mirror / CONFIG, why=" ".join(str(error).split())
        ) from None
    return read if isinstance(read, dict) else {}


def _walk(mirror: Path, *, is_whole: bool) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield from _files(str(mirror), "", set(), is_whole=is_whole)
    except OSError as error:
        raise MirrorError("the mirror folder can't be read: {error}", error=error) from None


def _files(
    folder: str, below: str, seen: set[tuple[int, int]], *, is_whole: bool
) -> Iterator[tuple[str, os.stat_result]]:
    """Go through a folder as Jekyll does, which follows links; but into each folder once."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = below + entry.name
            if not below and (entry.name in PASSED_OVER or entry.name.startswith(OURS)):
                continue
            if not is_whole and EXPORTED.fullmatch(f"{path}/" if entry.is_dir() else path):
                continue
            leads_nowhere = entry.is_symlink() and not Path(entry.path).exists()
            about = entry.stat(follow_symlinks=not leads_nowhere)
            if entry.is_dir():
                if (folder_id := (about.st_dev, about.st_ino)) not in seen:
                    seen.add(folder_id)
                    yield from _files(entry.path, f"{path}/", seen, is_whole=is_whole)
            elif not leads_nowhere:
                if not stat.S_ISREG(about.st_mode):
                    raise MirrorError(
                        "{path} is no file, and Jekyll might wait for it for ever; remove it", path=entry.path
                    )
                yield path, about
