"""Times as a person writes them: ``30s``, ``5m``, ``1h30m``, ``1d``."""

import re
from datetime import timedelta

from finews_spider.errors import ConfigError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """Return how long *text* says.

    :raises ConfigError: it says nothing, or no time at all.
    """
    number = r"(\d{1,6})([smhd])"
    if not re.fullmatch(f"({number}){{1,4}}", text, re.ASCII) or not text.strip("0smhd"):
        raise ConfigError(f"{text!r} is no length of time; write it as 30s, 5m, 1h30m or 1d")
    return timedelta(seconds=sum(int(count) * UNITS[unit] for count, unit in re.findall(number, text)))
