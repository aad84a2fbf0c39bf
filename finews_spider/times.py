"""China's time, durations as a person writes them (``30s``, ``5m``, ``1h30m``, ``1d``), and how both are shown."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPANS = Message("{minutes} min"), Message("{hours} h"), Message("{days} days")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """Return the duration that *text* gives, such as ``30s`` or ``1h30m``.

    :raises ConfigError: *text* isn't a duration, or is zero.
    """
    number = r"(\d{1,6})([smhd])"
    if not re.fullmatch(f"({number}){{1,4}}", text, re.ASCII) or not text.strip("0smhd"):
        raise ConfigError("{duration!r} is not a valid duration; write it as 30s, 5m, 1h30m or 1d", duration=text)
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
        return Message("never")
    minutes = int((now - time).total_seconds() // 60)
    if minutes < 0:
        return minute(time)
    if minutes < 120:  # noqa: PLR2004 -- two hours
        return Message("{minutes} min ago", minutes=minutes)
    if minutes < 48 * 60:
        return Message("{hours} h ago", hours=minutes // 60)
    return Message("{days} days ago", days=minutes // 1440)


def span(seconds: float) -> str:
    """Return a number of seconds as text, in minutes, hours or days."""
    in_minutes, in_hours, in_days = SPANS
    minutes = int(seconds // 60)
    if minutes < 120:  # noqa: PLR2004 -- two hours
        return in_minutes.format(minutes=minutes)
    return in_hours.format(hours=minutes // 60) if minutes < 48 * 60 else in_days.format(days=minutes // 1440)
