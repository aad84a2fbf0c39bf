"""`finews channels`, and its commands `probe` and `copy`. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from finews_spider.cli.options import Set, complete_channels, json_option, read_config, scrapy_settings
from finews_spider.cli.output import print_figures, say
from finews_spider.cli.usage import Command, Group
from finews_spider.errors import ConfigError

channels_app = typer.Typer(cls=Group, invoke_without_command=True)


@channels_app.callback(epilog="Example: finews channels -s FINEWS_CHANNELS=my.toml")
def channels(
    context: typer.Context,
    *,
    as_json: Annotated[bool, json_option("Print each channel as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Show the channels of the channels file, probe one of them, or copy the file that finews ships."""
    context.obj = overrides or []
    if context.invoked_subcommand:
        return
    from finews_spider.cli import screen

    config = read_config(overrides)
    if as_json:
        for channel in config.channels():
            print_figures(screen.channel_figures(channel))
    else:
        screen.print_channels(config.channels())


@channels_app.command(cls=Command, epilog="Example: finews channels probe 全球直播")
def probe(
    context: typer.Context,
    *,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", autocompletion=complete_channels, help="A channel of the channels file, enabled or not."
        ),
    ],
    as_json: Annotated[bool, json_option("Print everything as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Request the list of a channel once, store nothing, and show what a run would get."""
    from finews_spider.cli import screen
    from finews_spider.crawl.network import check_network
    from finews_spider.crawl.probe import probe as request_list

    overrides = [*context.obj, *(overrides or [])]
    config = read_config(overrides)
    channel = next((channel for channel in config.channels() if channel.name == name), None)
    if not channel:
        raise ConfigError("there is no channel {name!r}; `finews channels` lists them", name=name)
    check_network([channel.url])
    page = request_list(scrapy_settings(overrides), channel)
    if as_json:
        print_figures(screen.probe_figures(channel, page))
    else:
        screen.print_probe(channel, page)
    raise typer.Exit(0 if page.refs or page.links else 1)


@channels_app.command(cls=Command, epilog="Example: finews channels copy my.toml && export FINEWS_CHANNELS=my.toml")
def copy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; an existing one stays as it is.")],
) -> None:
    """Write the channels file that finews ships to a file of yours."""
    from finews_spider.config.channels import copy_shipped

    copy_shipped(file)
    say("Wrote {file}; finews reads it with FINEWS_CHANNELS={file}", file=file)
