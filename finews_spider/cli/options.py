"""What the commands share: the option that overrides settings, and writing the posts that wait."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.errors import ConfigError, MirrorError

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from finews_spider.config.config import Config
    from finews_spider.mirror.exporter import Exported, Exporter
    from finews_spider.stores.base import ArticleStore

Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="Override a setting, Scrapy's or ours; may be repeated."),
]


def read_config(overrides: list[str] | None) -> "Config":
    """Return the settings, with the user's on top, as one checked object, and take the log into hand.

    Scrapy, which takes half a second to load, is left to those that crawl.

    :raises ConfigError: a setting makes no sense.
    """
    from finews_spider import logs, settings
    from finews_spider.config.config import Config

    declared = {name: value for name, value in vars(settings).items() if name.isupper()}
    given = declared | _given(overrides)
    logs.install(given)
    return Config.from_settings(given)


def scrapy_settings(overrides: list[str] | None) -> "Settings":
    """Return the same settings as a crawl takes them, with Scrapy's own."""
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("finews_spider.settings", priority="project")
    settings.setdict(_given(overrides), priority="cmdline")
    return settings


def _given(overrides: list[str] | None) -> dict[str, str]:
    # A command tells what it did; the log is for what went wrong.
    given = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    for override in overrides or []:
        name, equals, value = override.partition("=")
        if not equals or not name:
            raise ConfigError(f"-s {override!r} should be NAME=VALUE")
        given[name] = value
    return given


def article_codes(texts: list[str]) -> list[str]:
    """Return the codes of the articles that *texts* name, each once.

    :raises ConfigError: one of them names none.
    """
    from finews_spider.articles.links import code_of_link

    codes = {text: code_of_link(text) for text in texts}
    for text, code in codes.items():
        if not code:
            raise ConfigError(f"{text!r} is no article")
    return list(dict.fromkeys(codes.values()))


def check_writable(folder: Path) -> None:
    """Make the mirror folder if need be, and see that a file can be written there.

    :raises MirrorError: it can't.
    """
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MirrorError(f"the mirror folder {folder} can't be written", error) from None


def exporter(config: "Config", store: "ArticleStore") -> "Exporter":
    """Return what writes the mirror of *store*."""
    from datetime import timedelta

    from finews_spider.mirror.exporter import Exporter
    from finews_spider.mirror.folder import MirrorFolder
    from finews_spider.mirror.post import LinkTargets
    from finews_spider.times import midnight

    links = LinkTargets(site=config.site_url, share=config.share_url, page=config.page_url)
    before = midnight() - timedelta(days=config.retention_days) if config.retention_days else None
    return Exporter(store, MirrorFolder(config.mirror_dir), links, before)


def export_posts(config: "Config", *, everything: bool = False) -> "Exported":
    """Write the posts that wait for it into the mirror folder, print how many those were, and return that.

    :param everything: write all posts again.
    """
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.locks import mirror_lock
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import midnight

    async def work() -> "Exported":
        # The store first: where there is none, no mirror folder is made.
        async with open_store(config.store, Access.CHANGE) as store:
            check_writable(config.mirror_dir)
            with mirror_lock(config):
                if everything:
                    await store.requeue()
                total = (await store.summary(midnight())).pending
                with screen.progress("posts") as progress:
                    return await exporter(config, store).export(lambda done: progress(done, total))

    exported = asyncio.run(work())
    screen.print_export(exported, config.mirror_dir)
    return exported
