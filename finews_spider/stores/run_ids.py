"""The ids of runs, which sort as the runs began."""

import secrets
from datetime import datetime

from finews_spider.items import SHANGHAI


def new_id(now: datetime) -> str:
    """Return an id for a run; ids sort as the runs began."""
    return f"{run_time(now)}-{secrets.token_hex(3)}"


def run_time(began: datetime) -> str:
    """Return what the id of a run that *began* then starts with."""
    return f"{began.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"
