"""Remembers what the last export of data had, so that `--since last` selects what came since.

The folder of the output has a file for it, because the store and the mirror may be read-only, and because a folder gets
the exports of one purpose, often each with a name of its own.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from finews_spider.errors import ConfigError
from finews_spider.files import unfinished
from finews_spider.logs import redact
from finews_spider.stores.base import QueryStore
from finews_spider.stores.data import selection
from finews_spider.stores.records import Changed, Post, Selection

NAME = ".finews-last-export.json"
MARGIN = timedelta(minutes=5)
"""A writer takes the time before it writes, and the clocks of several hosts differ."""
REVISED_MARGIN = timedelta(days=1)
"""A revision has the upstream's time. A list may show it this much later."""


@dataclass(slots=True)
class _Mark:
    """What is remembered of an export."""

    since: Changed
    """What changed since may be new to the next export."""
    had: dict[str, str] = field(default_factory=dict)
    """Code → version of the articles that changed since and that the export had."""

    def to_json(self) -> dict[str, Any]:
        return {name: time.isoformat() for name, time in self.since._asdict().items()} | {"had": self.had}

    @classmethod
    def load(cls, value: dict[str, Any]) -> Self:
        since = Changed(*(datetime.fromisoformat(value[name]) for name in Changed._fields))
        return cls(since, {str(code): str(version) for code, version in value["had"].items()})


class LastExport:
    """The last export of the same articles in the same format into the same folder.

    :param output: the file that is written now.
    :param url: the store's URL.
    """

    def __init__(self, output: Path, format_: str, media: str, stock: str, url: str) -> None:
        self.file = output.parent / NAME
        filters = {"--media": media, "--stock": stock}
        self.key = " ".join([format_, *(f"{name} {value}" for name, value in filters.items() if value), redact(url)])
        self.only = selection(media=media, stock=stock)

    async def begin(self, store: QueryStore, now: datetime) -> Selection:
        """Begin an export, and return the selection of what may have come since the last one; all if there was none.

        :raises ConfigError: the file can't be read.
        """
        self.last = self._read().get(self.key)
        # What the last run didn't see is stored later, even if its showtime is earlier.
        runs = await store.runs(1, now)
        looked = min([now, *(datetime.fromisoformat(run["started_at"]) for run in runs)])
        self.mark = _Mark(Changed(now - MARGIN, looked - REVISED_MARGIN))
        return replace(self.only, changed=self.last.since) if self.last else self.only

    def is_new(self, post: Post) -> bool:
        """Return whether the last export didn't have this version of an article; remember that this one has it."""
        article, since = post.article, self.mark.since
        version = f"{article.revision} {article.gone_at or ''}".strip()
        moments = {since.seen: (article.first_seen_at, article.gone_at), since.revised: (article.revised_at,)}
        if any(time and time >= moment for moment, times in moments.items() for time in times):
            self.mark.had[article.code] = version
        return not self.last or self.last.had.get(article.code) != version

    def end(self) -> None:
        """Remember this export as the last one.

        :raises ConfigError: the file can't be written.
        """
        marks = {key: mark.to_json() for key, mark in (self._read() | {self.key: self.mark}).items()}
        with unfinished(self.file.parent, NAME, 0o666, f"the file {self.file}") as partial:
            partial.write_text(json.dumps(marks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            partial.replace(self.file)

    def _read(self) -> dict[str, _Mark]:
        try:
            content = self.file.read_text(encoding="utf-8")
            return {str(key): _Mark.load(value) for key, value in json.loads(content).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError, LookupError):
            raise ConfigError(
                "{file} can't be read; remove it, and the next export writes all articles", file=self.file
            ) from None
