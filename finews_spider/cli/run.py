"""The commands that crawl the channels: `finews run` and `finews watch`. Each imports what it needs when it runs."""

import sys
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from finews_spider.cli.export import check_writable, export_posts
from finews_spider.cli.options import Set, complete_channels, json_option, read_config, scrapy_settings
from finews_spider.cli.output import mode, print_figures, say
from finews_spider.cli.publish import PublicationFigures, publish_site
from finews_spider.cli.usage import Command
from finews_spider.errors import (
    FAILED,
    FinewsError,
    MissingStoreError,
    NetworkError,
    StoreError,
    describe_internal_error,
)
from finews_spider.i18n import Message, _
from finews_spider.stats import names

if TYPE_CHECKING:
    from scrapy.settings import Settings

    from finews_spider.config.config import Config
    from finews_spider.stores.records import RunRecord

run_app = typer.Typer()
STOPPED = Message("Stopped early: what was fetched is stored, and the next run continues from there.")
STORE_FAILED = Message("Stopped early: the store failed. The next run fetches again what isn't stored.")

Channels = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        autocompletion=complete_channels,
        help="Channels to poll, separated by commas, due or not. Default: the enabled channels that are due.",
    ),
]
Pages = Annotated[
    str, typer.Option(metavar="NUMBER", help="The most pages of each channel. Default: the number of the channel.")
]
Jitter = Annotated[
    str,
    typer.Option(
        metavar="DURATION", help="Wait for a random time up to this one, such as 30s, before the first request."
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(min=0.01, metavar="NUMBER", help="Minutes after which fetching stops; the next run does the rest."),
]
Publish = Annotated[
    bool, typer.Option("--publish", help="Publish the site after the export, as `finews publish` does.")
]
AsJson = Annotated[bool, json_option("Print the record of each run as one line of JSON.")]
LogFormat = Annotated[str, typer.Option(metavar="FORMAT", help="text, or json: one object a line on standard error.")]


class Crawled(NamedTuple):
    """What a crawl and its export did."""

    code: int
    """The exit code."""
    run: "RunRecord | None"
    """None: the crawl couldn't begin, and a line said why."""
    is_exported: bool
    """Whether it came to the export."""


@run_app.command(
    cls=Command, epilog="Example: finews run --channels 全球直播,财经导读 --pages 2 -s FINEWS_STORE=sqlite:///news.db"
)
def run(  # noqa: PLR0913 -- each is an option
    *,
    channels: Channels = "",
    pages: Pages = "",
    jitter: Jitter = "",
    max_minutes: MaxMinutes = None,
    publish: Publish = False,
    log_format: LogFormat = "",
    as_json: AsJson = False,
    overrides: Set = None,
) -> None:
    """Poll the channels that are due, fetch what is new or revised, write the posts.

    With --publish, a run that would exit with 0 exits with the code of its publication.
    """
    from finews_spider.config.channels import choose
    from finews_spider.locks import run_lock
    from finews_spider.monitoring.after_crawl import report_store_failure
    from finews_spider.stores import open_store
    from finews_spider.times import duration

    overrides = _overrides(overrides, log_format)
    config = read_config(overrides)
    settings = scrapy_settings(overrides)
    urls = [*(channel.url for channel in choose(config.channels(), channels)), config.text_url, config.article_url]
    open_store(config.store)
    longest = duration(jitter).total_seconds() if jitter else 0
    crawled = published = None
    try:
        check_writable(config.mirror_dir)
        if publish:
            _check_site(config)
        if longest:
            _wait(longest)
        _warn_of_new_store(config)
        with ExitStack() as held:
            try:
                held.enter_context(run_lock(config))
            except StoreError as error:
                report_store_failure(config, error)
                raise
            seconds = (max_minutes or 0) * 60
            crawled = crawl_and_export(settings, config, "feed", urls, seconds, channels=channels, pages=pages)
        code = crawled.code
        # The lock of the run is free again: the next run needn't wait for Jekyll.
        if publish and crawled.is_exported:
            published = _publish(config)
            code = code or published["exit_code"]
    except KeyboardInterrupt:
        say(STOPPED)
        code = FAILED
    if as_json and crawled and crawled.run:
        from finews_spider.cli.screen_status import run_figures

        print_figures(run_figures(crawled.run) | ({"publication": published} if published else {}))
    raise typer.Exit(code)


def _warn_of_new_store(config: "Config") -> None:
    """Warn if this run makes a new store for a mirror that has posts: the disk of the old one may not be mounted."""
    from finews_spider import logs
    from finews_spider.mirror.folder import MirrorFolder
    from finews_spider.mirror.post import OLD_POSTS, POSTS
    from finews_spider.stores import database_file

    database = database_file(config.store)
    with suppress(OSError):
        if database and database.stat().st_size:
            return
    if not any(MirrorFolder(config.mirror_dir).files(POSTS, OLD_POSTS)):
        return
    with suppress(StoreError):  # the run itself reports it
        if error := _missing_store(config):
            logs.print_error(
                "{error}, as this run does. But the mirror {mirror} has posts: if their store is on another disk, "
                "mount that disk; a new store knows neither takedowns nor the URLs of publications",
                error=error,
                mirror=config.mirror_dir,
            )


def _missing_store(config: "Config") -> MissingStoreError | None:
    """Return the error that says that there is no store; None if there is one.

    :raises StoreError: the store fails, or something else is in its place.
    """
    import asyncio

    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    async def look() -> None:
        async with open_store(config.store, Access.READ):
            pass

    try:
        asyncio.run(look())
    except MissingStoreError as error:
        return error
    return None


def _overrides(overrides: list[str] | None, log_format: str) -> list[str]:
    return [*(overrides or []), *([f"FINEWS_LOG_FORMAT={log_format}"] if log_format else [])]


def _wait(longest: float) -> None:
    import random
    import time

    seconds = random.uniform(0, longest)  # noqa: S311 -- it spreads load
    if sys.stderr.isatty() and not mode.quiet:
        print(_("Waiting {seconds:.0f} s (--jitter)", seconds=seconds), file=sys.stderr)
    time.sleep(seconds)


def _check_site(config: "Config") -> None:
    from finews_spider.publishing.publish import check

    check(config)


def _publish(config: "Config") -> PublicationFigures:
    """Publish the site, and return what was done; print its error where it failed."""
    from finews_spider import logs

    try:
        return publish_site(config)
    except FinewsError as error:
        logs.print_error(error)
        return PublicationFigures(built=False, sent=False, exit_code=error.exit_code, error=logs.redact(str(error)))


def crawl_and_export(
    settings: "Settings", config: "Config", spider: str, urls: list[str], seconds: float = 0, **arguments: str
) -> Crawled:
    """Crawl for *seconds* at most (0: no limit), and export.

    :param spider: its name; *arguments* are the spider's.
    :param urls: what it requests first. If none of their hosts can be reached, there is no network.
    :raises NetworkError: there is none; the run is recorded as failed.
    :raises StoreError: there is neither a network nor a store that works: the store comes first.
    :raises KeyboardInterrupt: Ctrl-C.
    """
    from finews_spider.cli import screen
    from finews_spider.crawl.network import check_network
    from finews_spider.crawl.process import OUT_OF_TIME, crawl
    from finews_spider.monitoring.after_crawl import finish_run, record_failed_run
    from finews_spider.monitoring.overview import CHECKED_SPIDER

    try:
        check_network(urls)
        with screen.progress("articles") as progress:
            code, stats = crawl(settings, spider, progress, seconds, **arguments)
        if stats and spider == CHECKED_SPIDER:
            screen.print_run(stats)
    except NetworkError as error:
        if not _missing_store(config):
            record_failed_run(config, str(error), spider=spider)
        raise
    except Exception as error:
        record_failed_run(config, describe_internal_error(error), spider=spider)
        raise
    if not stats:
        if code == FAILED:
            record_failed_run(config, "the crawl couldn't begin", spider=spider)
        return Crawled(code, None, is_exported=False)
    if OUT_OF_TIME in stats:
        say(
            "Out of time (--max-minutes): {count} articles that were listed wait for the next run.",
            count=stats[OUT_OF_TIME],
        )
    is_whole = OUT_OF_TIME in stats or stats.get("finish_reason") == "finished"
    if not is_whole:
        say(STORE_FAILED if names.STORE_FAILED in stats else STOPPED)
    record = finish_run(config, stats, code, partial(export_posts, config) if is_whole else None, spider=spider)
    return Crawled(record["exit_code"] or 0, record, is_whole)


@run_app.command(cls=Command, epilog="Example: finews watch --every 5m --jitter 30s --max-minutes 10")
def watch(  # noqa: PLR0913 -- each is an option
    *,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="Time from the start of one run to the start of the next.")
    ] = "5m",
    channels: Channels = "",
    pages: Pages = "",
    jitter: Jitter = "",
    max_minutes: MaxMinutes = None,
    publish: Publish = False,
    log_format: LogFormat = "",
    as_json: AsJson = False,
    overrides: Set = None,
) -> None:
    """Start runs until stopped, each like `finews run`, where there is no scheduler.

    When a run takes longer than the interval, the next one starts at once. Runs never overlap or pile up. When a run
    fails, a line says so, and the next one starts at its time. On Ctrl-C or SIGTERM the run under way ends cleanly;
    a second one stops it at once.
    """
    import asyncio

    from finews_spider.cli.watch import Watch
    from finews_spider.times import duration

    overrides = _overrides(overrides, log_format)
    read_config(overrides)  # reports a wrong setting once, and sets up the log
    given = {"--channels": channels, "--pages": pages, "--jitter": jitter, "--max-minutes": max_minutes}
    options = [f"{name}={value}" for name, value in given.items() if value]
    flags = {"--publish": publish, "--json": as_json, "--quiet": mode.quiet}
    options += [name for name, is_on in flags.items() if is_on]
    options += [f"--set={override}" for override in overrides]
    raise typer.Exit(asyncio.run(Watch(options, duration(every).total_seconds()).run()))
