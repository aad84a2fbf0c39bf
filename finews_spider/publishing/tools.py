"""Runs other programs without input, and reports a failure in one line."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from finews_spider.config.destination import without_password
from finews_spider.errors import ConfigError, PublishError

HINTS = {
    "jekyll": "apt install jekyll, or gem install jekyll",
    "bundle": "gem install bundler",
    "git": "apt install git",
    "rsync": "apt install rsync",
}
LONGEST_REASON = 400
"""Characters of a failed program's output that are shown."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")
RUBY_TRACE = re.compile(r"\s*from \S.*:in `")


def run_tool(
    command: list[str], name: str, env: Mapping[str, str], folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, and return its output.

    :param name: the program's name in an error message.
    :param env: added to the environment of finews.
    :param folder: the folder in which it runs; by default the current one.
    :raises ConfigError: it isn't installed.
    :raises PublishError: it failed; the message has the end of its output.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- no shell but the one that runs the user's own command
            command,
            env=os.environ | env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        hint = HINTS.get(command[0])
        raise ConfigError(f"there is no {command[0]} on the PATH" + (f"; {hint}" if hint else "")) from None
    except OSError as error:
        raise PublishError(f"{command[0]} can't be run: {error.strerror}") from None
    if done.returncode:
        reason = _end_of(done.stderr) or _end_of(done.stdout) or "it printed nothing"
        raise PublishError(f"{name} failed ({done.returncode}): {reason}")
    return done


def _end_of(output: str) -> str:
    """Return the end of *output* in one line, without colours, passwords and Ruby's traceback."""
    plain = COLOUR.sub("", output)
    lines = [line.strip() for line in plain.splitlines() if line.strip(" \t-|") and not RUBY_TRACE.match(line)]
    return without_password("; ".join(lines[-4:]))[-LONGEST_REASON:]
