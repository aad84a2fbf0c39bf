"""The files that make a Jekyll site of a folder of posts."""

from importlib.resources import as_file, files
from pathlib import Path

from finews_spider.errors import MirrorError


def theme_files() -> set[str]:
    """Return the paths below the mirror folder of the files that :func:`init` writes."""
    with as_file(files("finews_spider.mirror") / "theme") as theme:
        return {path.relative_to(theme).as_posix() for path in theme.rglob("*") if path.is_file()}


def init(folder: Path) -> list[Path]:
    """Copy the theme into *folder* and return what was written; files that are there stay as they are.

    :raises MirrorError: the folder can't be written.
    """
    written = []
    try:
        with as_file(files("finews_spider.mirror") / "theme") as theme:
            for source in sorted(path for path in theme.rglob("*") if path.is_file()):
                target = folder / source.relative_to(theme)
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(source.read_bytes())
                    written.append(target)
    except OSError as error:
        raise MirrorError(f"the mirror folder {folder} can't be written: {error.strerror}") from None
    return written
