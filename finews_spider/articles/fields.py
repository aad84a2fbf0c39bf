"""Reads single fields. Each function takes any JSON value, never raises, and returns an empty value for nonsense."""

import html
import re
from datetime import datetime, timedelta, tzinfo
from math import isfinite

from finews_spider.times import SHANGHAI

CODE = re.compile(r"(?:NW)?([0-9]{12,24})", re.IGNORECASE)
ENTITY = re.compile(r"&#?\w{1,31};", re.ASCII)
ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?!24)[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-5][0-9])?"
)
"""The form of most times: the time to the second, and the zone. Python reads 24:00:00 from 3.13 on."""
_YEAR = r"(?<![\d.])(?P<year>\d{4}) ?[-/.年] ?"
_DAY = r"(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2})(?: ?日)?"
_BETWEEN = r"(?: ?\(?(?:星期|周|礼拜)[一二三四五六日天]\)? ?|T|,? | ?[|丨·] ?|(?<=日))"
_CLOCK = (
    r"(?P<half>[上下]午)? ?(?P<hour>\d{1,2})[:时点] ?(?P<minute>\d{1,2})"
    r"(?:[:分] ?(?P<second>\d{1,2})(?:\.\d+)?秒?|分)?(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?(?!\d)"
)
DATE = re.compile(rf"{_YEAR}{_DAY}(?!\d)", re.ASCII)
TIME = re.compile(rf"{_YEAR}{_DAY}{_BETWEEN}{_CLOCK}", re.ASCII)
# "1.5 10:30" is more likely a figure and a time, so a month isn't followed by a dot here.
YEARLESS = re.compile(rf"(?<![\d年./-])(?=\d+ ?[-/月]){_DAY}{_BETWEEN}{_CLOCK}", re.ASCII)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""The full-width forms of ASCII."""
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_OFTEN = tuple((full, full.translate(FULL_WIDTH)) for full in "，：（）；！？．％")
"""Nearly all that is in full width."""
HALF_A_YEAR = timedelta(days=184)
QUOTES = (
    re.compile(r"(?P<market>[0-9]{1,3})[.,](?P<ticker>[0-9A-Za-z_-]{1,20})"),
    re.compile(r"(?:[A-Z] )?(?P<ticker>[0-9A-Za-z_-]{1,20})\|(?P<market>[0-9]{1,3})(?:\|.*)?"),
    re.compile(r"(?P<ticker>[0-9]{5,6})\.(?P<market>HK|SH|SZ|BJ)"),
)
MARKETS = {"HK": "116", "SH": "1", "SZ": "0", "BJ": "0"}
TICKERS = {
    r"\d{6}": "0 1 150",  # Shenzhen and Beijing, Shanghai, funds
    r"[\dA-Z]\d{5}": "2 177",  # indices of CSI, Korea
    r"\d{5}": "116 128",  # Hong Kong
    r"[A-Z\d]{1,6}(?:[_-][A-Z\d]{1,4})?": "105 106 107 153",  # the United States
    r"\d{3,4}[A-Z\d]": "176",  # Japan
    # Indices, futures, currencies and bonds.
    r"[A-Z\d]{1,12}(?:_[A-Z\d]{1,4})?": "8 10 12 100 101 102 103 104 108 109 110 111 112 113 114 115 118 119 120 121 "
    "122 123 124 125 133 134 135 136 137 138 139 140 141 142 151 155 156 163 171 220 225",
}
"""Pattern of a ticker → its markets, by Eastmoney's numbers. Boards (90) are no stocks."""
SHAPES = {
    market: re.compile(ticker, re.ASCII | re.IGNORECASE)
    for ticker, markets in TICKERS.items()
    for market in markets.split()
}
MOST_STOCKS = 200
"""The most stocks of an article. Each stock has its own page."""
NOON = 12
YEARS = range(1990, 2101)
SECONDS = range(10**9, int(datetime(YEARS.stop, 1, 1, tzinfo=SHANGHAI).timestamp()))
"""The epochs in YEARS that have ten digits."""


def text(value: object) -> str:
    """Return a string without surrounding blanks, or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, float) and not isfinite(value):  # JavaScript's NaN and Infinity
        return ""
    try:
        return str(value)
    except ValueError:  # an integer with more digits than Python converts
        return ""


def plain(value: object) -> str:
    """Return *value* as text with its HTML entities decoded, for fields that aren't HTML.

    Only entities that end in ``;`` are decoded, because ``&`` is in the names of firms and in the query of a URL.
    """
    written = text(value)
    return ENTITY.sub(lambda entity: html.unescape(entity[0]), written).strip() if "&" in written else written


def half_width(text: str) -> str:
    """Return *text* with ASCII in place of its full-width forms."""
    for full, half in _OFTEN:  # str.translate takes several times as long
        text = text.replace(full, half)
    return _FULL_WIDTH.sub(lambda match: chr(ord(match[0]) - 0xFEE0), text)


def line(value: object) -> str:
    """Return *value* as one line of at most 200 characters for messages, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text(value)).split())[:200]


