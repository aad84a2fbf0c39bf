"""`finews publish`. The command imports what it needs when it runs."""

from typing import Annotated

import typer

from finews_spider.cli.options import Set, read_config
from finews_spider.errors import FAILED

publish_app = typer.Typer()


@publish_app.command(epilog="Example: finews publish -s FINEWS_PUBLISH=git:git@github.com:me/me.github.io.git#gh-pages")
def publish(
    *,
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
    import signal

    from finews_spider.cli import screen
    from finews_spider.publishing import publish

    config = read_config(overrides)
    # As Ctrl-C, which ends Jekyll too. SIGINT itself won't do: background jobs of a shell ignore it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with screen.err.status("Building and sending the site"):
            done = publish.publish(config, force=force)
    except KeyboardInterrupt:
        print("Stopped early: the site stays as it was, and the next time starts again.")
        raise typer.Exit(FAILED) from None
    if done.built:
        print(f"Built {config.site_dir}")
    if done.sent:
        print(f"Published to {config.publish}")
    if not (done.built or done.sent):
        print("Nothing changed since the last time.")
