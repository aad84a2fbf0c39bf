"""What to poll: the channels of a channels.toml, read and checked."""

import re
import tomllib
from dataclasses import dataclass, fields
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit

from finews_spider.errors import ConfigError
from finews_spider.items import Layout
from finews_spider.times import duration

SHIPPED = files("finews_spider") / "channels.toml"
"""No path: Scrapyd runs the package out of an egg."""
KINDS = (
    "webapi-roll",
    "webapi-media",
    "webapi-market",
    "kuaixun",
    "fastnews",
    "columns",
    "category-page",
    "mirror-category",
)
PLACEHOLDERS = {"count", "page", "cursor", "now"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One list that is polled. docs/channels.md says how to add one."""

    name: str
    kind: str
    """Which source reads it: one of KINDS."""
    url: str
    """With ``{count}``, ``{page}`` (from 1), ``{cursor}`` (what the page before gave) and ``{now}`` (ms) filled in."""
    count: int = 100
    """Rows asked for at a time."""
    layout: Layout = "media"
    enabled: bool = True
    category: str = ""
    """The posts' category, where it isn't the layout's own."""
    tag: str = ""
    """The posts' tag, where it isn't the layout's own."""
    pages: int = 1
    """Pages asked in one run at most; past the first only while a page shows something new."""
    page: str = ""
    """URL of the web page that shows this list, for ``scrapy crawl category -a url=…``."""
    every: str = ""
    """How long a run leaves the list alone after one that got through it, as ``15m``; empty: every run asks it."""

    conditional: bool = True
    """Whether the list is asked for with ``If-None-Match`` and ``If-Modified-Since``, to be answered with 304."""

    @property
    def paged(self) -> bool:
        """Whether there is a second page to ask for."""
        return "{page}" in self.url or "{cursor}" in self.url

    @property
    def interval(self) -> timedelta | None:
        """What ``every`` says; None where it is empty."""
        return duration(self.every) if self.every else None

    def list_url(self, *, page: int = 1, cursor: str = "", now: int | str = "") -> str:
        """Return the URL of a page of the list; without *now* it names the page, whenever it is asked."""
        values = {"count": str(self.count), "page": str(page), "cursor": cursor, "now": str(now)}
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], self.url)


def load_channels(path: str | Path = "") -> list[Channel]:
    """Read a channels file, or the shipped one where *path* is empty.

    :raises ConfigError: the file can't be read, or a channel makes no sense; the message has file and line.
    """
    file = Path(path) if path else SHIPPED
    path = str(file)
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("channel", [])
    except OSError as error:
        raise ConfigError(f"the channels file {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"the channels file {path}, line {line}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the channels file {path}: {error}") from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"the channels file {path} has no [[channel]]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*channel\s*\]\]", line)]
    channels: dict[str, Channel] = {}
    for index, table in enumerate(tables):
        try:
            channel = _channel(table)
            if channel.name in channels:
                raise ConfigError(f"a second channel of the name {channel.name!r}")
        except ConfigError as error:
            where = f", line {lines[index]}" if index < len(lines) else ""
            raise ConfigError(f"the channels file {path}{where}: {error}") from None
        channels[channel.name] = channel
    return list(channels.values())


def choose(channels: list[Channel], names: str) -> list[Channel]:
    """Return the channels that *names* lists, comma-separated, or all enabled ones where it is empty.

    :raises ConfigError: a name that no channel has.
    """
    if not names:
        return [channel for channel in channels if channel.enabled]
    by_name = {channel.name: channel for channel in channels}
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in by_name:
            raise ConfigError(f"there is no channel {name!r}; there are {', '.join(by_name)}")
    return [by_name[name] for name in dict.fromkeys(chosen)]


def _channel(table: dict[str, Any]) -> Channel:
    types = get_type_hints(Channel)
    for name in ("name", "kind", "url"):
        if not table.get(name):
            raise ConfigError(f"a channel without {name!r}")
    for name, value in table.items():
        if name not in types:
            raise ConfigError(f"{name!r} is nothing that a channel has; there are {', '.join(_names())}")
        wanted = str if types[name] is Layout else types[name]
        if type(value) is not wanted:
            raise ConfigError(f"{name} = {value!r} should be {'a number' if wanted is int else wanted.__name__}")
    channel = Channel(**table)
    _check(channel)
    return channel


def _names() -> list[str]:
    return [field.name for field in fields(Channel)]


def _check(channel: Channel) -> None:
    if channel.kind not in KINDS:
        raise ConfigError(f"{channel.kind!r} is no kind of channel; there are {', '.join(KINDS)}")
    if channel.layout not in get_args(Layout):
        raise ConfigError(f"{channel.layout!r} is no layout; there are {', '.join(get_args(Layout))}")
    if unknown := set(re.findall(r"\{(\w*)\}", channel.url)) - PLACEHOLDERS:
        raise ConfigError(f"{{{min(unknown)}}} is no placeholder; there are {{{'}, {'.join(sorted(PLACEHOLDERS))}}}")
    parts = urlsplit(channel.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{channel.url!r} is no http or https URL")
    if channel.count < 1 or channel.pages < 1:
        raise ConfigError("count and pages are 1 or more")
    if channel.every:
        duration(channel.every)
    if "," in channel.name or channel.name != channel.name.strip() or not channel.name.isprintable():
        raise ConfigError(f"the name {channel.name!r} has a comma, a control character or blanks at its ends")
    if not re.fullmatch(r"[\w-]*", channel.category):
        raise ConfigError(f"the category {channel.category!r} becomes part of a URL: letters, digits, - and _ only")
