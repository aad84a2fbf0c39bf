"""China's time, durations as a person writes them (``30s``, ``5m``, ``1h30m``, ``1d``), and how both are shown."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from finews_spider.errors import ConfigError

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """Return the duration that *text* gives, such as ``30s`` or ``1h30m``.

    :raises ConfigError: *text* isn't a duration, or is zero.
    """
    number = r"(\d{1,6})([smhd])"
    if not re.fullmatch(f"({number}){{1,4}}", text, re.ASCII) or not text.strip("0smhd"):
        raise ConfigError(f"{text!r} is not a valid duration; write it as 30s, 5m, 1h30m or 1d")
    return timedelta(seconds=sum(int(count) * UNITS[unit] for count, unit in re.findall(number, text)))


def midnight() -> datetime:
    """Return the start of today in China."""
    return datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def minute(time: datetime) -> str:
    """Return *time* as text, to the minute."""
    return f"{time:%Y-%m-%d %H:%M}"


def ago(time: datetime | None, now: datetime) -> str:
    """Return how long before *now* a time was, in minutes, hours or days."""
    if time is None:
        return "never"
    minutes = int((now - time).total_seconds() // 60)
    if minutes < 0:
        return minute(time)
    if minutes < 120:  # noqa: PLR2004 -- two hours
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def span(seconds: float) -> str:
    """Return a number of seconds as text, in minutes, hours or days."""
    minutes = int(seconds // 60)
    if minutes < 120:  # noqa: PLR2004 -- two hours
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
