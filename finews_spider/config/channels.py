"""The channels of a channels file, read and checked: what finews polls."""

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit

from finews_spider.config.json_mapping import read_mapping
from finews_spider.errors import ConfigError, one_line
from finews_spider.i18n import Message
from finews_spider.items import Layout
from finews_spider.sources import JSON, KINDS, Mapping, installed_sources
from finews_spider.sources.publishers import TEXTS, publisher_of_kind, text_of_kind
from finews_spider.times import duration

SHIPPED = files("finews_spider") / "channels.toml"
"""The channels file that finews ships. It may have no path: Scrapyd runs the package out of an egg."""
HALF_WIDTH = str.maketrans("＝，［］｛｝＇‘’＃．\u3000\xa0", "=,[]{}'''#.  ")
"""Full-width signs that an input method writes in place of TOML's own."""
PARTS = re.compile(r"""(?P<kept>"[^"\n]*"|'[^'\n]*'|\#[^\n]*)|[“”＂](?P<text>[^“”＂"\n]*)[“”＂]|[^"'\#“”＂]+""")
PLACEHOLDERS = {"count", "page", "cursor", "now", "sign"}
PLACEHOLDER = re.compile(r"\{(?P<parameter>&?)(?P<name>\w*)\}")
TYPES = {str: Message("text in quotes"), int: Message("a whole number"), bool: Message("true or false")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A list that finews polls. docs/channels.md says how to add one."""

    name: str
    kind: str
    """Which source reads the list: one of KINDS, or of an installed package."""
    url: str
    """Placeholders: ``{count}``, ``{page}`` (from 1), ``{cursor}`` (from the page before), ``{now}`` (ms) and
    ``{sign}`` (财联社's signature of the other parameters). ``{&cursor}`` is ``&cursor=`` and the cursor, and nothing
    for the first page, as RFC 6570 has it."""
    text_url: str = ""
    """For other publishers than Eastmoney: where the texts of this list's articles are requested, with ``{id}``. Empty:
    the publisher's own place."""
    column: int = 0
    """Number of an Eastmoney column, from which ``url`` was made; 0: the file has the URL itself."""
    count: int = 100
    """Rows a page."""
    layout: Layout = "media"
    enabled: bool = True
    category: str = ""
    """The category of the posts; empty: the layout decides."""
    tag: str = ""
    """The tag of the posts; empty: the layout decides."""
    pages: int = 1
    """The most pages that one run requests. It requests the next one only while a page shows something new."""
    page: str = ""
    """URL of the web page that shows this list, for ``scrapy crawl category -a url=…``."""
    every: str = ""
    """How long runs leave the list alone after one that read it, such as ``15m``; empty: every run requests it."""
    json: Mapping | None = None
    """For the kind ``json``: where its answers have the rows and their fields."""
    conditional: bool = True
    """Whether the request has ``If-None-Match`` and ``If-Modified-Since``, so that the server may answer 304."""

    @property
    def paged(self) -> bool:
        """Whether the list has a second page to request."""
        return bool(placeholders(self.url) & {"page", "cursor"})

    @property
    def has_cursor(self) -> bool:
        """Whether the request for the next page needs the cursor from the page before."""
        return "cursor" in placeholders(self.url)

    @property
    def interval(self) -> timedelta | None:
        """``every`` as a timedelta, or None where it is empty."""
        return duration(self.every) if self.every else None

    def list_url(self, *, page: int = 1, cursor: str = "", now: int | str = "") -> str:
        """Return the URL of a page of the list. Without *now*, the URL is the same at any time."""
        values = {"count": str(self.count), "page": str(page), "cursor": cursor, "now": str(now), "sign": "{sign}"}

        def fill(match: re.Match[str]) -> str:
            value = values[match["name"]]
            return f"&{match['name']}={value}" if match["parameter"] and value else value

        url = PLACEHOLDER.sub(fill, self.url)
        if "{sign}" not in url:
            return url
        from finews_spider.sources.publishers.cls import signed  # it loads the readers of JSON

        return signed(url)

    @property
    def publisher(self) -> str:
        """The publisher of its articles, such as ``wscn``; empty: Eastmoney."""
        return publisher_of_kind(self.kind)

    def lists(self, url: str) -> bool:
        """Return whether *url* is that of a page of this list."""
        parts = [re.escape(part) for part in PLACEHOLDER.sub("\0", self.url).split("\0")]
        return re.fullmatch("&?[^/?&]*".join(parts), url) is not None


def placeholders(url: str) -> set[str]:
    """Return the names of the placeholders in *url*."""
    return {match["name"] for match in PLACEHOLDER.finditer(url)}


def load_channels(path: str | Path = "") -> list[Channel]:
    """Read a channels file; an empty *path* means the one that finews ships.

    :raises ConfigError: the file can't be read, or a channel is wrong; the message has file and line.
    """
    file = Path(path) if path else SHIPPED
    path = str(file)
    try:
        text = file.read_text(encoding="utf-8-sig")
        tables = _read_toml(text).get("channel", [])
    except OSError as error:
        raise ConfigError("the channels file {path} can't be read: {why}", path=path, why=error.strerror) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError("the channels file {path}, line {line}: not UTF-8", path=path, line=line) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("the channels file {path}: {error}", path=path, error=error) from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError("the channels file {path} has no [[channel]]", path=path)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*channel\s*\]\]", line)]
    channels: dict[str, Channel] = {}
    for index, table in enumerate(tables):
        try:
            channel = _channel(table)
            if channel.name in channels:
                raise ConfigError("a second channel has the name {name!r}", name=channel.name)
        except ConfigError as error:
            if index >= len(lines):
                raise ConfigError("the channels file {path}: {error}", path=path, error=error) from None
            raise ConfigError(
                "the channels file {path}, line {line}: {error}", path=path, line=lines[index], error=error
            ) from None
        channels[channel.name] = channel
    return list(channels.values())


