"""Forgiving readers of single fields: they take any JSON value, never raise, and give nothing for nonsense."""

import html
import re
from datetime import datetime
from math import isfinite

from finews_spider.items import SHANGHAI

CODE = re.compile(r"(?:NW)?([0-9]{12,24})", re.IGNORECASE)
ENTITY = re.compile(r"&#?\w{1,31};", re.ASCII)
EPOCH = re.compile(r"([0-9]{10})(?:[0-9]{3})?")
TIME = re.compile(
    r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?"
    r"(?:(?:(?<=日)\s*|\s+|T)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?",
    re.ASCII,
)
QUOTES = (
    re.compile(r"(?P<market>[0-9]{1,3})[.,](?P<ticker>[0-9A-Za-z_-]{1,20})"),
    re.compile(r"(?:[A-Z] )?(?P<ticker>[0-9A-Za-z_-]{1,20})\|(?P<market>[0-9]{1,3})(?:\|.*)?"),
    re.compile(r"(?P<ticker>[0-9]{5,6})\.(?P<market>HK|SH|SZ|BJ)"),
)
MARKETS = {"HK": "116", "SH": "1", "SZ": "0", "BJ": "0"}
BOARDS = "90"
YEARS = range(1990, 2101)


def text(value: object) -> str:
    """Return a string without the blanks around it, a number as it is written, nothing for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and not isfinite(value):  # JavaScript's NaN and Infinity
        return ""
    try:
        return str(value).strip()
    except ValueError:  # an integer of more digits than Python writes
        return ""


def plain(value: object) -> str:
    """Return *value* as text with its HTML entities decoded, for what is written where HTML isn't read.

    Only entities that end in ``;`` count: ``&`` is found in the names of firms and between the parameters of a URL.
    """
    return ENTITY.sub(lambda entity: html.unescape(entity[0]), text(value)).strip()


def line(value: object) -> str:
    """Return *value* as text on one line of bearable length, without what steers a terminal, for messages."""
    return " ".join("".join(c if c.isprintable() else " " for c in text(value)).split())[:200]


def code(value: object) -> str:
    """Return the digits of an article code or infoCode, nothing for all else.

    A float is refused: it has lost the last digits.
    """
    match = None if isinstance(value, float) else CODE.fullmatch(text(value))
    return match[1] if match else ""


def time(value: object) -> datetime | None:
    """Return a date, a time to the minute or second, or an epoch in seconds or milliseconds, in China Standard Time.

    None for all else, for dates that don't exist and for years that no article is from.
    """
    written = text(value)
    if match := EPOCH.fullmatch(written):
        return _plausible(datetime.fromtimestamp(int(match[1]), SHANGHAI))
    match = TIME.fullmatch(written)
    return _moment(*match.groups()) if match else None


def code_date(code: str) -> datetime | None:
    """Return midnight of the day the article was created, which the first 8 digits of its *code* say, or None."""
    return time(f"{code[:4]}-{code[4:6]}-{code[6:8]}") if CODE.fullmatch(code) else None


def stocks(values: object) -> tuple[str, ...]:
    """Return the stocks among *values*, a list of quote codes or a single one, as ``market.code``, each once.

    Known spellings: ``116.09988``, ``1,600160``, ``09988|116|5``, ``K 09988|116|5`` and ``09988.HK``.
    """
    found = dict.fromkeys(_stock(value) for value in (values if isinstance(values, list | tuple) else [values]))
    return tuple(filter(None, found))


def _stock(value: object) -> str:
    if not isinstance(value, str):  # a number has lost its zeros
        return ""
    match = next(filter(None, (quote.fullmatch(value.strip()) for quote in QUOTES)), None)
    if not match or match["market"] == BOARDS:
        return ""
    return f"{MARKETS.get(match['market'], match['market'])}.{match['ticker']}"


def _moment(*parts: str | None) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        return _plausible(datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI))
    except ValueError:
        return None


def _plausible(moment: datetime) -> datetime | None:
    return moment if moment.year in YEARS else None
