"""The theme: the files that make a folder of posts a Jekyll site."""

import hashlib
import json
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

from finews_spider.errors import MirrorError
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import to_json
from finews_spider.mirror.post import ROLL_CATEGORY

CONFIG = "_config.yml"
KEPT = {CONFIG, f"{ROLL_CATEGORY}/index.html"}
"""Files that the theme only begins: the user changes the first, exports write the second."""

ASSETS = "_data/assets.json"
"""Asset → a digest of its content. Pages name their assets with it, so that no browser shows an outdated one."""


def theme_files() -> set[str]:
    """Return the paths of the theme's files below the mirror folder."""
    return set(_theme())


def init(folder: Path, site: str = "//finews.withounder.com", *, overwrite: bool = False) -> list[Path]:
    """Copy the theme into *folder*, and return the files that were written; existing files stay as they are.

    :param site: the site's URL, for the new ``_config.yml``.
    :param overwrite: replace files that differ from the theme's, except KEPT.
    :raises MirrorError: the folder can't be written.
    """
    written, mirror = [], MirrorFolder(folder)
    for path, content in _theme().items():
        if mirror.exists(path) and (not overwrite or path in KEPT):
            continue
        if mirror.write(path, _with_site(content, site) if path == CONFIG else content):
            written.append(folder / path)
    note_assets(mirror)
    return written


def note_assets(mirror: MirrorFolder) -> None:
    """Bring ASSETS up to date: style, scripts and icon are the owner's, who may have changed them.

    It stays as it is if the folder can't be read or written here; a publisher may be another user than the crawler.
    """
    with suppress(MirrorError):
        paths = sorted(path for path in mirror.files("assets") if path.endswith((".css", ".js", ".svg")))
        contents = {path.removeprefix("assets/"): mirror.read_bytes(path) for path in paths}
        digests = {name: _digest(content) for name, content in contents.items() if content is not None}
        if digests:
            mirror.write(ASSETS, to_json(digests))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


def _theme() -> dict[str, bytes]:
    """Return path below the mirror folder → content of the theme's file."""
    with as_file(files("finews_spider.mirror") / "theme") as theme:
        sources = sorted(path for path in theme.rglob("*") if path.is_file())
        return {path.relative_to(theme).as_posix(): path.read_bytes() for path in sources}


def _with_site(config: bytes, site: str) -> bytes:
    """Return the content of ``_config.yml`` with the URL *site*, in the two parts that Jekyll wants."""
    parts = urlsplit(site, "https")
    url = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    # A JSON string is a YAML string.
    text = config.decode().replace('\nurl: ""', f"\nurl: {json.dumps(url)}")
    return text.replace('\nbaseurl: ""', f"\nbaseurl: {json.dumps(parts.path.rstrip('/'))}").encode()
