"""The copies of images in the mirror folder, each named by its content."""

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

from finews_spider.files import ABSENT, is_file, is_running, open_folders, replace_file
from finews_spider.mirror import journal

UNFINISHED = "images/.unfinished/"
"""The folder of copies that aren't complete, each named by its file and process. Jekyll ignores names with a dot."""
SIGNATURES = {
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "avif": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
}
"""File name extension → how such a file begins. SVG isn't copied: opened by itself, it could run scripts."""


def extension_of(content: bytes) -> str:
    """Return the file name extension for an image, empty where *content* isn't an image to copy."""
    return next((extension for extension, start in SIGNATURES.items() if start.match(content)), "")


class RefusedImageError(Exception):
    """What should be copied isn't an image, or not one to copy."""


class ImageFolder:
    """The copies in the mirror folder. A file appears complete or not at all, and is named by its content.

    :raises OSError: the folder can't be made, or what a killed run left there can't be removed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        with suppress(*ABSENT), open_folders(root, UNFINISHED) as (*_, folder):
            for name in os.listdir(folder):  # noqa: PTH208 -- a handle
                if not _is_another(name.rpartition(".")[2]):
                    os.unlink(name, dir_fd=folder)

    def write(self, content: bytes) -> str:
        """Write an image, unless it is there already, and return its path below the mirror folder.

        :raises RefusedImageError: it isn't an image to copy.
        :raises OSError: it can't be written.
        """
        if not (extension := extension_of(content)):
            raise RefusedImageError(f"neither JPEG, PNG, GIF, WebP nor AVIF; it begins {content[:40]!r}")
        digest = hashlib.sha256(content).hexdigest()
        name = f"{digest}.{extension}"
        path = f"images/{digest[:2]}/{name}"
        with (
            open_folders(self.root, path, create=True) as to,
            open_folders(self.root, UNFINISHED, create=True) as beside,
        ):
            if not is_file(to[-1], name):
                # Without the mirror's lock, a publication may read the journal between the first line and the file.
                journal.note(self.root, [path])
                replace_file(to[-1], name, content, f"{name}.{os.getpid()}", beside[-1])
                journal.note(self.root, [path])
        return path


def _is_another(process: str) -> bool:
    """Whether *process* is the id of another process that runs."""
    return process.isdecimal() and int(process) != os.getpid() and is_running(int(process))
