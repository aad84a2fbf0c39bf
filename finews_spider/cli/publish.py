"""`finews publish`, and the publication that `finews run --publish` ends with.

Each command imports what it needs when it runs.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.cli.options import Set, read_config
from finews_spider.errors import DONE, FAILED

if TYPE_CHECKING:
    from finews_spider.config.config import Config

publish_app = typer.Typer()
THEME_HINT = "if finews made that page, `finews site init MIRROR --overwrite` brings today's"


@publish_app.command(epilog="Example: finews publish -s FINEWS_PUBLISH=git:git@github.com:me/me.github.io.git#gh-pages")
def publish(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Build all pages, not only those that changed since the last time.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if the mirror lost most of its posts since the last time.")
    ] = False,
    overrides: Set = None,
) -> None:
    """Build the mirror's site with Jekyll into FINEWS_SITE_DIR, and send it where FINEWS_PUBLISH says.

    Does nothing when nothing has changed since the last time, and tries again what failed. Exits with 0 when the site
    is where it should be; 1 when it couldn't be built or sent; 2 on wrong usage, when a program is missing, or when
    the mirror lost most of its posts; 75 when another publication is under way.
    """
    raise typer.Exit(publish_site(read_config(overrides), everything=everything, force=force))


def publish_site(config: "Config", *, everything: bool = False, force: bool = False) -> int:
    """Publish the mirror's site, print what was done, and return the exit code. Raises as ``publish()``.

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
        print("Stopped early: the site stays as it was, and the next time starts again.")
        return FAILED
    if done.why_whole:
        logs.print_error(f"every publication builds the whole site: {done.why_whole}; {THEME_HINT}")
    if (done.built or done.sent) and (wrong := sources.wrong_canonical(config.mirror_dir)):
        logs.print_error(wrong)
    if done.built:
        print(f"Built {config.site_dir}")
    if done.sent:
        print(f"Published to {config.publish}")
    if not (done.built or done.sent):
        print("Nothing changed since the last time.")
    return DONE
