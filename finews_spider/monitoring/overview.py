"""The store's figures, read once, for `finews status`, the metrics and the mirror's status page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finews_spider.config.config import Config
from finews_spider.stores.base import QueryStore
from finews_spider.stores.records import AlarmRecord, ChannelState, RunRecord, Summary, check_run
from finews_spider.times import SHANGHAI, midnight

CHECKED_SPIDER = "feed"
"""The spider whose runs are checked. The other spiders are started by hand."""

AHEAD = timedelta(minutes=10)
"""How far another host's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a store and its last runs."""

    now: datetime
    channels: Sequence[str]
    """Names of channels: the enabled ones, then the others that were ever polled or have failed articles."""
    enabled: Sequence[str]
    states: Mapping[str, ChannelState]
    summary: Summary
    runs: Sequence[RunRecord]
    """Newest first."""

    @property
    def last(self) -> RunRecord | None:
        """The last run that polled channels; None before the first one."""
        return next((run for run in self.runs if run["spider"] == CHECKED_SPIDER), None)

    @property
    def alarms(self) -> list[AlarmRecord]:
        """The alarms of the last run."""
        return self.last.get("alarms", []) if self.last else []


async def read_overview(config: Config, store: QueryStore, runs: int, began: datetime | None = None) -> Overview:
    """Read the store's figures and up to *runs* runs. Runs from the future, which a wrong clock dated, are left out.

    Otherwise such a run would stay the last one until its time comes.

    :param began: when the present run began, where there is one; the clock may have been set back since.
    :raises StoreError: the store failed, or the record of a run is damaged.
    """
    now = datetime.now(SHANGHAI)
    states = await store.channel_states()
    summary = await store.summary(midnight())
    enabled = [channel.name for channel in config.channels() if channel.enabled]
    channels = list(dict.fromkeys([*enabled, *states, *summary.failed]))
    found = await store.runs(runs, max(now, began or now) + AHEAD)
    for run in found:
        check_run(run)
    return Overview(now, channels, enabled, states, summary, found)
