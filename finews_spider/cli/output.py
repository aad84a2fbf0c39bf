"""Standard output that ends no command: what the disk behind a redirect has no room for is lost, and that is said."""

import os
import sys
from io import TextIOWrapper
from typing import TextIO


class Output(TextIOWrapper):
    """Standard output from now on. Where its reader is gone (``finews status | head``) it fails as ever.

    ``finews run >> finews.log`` has to write its posts though the log has no room.
    """

    lost: OSError | None = None
    """Why something couldn't be written."""
    before: TextIO
    """What it took the place of, which would close the file when nobody holds it."""

    def write(self, text: str) -> int:
        """Write *text*, or lose it."""
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = error
            return len(text)

    def flush(self) -> None:
        """Flush, or lose what there is."""
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = error


def take_output() -> Output:
    """Put an Output in the place of ``sys.stdout``, and return it."""
    before = sys.stdout
    sys.stdout = output = Output(
        before.buffer, before.encoding, before.errors, line_buffering=getattr(before, "line_buffering", False)
    )
    output.before = before
    return output


def drop(output: Output) -> None:
    """Let what *output* couldn't write go nowhere; else Python would fail on it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
