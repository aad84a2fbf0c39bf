"""What the commands share: the options `-s` and `--json`, the options that select articles, the settings, and the
codes of articles."""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finews_spider import i18n
from finews_spider.cli import output
from finews_spider.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.settings import Settings

    from finews_spider.config.config import Config
    from finews_spider.stores.base import Progress

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="NAME=VALUE", help="Change a setting of finews or Scrapy for this command; repeatable."
    ),
]


def json_option(what: str) -> Any:
    """Return the option `--json`, whose help is *what*. Messages then go to standard error."""

    def choose(value: bool) -> bool:  # noqa: FBT001 -- Typer's signature
        output.mode.json |= value
        return value

    return typer.Option("--json", callback=choose, help=what)


Since = Annotated[str, typer.Option(metavar="DAY", help="Only articles since this day in China, such as 2026-01-31.")]
Until = Annotated[str, typer.Option(metavar="DAY", help="Only articles up to the end of this day.")]
Media = Annotated[str, typer.Option(metavar="NAME", help="Only articles of this publication, such as 新京报.")]
Stock = Annotated[
    str, typer.Option(metavar="CODE", help="Only articles that name this stock, such as 1.600160 or 600160.SH.")
]


def read_config(overrides: list[str] | None) -> "Config":
    """Return the checked settings of a command, with those of ``-s``, and set up the log.

    This doesn't load Scrapy, which takes half a second. Commands that crawl call :func:`scrapy_settings` too.

    :raises ConfigError: a setting is wrong.
    """
    from finews_spider.config.config import Config
    from finews_spider.config.given import check_given, declared_settings
    from finews_spider.config.log import install_log
    from finews_spider.stores import upgrade

    declared = declared_settings()
    settings = declared | check_given(_given(overrides), declared)
    install_log(settings)
    config = Config.from_settings(settings)
    i18n.use(config.language)
    upgrade.bar = _upgrade_bar
    return config


@contextmanager
def _upgrade_bar() -> "Iterator[Progress | None]":
    """Give a progress bar for the upgrade of a store. A crawl has one already, and the log is shown above it."""
    from rich.errors import LiveError

    from finews_spider.cli import screen

    try:
        with screen.progress("bringing the store up to date") as show:
            yield show if screen.has_bar() else None
    except LiveError:
        yield None


def _given(overrides: list[str] | None) -> dict[str, str]:
    from finews_spider.config.given import read_overrides

    # A command prints what it did; its log is for errors.
    return {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"), **read_overrides(overrides or [])}


def scrapy_settings(overrides: list[str] | None) -> "Settings":
    """Return the same settings for a crawl, with Scrapy's own.

    :raises ConfigError: a setting of Scrapy is wrong.
    """
    from scrapy.settings import Settings

    from finews_spider import logs
    from finews_spider.config.given import check_given, near_misses

    settings = Settings()
    settings.setmodule("finews_spider.settings", priority="project")
    given = _given(overrides)
    for warning in near_misses(given, settings):
        logs.print_error(warning)
    settings.setdict(check_given(given, settings), priority="cmdline")
    return settings


def complete_channels(incomplete: str) -> list[str]:
    """Return the values of `--channels` and NAME that begin with *incomplete*, for the completion of a shell."""
    before, comma, begun = incomplete.rpartition(",")
    try:
        names = [channel.name for channel in read_config(None).channels()]
    except ConfigError:
        return []
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun)]


def article_codes(texts: list[str]) -> list[str]:
    """Return the codes of the articles that *texts* name, each once.

    :raises ConfigError: a text names no article.
    """
    from finews_spider.articles.links import any_code

    codes = {text: any_code(text) for text in texts}
    for text, code in codes.items():
        if not code:
            raise ConfigError("{link!r} is not an article", link=text)
    return list(dict.fromkeys(codes.values()))
