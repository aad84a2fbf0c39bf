"""JSON files of the mirror folder that an export reads back: whatever somebody changed there ends no export."""

import json
import re
from typing import Any, TypeVar

from finews_spider.mirror.folder import MirrorFolder

DATA = "_data/mirror"
"""Folder of the files that Jekyll reads for the site's own pages."""
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""May be half a character, which can't be written to a file."""

T = TypeVar("T", list[Any], dict[str, Any])


def read_json(folder: MirrorFolder, path: str, kind: type[T]) -> T:
    """Return the JSON value in a file; an empty *kind* where the file is missing or broken, or holds another kind."""
    text = folder.read(path) or ""
    try:
        value = json.loads(text)
        if SURROGATE.search(text):
            to_json(value).encode()
    except (ValueError, RecursionError):
        return kind()
    return value if isinstance(value, kind) else kind()


def to_json(value: Any) -> str:
    """Return *value* as the text of a JSON file, without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
