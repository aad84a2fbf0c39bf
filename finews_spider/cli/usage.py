"""How a command reads its command line and shows its help: what all commands add to Typer's own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from finews_spider.cli import output
from finews_spider.cli.exit_codes import exit_codes
from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

UsageError: Any = typer.BadParameter.__bases__[0]
"""Typer has no name for it. It is click's in earlier versions of Typer."""


class _OneLine:
    """What commands and groups share: `--quiet`, exit codes in the help, and wrong usage in one line."""

    params: list[Any]

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params.append(_quiet_option())

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line.

        :raises ConfigError: it is wrong.
        """
        with _one_line(ctx):
            return super().parse_args(ctx, args)  # type: ignore[misc,no-any-return]

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return what a shell may complete. Typer's script for zsh would drop a straight apostrophe."""
        items: list[Any] = super().shell_complete(ctx, incomplete)  # type: ignore[misc]
        for item in items:
            item.help = item.help and item.help.replace("'", "’")
        return items

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and below them the exit codes."""
        super().format_options(ctx, formatter)  # type: ignore[misc]
        if codes := exit_codes(_name(ctx).partition(" ")[2]):
            with formatter.section("Exit codes"):
                formatter.write_dl(codes)


class Command(_OneLine, TyperCommand):
    """A command."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, without the braces that Typer puts around arguments."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class Group(_OneLine, TyperGroup):
    """A command with commands of its own."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the command line names.

        :raises ConfigError: it names none.
        """
        with _one_line(ctx):
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that *args* begin with.

        :raises ConfigError: there is none. The message has the nearest name.
        """
        name, prefix = args[0], _name(ctx)
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            known = {name: name for name in self.commands}
            for group, command in self.commands.items():
                known |= {sub: f"{group} {sub}" for sub in getattr(command, "commands", {}) if sub not in known}
            wrong = Message("{prefix} has no command {name!r}", prefix=prefix, name=name)
            for nearest in get_close_matches(name, known, 1):
                wrong = Message("{wrong}; do you mean `{nearest}`?", wrong=wrong, nearest=f"{prefix} {known[nearest]}")
            raise _usage_error(wrong, prefix)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with the whole first paragraph of its help, which Typer would cut."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, (each.help or "").partition("\n\n")[0]) for name, each in commands.items() if each]
            )


def _quiet_option() -> TyperOption:
    def choose(_ctx: Any, _option: Any, value: bool) -> None:  # noqa: FBT001 -- Typer's signature
        output.mode.quiet |= value

    return TyperOption(
        param_decls=["--quiet", "-q"],
        is_flag=True,
        default=False,
        expose_value=False,
        callback=choose,
        help="Print errors and what was asked for, but neither progress nor what the command did.",
    )


@contextmanager
def _one_line(ctx: Any) -> Iterator[None]:
    """Raise a ConfigError, which is printed as one line, in place of Typer's errors inside."""
    try:
        yield
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            raise
        raise _usage_error(_describe(error, ctx), _name(ctx)) from None


def _usage_error(wrong: Message, command: str) -> ConfigError:
    if wrong.endswith("?"):
        return ConfigError("{wrong} See `{command} --help`", wrong=wrong, command=command)
    return ConfigError("{wrong}; see `{command} --help`", wrong=wrong, command=command)


def _describe(error: Any, ctx: Any) -> Message:
    """Return what is wrong, by the type of *error*: click's names are the same in all its versions."""
    message, command = str(error.message), _name(ctx)
    match type(error).__name__:
        case "NoSuchOption":
            return _no_option(error.option_name, ctx)
        case "BadOptionUsage":
            takes_none = Message("{option} takes no value", option=error.option_name)
            return takes_none if "not take" in message else Message("{option} takes a value", option=error.option_name)
        case "MissingParameter":
            return Message("{command} needs {argument}", command=command, argument=error.param.human_readable_name)
        case "BadParameter":
            least = getattr(error.param.type, "min", None)
            kind = Message("a number") if "float" in error.param.type.name else Message("a whole number")
            allowed = kind if least is None else Message("{kind} of at least {least}", kind=kind, least=least)
            option, given = error.param.opts[0], message.partition(" is not")[0]
            return Message("{option}: {given} should be {allowed}", option=option, given=given, allowed=allowed)
    if extra := re.search(r"extra argument\S* \((.*)\)", message):
        return Message("{command} can't use {extra!r}", command=command, extra=extra[1])
    return Message("{command} needs a command", command=command)


def _no_option(option: str, ctx: Any) -> Message:
    missing = Message("{command} has no option {option}", command=_name(ctx), option=option)
    for name in ctx.command.list_commands(ctx) if isinstance(ctx.command, Group) else ():
        if any(option in each.opts for each in ctx.command.commands[name].params):
            example = f"{_name(ctx)} {name} {option}"
            return Message("{wrong}; write it behind the command, as in `{example}`", wrong=missing, example=example)
    options = [opt for param in ctx.command.get_params(ctx) for opt in param.opts]
    nearest = get_close_matches(option, options, 1, 0.75)
    return Message("{wrong}; do you mean {nearest}?", wrong=missing, nearest=nearest[0]) if nearest else missing


def _name(ctx: Any) -> str:
    """Return the name of a command as a user writes it, also where it was called by ``python -m``."""
    names = [ctx.info_name]
    while ctx.parent:
        ctx = ctx.parent
        names.append(ctx.info_name)
    return " ".join(["finews", *reversed(names[:-1])])
