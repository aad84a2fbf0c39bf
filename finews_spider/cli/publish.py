"""`finews publish`, and the publication that `finews run --publish` ends with.

Each command imports what it needs when it runs.
"""

from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from finews_spider.cli.options import Set, json_option, read_config
from finews_spider.cli.output import print_figures, report, say
from finews_spider.cli.usage import Command
from finews_spider.errors import DONE, FAILED
from finews_spider.i18n import Message

if TYPE_CHECKING:
    from finews_spider.config.config import Config

publish_app = typer.Typer()


class PublicationFigures(TypedDict):
    """What `--json` prints of a publication."""

    built: bool
    sent: bool
    exit_code: int
    error: str


@publish_app.command(
    cls=Command, epilog="Example: finews publish -s FINEWS_PUBLISH=git:git@github.com:me/me.github.io.git#gh-pages"
)
def publish(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Build all pages, not only those that changed since the last time.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if the mirror lost most of its posts since the last time.")
    ] = False,
    as_json: Annotated[bool, json_option("Print what was done as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Build the mirror's site with Jekyll into FINEWS_SITE_DIR, and send it where FINEWS_PUBLISH says.

    Does nothing when nothing has changed since the last time, and tries again what failed.
    """
    done = publish_site(read_config(overrides), everything=everything, force=force)
    if as_json:
        print_figures(done)
    raise typer.Exit(done["exit_code"])


def publish_site(config: "Config", *, everything: bool = False, force: bool = False) -> PublicationFigures:
    """Publish the mirror's site, say what was done, and return it. Raises as ``publish()``.

    :param everything: build all pages, whatever changed.
    :param force: do so even where the mirror lost most of its posts since.
    """
    import signal

    from finews_spider import logs
    from finews_spider.cli import screen
    from finews_spider.publishing import publish, sources

    # As Ctrl-C, which ends Jekyll too. SIGINT itself won't do: background jobs of a shell ignore it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with screen.progress("pieces") as progress:
            done = publish.publish(config, everything=everything, force=force, progress=progress)
    except KeyboardInterrupt:
        stopped = Message("Stopped early: the site stays as it was, and the next time starts again.")
        say(stopped)
        return PublicationFigures(built=False, sent=False, exit_code=FAILED, error=stopped)
    if done.why_whole:
        logs.print_error(
            "every publication builds the whole site: {why}; if finews made that page, `finews site init MIRROR "
            "--overwrite` brings today's",
            why=done.why_whole,
        )
    if (done.built or done.sent) and (wrong := sources.wrong_canonical(config.mirror_dir)):
        logs.print_error(wrong)
    if done.built:
        report("Built {site}", site=config.site_dir)
    if done.sent:
        report("Published to {to}", to=str(config.publish))
    if not (done.built or done.sent):
        report("Nothing changed since the last time.")
    return PublicationFigures(built=done.built, sent=done.sent, exit_code=DONE, error="")
