"""The `finews` command. Each command imports what it needs when it runs, so that `finews --help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from finews_spider import __version__
from finews_spider.cli.articles import articles_app
from finews_spider.cli.channels import channels_app
from finews_spider.cli.completion import mend_equals, mend_zsh
from finews_spider.cli.export import export_app
from finews_spider.cli.mirror import mirror_app
from finews_spider.cli.output import drop, no_colour, take_output
from finews_spider.cli.publish import publish_app
from finews_spider.cli.run import run_app
from finews_spider.cli.status import status_app
from finews_spider.cli.upkeep import upkeep_app
from finews_spider.cli.usage import Command, Group
from finews_spider.crawl.memory import tune_gc
from finews_spider.errors import DONE, FAILED, ConfigError, FinewsError
from finews_spider.i18n import is_english


class _All(Group):
    """All commands, in the user's language: run and watch first, demo last, the others in the order of registration."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not is_english():
            from finews_spider.cli.help import localize

            localize(self)

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: (name not in {"run", "watch"}, name == "demo"))


mend_zsh()
mend_equals()
app = typer.Typer(
    cls=_All,
    no_args_is_help=True,
    rich_markup_mode=None,  # boxes around help and errors take 0.2 s to load
    pretty_exceptions_show_locals=False,  # they may have passwords
    # None: colours on a terminal. Typer shows that a completion is installed in green.
    context_settings={"help_option_names": ["-h", "--help"], "color": False if no_colour() else None},
    help="Crawl Chinese financial news, keep every article, mirror each one as a Jekyll post.",
    epilog="Example: finews run --channels 全球直播,财经导读",
)
app.add_typer(articles_app)
app.add_typer(channels_app, name="channels")
app.add_typer(export_app)
app.add_typer(mirror_app)
app.add_typer(run_app)
app.add_typer(status_app)
app.add_typer(upkeep_app)
app.add_typer(publish_app)


def main() -> None:
    """Run the command line, and print an error that a user can correct as one line."""
    tune_gc()
    output = take_output()
    code: int | str | None = DONE
    try:
        app()
    except SystemExit as end:
        code = end.code
    except FinewsError as error:
        from finews_spider import logs

        logs.print_error(error)
        code = error.exit_code
    output.flush()
    if output.lost:
        from finews_spider import logs

        logs.print_error("standard output can't be written: {why}", why=output.lost.strerror)
        drop(output)
        code = code or FAILED
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _finews(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"finews {__version__}")
        raise typer.Exit
    if not context.invoked_subcommand:
        raise ConfigError("finews needs a command; see `finews --help`")


@app.command("demo", cls=Command, epilog="Example: finews demo --publishers --articles 500 --dir /tmp/demo")
def _demo(
    articles: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="Articles that the sample upstream starts with.")
    ] = 300,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Folder for the store and the mirror of the demo.")
    ] = Path("demo"),
    *,
    publishers: Annotated[
        bool, typer.Option("--publishers", help="Show the lists of five other publishers too.")
    ] = False,
) -> None:
    """Show finews at work: two runs against a sample upstream on this machine, without a network."""
    from finews_spider.cli.demo import show

    raise typer.Exit(show(folder, articles, publishers=publishers))
