"""`finews export`, and the export of the posts that wait, which other commands end with.

Each command imports what it needs when it runs.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.cli.options import Media, Set, Stock, Until, json_option, read_config
from finews_spider.cli.output import mode, print_figures
from finews_spider.cli.usage import Command
from finews_spider.errors import DONE, FAILED, ConfigError, MirrorError
from finews_spider.i18n import Message, _

if TYPE_CHECKING:
    from finews_spider.config.config import Config
    from finews_spider.mirror.exporter import Exported, Exporter
    from finews_spider.stores.base import MirrorStore

export_app = typer.Typer()


@export_app.command(
    cls=Command, epilog="Example: finews export --format csv --since 2026-01-01 --media 新京报 --output news.csv"
)
def export(  # noqa: PLR0913 -- each is an option
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Write every post again, not only the posts that wait.")
    ] = False,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl, csv or parquet: write the articles as data in place of posts. CSV is UTF-8; a value that "
            "starts with = + - @ or a tab gets a ' before it, since a spreadsheet would run it.",
        ),
    ] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File for the data. Default, and -: standard output.")
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin a CSV with a byte order mark, by which Excel knows UTF-8.")
    ] = False,
    since: Annotated[
        str,
        typer.Option(
            metavar="DAY",
            help="Only articles since this day in China, such as 2026-01-31. last: only what was stored or revised "
            "since the last such export into the folder of --output.",
        ),
    ] = "",
    until: Until = "",
    media: Media = "",
    stock: Stock = "",
    as_json: Annotated[bool, json_option("Print how much was written as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Write the posts that wait into the mirror folder, or with --format the stored articles as data."""
    config = read_config(overrides)
    only = {"--output": output, "--bom": bom, "--since": since, "--until": until, "--media": media, "--stock": stock}
    if format_:
        if everything:
            raise ConfigError("--all is for posts; --format always writes all articles")
        output = None if output == Path("-") else output
        if as_json and not output:
            raise ConfigError("--json needs standard output; write the data to a file with --output")
        _export_data(config, format_, output, (since, until, media, stock), bom=bom)
    elif given := [name for name, value in only.items() if value]:
        raise ConfigError("{option} is for data; choose a format with --format", option=given[0])
    else:
        exported = export_posts(config, everything=everything)
        if as_json:
            print_figures(export_figures(exported))
        raise typer.Exit(FAILED if exported.failed else DONE)


def _export_data(
    config: "Config", format_: str, output: Path | None, filters: tuple[str, str, str, str], *, bom: bool
) -> None:
    import asyncio
    from datetime import datetime

    from finews_spider.cli import screen
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.stores.data import selection
    from finews_spider.stores.dump import check, dump
    from finews_spider.stores.last_export import LastExport
    from finews_spider.times import SHANGHAI

    check(format_, output, bom=bom)
    since, until, media, stock = filters
    last = None
    if since == "last":
        if until:
            raise ConfigError("--since last takes no --until")
        if not output:
            raise ConfigError("--since last needs a file; name it with --output")
        last = LastExport(output, format_, media, stock, config.store)
    only = last.only if last else selection(*filters)

    async def work() -> int:
        async with open_store(config.store, Access.READ) as store:
            wanted = await last.begin(store, datetime.now(SHANGHAI)) if last else only
            options = {"is_wanted": last.is_new} if last else {}
            with screen.progress("articles", shown=output is not None) as progress:
                written = await dump(store, format_, output, wanted, progress, bom=bom, **options)
            if last:
                last.end()
            return written

    # The reader of a pipe, such as `head`, may close it early.
    with suppress(BrokenPipeError):
        written = asyncio.run(work())
        if mode.json:
            print_figures({"written": written, "file": str(output)})
        elif not mode.quiet:
            line = _("Articles: wrote {written} to {to}", written=written, to=output or Message("standard output"))
            print(line, file=sys.stdout if output else sys.stderr)


def check_writable(folder: Path) -> None:
    """Make the mirror folder if there is none, and check that a file can be written there.

    :raises MirrorError: it can't be written.
    """
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MirrorError("the mirror folder {folder} can't be written", error, folder=folder) from None


def exporter(config: "Config", store: "MirrorStore") -> "Exporter":
    """Return the exporter that writes the mirror of *store*."""
    from datetime import timedelta

    from finews_spider.mirror.exporter import Exporter
    from finews_spider.mirror.folder import MirrorFolder
    from finews_spider.mirror.listing_updates import SiteOptions
    from finews_spider.mirror.post import LinkTargets
    from finews_spider.times import midnight

    links = LinkTargets(site=config.site_url, share=config.share_url, page=config.page_url)
    before = midnight() - timedelta(days=config.retention_days) if config.retention_days else None
    options = SiteOptions(config.home_hours, config.feed_text, config.folds_stories)
    return Exporter(store, MirrorFolder(config.mirror_dir), links, before, options=options)


def export_figures(exported: "Exported") -> dict[str, int]:
    """Return the result of an export for JSON, in the words of a run's record."""
    return {
        "written": exported.written,
        "unchanged": exported.same,
        "removed": exported.removed,
        "failed": len(exported.failed),
    }


def export_posts(config: "Config", *, everything: bool = False) -> "Exported":
    """Write the posts that wait into the mirror folder, say how many there were, and return the result.

    :param everything: write all posts again.
    """
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.locks import mirror_lock
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import midnight

    async def work() -> "Exported":
        # The store first: without a store, there should be no mirror folder either.
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