def copy_shipped(path: Path) -> None:
    """Write the channels file that finews ships to *path*.

    :raises ConfigError: there is a file already, or it can't be written.
    """
    try:
        with path.open("xb") as file:
            file.write(SHIPPED.read_bytes())
    except FileExistsError:
        raise ConfigError("{path} exists already; choose another name", path=path) from None
    except OSError as error:
        raise ConfigError("the channels file {path} can't be written", error, path=path) from None


def choose(channels: list[Channel], names: str) -> list[Channel]:
    """Return the channels that *names* lists; an empty *names* means all enabled ones.

    :param names: separated by commas, or by the signs that Chinese has for them.
    :raises ConfigError: no channel has one of the names.
    """
    if not names:
        return [channel for channel in channels if channel.enabled]
    by_name = {channel.name: channel for channel in channels}
    chosen: list[str] = []
    for name in map(str.strip, names.split(",")):
        chosen += [name] if name in by_name else filter(None, map(str.strip, re.split("[，、；;]", name)))
    for name in chosen:
        if name not in by_name:
            raise ConfigError("there is no channel {name!r}; there are {known}", name=name, known=", ".join(by_name))
    return [by_name[name] for name in dict.fromkeys(chosen)]


def _read_toml(text: str) -> dict[str, Any]:
    """Return the content of a TOML file. Full-width signs in place of TOML's own are read as these.

    :raises TOMLDecodeError: it can't be read in this way either; the error is that of the file as it is written.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(PARTS.sub(_half_width, text))
        raise


def _half_width(part: re.Match[str]) -> str:
    if part["kept"]:
        return part[0]
    return part[0].translate(HALF_WIDTH) if part["text"] is None else f'"{part["text"]}"'


def _channel(table: dict[str, Any]) -> Channel:
    types = get_type_hints(Channel)
    for name in ("name", "kind"):
        if not table.get(name):
            raise ConfigError("a channel has no {name!r}", name=name)
    table = {name: value.strip() if isinstance(value, str) else value for name, value in table.items()}
    for name, value in table.items():
        if name not in types:
            raise ConfigError("a channel has no key {name!r}; its keys are {known}", name=name, known=", ".join(types))
        if name == JSON:
            continue
        wanted = str if types[name] is Layout else types[name]
        if type(value) is not wanted:
            raise ConfigError("{name} = {value!r} should be {allowed}", name=name, value=value, allowed=TYPES[wanted])
    channel = Channel(**{**table, "url": _url(table), JSON: read_mapping(table)})
    _check(channel)
    return channel


def _url(table: dict[str, Any]) -> str:
    """Return the URL of a channel's list. For a column, it is made from the column's number."""
    column: int | None = table.get("column")
    url: str = table.get("url", "")
    if column is None:
        if not url:
            if table["kind"] == "columns":
                raise ConfigError("a channel has no 'url' and no 'column'")
            raise ConfigError("a channel has no 'url'")
        return url
    if table["kind"] != "columns":
        raise ConfigError(
            "column = {column} is for the kind 'columns'; a {kind!r} list needs a 'url'",
            column=column,
            kind=table["kind"],
        )
    if url:
        raise ConfigError("a channel has 'url' and 'column'; remove one of them")
    if column < 1:
        raise ConfigError("column = {column} should be 1 or more", column=column)
    from finews_spider.sources.columns import LIST_URL  # it loads the readers of JSON and JavaScript

    return LIST_URL.replace("{column}", str(column))


def _check(channel: Channel) -> None:
    if channel.kind not in KINDS:
        _check_installed(channel.kind)
    if channel.layout not in get_args(Layout):
        raise ConfigError(
            "{layout!r} is not a layout; the layouts are {known}",
            layout=channel.layout,
            known=", ".join(get_args(Layout)),
        )
    if unknown := placeholders(channel.url) - PLACEHOLDERS:
        known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        raise ConfigError(
            "{{{unknown}}} is not a placeholder; the placeholders are {known}", unknown=min(unknown), known=known
        )
    parts = urlsplit(channel.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError("{url!r} is not an http or https URL", url=channel.url)
    if channel.text_url:
        _check_text_url(channel)
    if channel.count < 1 or channel.pages < 1:
        raise ConfigError("count and pages should be 1 or more")
    if channel.every:
        duration(channel.every)
    if "," in channel.name or not channel.name.isprintable():
        raise ConfigError("the name {name!r} has a comma or a control character", name=channel.name)
    if not re.fullmatch(r"[\w-]*", channel.category):
        raise ConfigError(
            "the category {category!r} is part of a URL: letters, digits, - and _ only", category=channel.category
        )


def _check_text_url(channel: Channel) -> None:
    if text_of_kind(channel.kind) not in TEXTS or channel.kind == "feed":
        raise ConfigError("text_url isn't for the kind {kind!r}", kind=channel.kind)
    parts, rest = urlsplit(channel.text_url), channel.text_url.replace("{id}", "")
    if parts.scheme not in {"http", "https"} or not parts.hostname or rest == channel.text_url or {*rest} & {*"{}"}:
        raise ConfigError(
            "text_url = {url!r} should be an http or https URL with the placeholder {{id}}", url=channel.text_url
        )


def _check_installed(kind: str) -> None:
    sources = installed_sources()
    if kind not in sources:
        raise ConfigError(
            "{kind!r} is not a kind of channel; the kinds are {known}", kind=kind, known=", ".join((*KINDS, *sources))
        )
    try:
        sources[kind].load()
    except Exception as error:  # noqa: BLE001 -- whatever is wrong in another package
        raise ConfigError(
            "the kind {kind!r}, {place}, can't be loaded: {why}",
            kind=kind,
            place=sources[kind].value,
            why=one_line(error),
        ) from None
