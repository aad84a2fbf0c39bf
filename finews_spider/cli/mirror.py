"""The commands for the mirror and its articles: `finews import`, `history`, `takedown`, `verify` and `site init`.

Each command imports what it needs when it runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finews_spider.cli.export import export_figures, export_posts, exporter
from finews_spider.cli.options import Set, article_codes, json_option, read_config
from finews_spider.cli.output import print_figures, report, say
from finews_spider.cli.usage import Command, Group
from finews_spider.codes import label
from finews_spider.errors import DONE, FAILED, ConfigError, MirrorError
from finews_spider.i18n import Message, _

if TYPE_CHECKING:
    from finews_spider.config.config import Config

mirror_app = typer.Typer()
site_app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Make the Jekyll site around the posts.",
    epilog="Example: finews site init mirror",
)
mirror_app.add_typer(site_app, name="site")


@mirror_app.command("import", cls=Command, epilog="Example: finews import ~/old-mirror")
def import_(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A mirror, or any folder of posts.")],
    as_json: Annotated[bool, json_option("Print how much was imported as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Read the posts of a mirror into the store, with their URLs. Articles that are stored already don't change.

    Of several posts of one article, finews keeps one, and the URLs of the others lead to it.
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
    if as_json:
        print_figures(
            {
                "new": imported.new,
                "unchanged": imported.known,
                "aliases": imported.aliases,
                "taken_down": imported.taken_down,
                "unreadable": imported.unreadable,
            }
        )
    raise typer.Exit(1 if imported.unreadable else 0)


@mirror_app.command(cls=Command, epilog="Example: finews history NW202206012399294452")
def history(
    *,
    article: Annotated[str, typer.Argument(metavar="CODE", help="Code, infoCode or any link of an article.")],
    as_json: Annotated[bool, json_option("Print every version in full, as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Show what each revision of an article changed, the newest at the end."""
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
            raise ConfigError("{code} isn't stored", code=label(code))
        shown = stored.revised_at or stored.published_at
        versions = [*earlier, Version(stored.revision, shown, stored.title, stored.body)]
        if as_json:
            for version in versions:
                print(json_line(version))
        else:
            screen.print_history(stored, changes(versions), taken_down=known[code].taken_down)
            if dropped := stored.revision - len(earlier):
                print(_("Earlier versions that `finews compact` dropped: {dropped}", dropped=dropped))

    asyncio.run(look())


@mirror_app.command(
    cls=Command, epilog="Example: finews takedown NW202206012399294452 --reason 'a request of the publisher'"
)
def takedown(
    *,
    articles: Annotated[
        list[str] | None, typer.Argument(metavar="[CODE...]", help="Codes, infoCodes or links of articles.")
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason; required. The store keeps it, and nothing publishes it.")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Undo takedowns; takes no reason.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show all takedowns and their reasons.")] = False,
    as_json: Annotated[
        bool, json_option("Print what was done as one line of JSON; with --list, each takedown as one line.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Remove articles from the mirror, and bar them from coming back by a crawl; --undo lifts that."""
    import asyncio
    from datetime import datetime

    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.times import SHANGHAI

    config = read_config(overrides)
    codes = article_codes(articles or [])
    if list_:
        if codes or undo or reason:
            raise ConfigError("--list takes no article, no --reason and no --undo")
        _list_takedowns(config, as_json=as_json)
        return
    if not codes:
        raise ConfigError("name the articles, or see all takedowns with --list")
    if undo and reason.strip():
        raise ConfigError("--undo takes no --reason")
    if not undo and not reason.strip():
        raise ConfigError("give a reason with --reason; nothing publishes it")

    async def work() -> "list[dict[str, Any]]":
        async with open_store(config.store, Access.CHANGE) as store:
            if undo:
                return [_undone(code, restored=await store.restore(code)) for code in codes]
            done = []
            for code in codes:
                stored = await store.take_down(code, reason, datetime.now(SHANGHAI))
                twins = [each for each in await store.twins(code) if each.path or not each.article.duplicate_of]
                same = [each.article.code for each in twins if each.article.code not in codes]
                done.append(_taken_down(code, same, stored=stored))
            return done

    done = asyncio.run(work())
    exported = export_posts(config)
    if as_json:
        print_figures({"articles": done, "export": export_figures(exported)})
    raise typer.Exit(FAILED if exported.failed else DONE)


def _undone(code: str, *, restored: bool) -> dict[str, Any]:
    """Say what the undoing of a takedown did, and return it for JSON."""
    report(Message("{code} is back") if restored else Message("{code} wasn't taken down"), code=label(code))
    return {"code": code, "info_code": label(code), "result": "restored" if restored else "unchanged"}


def _taken_down(code: str, same: list[str], *, stored: bool) -> dict[str, Any]:
    """Say what a takedown did, and return it for JSON.

    :param same: the codes of the same article that keep their posts.
    """
    down = Message("{code} is taken down")
    report(down if stored else Message("{code} is taken down; it wasn't stored"), code=label(code))
    for other in same:
        report("{code} is the same article and keeps its post, unless you name it too", code=label(other))
    return {"code": code, "info_code": label(code), "result": "taken_down", "stored": stored, "same_as": same}


def _list_takedowns(config: "Config", *, as_json: bool) -> None:
    import asyncio

    from finews_spider.cli import screen
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access
    from finews_spider.stores.records import Post, Takedown

    async def look() -> tuple[list[Takedown], dict[str, Post]]:
        async with open_store(config.store, Access.READ) as store:
            takedowns = await store.takedowns()
            return takedowns, await store.posts_of([each.code for each in takedowns])

    takedowns, posts = asyncio.run(look())
    if as_json:
        for each in takedowns:
            title = posts[each.code].article.title if each.code in posts else None
            at = each.at.isoformat(timespec="seconds")
            print_figures(
                {"code": each.code, "info_code": label(each.code), "at": at, "reason": each.reason, "title": title}
            )
    else:
        screen.print_takedowns(takedowns, posts)


@mirror_app.command(cls=Command, epilog="Example: finews verify --repair")
def verify(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what is missing, changed or orphaned.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Repair even if that removes most of the mirror.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Name every such file; else ten of each kind are named.")
    ] = False,
    as_json: Annotated[bool, json_option("Print every file that is named as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Compare the mirror folder with the store: missing, changed, orphaned and foreign files.

    Posts that wait for export count as missing or changed. The command needs as much free space as the text of the
    mirror. It names posts that the store doesn't know, and never touches them.
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
        raise MirrorError(
            "there is no mirror folder {mirror}; `finews export --all` makes one", mirror=config.mirror_dir
        )

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
    screen.print_findings(findings, config.mirror_dir, repaired=repair, everything=everything)
    figures = screen.findings_figures(findings, repaired=repair)
    failed = bool(findings.failed)
    if repair:
        exported = export_posts(config)  # this also clears the marks, and moves old posts
        figures["export"] = export_figures(exported)
        failed |= bool(exported.failed)
    if as_json:
        print_figures(figures)
    raise typer.Exit(FAILED if failed or (findings and not repair) else DONE)


@site_app.command(cls=Command, epilog="Example: finews site init mirror && finews publish")
def init(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The mirror folder.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the files of the theme, but never _config.yml.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Write the files that make the posts a Jekyll site. Existing files stay as they are."""
    from finews_spider.mirror import site

    config = read_config(overrides)
    for path in site.init(folder, config.site_url, overwrite=overwrite):
        say(str(path))
