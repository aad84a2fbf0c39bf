"""The files that make a Jekyll site of a folder of posts."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import urlsplit

from finews_spider.errors import MirrorError

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
    written = []
    try:
        with as_file(files("finews_spider.mirror") / "theme") as theme:
            for source in sorted(path for path in theme.rglob("*") if path.is_file()):
                name = source.relative_to(theme)
                content = source.read_bytes()
                if name == Path(CONFIG):
                    content = _placed(content.decode(), site).encode()
                if _write(folder / name, content, overwrite=overwrite and name != Path(CONFIG)):
                    written.append(folder / name)
    except OSError as error:
        raise MirrorError(f"the mirror folder {folder} can't be written", error) from None
    return written


def _placed(config: str, site: str) -> str:
    """Return the text of ``_config.yml`` with *site* in the two parts that Jekyll wants."""
    parts = urlsplit(site, "https")
    url = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    # JSON's strings are YAML's.
    config = config.replace('\nurl: ""', f"\nurl: {json.dumps(url)}")
    return config.replace('\nbaseurl: ""', f"\nbaseurl: {json.dumps(parts.path.rstrip('/'))}")


def _write(file: Path, content: bytes, *, overwrite: bool) -> bool:
    """Write a file that isn't there, or that differs where *overwrite* says so; return whether it was written."""
    if file.exists() and (not overwrite or file.read_bytes() == content):
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return True
