"""The data of the mirror's status page, which shows the state of each channel.

The data is written only when a reader sees a difference: a channel has a newer article, or trouble begins or ends.
Otherwise each run would publish the mirror again for nothing. The reader's browser counts the ages.
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
"""Older data is written anew in any case, with the time at which each channel was last read."""
FAILURES = 3
"""So many runs in a row that couldn't read a channel are trouble; one or two are normal."""


def write(folder: MirrorFolder, overview: Overview) -> bool:
    """Write the page's data if the site has the page and a reader sees a difference; return whether it was written.

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
    """Return the page's data. Of what the upstream wrote, it holds times only."""
    silent = {alarm["channel"] for alarm in overview.alarms if alarm["monitor"] == "channel_silent"}
    channels = []
    for name in overview.enabled:
        if state := overview.states.get(name):
            trouble = "failing" if state.failures >= FAILURES else "silent" if name in silent else ""
            times = {"newest": _iso(state.newest), "read": _iso(state.succeeded_at)}
            channels.append({"name": name, **times, "trouble": trouble})
    return {"written": _iso(overview.now), "channels": channels}


def is_same(before: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a reader sees no difference between the data *before* and the *new* data."""
    try:
        age = datetime.fromisoformat(new["written"]) - datetime.fromisoformat(before["written"])
        return age < OLDEST and _shown(before) == _shown(new)
    except (KeyError, TypeError, ValueError):
        return False


def _shown(page: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return what a reader sees of *page*, without the times at which its channels were read."""
    return [(each["name"], each["newest"], each["trouble"]) for each in page["channels"]]


def _iso(time: datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time else ""
