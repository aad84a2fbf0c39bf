"""The `finews` command. What a command needs is imported when it runs: `finews --help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from finews_spider import __version__
from finews_spider.cli_channels import channels_app
from finews_spider.cli_mirror import mirror_app
from finews_spider.cli_run import run_app
from finews_spider.errors import ConfigError, FinewsError, MirrorError
from finews_spider.options import Set, read_settings


class _RunFirst(TyperGroup):
    """The commands as they are registered, which puts a module's own before all others, but run first and demo last."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: (name not in {"run", "watch"}, name == "demo"))


app = typer.Typer(
    cls=_RunFirst,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Crawl Chinese financial news, keep every article, mirror each one as a Jekyll post.",
    epilog="Example: finews run --channels 全球直播,财经导读",
)
app.add_typer(channels_app, name="channels")
app.add_typer(mirror_app)
app.add_typer(run_app)


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


@app.command(epilog="Example: finews demo --articles 500 --dir /tmp/demo")
def demo(
    articles: Annotated[int, typer.Option(min=1, help="Articles that the sample upstream begins with.")] = 300,
    folder: Annotated[Path, typer.Option("--dir", help="Folder for the demo's store and mirror.")] = Path("demo"),
) -> None:
    """Show finews at work: two ticks against a sample upstream on this machine, no network needed."""
    from finews_spider.demo import show

    raise typer.Exit(show(folder, articles))
