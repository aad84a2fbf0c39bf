"""`finews status`. Imports wait for the command, as in the package."""

from typing import Annotated

import typer

from finews_spider.cli.options import Set, read_config
from finews_spider.errors import ConfigError

status_app = typer.Typer()


@status_app.command(epilog="Example: finews status --check --max-age 30")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="One object, for a program.")] = False,  # noqa: FBT002
    prometheus: Annotated[bool, typer.Option("--prometheus", help="In Prometheus's text format.")] = False,  # noqa: FBT002
    check: Annotated[  # noqa: FBT002
        bool, typer.Option("--check", help="Exit with 1 when the last run was bad or is too old.")
    ] = False,
    max_age: Annotated[int, typer.Option(min=1, help="Minutes since the last run began, for --check.")] = 60,
    overrides: Set = None,
) -> None:
    """Show the state of each channel, the store's totals, and the alarms of the last run."""
    import asyncio
    import json

    from finews_spider import logs
    from finews_spider.cli import screen_status
    from finews_spider.monitoring.overview import Overview, read_overview
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    if as_json and prometheus:
        raise ConfigError("--json and --prometheus exclude each other")
    config = read_config(overrides)

    async def read() -> Overview:
        async with open_store(config.store, Access.READ) as store:
            return await read_overview(config, store, screen_status.SHOWN)

    overview = asyncio.run(read())
    if prometheus:
        from finews_spider.monitoring import metrics

        print(metrics.text(overview), end="")
    elif as_json:
        print(json.dumps(screen_status.as_json(overview)))  # in ASCII: nothing in it steers a terminal
    else:
        screen_status.print_status(overview)
    if check and (why := screen_status.why_unwell(overview, max_age)):
        logs.tell(why)
        raise typer.Exit(1)
