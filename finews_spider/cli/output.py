"""Standard output whose errors end no command: on a full disk, output is lost, and the command reports that."""

import os
import sys
from io import TextIOWrapper
from typing import TextIO


class Output(TextIOWrapper):
    """Takes the place of standard output. It still fails when its reader is gone (``finews status | head``).

    ``finews run >> finews.log`` should write its posts even if there is no room for the log.
    """

    lost: OSError | None = None
    """Why output was lost; None: nothing was lost."""
    before: TextIO
    """The original standard output. Python would close the file if nothing referred to it."""

    def write(self, text: str) -> int:
        """Write *text*, or lose it on an error of the disk."""
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = error
            return len(text)

    def flush(self) -> None:
        """Flush, or lose the text in the buffer."""
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = error


def take_output() -> Output:
    """Replace ``sys.stdout`` by an Output, and return that."""
    before = sys.stdout
    sys.stdout = output = Output(
        before.buffer, before.encoding, before.errors, line_buffering=getattr(before, "line_buffering", False)
    )
    output.before = before
    return output


def drop(output: Output) -> None:
    """Discard what *output* couldn't write. Otherwise Python fails on it again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
