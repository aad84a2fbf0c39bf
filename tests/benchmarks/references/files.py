"""Bare loops over a mirror's files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write *files* below *folder*, each as a temporary file that is then renamed."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}")
        unfinished.write_bytes(content)
        unfinished.replace(file)


def read(files: Iterable[Path]) -> int:
    """Read posts, parse their front matter with the C loader, and return their number."""
    count = 0
    for file in files:
        _, matter, _ = file.read_text("utf-8").split("---\n", 2)
        count += bool(yaml.load(matter, Loader=yaml.CSafeLoader))
    return count
