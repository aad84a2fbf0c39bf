"""The `finews` command. What a command needs is imported when it runs: `finews --help` answers at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from finews_spider import __version__
from finews_spider.cli.channels import channels_app
from finews_spider.cli.mirror import mirror_app
from finews_spider.cli.output import drop, take_output
from finews_spider.cli.publish import publish_app
from finews_spider.cli.run import run_app
from finews_spider.cli.status import status_app
from finews_spider.cli.upkeep import upkeep_app
from finews_spider.crawl.memory import tune_gc
from finews_spider.errors import DONE, FAILED, FinewsError


class _RunFirst(TyperGroup):
    """The commands as they are registered, which puts a module's own before all others, but run first and demo last."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: (name not in {"run", "watch"}, name == "demo"))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands with the whole first paragraph of each one's help, which would else be cut."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, (each.help or "").partition("\n\n")[0]) for name, each in commands.items() if each]
            )


app = typer.Typer(
    cls=_RunFirst,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # else each --help and each slip loads for 0.2 s what draws boxes
    pretty_exceptions_show_locals=False,  # they hold passwords
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Crawl Chinese financial news, keep every article, mirror each one as a Jekyll post.",
    epilog="Example: finews run --channels 全球直播,财经导读",
)
app.add_typer(channels_app, name="channels")
app.add_typer(mirror_app)
app.add_typer(run_app)
app.add_typer(status_app)
app.add_typer(upkeep_app)
app.add_typer(publish_app)


def main() -> None:
    """Run the command line, and tell what a user can mend in one line."""
    tune_gc()
    output = take_output()
    code: int | str | None = DONE
    try:
        app()
    except SystemExit as end:
        code = end.code
    except FinewsError as error:
        from finews_spider import logs

        logs.tell(str(error))
        code = error.exit_code
    output.flush()
    if output.lost:
        from finews_spider import logs

        logs.tell(f"standard output can't be written: {output.lost.strerror}")
        drop(output)
        code = code or FAILED
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _finews(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,  # noqa: FBT002
) -> None:
    if version:
        print(f"finews {__version__}")
        raise typer.Exit


@app.command("demo", epilog="Example: finews demo --articles 500 --dir /tmp/demo")
def _demo(
    articles: Annotated[int, typer.Option(min=1, help="Articles that the sample upstream begins with.")] = 300,
    folder: Annotated[Path, typer.Option("--dir", help="Folder for the demo's store and mirror.")] = Path("demo"),
) -> None:
    """Show finews at work: two ticks against a sample upstream on this machine, no network needed."""
    from finews_spider.cli.demo import show

    raise typer.Exit(show(folder, articles))
