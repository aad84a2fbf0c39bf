"""The ids of runs. They sort by the start of the runs."""

import secrets
from datetime import datetime, timedelta

from finews_spider.times import SHANGHAI


def new_id(now: datetime) -> str:
    """Return a new id for a run that begins *now*: date, time, and six hexadecimal digits from its milliseconds."""
    return f"{run_time(now)}-{now.microsecond // 1000:03x}{secrets.randbelow(0x1000):03x}"


def run_time(began: datetime) -> str:
    """Return how the id of a run starts that *began* at this time."""
    return f"{began.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def after_run(until: datetime | None) -> str:
    """Return a text that sorts after the id of each run that began until this second; None: of each run."""
    return run_time(until + timedelta(seconds=1)) if until else "~"
