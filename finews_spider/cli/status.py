"""`finews status`. The command imports what it needs when it runs."""

from typing import Annotated

import typer

from finews_spider.cli.options import Set, json_option, read_config
from finews_spider.cli.output import mode
from finews_spider.cli.usage import Command
from finews_spider.errors import ConfigError

status_app = typer.Typer()


@status_app.command(cls=Command, epilog="Example: finews status --check --max-age 30")
def status(
    *,
    as_json: Annotated[bool, json_option("Print one JSON object, for a program.")] = False,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Print in the text format of Prometheus.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if the last run was bad or is too old.")] = False,
    max_age: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="Minutes since the last run that --check allows.")
    ] = 60,
    overrides: Set = None,
) -> None:
    """Show the last success, articles of today, newest article and errors of each channel, and the alarms.

    Where there is a site, a line says how far it is behind the mirror.
    """
    import asyncio
    import json

    from finews_spider import logs
    from finews_spider.cli import screen_status
    from finews_spider.monitoring.overview import Overview, read_overview
    from finews_spider.publishing.behind import behind
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    if as_json and prometheus:
        raise ConfigError("--json and --prometheus are two formats; choose one")
    config = read_config(overrides)

    async def read() -> Overview:
        async with open_store(config.store, Access.READ) as store:
            return await read_overview(config, store, screen_status.SHOWN)

    overview = asyncio.run(read())
    if prometheus:
        from finews_spider.monitoring import metrics

        print(metrics.text(overview), end="")
    elif as_json:
        print(json.dumps(screen_status.as_json(overview, behind(config))))  # in ASCII: nothing in it steers a terminal
    elif not (check and mode.quiet):
        screen_status.print_status(overview, behind(config))
    if check and (why := screen_status.why_unwell(overview, max_age)):
        logs.print_error(why)
        raise typer.Exit(1)