def code(value: object) -> str:
    """Return the digits of an article code or infoCode; empty for anything else.

    A float is refused, because it has lost the last digits.
    """
    match = None if isinstance(value, float) else CODE.fullmatch(text(value))
    return match[1] if match else ""


def time(value: object) -> datetime | None:
    """Return the time of a date, a date with a time of day, or an epoch in seconds or milliseconds.

    The result is in China Standard Time. It is None for anything else, and for years outside of YEARS.
    """
    if type(value) is int and value in SECONDS:
        return datetime.fromtimestamp(value, SHANGHAI)
    written = text(value)
    if written.isdecimal():
        second = int(written[:10]) if len(written) in {10, 13} else 0
        return datetime.fromtimestamp(second, SHANGHAI) if second in SECONDS else None
    if match := ISO.fullmatch(written):  # TIME reads it too, but in ten times as long
        return _read_iso(match)
    written = _one_line(written)
    match = TIME.fullmatch(written) or DATE.fullmatch(written)
    return _moment(match) if match else None


def later(published: object, updated: object) -> datetime | None:
    """Return the later one of two times, as :func:`time` reads them."""
    first = time(published)
    if updated == published:  # as in most rows
        return first
    return max(filter(None, (first, time(updated))), default=None)


def find_time(written: str) -> datetime | None:
    """Return the first date with a time of day in a text, else the first date, else None."""
    if (match := ISO.fullmatch(written)) and (moment := _read_iso(match)):
        return moment
    written = _one_line(written)
    moments = (_moment(match) for pattern in (TIME, DATE) for match in pattern.finditer(written))
    return next(filter(None, moments), None)


def guess_time(written: str, code: str) -> datetime | None:
    """Return the first time without a year in a text. The year is the one nearest to the date of *code*.

    The result is None if there is no such time, or if it is more than half a year from that date.
    """
    return time_near(written, code_date(code))


def time_near(written: str, day: datetime | None) -> datetime | None:
    """Return the first time without a year in a text, as :func:`guess_time` does, in the year nearest to *day*."""
    match = YEARLESS.search(_one_line(written)) if day else None
    if not day or not match:
        return None
    moments = filter(None, (_moment(match, day.year + step) for step in (-1, 0, 1)))
    nearest = min(moments, key=lambda moment: abs(moment - day), default=None)
    return nearest if nearest and abs(nearest - day) <= HALF_A_YEAR else None


def code_date(code: str) -> datetime | None:
    """Return midnight of the day in the first 8 digits of *code*, on which the article was created, or None."""
    return time(f"{code[:4]}-{code[4:6]}-{code[6:8]}") if CODE.fullmatch(code) else None


def stocks(values: object) -> tuple[str, ...]:
    """Return the valid stocks among *values* as ``market.ticker``, each once, at most MOST_STOCKS.

    :param values: one quote code or a list of them. The known spellings are ``116.09988``, ``1,600160``,
        ``09988|116|5``, ``K 09988|116|5`` and ``09988.HK``. A ticker must fit the pattern of its market.
    """
    if not values:
        return ()
    found = dict.fromkeys(_stock(value) for value in (values if isinstance(values, list | tuple) else [values]))
    return tuple(filter(None, found))[:MOST_STOCKS]


def _stock(value: object) -> str:
    if not isinstance(value, str):  # a number has lost its leading zeros
        return ""
    match = next(filter(None, (quote.fullmatch(value.strip()) for quote in QUOTES)), None)
    if not match:
        return ""
    market, ticker = MARKETS.get(match["market"], match["market"]), match["ticker"]
    shape = SHAPES.get(market)
    return f"{market}.{ticker}" if shape and shape.fullmatch(ticker) else ""


def _one_line(written: str) -> str:
    """Return *written* in half-width characters, with single blanks."""
    return " ".join(written.translate(FULL_WIDTH).split())


def _moment(match: re.Match[str], year: int = 0) -> datetime | None:
    parts = match.groupdict()
    month, day, hour, minute, second = (
        int(parts.get(name) or 0) for name in ("month", "day", "hour", "minute", "second")
    )
    if parts.get("half") == "下午" and hour < NOON:
        hour += NOON
    try:
        zone = _zone(parts.get("zone"))
        moment = datetime(year or int(parts["year"]), month, day, hour, minute, second, tzinfo=zone)
        return plausible(moment.astimezone(SHANGHAI))
    except (ValueError, OverflowError):
        return None


def _read_iso(match: re.Match[str]) -> datetime | None:
    moment, zone = match.groups("")
    try:
        read = datetime.fromisoformat(moment + zone)
        # replace() takes three times as long
        return plausible(read.astimezone(SHANGHAI) if zone else datetime.combine(read, read.time(), SHANGHAI))
    except (ValueError, OverflowError):
        return None


def _zone(written: str | None) -> tzinfo:
    """Return the time zone of *written*, such as ``+08:00``; empty: China's.

    :raises ValueError: the offset is too large.
    """
    if not written:
        return SHANGHAI
    return datetime.strptime(written, "%z").tzinfo or SHANGHAI


def plausible(moment: datetime) -> datetime | None:
    """Return *moment*, or None outside of YEARS."""
    return moment if moment.year in YEARS else None
