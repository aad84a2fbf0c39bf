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
    """Return the checked settings of a command, with those of ``-s``, and take over the log.

    This doesn't load Scrapy, which takes half a second. Commands that crawl call :func:`scrapy_settings` too.

    :raises ConfigError: a setting is wrong.
    """
    from finews_spider.config.config import Config
    from finews_spider.config.given import check_given, declared_settings, read_overrides
    from finews_spider.config.log import install_log

    declared = declared_settings()
    settings = declared | check_given(_log_level() | read_overrides(overrides or []), declared)
    install_log(settings)
    return Config.from_settings(settings)


def _log_level() -> dict[str, str]:
    """Return the default of LOG_LEVEL: a command prints what it did, and its log is for errors."""
    return {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}


def scrapy_settings(overrides: list[str] | None) -> "Settings":
    """Return the same settings for a crawl, with Scrapy's own.

    :raises ConfigError: a setting of Scrapy is wrong.
    """
    from scrapy.settings import Settings

    from finews_spider import logs
    from finews_spider.config.given import check_given, near_misses, read_overrides

    settings = Settings()
    settings.setmodule("finews_spider.settings", priority="project")
    given = _log_level() | read_overrides(overrides or [])
    for warning in near_misses(given, settings):
        logs.print_error(warning)
    settings.setdict(check_given(given, settings), priority="cmdline")
    return settings


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
    from finews_spider.mirror.folder import Folder
    from finews_spider.mirror.post import Links
    from finews_spider.times import midnight

    links = Links(site=config.site_url, share=config.share_url, page=config.page_url)
    before = midnight() - timedelta(days=config.retention_days) if config.retention_days else None
    return Exporter(store, Folder(config.mirror_dir), links, before)


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
