"""The files that make a Jekyll site of a folder of posts."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

from finews_spider.mirror.folder import Folder

CONFIG = "_config.yml"


def theme_files() -> set[str]:
    """Return the paths below the mirror folder of the files that :func:`init` writes."""
    with as_file(files("finews_spider.mirror") / "theme") as theme:
        return {path.relative_to(theme).as_posix() for path in theme.rglob("*") if path.is_file()}


def init(folder: Path, site: str = "//finews.withounder.com", *, overwrite: bool = False) -> list[Path]:
    """Copy the theme into *folder* and return what was written; files that are there stay as they are.

    :param site: where the site will stand; goes into the new ``_config.yml``.
    :param overwrite: replace files that differ from the theme's, all but ``_config.yml``, which is the user's.
    :raises MirrorError: the folder can't be written.
    """
    written, mirror = [], Folder(folder)
    with as_file(files("finews_spider.mirror") / "theme") as theme:
        for source in sorted(path for path in theme.rglob("*") if path.is_file()):
            name = source.relative_to(theme).as_posix()
            content = source.read_bytes()
            if name == CONFIG:
                content = _placed(content.decode(), site).encode()
            stays = mirror.holds(name) and (not overwrite or name == CONFIG)
            if not stays and mirror.write(name, content):
                written.append(folder / name)
    return written


def _placed(config: str, site: str) -> str:
    """Return the text of ``_config.yml`` with *site* in the two parts that Jekyll wants."""
    parts = urlsplit(site, "https")
    url = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    # JSON's strings are YAML's.
    config = config.replace('\nurl: ""', f"\nurl: {json.dumps(url)}")
    return config.replace('\nbaseurl: ""', f"\nbaseurl: {json.dumps(parts.path.rstrip('/'))}")
