"""Remembers when an export of data began, so that `--since last` selects what came since.

The folder of the output has a file for it, because the store and the mirror may be read-only, and because a folder gets
the exports of one purpose, often each with a name of its own.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from finews_spider.errors import ConfigError
from finews_spider.files import unfinished
from finews_spider.logs import redact
from finews_spider.stores.base import QueryStore
from finews_spider.stores.data import selection
from finews_spider.stores.records import Changed, Selection

NAME = ".finews-last-export.json"
MARGIN = timedelta(minutes=5)
"""A writer takes the time before it writes, and the clocks of several hosts differ."""
REVISED_MARGIN = timedelta(days=1)
"""A revision has the upstream's time. A list may show it this much later."""


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

    async def selection(self, store: QueryStore) -> Selection:
        """Return the selection of what came since; of all articles if there was no such export.

        :raises ConfigError: the file can't be read.
        """
        began = self._read().get(self.key)
        if began is None:
            return self.only
        # What that export's last run didn't see was stored later, even if its showtime is earlier.
        runs = await store.runs(1, began)
        looked = datetime.fromisoformat(runs[0]["started_at"]) if runs else began
        return replace(self.only, changed=Changed(began - MARGIN, min(looked, began) - REVISED_MARGIN))

    def _read(self) -> dict[str, datetime]:
        try:
            content = self.file.read_text(encoding="utf-8")
            return {str(key): datetime.fromisoformat(began) for key, began in json.loads(content).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            raise ConfigError(
                f"{self.file} can't be read; remove it, and the next export writes all articles"
            ) from None

    def write(self, began: datetime) -> None:
        """Remember that the export *began* then.

        :raises ConfigError: the file can't be written.
        """
        kept = {**self._read(), self.key: began}
        with unfinished(self.file.parent, NAME, 0o666, f"the file {self.file}") as partial:
            times = {key: time.isoformat() for key, time in kept.items()}
            partial.write_text(json.dumps(times, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            partial.replace(self.file)
