"""What `finews status`, the metrics and the mirror's status page tell: the store's figures, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from finews_spider.config.config import Config
from finews_spider.stores.base import QueryStore
from finews_spider.stores.records import ChannelState, Summary, check
from finews_spider.times import SHANGHAI, midnight

JUDGED = "feed"
"""The spider whose runs are judged: the others are started by hand."""

AHEAD = timedelta(minutes=10)
"""How far another host's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of things."""

    now: datetime
    channels: Sequence[str]
    """Names: those that are enabled, then those that were ever asked or have failures."""
    enabled: Sequence[str]
    states: Mapping[str, ChannelState]
    summary: Summary
    runs: Sequence[Mapping[str, Any]]
    """Newest first."""

    @property
    def last(self) -> Mapping[str, Any]:
        """The last run that polled channels; empty before the first."""
        return next((run for run in self.runs if run["spider"] == JUDGED), {})

    @property
    def alarms(self) -> list[dict[str, str]]:
        """The alarms of the last run."""
        return list(self.last.get("alarms", ()))


async def look(config: Config, store: QueryStore, runs: int, began: datetime | None = None) -> Overview:
    """Read the store's figures and up to so many *runs*: none from the future, which a wrong clock dated.

    One of them would else be the last run until then, whatever comes after it.

    :param began: when this run did, where there is one; the clock may have been set back since.
    :raises StoreError: the store failed.
    """
    now = datetime.now(SHANGHAI)
    states = await store.channel_states()
    summary = await store.summary(midnight())
    enabled = [channel.name for channel in config.channels() if channel.enabled]
    channels = list(dict.fromkeys([*enabled, *states, *summary.failed]))
    found = await store.runs(runs, max(now, began or now) + AHEAD)
    for run in found:
        check(run)
    return Overview(now, channels, enabled, states, summary, found)
