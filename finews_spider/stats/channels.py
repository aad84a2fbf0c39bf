"""What a run learns of a channel: what its rows lack, how long its texts are, how long it says nothing."""

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
AHEAD = timedelta(days=1)
"""A row from further in the future is a mistake: it would make its channel's newest article for ever."""
LONGEST_STEP = timedelta(days=1)
"""The most that a pause between two runs counts as watching: of a longer one nothing is known but its end."""


@dataclass(slots=True)
class ChannelFigures:
    """One channel's part in one run."""

    rows: int = 0
    new: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    """Characters of each text that came, without markup and blanks."""
    gap: timedelta | None = None
    """From the newest article of earlier runs to the next one; None where none followed."""
    failed: str = ""
    """Why its list couldn't be had or read, as a cause."""

    def listed(self, page: ListPage, newest: datetime | None, now: datetime) -> datetime | None:
        """Note a page's rows and return the channel's newest showtime: *newest* as it was known, or a row's."""
        refs = page.refs
        without = len(page.problems) + len(page.adverts)
        self.rows += len(refs) + without
        self.missing.update({"code": without} if without else {})
        self.missing.update(name for ref in refs for name in FIELDS if not getattr(ref, name))
        known = newest if newest and newest <= now + AHEAD else None
        later = [ref.time for ref in refs if ref.time and ref.time <= now + AHEAD and (not known or ref.time > known)]
        if later and known:
            gap = min(later) - known
            self.gap = min(self.gap, gap) if self.gap else gap
        return max(later, default=known)

    def came(self, body: str, *, is_new: bool) -> None:
        """Note an article that was stored."""
        self.new += is_new
        self.lengths.append(len("".join(TAG.sub("", body).split())))

    def record(self) -> dict[str, Any]:
        """Return what the run's record keeps."""
        record: dict[str, Any] = {"rows": self.rows, "new": self.new}
        record |= {"missing": dict(self.missing)} if self.missing else {}
        record |= {"texts": len(self.lengths), "text_median": int(median(self.lengths))} if self.lengths else {}
        return record | ({"failed": self.failed} if self.failed else {})


def watched(state: ChannelState, gap: timedelta | None, now: datetime) -> ChannelState:
    """Return the *state* of a channel that was read before and is read *now*, with how long it was silent.

    :param gap: see ChannelFigures. Both it and the time between our runs are at least as long as the silence was.
    """
    step = min(now - state.succeeded_at, LONGEST_STEP).total_seconds() if state.succeeded_at else 0.0
    step = max(step, 0.0)  # the clock may have been set back
    silent, total = state.silent + step, state.watched + step
    if gap is None:
        return replace(state, silent=silent, watched=total)
    longest = max(state.longest_silence, min(silent, gap.total_seconds()))
    return replace(state, silent=0.0, watched=total, longest_silence=longest)
