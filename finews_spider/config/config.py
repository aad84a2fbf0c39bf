"""All settings of finews as one checked object: a wrong one ends a command before it requests or writes anything."""

import re
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast, get_args
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from finews_spider.config.channels import Channel, load_channels
from finews_spider.config.destination import Destination
from finews_spider.config.notifiers import notify_urls
from finews_spider.config.values import choice, is_on, number, switch, text, whole
from finews_spider.errors import ConfigError
from finews_spider.i18n import LANGUAGES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

PLACEHOLDERS = {"code", "info_code", "now"}
OFF = "off"
"""The value of ``chromium`` without a browser."""
ARTICLE_HOSTS = [
    f"{name}.eastmoney.com"
    for name in (
        *("finance", "stock", "global", "bond", "futures", "fund", "money", "hk", "biz", "enterprise", "forex", "data"),
        *("caifuhao", "wap", "emwap"),
    )
]
"""Hosts that may show the same article; each may redirect to another."""
IMAGE_HOSTS = [
    # Live charts in bodies of 2018, 2022 and 2026: the same URL shows another chart tomorrow.
    *("webquotepic.eastmoney.com", "webquoteklinepic.eastmoney.com", "pifm.eastmoney.com"),
    "cmsjs.eastmoney.com",  # charts of the day's flow of money, drawn again each day under the same name
    # Pictures in articles: /download/D… since 2025, the same since 2018, and /2015/12/14/… from 2015 to 2020.
    *("np-newspic.dfcfw.com", "dfscdn.dfcfw.com", "z1.dfcfw.com"),
    "g1.dfcfw.com",  # banners, and pictures of special pages
    "gbres.dfcfw.com",  # uploads of the authors of 财富号 and 股吧
]
"""The exact hosts of the images in Eastmoney's articles, as bodies and the public code of clients show them."""
Images = Literal["remote", "local"]


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one command or one crawl. settings.py says what each one means."""

    of_crawler: ClassVar["WeakKeyDictionary[Crawler, Self]"] = WeakKeyDictionary()

    store: str
    mirror_dir: Path
    channels_file: str
    pages: str
    """The user's own table of hosts whose article pages finews reads; empty: there is none."""
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
    feed_text: bool
    """The feeds have the whole text of articles."""
    home_hours: int
    folds_stories: bool
    """Lists show a story once, and feeds have its first article alone."""
    images: Images
    images_largest: int
    """Bytes."""
    robots_ignore: Mapping[str, str]
    """Host → why finews ignores its robots.txt."""
    store_batch: int
    store_seconds: float
    retry_seconds: float
    retry_after_longest: float
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
    """Whether the client in Rust sends the requests."""
    cluster: str
    """URL of the Redis that workers share; empty: this worker is alone."""
    language: str
    """Of what a person reads at a terminal; empty: that of the locale."""

    @classmethod
    def of(cls, crawler: "Crawler") -> Self:
        """Return the settings of *crawler*, which are read and checked once.

        :raises ConfigError: as from_settings.
        """
        if crawler not in cls.of_crawler:
            cls.of_crawler[crawler] = cls.from_settings(crawler.settings)
        return cls.of_crawler[crawler]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Read and check the settings.

        :raises ConfigError: a setting is missing or wrong; the message names it.
        """
        return cls(
            store=text(settings, "FINEWS_STORE"),
            mirror_dir=Path(text(settings, "FINEWS_MIRROR_DIR")),
            channels_file=str(settings.get("FINEWS_CHANNELS") or ""),
            pages=str(settings.get("FINEWS_PAGES") or ""),
            text_url=_template(settings, "FINEWS_TEXT_URL"),
            article_url=_template(settings, "FINEWS_ARTICLE_URL"),
            page_url=_template(settings, "FINEWS_PAGE_URL"),
            share_url=_template(settings, "FINEWS_SHARE_URL"),
            site_url=_site(settings),
            chromium=_chromium(settings),
            render_seconds=number(settings, "FINEWS_RENDER_SECONDS"),
            retention_days=whole(settings, "FINEWS_RETENTION_DAYS", least=0),
            feed_text=is_on(settings, "FINEWS_FEED_TEXT"),
            home_hours=whole(settings, "FINEWS_HOME_HOURS", least=1),
            folds_stories=choice(settings, "FINEWS_STORIES", ("fold", "all")) == "fold",
            images=cast("Images", choice(settings, "FINEWS_IMAGES", get_args(Images))),
            images_largest=ceil(number(settings, "FINEWS_IMAGES_LARGEST")),
            robots_ignore=_robots_ignore(settings),
            store_batch=whole(settings, "FINEWS_STORE_BATCH"),
            store_seconds=number(settings, "FINEWS_STORE_SECONDS", may_be_zero=True),
            retry_seconds=number(settings, "FINEWS_RETRY_SECONDS", may_be_zero=True),
            retry_after_longest=number(settings, "FINEWS_RETRY_AFTER_LONGEST", may_be_zero=True),
            lease_seconds=number(settings, "FINEWS_LEASE_SECONDS"),
            alarm_silence=number(settings, "FINEWS_ALARM_SILENCE"),
            metrics_file=Path(settings["FINEWS_METRICS_FILE"]) if settings.get("FINEWS_METRICS_FILE") else None,
            notify=notify_urls(settings),
            fast=wants_fast(settings),
            cluster=_cluster(settings),
            language=_language(settings),
            allowed_hosts=tuple(filter(None, map(str.strip, str(settings["FINEWS_ALLOWED_HOSTS"]).split(",")))),
            site_dir=Path(text(settings, "FINEWS_SITE_DIR")),
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
    """Return whether FINEWS_FAST is on.

    :raises ConfigError: the value is wrong, or the extra isn't installed.
    """
    fast = is_on(settings, "FINEWS_FAST")
    if fast and sys.platform == "win32":
        raise ConfigError("FINEWS_FAST doesn't work on Windows, for which there is no uvloop")
    if fast and not all(map(find_spec, ("pyreqwest", "scrapy_download_handlers_incubator", "uvloop"))):
        raise ConfigError("FINEWS_FAST needs more: pip install 'finews[fast]'")
    return fast


def _chromium(settings: Mapping[str, Any]) -> str:
    path = str(settings.get("FINEWS_CHROMIUM") or "")
    wanted = switch(path)
    if wanted is None and path and not Path(path).is_file():
        raise ConfigError("FINEWS_CHROMIUM: {path!r} should be the file of a browser, or off", path=path)
    return path if wanted is None else "" if wanted else OFF


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
        raise ConfigError("FINEWS_CLUSTER should be the URL of a Redis, such as redis://host:6379/0")
    if not find_spec("scrapy_redis"):
        raise ConfigError("FINEWS_CLUSTER needs scrapy-redis: pip install 'finews[cluster]'")
    return url


def _language(settings: Mapping[str, Any]) -> str:
    return choice(settings, "FINEWS_LANG", LANGUAGES) if settings.get("FINEWS_LANG") else ""


def _template(settings: Mapping[str, Any], name: str) -> str:
    url = text(settings, name)
    try:
        names = {field for _, field, _, _ in string.Formatter().parse(url) if field is not None}
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError("{name}: {url!r} can't be read: {error}", name=name, url=url, error=error) from None
    if unknown := names - PLACEHOLDERS:
        raise ConfigError(
            "{name}: {{{unknown}}} is not a placeholder; the placeholders are {{code}}, {{info_code}} and {{now}}",
            name=name,
            unknown=min(unknown),
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError("{name}: {url!r} is not an http or https URL", name=name, url=url)
    if not names & {"code", "info_code"}:
        raise ConfigError(
            "{name}: {url!r} has neither {{code}} nor {{info_code}}; all articles would share it", name=name, url=url
        )
    return url


def _site(settings: Mapping[str, Any]) -> str:
    url = text(settings, "FINEWS_SITE_URL").rstrip("/")
    if not urlsplit(url).netloc or any(character in url for character in " <>()\"'\\"):
        raise ConfigError("FINEWS_SITE_URL: {url!r} should be //host or https://host/path", url=url)
    return url


def _robots_ignore(settings: Mapping[str, Any]) -> dict[str, str]:
    name, reasons = "FINEWS_ROBOTS_IGNORE", {}
    for part in filter(str.strip, str(settings.get(name) or "").split(";")):
        host, _, reason = map(str.strip, part.partition("="))
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", host, re.ASCII):
            raise ConfigError("{name}: {host!r} is not a host; write host=reason; host=reason", name=name, host=host)
        if not reason:
            raise ConfigError("{name}: {host} needs a reason; write {host}=reason", name=name, host=host)
        reasons[host.lower()] = reason
    return reasons


def _author(settings: Mapping[str, Any]) -> tuple[str, str]:
    author = text(settings, "FINEWS_PUBLISH_AUTHOR")
    if not (found := re.fullmatch(r"([^<>\n]*[^<>\s])\s*<([^<>\s]+)>", author.strip())):
        raise ConfigError("FINEWS_PUBLISH_AUTHOR: {author!r} should be Name <mail>", author=author)
    return found[1], found[2]
