"""What the mirror's status page shows of each channel.

It is written only when that changes in a way that a reader cares for, or a tick would publish the mirror for nothing:
a channel has something newer, or trouble comes or goes. Ages are counted by the reader's browser.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.monitoring.overview import Overview

PAGE = "status/index.html"
DATA = "_data/status.json"
OLDEST = timedelta(hours=6)
"""After this it is written anyway, with when each channel was last read."""
FAILURES = 3
"""Runs in a row that couldn't read a channel which make trouble: one or two come and go."""


def write(folder: MirrorFolder, overview: Overview) -> bool:
    """Write the page's data where the site has the page and something changed; return whether it was written.

    :raises MirrorError: the folder can't be read or written.
    """
    if not folder.is_file(PAGE):
        return False
    new = data(overview)
    if is_same(_read(folder), new):
        return False
    return folder.write(DATA, json.dumps(new, ensure_ascii=False, indent=1) + "\n")


def _read(folder: MirrorFolder) -> Mapping[str, Any]:
    try:
        read = json.loads(folder.read(DATA) or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def data(overview: Overview) -> dict[str, Any]:
    """Return what the page shows: nothing that the upstream wrote but times."""
    silent = {alarm["channel"] for alarm in overview.alarms if alarm["monitor"] == "channel_silent"}
    channels = []
    for name in overview.enabled:
        if state := overview.states.get(name):
            trouble = "failing" if state.failures >= FAILURES else "silent" if name in silent else ""
            times = {"newest": _iso(state.newest), "read": _iso(state.succeeded_at)}
            channels.append({"name": name, **times, "trouble": trouble})
    return {"written": _iso(overview.now), "channels": channels}


def is_same(before: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a reader of what was written *before* knows what *new* says."""
    try:
        age = datetime.fromisoformat(new["written"]) - datetime.fromisoformat(before["written"])
        return age < OLDEST and _told(before) == _told(new)
    except (KeyError, TypeError, ValueError):
        return False


def _told(page: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(each["name"], each["newest"], each["trouble"]) for each in page["channels"]]


def _iso(time: datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time else ""
