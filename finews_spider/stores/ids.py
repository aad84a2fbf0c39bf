"""The ids of runs, which sort as the runs began."""

import secrets
from datetime import datetime, timedelta

from finews_spider.times import SHANGHAI


def new_id(now: datetime) -> str:
    """Return an id for a run; ids sort as the runs began, to the millisecond."""
    return f"{run_time(now)}-{now.microsecond // 1000:03x}{secrets.randbelow(0x1000):03x}"


def run_time(began: datetime) -> str:
    """Return what the id of a run that *began* then starts with."""
    return f"{began.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def after_run(until: datetime | None) -> str:
    """Return what is greater than the ids of all runs that began by *until*; None: of all runs."""
    return run_time(until + timedelta(seconds=1)) if until else "~"
