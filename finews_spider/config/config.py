"""The settings of finews as one checked object, so that a wrong one is said before anything is asked or written."""

import re
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any, Literal, Self, cast, get_args
from urllib.parse import urlsplit

from finews_spider.config.channels import Channel, load_channels
from finews_spider.config.destination import Destination
from finews_spider.config.notifiers import notify_urls
from finews_spider.errors import ConfigError

PLACEHOLDERS = {"code", "info_code", "now"}
ON, OFF = "on", "off"
"""The value of FINEWS_FAST that wants the fast client, and the one of FINEWS_CHROMIUM that wants no browser."""
ARTICLE_HOSTS = [
    f"{name}.eastmoney.com"
    for name in (
        *("finance", "stock", "global", "bond", "futures", "fund", "money", "hk", "biz", "enterprise", "forex", "data"),
        *("caifuhao", "wap", "emwap"),
    )
]
"""Where one article may be found; each sends on to another."""
IMAGE_HOSTS = [
    # Live charts, as bodies of 2026, 2022 and 2018 have them: the same URL shows another chart tomorrow.
    *("webquotepic.eastmoney.com", "webquoteklinepic.eastmoney.com", "pifm.eastmoney.com"),
    "cmsjs.eastmoney.com",  # charts of where the day's money went, by a fixed name, drawn anew each day
    # Pictures in articles: /download/D… of 2025 on, the same of 2018 on, and /2015/12/14/… of 2015 to 2020.
    *("np-newspic.dfcfw.com", "dfscdn.dfcfw.com", "z1.dfcfw.com"),
    "g1.dfcfw.com",  # banners and special pages' pictures
    "gbres.dfcfw.com",  # what authors of 财富号 and 股吧 upload
]
"""Where the images of Eastmoney's articles lie, as bodies and clients' code in public show them; exact hosts."""
Images = Literal["remote", "local"]


@dataclass(frozen=True, slots=True)
class Config:
    """See settings.py for what each means."""

    store: str
    mirror_dir: Path
    channels_file: str
    text_url: str
    article_url: str
    page_url: str
    share_url: str
    site_url: str
    allowed_hosts: tuple[str, ...]
    chromium: str
    render_seconds: float
    retention_days: int
    """0: posts stay where they are."""
    images: Images
    images_largest: int
    """Bytes."""
    robots_ignore: Mapping[str, str]
    """Host → why its robots.txt isn't obeyed."""
    lease_seconds: float
    alarm_silence: float
    metrics_file: Path | None
    notify: tuple[str, ...]
    """URLs of the services that are notified of alarms."""
    site_dir: Path
    publish: Destination | None
    publish_author: tuple[str, str]
    """Name and mail address."""
    fast: bool
    """Whether the client in Rust is asked."""
    cluster: str
    """URL of the Redis that workers share; empty: this one works alone."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Read and check the settings.

        :raises ConfigError: a setting is missing or makes no sense; the message names it.
        """
        return cls(
            store=_text(settings, "FINEWS_STORE"),
            mirror_dir=Path(_text(settings, "FINEWS_MIRROR_DIR")),
            channels_file=str(settings.get("FINEWS_CHANNELS") or ""),
            text_url=_template(settings, "FINEWS_TEXT_URL"),
            article_url=_template(settings, "FINEWS_ARTICLE_URL"),
            page_url=_template(settings, "FINEWS_PAGE_URL"),
            share_url=_template(settings, "FINEWS_SHARE_URL"),
            site_url=_site(settings),
            chromium=_chromium(settings),
            render_seconds=_positive(settings, "FINEWS_RENDER_SECONDS"),
            retention_days=_days(settings, "FINEWS_RETENTION_DAYS"),
            images=_images(settings),
            images_largest=ceil(_positive(settings, "FINEWS_IMAGES_LARGEST")),
            robots_ignore=_robots_ignore(settings),
            lease_seconds=_positive(settings, "FINEWS_LEASE_SECONDS"),
            alarm_silence=_positive(settings, "FINEWS_ALARM_SILENCE"),
            metrics_file=Path(settings["FINEWS_METRICS_FILE"]) if settings.get("FINEWS_METRICS_FILE") else None,
            notify=notify_urls(settings),
            fast=wants_fast(settings),
            cluster=_cluster(settings),
            allowed_hosts=tuple(filter(None, map(str.strip, str(settings["FINEWS_ALLOWED_HOSTS"]).split(",")))),
            site_dir=Path(_text(settings, "FINEWS_SITE_DIR")),
            publish=Destination.read(str(settings.get("FINEWS_PUBLISH") or "")),
            publish_author=_author(settings),
        )

    def channels(self) -> list[Channel]:
        """Return all channels of the channels file.

        :raises ConfigError: the file can't be read.
        """
        return load_channels(self.channels_file)

    def hosts(self, channels: list[Channel]) -> list[str]:
        """Return the hosts that a crawl of *channels* may reach."""
        urls = [self.text_url, self.article_url, self.page_url, self.share_url, *(channel.url for channel in channels)]
        hosts = {urlsplit(url).hostname or "" for url in urls} | set(self.allowed_hosts)
        if hosts & set(ARTICLE_HOSTS):
            hosts |= {*ARTICLE_HOSTS, *(IMAGE_HOSTS if self.images == "local" else ())}
        return sorted(hosts)


