"""Help in Chinese, in lines that fit the terminal although a sign of Chinese takes two columns of it.

In English, Typer shows the help without this module.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from textwrap import indent
from typing import Any

import typer

from finews_spider.i18n import Message, _

HELP_MESSAGES = (
    Message("Arguments"),
    Message("Commands"),
    Message("Options"),
    Message("Exit codes"),
    Message("Show this message and exit."),
    Message("Install completion for the current shell."),
    Message("Show completion for the current shell, to copy it or customize the installation."),
)
"""Headings, and what Typer itself adds to the help."""
EXAMPLE = r"\AExample: (.*)"
NEVER_FIRST = frozenset("，。；：、？！）】》」』”’…,.;:?!)]}")
"""Signs that begin no line."""
NEVER_LAST = frozenset("（【《「『“‘([{")


HelpFormatter: Any = typer.Context.formatter_class
"""Typer's own, or Click's in its earlier versions."""


class Formatter(HelpFormatter):  # type: ignore[misc]
    """Formats help in the user's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        """Write the line of the usage."""
        usage = _("Usage: {command}", command=f"{prog} {args}")
        self.write(wrap(usage, self.width, hanging=4) + "\n")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(_("{heading}:", heading=_(heading)) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        wrapped = "\n\n".join(wrap(part, self.width - self.current_indent) for part in text.split("\n\n"))
        self.write(indent(wrapped, " " * self.current_indent) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write commands or options, each with its meaning beside it, or below if it is long."""
        column = self.current_indent + min(max(columns(first) for first, _second in rows), col_max) + col_spacing
        for first, second in rows:
            head = " " * self.current_indent + first
            lines = wrap(_meaning(second), max(self.width - column, 10)).splitlines()
            if columns(head) > column - col_spacing:
                lines.insert(0, "")
            gap = " " * (column - columns(head))
            self.write(head + gap + f"\n{' ' * column}".join(lines) + "\n")


class Context(typer.Context):
    """A context whose help is in the user's language."""

    formatter_class = Formatter


def localize(command: Any) -> None:
    """Put the help of a command and of the commands below it into the user's language."""
    command.context_class = Context
    for each in (command, *command.params):
        each.help = "\n\n".join(map(_, paragraphs(each.help)))
    command.epilog = re.sub(EXAMPLE, lambda found: _("Example: {command}", command=found[1]), command.epilog or "")
    for each in getattr(command, "commands", {}).values():
        localize(each)


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help text, each on one line. Each is a message."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text or "") if part.strip()]


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def wrap(text: str, width: int, hanging: int = 0) -> str:
    """Return *text* in lines of at most *width* columns; those after the first begin with *hanging* blanks."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = " " * hanging + piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str) -> Iterator[str]:
    """Yield the pieces of *text* between which a line may end: words with the blank behind them, and wide signs."""
    piece = ""
    for sign in text:
        ends = piece and (piece[-1] == " " or columns(piece[-1]) > 1 or columns(sign) > 1)
        if ends and sign not in NEVER_FIRST and piece[-1] not in NEVER_LAST and sign != " ":
            yield piece
            piece = ""
        piece += sign
    yield piece


def _meaning(text: str) -> str:
    """Return the help of an option, with the words that Typer adds to it."""
    text, bracket, extra = text.partition("  [")
    extra = re.sub(r"\bdefault: ", _("default: "), re.sub(r"\brequired\b", _("required"), extra))
    return _(text) + bracket + extra
