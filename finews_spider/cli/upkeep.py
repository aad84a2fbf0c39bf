"""The commands that keep the store: a copy of it, that copy back, and the store smaller.

Imports wait for their command, as in the package.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from finews_spider.cli.options import Set, read_config
from finews_spider.errors import ConfigError

upkeep_app = typer.Typer()


@upkeep_app.command(epilog="Example: finews backup news-2026-01-31.backup")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,  # noqa: FBT002
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Replace even a backup that holds more than twice as many articles.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Write all that the store keeps into one file, while crawls and exports go on.

    The file is an SQLite store, whichever store it was made of; nobody else may read it. Copied images are files of the
    mirror and not in it.
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
        raise ConfigError(f"{file} is there already; --overwrite replaces it")

    async def work() -> int:
        async with open_store(config.store, Access.READ) as store:
            articles = (await store.summary(midnight())).articles
            before = articles_in(file) if file.exists() and not force else 0
            if before > 2 * articles:
                raise ConfigError(
                    f"{file} holds {before} articles and the store only {articles}; is FINEWS_STORE the right one? "
                    "--force replaces the file nevertheless"
                )
            with screen.progress("backup") as progress:
                await write(store, file, progress)
            return articles

    articles = asyncio.run(work())
    print(f"Backup: wrote {articles} articles to {file}, {_size(file.stat().st_size)}")


@upkeep_app.command(epilog="Example: finews restore news-2026-01-31.backup -s FINEWS_STORE=mongodb://localhost/finews")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `finews backup` wrote.")],
    overwrite: Annotated[  # noqa: FBT002
        bool, typer.Option("--overwrite", help="Replace all that the store keeps, takedowns too.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Put a backup into the store, SQLite or MongoDB, whichever it was made of: all of it, or nothing.

    A backup by an earlier finews is brought up to date; the file itself stays as it is. Leaves with 75 when a run is
    under way.
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
        raise ConfigError(f"there is no file {file}")
    database = database_file(config.store)
    folder = database.parent if database else Path(tempfile.gettempdir())
    if database:
        folder.mkdir(parents=True, exist_ok=True)

    async def work() -> int:
        async with open_store(config.store) as store:
            articles = (await store.summary(midnight())).articles
            if articles and not overwrite:
                raise ConfigError(f"the store holds {articles} articles; --overwrite puts the backup in their place")
            with screen.progress("check") as progress:
                async with opened(file, folder, progress) as checked:
                    with screen.progress("restore") as loading:
                        await store.load(checked, loading)
            return (await store.summary(midnight())).articles

    with run_lock(config):
        articles = asyncio.run(work())
    print(f"Restore: the store keeps {articles} articles; `finews verify` compares the mirror with them")


@upkeep_app.command(epilog="Example: finews compact --revisions-days 365 --runs-days 90")
def compact(
    revisions_days: Annotated[
        int | None,
        typer.Option(min=1, metavar="DAYS", help="Drop versions of articles that were replaced longer ago."),
    ] = None,
    runs_days: Annotated[
        int | None, typer.Option(min=1, metavar="DAYS", help="Drop records of runs that began longer ago.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,  # noqa: FBT002
    overrides: Set = None,
) -> None:
    """Drop old versions and runs, if their age is given, and make SQLite's file as small as it can be.

    Articles, their URLs and takedowns always stay. A crawl may go on while versions are dropped; leaves with 75 when
    one keeps the file from being made smaller.
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
                _say_needs(await store.shrink_needs())
            return dropped

    async def shrink() -> int:
        async with open_store(config.store, Access.CHANGE) as store:
            _say_needs(await store.shrink_needs())
            return await store.shrink()

    versions, runs = asyncio.run(drop())
    print(f"Compact: {'would drop' if dry_run else 'dropped'} {versions} earlier versions and {runs} runs")
    if not dry_run and database_file(config.store):
        with run_lock(config):
            print(f"Compact: gave back {_size(asyncio.run(shrink()))}")


def _check_other(file: Path, store: str) -> None:
    """Raise ConfigError where a backup would be the store itself, or no file."""
    from finews_spider.stores import database_file

    database = database_file(store)
    if database and os.path.realpath(file) == os.path.realpath(database):  # Path.resolve fails at a circle of links
        raise ConfigError(f"{file} is the store itself")
    if file.is_dir():
        raise ConfigError(f"{file} is a folder; name a file in it")


def _say_needs(needs: dict[Path, int]) -> None:
    """Say how much free space is needed for a while, on standard error: it is nothing that the command did."""
    if needs:
        said = " and ".join(f"{_size(count)} in {folder}" for folder, count in needs.items())
        print(f"Compact: needs {said} free for a while", file=sys.stderr)


def _size(count: int) -> str:
    """Return so many bytes as a person says it."""
    return f"{count / 1e6:,.1f} MB"
