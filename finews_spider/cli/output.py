"""Standard output whose errors end no command: on a full disk, output is lost, and the command reports that.

And what `--quiet` and `--json` leave of it.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, TextIO

from finews_spider.i18n import _
from finews_spider.logs import printable, to_json


@dataclass
class Mode:
    """What `--quiet` and `--json` ask of this process."""

    quiet: bool = False
    json: bool = False


mode = Mode()


def say(message: str, **values: object) -> None:
    """Print a message in the user's language: nothing with `--quiet`, and to standard error with `--json`."""
    if not mode.quiet:
        print(printable(_(message, **values)), file=sys.stderr if mode.json else sys.stdout)


def report(message: str, **values: object) -> None:
    """Print in the user's language what the command did: nothing with `--quiet`, nor with `--json`, which has it."""
    if not mode.json:
        say(message, **values)


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print *figures* as one line of JSON, in ASCII if the output isn't in UTF-8."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(to_json(figures) if is_utf8 else json.dumps(figures))


class Output(TextIOWrapper):
    """Takes the place of standard output. Each line is written at once, also into a pipe or a file.

    ``finews run >> finews.log`` should write its posts even if there is no room for the log, and so should
    ``finews run | head -1``, whose reader goes away early. That is no error of finews, so nothing is said about it.
    """

    lost: OSError | None = None
    """Why output was lost; None: nothing was lost."""
    has_reader = True
    """Whether somebody reads what is written. Commands that only print may stop when this is False."""
    before: TextIO
    """The original standard output. Python would close the file if nothing referred to it."""

    def write(self, text: str) -> int:
        """Write *text*, or lose it on an error of the disk."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Flush, or lose the text in the buffer."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            self.has_reader = False
            drop(self)
        else:
            self.lost = error


def take_output() -> Output:
    """Replace ``sys.stdout`` by an Output, and return that."""
    before = sys.stdout
    # Chinese is an escape where the locale's encoding has no signs for it.
    errors = "backslashreplace" if before.errors == "strict" else before.errors
    sys.stdout = output = Output(before.buffer, before.encoding, errors, line_buffering=True)
    output.before = before
    return output


def no_colour() -> bool:
    """Return whether the user wants no colours on a terminal. Rich knows that by itself."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def has_reader() -> bool:
    """Return whether somebody reads standard output."""
    return getattr(sys.stdout, "has_reader", True)


def drop(output: Output) -> None:
    """Discard what *output* couldn't write. Otherwise Python fails on it again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
