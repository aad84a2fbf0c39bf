"""The `finews` command. What a command needs is imported when it runs: `finews --help` answers at once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finews_spider import __version__
from finews_spider.cli_channels import channels_app
from finews_spider.errors import ConfigError, FinewsError, MirrorError
from finews_spider.options import Set, read_settings

if TYPE_CHECKING:
    from finews_spider.config import Config

LOCKED = 75
"""Exit code where another run holds the lock: EX_TEMPFAIL, which cron and systemd know."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Crawl Chinese financial news, keep every article, mirror each one as a Jekyll post.",
    epilog="Example: finews run --channels 全球直播,财经导读",
)
site_app = typer.Typer(no_args_is_help=True, help="The Jekyll site around the posts.")
app.add_typer(site_app, name="site")
app.add_typer(channels_app, name="channels")


def main() -> None:
    """Run the command line, and tell what a user can mend in one line."""
    try:
        app()
    except FinewsError as error:
        print(f"finews: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigError | MirrorError) else 1)


@app.callback(invoke_without_command=True)
def _finews(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,  # noqa: FBT002
) -> None:
    if version:
        print(f"finews {__version__}")
        raise typer.Exit


@app.command(epilog="Example: finews run --channels 全球直播,财经导读 --pages 2 -s FINEWS_STORE=sqlite:///news.db")
def run(
    channels: Annotated[str, typer.Option(help="Channels to poll, comma-separated; all enabled ones by default.")] = "",
    pages: Annotated[str, typer.Option(help="Pages to ask of each channel at most; its own number by default.")] = "",
    overrides: Set = None,
) -> None:
    """Run one tick: poll the channels, fetch what is new or revised, write the posts.

    Leaves with 0 when all is done, 1 when something failed that the next run tries again, 2 on wrong usage, 75 when
    another run is under way.
    """
    from finews_spider import screen
    from finews_spider.channels import choose
    from finews_spider.crawl import crawl
    from finews_spider.stores import open_store

    settings, config = read_settings(overrides)
    choose(config.channels(), channels)
    open_store(config.store)
    _check_writable(config.mirror_dir)
    with _lock(config):
        with screen.progress("articles") as progress:
            code, stats = crawl(settings, "feed", progress, channels=channels, pages=pages)
        if not stats:
            raise typer.Exit(code)
        screen.print_run(stats)
        if stats.get("finish_reason") == "finished":
            _export(config)
        else:
            print("Stopped early: what was fetched is stored, and the next run goes on from there.")
    raise typer.Exit(code)


@app.command(epilog="Example: finews export --all")
def export(
    everything: Annotated[bool, typer.Option("--all", help="Write every post again, not only what waits.")] = False,  # noqa: FBT002
    overrides: Set = None,
) -> None:
    """Write the posts that wait for it into the mirror folder."""
    import asyncio

    from finews_spider.stores import open_store

    _, config = read_settings(overrides)
    _check_writable(config.mirror_dir)

    async def requeue() -> None:
        async with open_store(config.store) as store:
            await store.requeue()

    if everything:
        asyncio.run(requeue())
    _export(config)


@app.command("import", epilog="Example: finews import ~/old-mirror")
def import_(
    folder: Annotated[Path, typer.Argument(help="A mirror: a folder with _posts or old_post.")], overrides: Set = None
) -> None:
    """Read an existing mirror's posts into the store; its URLs stay, and what is stored already stays as it is.

    Leaves with 1 when a file could not be read; each is named with the reason.
    """
    import asyncio

    from finews_spider import screen
    from finews_spider.mirror.importer import Imported, import_posts, posts_of
    from finews_spider.stores import open_store

    _, config = read_settings(overrides)
    files = posts_of(folder)

    async def work() -> Imported:
        async with open_store(config.store) as store:
            with screen.progress("posts") as progress:
                return await import_posts(store, folder, files, lambda done: progress(done, len(files)))

    with _lock(config):
        imported = asyncio.run(work())
    screen.print_import(imported)
    raise typer.Exit(1 if imported.unreadable else 0)


@app.command(epilog="Example: finews status -s FINEWS_STORE=mongodb://localhost:27017/finews")
def status(overrides: Set = None) -> None:
    """Show each channel's last success, today's articles, newest article and failures, and the store's totals."""
    import asyncio

    from finews_spider import screen
    from finews_spider.stores import open_store

    _, config = read_settings(overrides)

    async def look() -> None:
        async with open_store(config.store) as store:
            today = screen.midnight()
            screen.print_status(
                config.channels(), await store.channel_states(), await store.summary(today), await store.last_run()
            )

    asyncio.run(look())


@app.command(epilog="Example: finews takedown NW202206012399294452 --reason 'asked for by the publisher'")
def takedown(
    codes: Annotated[list[str], typer.Argument(help="Codes, infoCodes or links of articles.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the store.")],
    overrides: Set = None,
) -> None:
    """Remove articles from the mirror; crawling never brings them back."""
    import asyncio
    from datetime import datetime

    from finews_spider.items import SHANGHAI
    from finews_spider.sources.links import code_of_link
    from finews_spider.stores import open_store

    _, config = read_settings(overrides)
    articles = {text: code_of_link(text) for text in codes}
    for text, code in articles.items():
        if not code:
            raise ConfigError(f"{text!r} is no article")

    async def take_down() -> None:
        async with open_store(config.store) as store:
            for code in articles.values():
                stored = await store.take_down(code, reason, datetime.now(SHANGHAI))
                print(f"NW{code} is taken down" + ("" if stored else "; it wasn't stored"))

    asyncio.run(take_down())
    _export(config)


@site_app.command(epilog="Example: finews site init mirror && jekyll build -s mirror -d site")
def init(folder: Annotated[Path, typer.Argument(help="The mirror folder.")]) -> None:
    """Write the files that make a Jekyll site of the posts; those that are there stay as they are."""
    from finews_spider.mirror import site

    for path in site.init(folder):
        print(path)


@app.command(epilog="Example: finews demo --articles 500 --dir /tmp/demo")
def demo(
    articles: Annotated[int, typer.Option(min=1, help="Articles that the sample upstream begins with.")] = 300,
    folder: Annotated[Path, typer.Option("--dir", help="Folder for the demo's store and mirror.")] = Path("demo"),
) -> None:
    """Show finews at work: two ticks against a sample upstream on this machine, no network needed."""
    from finews_spider.demo import show

    raise typer.Exit(show(folder, articles))


def _check_writable(folder: Path) -> None:
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MirrorError(f"the mirror folder {folder} can't be written: {error.strerror}") from None


@contextmanager
def _lock(config: "Config") -> Iterator[None]:
    """Hold the run's lock; its holder's end, however it comes, frees it."""
    from filelock import FileLock, Timeout

    database = config.store.removeprefix("sqlite:///")
    path = Path(f"{database}.lock" if database != config.store else config.mirror_dir / ".finews.lock")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        print(f"finews: another run is under way (it holds {path})", file=sys.stderr)
        raise typer.Exit(LOCKED) from None
    except OSError as error:
        raise ConfigError(f"the lock {path} can't be written: {error.strerror}") from None
    with lock:
        yield


def _export(config: "Config") -> None:
    import asyncio

    from finews_spider import screen
    from finews_spider.mirror.exporter import Exporter
    from finews_spider.mirror.folder import Folder
    from finews_spider.mirror.post import Links
    from finews_spider.stores import open_store

    async def work() -> Any:
        async with open_store(config.store) as store:
            total = (await store.summary(screen.midnight())).pending
            links = Links(site=config.site_url, share=config.share_url, page=config.page_url)
            with screen.progress("posts") as progress:
                return await Exporter(store, Folder(config.mirror_dir), links).export(
                    lambda done: progress(done, total)
                )

    screen.print_export(asyncio.run(work()), config.mirror_dir)
