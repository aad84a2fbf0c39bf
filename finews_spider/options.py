"""What the commands share: the option that overrides settings, and the settings it gives."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.errors import ConfigError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from finews_spider.config import Config

Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="Override a setting, Scrapy's or ours; may be repeated."),
]


def read_settings(overrides: list[str] | None) -> "tuple[Settings, Config]":
    """Return Scrapy's settings with ours and the user's on top, and our own part of them, checked."""
    from scrapy.settings import Settings

    from finews_spider.config import Config

    settings = Settings()
    settings.setmodule("finews_spider.settings", priority="project")
    # A command tells what it did; the log is for what went wrong.
    settings.set("LOG_LEVEL", os.environ.get("LOG_LEVEL", "WARNING"), priority="project")
    for override in overrides or []:
        name, equals, value = override.partition("=")
        if not equals or not name:
            raise ConfigError(f"-s {override!r} should be NAME=VALUE")
        settings.set(name, value, priority="cmdline")
    return settings, Config.from_settings(settings)
