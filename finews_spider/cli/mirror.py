"""The commands about the mirror and what is kept: into it, out of it, and the site around it.

Imports wait for their command, as in the package.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.cli.options import (
    Set,
    article_codes,
    export_posts,
    exporter,
    read_config,
)
from finews_spider.errors import DONE, FAILED, ConfigError, MirrorError

if TYPE_CHECKING:
    from finews_spider.config.config import Config

mirror_app = typer.Typer()
site_app = typer.Typer(no_args_is_help=True, help="The Jekyll site around the posts.")
mirror_app.add_typer(site_app, name="site")


@mirror_app.command(epilog="Example: finews export --format csv --since 2026-01-01 --media 新京报 --output news.csv")
def export(  # noqa: PLR0913 -- each is an option
    *,
    everything: Annotated[bool, typer.Option("--all", help="Write every post again, not only what waits.")] = False,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="jsonl|csv|parquet",
            help="Write the articles as data in place of posts. CSV is UTF-8; a value that begins with = + - @ or a "
            "tab has a ' before it, since spreadsheets would run it.",
        ),
    ] = "",
    output: Annotated[Path | None, typer.Option(help="The data's file; by default, or as -, standard output.")] = None,
    since: Annotated[str, typer.Option(metavar="DAY", help="Data from this day in China on, as 2026-01-31.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="Data up to the end of this day.")] = "",
    media: Annotated[str, typer.Option(help="Data of this publication only, such as 新京报.")] = "",
    stock: Annotated[str, typer.Option(help="Data that names this stock only, as 1.600160 or 600160.SH.")] = "",
    overrides: Set = None,
) -> None:
    """Write the posts that wait for it into the mirror folder; or, with --format, the stored articles as data."""
    config = read_config(overrides)
    only = {"--output": output, "--since": since, "--until": until, "--media": media, "--stock": stock}
    if format_:
        if everything:
            raise ConfigError("--all is for posts; --format writes all articles anyway")
        _export_data(config, format_, None if output == Path("-") else output, (since, until, media, stock))
    elif given := [name for name, value in only.items() if value]:
        raise ConfigError(f"{given[0]} is for data; say which with --format")
    else:
        raise typer.Exit(FAILED if export_posts(config, everything=everything).failed else DONE)


def _export_data(config: "Config", format_: str, output: Path | None, filters: tuple[str, str, str, str]) -> None:
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.stores.dump import check, dump, selection

    check(format_, output)
    only = selection(*filters)

    async def work() -> int:
        async with open_store(config.store, Access.READ) as store:
            with screen.progress("articles", shown=output is not None) as progress:
                return await dump(store, format_, output, only, progress)

    # A closed pipe: its reader, such as `head`, has had enough.
    with suppress(BrokenPipeError):
        written = asyncio.run(work())
        print(f"Articles: wrote {written} to {output or 'standard output'}", file=sys.stdout if output else sys.stderr)


@mirror_app.command("import", epilog="Example: finews import ~/old-mirror")
def import_(
    folder: Annotated[Path, typer.Argument(help="A mirror: a folder with _posts or old_post.")], overrides: Set = None
) -> None:
    """Read an existing mirror's posts into the store; its URLs stay, and what is stored already stays as it is.

    Where an article has several posts, one is kept and the other URLs lead to it.
    Leaves with 1 when a file could not be read; each is named with the reason.
    """
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.locks import run_lock
    from finews_spider.mirror.importer import Imported, import_posts, post_files
    from finews_spider.stores import open_store

    config = read_config(overrides)
    files = post_files(folder)

    async def work() -> Imported:
        async with open_store(config.store) as store:
            with screen.progress("posts") as progress:
                return await import_posts(store, folder, files, lambda done: progress(done, len(files)))

    with run_lock(config):
        imported = asyncio.run(work())
    screen.print_import(imported)
    raise typer.Exit(1 if imported.unreadable else 0)


@mirror_app.command(epilog="Example: finews history NW202206012399294452")
def history(
    article: Annotated[str, typer.Argument(help="Code, infoCode or any link of an article.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print every version whole, each a line of JSON.")] = False,  # noqa: FBT002
    overrides: Set = None,
) -> None:
    """Show what each revision of an article changed, the newest last."""
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.stores.changes import changes, json_line
    from finews_spider.stores.records import Version

    config = read_config(overrides)
    [code] = article_codes([article])

    async def look() -> None:
        async with open_store(config.store, Access.READ) as store:
            earlier = await store.history(code)
            stored = await store.get(code)
            known = await store.known([code])
        if not stored:
            raise ConfigError(f"NW{code} isn't stored")
        shown = stored.revised_at or stored.published_at
        versions = [*earlier, Version(stored.revision, shown, stored.title, stored.body)]
        if as_json:
            for version in versions:
                print(json_line(version))
        else:
            screen.print_history(stored, changes(versions), taken_down=known[code].taken_down)
            if dropped := stored.revision - len(earlier):
                print(f"Earlier versions that `finews compact` dropped: {dropped}")

    asyncio.run(look())


@mirror_app.command(epilog="Example: finews takedown NW202206012399294452 --reason 'asked for by the publisher'")
def takedown(
    articles: Annotated[list[str], typer.Argument(help="Codes, infoCodes or links of articles.")],
    reason: Annotated[str, typer.Option(help="Why; required. Kept in the store, never published.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take takedowns back; needs no reason.")] = False,  # noqa: FBT002
    overrides: Set = None,
) -> None:
    """Remove articles from the mirror, and crawling never brings them back; or undo that."""
    import asyncio
    from datetime import datetime

    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import SHANGHAI

    config = read_config(overrides)
    codes = article_codes(articles)
    if undo == bool(reason.strip()):
        raise ConfigError("--undo takes no --reason" if undo else "say why with --reason; it is never published")

    async def work() -> None:
        async with open_store(config.store, Access.CHANGE) as store:
            for code in codes:
                if undo:
                    restored = await store.restore(code)
                    print(f"NW{code} is back" if restored else f"NW{code} wasn't taken down")
                else:
                    stored = await store.take_down(code, reason, datetime.now(SHANGHAI))
                    print(f"NW{code} is taken down" + ("" if stored else "; it wasn't stored"))
                    for twin in await store.twins(code):
                        other = twin.article.code
                        if (twin.path or not twin.article.duplicate_of) and other not in codes:
                            print(f"NW{other} is the same article and keeps its post, unless you name it too")

    asyncio.run(work())
    raise typer.Exit(FAILED if export_posts(config).failed else DONE)


@mirror_app.command(epilog="Example: finews verify --repair")
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is missing, changed or orphaned.")] = False,  # noqa: FBT002
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Repair even where that takes most of the mirror away.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Compare the mirror folder with the store: missing, changed, orphaned and foreign files.

    What waits for export counts as missing or changed. Needs as much free space as the mirror's text. Posts that the
    store doesn't know are named and never touched. Leaves with 1 when something is wrong and isn't mended, and with 2
    when most of the mirror isn't of this store, which is then not repaired.
    """
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.locks import mirror_lock, mirror_read_lock
    from finews_spider.mirror.verify import Findings
    from finews_spider.mirror.verify import verify as compare
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import midnight

    config = read_config(overrides)
    if not repair and not config.mirror_dir.is_dir():
        raise MirrorError(f"there is no mirror folder {config.mirror_dir}; `finews export --all` makes one")

    async def look() -> Findings:
        async with open_store(config.store, Access.CHANGE if repair else Access.READ) as store:
            total = (await store.summary(midnight())).articles
            with (
                (mirror_lock if repair else mirror_read_lock)(config),
                screen.progress("articles") as progress,
            ):
                return await compare(
                    store,
                    exporter(config, store),
                    repair=repair,
                    force=force,
                    progress=lambda done: progress(done, total),
                )

    findings = asyncio.run(look())
    screen.print_findings(findings, config.mirror_dir, repaired=repair)
    failed = bool(findings.failed)
    if repair:
        failed |= bool(export_posts(config).failed)  # this takes the marks of what waited away, and moves what is old
    raise typer.Exit(FAILED if failed or (findings and not repair) else DONE)


@site_app.command(epilog="Example: finews site init mirror && finews publish")
def init(
    folder: Annotated[Path, typer.Argument(help="The mirror folder.")],
    overwrite: Annotated[  # noqa: FBT002
        bool, typer.Option("--overwrite", help="Replace the theme's files by this version's; never _config.yml.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Write the files that make a Jekyll site of the posts; those that are there stay as they are."""
    from finews_spider.mirror import site

    config = read_config(overrides)
    for path in site.init(folder, config.site_url, overwrite=overwrite):
        print(path)
