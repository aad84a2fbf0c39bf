"""The commands for the upkeep of the store: `finews backup`, `restore` and `compact`.

Each command imports what it needs when it runs.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from finews_spider.cli.options import Set, json_option, read_config
from finews_spider.cli.output import mode, print_figures, report
from finews_spider.cli.usage import Command
from finews_spider.errors import ConfigError
from finews_spider.i18n import _

upkeep_app = typer.Typer()


@upkeep_app.command(cls=Command, epilog="Example: finews backup news-2026-01-31.backup")
def backup(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace even a backup with more than twice as many articles.")
    ] = False,
    as_json: Annotated[bool, json_option("Print what was written as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Write everything in the store into one file. Crawls and exports may run meanwhile.

    The file is an SQLite store, whether the store is SQLite or MongoDB. Only you may read it. Copied images are files
    of the mirror, so the backup doesn't have them.
    """
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.stores import open_store
    from finews_spider.stores.backup import articles_in
    from finews_spider.stores.backup import backup as write
    from finews_spider.stores.base import Access
    from finews_spider.times import midnight

    config = read_config(overrides)
    _check_other(file, config.store)
    if file.exists() and not overwrite:
        raise ConfigError("{file} exists already; --overwrite replaces it", file=file)

    async def work() -> int:
        async with open_store(config.store, Access.READ) as store:
            articles = (await store.summary(midnight())).articles
            before = articles_in(file) if file.exists() and not force else 0
            if before > 2 * articles:
                raise ConfigError(
                    "{file} has {before} articles and the store only {articles}; is FINEWS_STORE right? "
                    "--force replaces the file anyway",
                    file=file,
                    before=before,
                    articles=articles,
                )
            with screen.progress("backup") as progress:
                await write(store, file, progress)
            return articles

    articles = asyncio.run(work())
    size = file.stat().st_size
    if as_json:
        print_figures({"articles": articles, "file": str(file), "bytes": size})
    report("Backup: wrote {articles} articles to {file}, {size}", articles=articles, file=file, size=_size(size))


@upkeep_app.command(
    cls=Command, epilog="Example: finews restore news-2026-01-31.backup -s FINEWS_STORE=mongodb://localhost/finews"
)
def restore(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `finews backup` wrote.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace everything in the store, takedowns too.")
    ] = False,
    as_json: Annotated[bool, json_option("Print what the store has now as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Put a backup of any store into an SQLite or MongoDB store: all of it, or nothing.

    A backup of an earlier finews is upgraded on the way; the file itself doesn't change.
    """
    import asyncio
    import tempfile

    from finews_spider.cli import screen
    from finews_spider.locks import run_lock
    from finews_spider.stores import database_file, open_store
    from finews_spider.stores.backup import opened
    from finews_spider.times import midnight

    config = read_config(overrides)
    _check_other(file, config.store)
    if not file.exists():
        raise ConfigError("there is no file {file}", file=file)
    database = database_file(config.store)
    folder = database.parent if database else Path(tempfile.gettempdir())
    if database:
        folder.mkdir(parents=True, exist_ok=True)

    async def work() -> int:
        async with open_store(config.store) as store:
            articles = (await store.summary(midnight())).articles
            if articles and not overwrite:
                raise ConfigError(
                    "the store has {articles} articles; --overwrite replaces them by the backup", articles=articles
                )
            with screen.progress("check") as progress:
                async with opened(file, folder, progress) as checked:
                    with screen.progress("restore") as loading:
                        await store.load(checked, loading)
            return (await store.summary(midnight())).articles

    with run_lock(config):
        articles = asyncio.run(work())
    if as_json:
        print_figures({"articles": articles, "file": str(file)})
    report(
        "Restore: the store keeps {articles} articles; `finews verify` compares the mirror with them",
        articles=articles,
    )


@upkeep_app.command(cls=Command, epilog="Example: finews compact --revisions-days 365 --runs-days 90")
def compact(
    *,
    revisions_days: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Drop versions of articles that were replaced more days ago."),
    ] = None,
    runs_days: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Drop records of runs that began more days ago.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be dropped.")] = False,
    as_json: Annotated[bool, json_option("Print what was dropped as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Drop versions and runs of the given age, and make the file of SQLite as small as possible.

    Articles, their URLs and takedowns always stay. A crawl may run while the command drops versions, but not while it
    makes the file smaller: then it exits with 75.
    """
    import asyncio
    from datetime import datetime, timedelta

    from finews_spider.locks import run_lock
    from finews_spider.stores import database_file, open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import SHANGHAI

    config = read_config(overrides)
    now = datetime.now(SHANGHAI)

    def before(days: int | None) -> datetime | None:
        return now - timedelta(days=days) if days else None

    async def drop() -> tuple[int, int]:
        async with open_store(config.store, Access.READ if dry_run else Access.CHANGE) as store:
            dropped = await store.drop(before(revisions_days), before(runs_days), dry_run=dry_run)
            if dry_run:
                _print_needs(await store.shrink_needs())
            return dropped

    async def shrink() -> int:
        async with open_store(config.store, Access.CHANGE) as store:
            _print_needs(await store.shrink_needs())
            return await store.shrink()

    versions, runs = asyncio.run(drop())
    if not dry_run:
        report("Compact: dropped {versions} earlier versions and {runs} runs", versions=versions, runs=runs)
    freed = None
    if not dry_run and database_file(config.store):
        with run_lock(config):
            freed = asyncio.run(shrink())
        report("Compact: gave back {size}", size=_size(freed))
    if as_json:
        print_figures({"revisions": versions, "runs": runs, "dry_run": dry_run, "freed": freed})
    elif dry_run:
        print(_("Compact: would drop {versions} earlier versions and {runs} runs", versions=versions, runs=runs))


def _check_other(file: Path, store: str) -> None:
    """Check that a backup is neither the store itself nor a folder.

    :raises ConfigError: it is.
    """
    from finews_spider.stores import database_file

    database = database_file(store)
    if database and os.path.realpath(file) == os.path.realpath(database):  # Path.resolve fails at a circle of links
        raise ConfigError("{file} is the store itself", file=file)
    if file.is_dir():
        raise ConfigError("{file} is a folder; name a file in it", file=file)


def _print_needs(needs: dict[Path, int]) -> None:
    """Print how much free space the command needs for a while, on standard error: it isn't a result."""
    if needs and not mode.quiet:
        parts = (_("{size} in {folder}", size=_size(count), folder=folder) for folder, count in needs.items())
        print(_("Compact: needs {spaces} free for a while", spaces=_(" and ").join(parts)), file=sys.stderr)


def _size(count: int) -> str:
    """Return a number of bytes as text."""
    return f"{count / 1e6:,.1f} MB"