def wants_fast(settings: Mapping[str, Any]) -> bool:
    """Return what FINEWS_FAST says.

    :raises ConfigError: it makes no sense, or lacks its extra.
    """
    value = settings.get("FINEWS_FAST")
    if value not in {ON, OFF}:
        raise ConfigError(f"FINEWS_FAST: {value!r} should be {ON} or {OFF}")
    if value == ON and sys.platform == "win32":
        raise ConfigError("FINEWS_FAST doesn't work on Windows, for which there is no uvloop")
    if value == ON and not all(map(find_spec, ("pyreqwest", "scrapy_download_handlers_incubator", "uvloop"))):
        raise ConfigError("FINEWS_FAST needs more: pip install 'finews[fast]'")
    return bool(value == ON)


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ConfigError(f"{name} is empty")
    return str(value)


def _chromium(settings: Mapping[str, Any]) -> str:
    path = str(settings.get("FINEWS_CHROMIUM") or "")
    if path not in {"", OFF} and not Path(path).is_file():
        raise ConfigError(f"FINEWS_CHROMIUM: {path!r} is no file; name the browser's, or write off")
    return path


def _images(settings: Mapping[str, Any]) -> Images:
    value = settings.get("FINEWS_IMAGES")
    if value not in get_args(Images):
        raise ConfigError(f"FINEWS_IMAGES: {value!r} should be {' or '.join(get_args(Images))}")
    return cast("Images", value)


def _days(settings: Mapping[str, Any], name: str) -> int:
    days = str(settings.get(name) or 0).strip()
    if not re.fullmatch(r"\d{1,6}", days, re.ASCII):
        raise ConfigError(f"{name}: {days!r} is no number of days; 0 keeps all posts")
    return int(days)


def _cluster(settings: Mapping[str, Any]) -> str:
    url = str(settings.get("FINEWS_CLUSTER") or "").strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:  # not quoted: it may hold a password
        raise ConfigError("FINEWS_CLUSTER is no URL of a Redis, as redis://host:6379/0")
    if not find_spec("scrapy_redis"):
        raise ConfigError("FINEWS_CLUSTER needs scrapy-redis: pip install 'finews[cluster]'")
    return url


def _positive(settings: Mapping[str, Any], name: str) -> float:
    try:
        number = float(settings[name])
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < float("inf"):
        raise ConfigError(f"{name}: {settings[name]!r} is no positive number")
    return number


def _template(settings: Mapping[str, Any], name: str) -> str:
    url = _text(settings, name)
    try:
        names = {field for _, field, _, _ in string.Formatter().parse(url) if field is not None}
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError(f"{name}: {url!r} can't be read: {error}") from None
    if unknown := names - PLACEHOLDERS:
        raise ConfigError(
            f"{name}: {{{min(unknown)}}} is no placeholder; there are {{code}}, {{info_code}} and {{now}}"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{name}: {url!r} is no http or https URL")
    if not names & {"code", "info_code"}:
        raise ConfigError(f"{name}: {url!r} holds neither {{code}} nor {{info_code}}, so all articles would share it")
    return url


def _site(settings: Mapping[str, Any]) -> str:
    url = _text(settings, "FINEWS_SITE_URL").rstrip("/")
    if not urlsplit(url).netloc or any(character in url for character in " <>()\"'\\"):
        raise ConfigError(f"FINEWS_SITE_URL: {url!r} is no site; write //host or https://host/path")
    return url


def _robots_ignore(settings: Mapping[str, Any]) -> dict[str, str]:
    name, reasons = "FINEWS_ROBOTS_IGNORE", {}
    for part in filter(str.strip, str(settings.get(name) or "").split(";")):
        host, _, reason = map(str.strip, part.partition("="))
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host, re.ASCII):
            raise ConfigError(f"{name}: {host!r} is no host; write host=reason; host=reason")
        if not reason:
            raise ConfigError(f"{name}: {host} needs a reason; write {host}=reason")
        reasons[host.lower()] = reason
    return reasons


def _author(settings: Mapping[str, Any]) -> tuple[str, str]:
    author = _text(settings, "FINEWS_PUBLISH_AUTHOR")
    if not (found := re.fullmatch(r"([^<>\n]*[^<>\s])\s*<([^<>\s]+)>", author.strip())):
        raise ConfigError(f"FINEWS_PUBLISH_AUTHOR: {author!r} should be Name <mail>")
    return found[1], found[2]
