"""What a run learns of a channel: what its rows lack, how long its texts are, and how long it is silent."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from finews_spider.items import ListPage
from finews_spider.stores.records import ChannelState

FIELDS = ("title", "time", "media", "digest", "url")
"""What a row may lack, besides the article's code."""
TAG = re.compile(r"<[^<>]*>")
MAX_AHEAD = timedelta(days=1)
"""A row whose time is further in the future is a mistake. It would stay its channel's newest article forever."""
MAX_STEP = timedelta(days=1)
"""The most of a pause between two runs that counts as time watched. Of a longer pause only the end is known."""


@dataclass(slots=True)
class ChannelFigures:
    """What one run counts of one channel."""

    rows: int = 0
    new: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    """The number of characters of each text that was stored, without markup and blanks."""
    gap: timedelta | None = None
    """The time from the newest article of earlier runs to the next one; None where there is no next one."""
    failed: str = ""
    """The cause why its list couldn't be fetched or read; empty where it could."""

    def add_page(self, page: ListPage, newest: datetime | None, now: datetime) -> datetime | None:
        """Count the rows of a page, and return the channel's newest showtime.

        :param newest: the newest showtime so far.
        """
        refs = page.refs
        without = len(page.problems) + len(page.adverts)
        self.rows += len(refs) + without
        self.missing.update({"code": without} if without else {})
        self.missing.update(name for ref in refs for name in FIELDS if not getattr(ref, name))
        known = newest if newest and newest <= now + MAX_AHEAD else None
        later = [
            ref.time for ref in refs if ref.time and ref.time <= now + MAX_AHEAD and (not known or ref.time > known)
        ]
        if later and known:
            gap = min(later) - known
            self.gap = min(self.gap, gap) if self.gap else gap
        return max(later, default=known)

    def add_article(self, body: str, *, is_new: bool) -> None:
        """Count an article that was stored."""
        self.new += is_new
        self.lengths.append(len("".join(TAG.sub("", body).split())))

    def record(self) -> dict[str, Any]:
        """Return what the run's record stores of the channel."""
        record: dict[str, Any] = {"rows": self.rows, "new": self.new}
        record |= {"missing": dict(self.missing)} if self.missing else {}
        record |= {"texts": len(self.lengths), "text_median": int(median(self.lengths))} if self.lengths else {}
        return record | ({"failed": self.failed} if self.failed else {})


def with_silence(state: ChannelState, gap: timedelta | None, now: datetime) -> ChannelState:
    """Return the *state* of a channel, which is read *now*, with its times of silence brought up to date.

    :param gap: see ChannelFigures. The silence was no longer than this, and no longer than the time between our runs.
    """
    step = min(now - state.succeeded_at, MAX_STEP).total_seconds() if state.succeeded_at else 0.0
    step = max(step, 0.0)  # the clock may have been set back
    silent, total = state.silent + step, state.watched + step
    if gap is None:
        return replace(state, silent=silent, watched=total)
    longest = max(state.longest_silence, min(silent, gap.total_seconds()))
    return replace(state, silent=0.0, watched=total, longest_silence=longest)
