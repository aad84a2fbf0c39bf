"""Programs of others: run without questions, and told of in one line where they fail."""

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
LAST_WORDS = 400
"""Characters of a failed program's output that are shown."""

RUNNING: "set[subprocess.Popen[str]]" = set()
"""Programs that run at this moment."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")
RUBY = re.compile(r"\s*from \S.*:in `")


def run_tool(
    command: list[str],
    name: str,
    env: Mapping[str, str],
    folder: Path | None = None,
    *,
    given: str = "",
    may_fail: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end and return what it printed.

    :param name: what to call it where it fails.
    :param env: what its environment has besides ours.
    :param folder: where it runs; by default where we are.
    :param given: its standard input.
    :param may_fail: an exit code other than 0 is no failure.
    :raises ConfigError: it isn't installed.
    :raises PublishError: it failed; with its last words.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 -- no shell but the one that runs the user's own command
            command,
            env=os.environ | env,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError:
        hint = HINTS.get(command[0])
        raise ConfigError(f"there is no {command[0]} on the PATH" + (f"; {hint}" if hint else "")) from None
    except OSError as error:
        raise PublishError(f"{command[0]} can't be run: {error.strerror}") from None
    RUNNING.add(process)
    with process:
        try:
            out, err = process.communicate(given)
        except BaseException:
            process.kill()
            raise
        finally:
            RUNNING.discard(process)
    if process.returncode and not may_fail:
        words = _last_words(err) or _last_words(out) or "it said nothing"
        raise PublishError(f"{name} failed ({process.returncode}): {words}")
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def stop_all() -> None:
    """Kill the programs that other threads run: nobody waits for them any more."""
    for process in list(RUNNING):
        process.kill()


def _last_words(output: str) -> str:
    """Return the end of *output* in one line, without colours, passwords and Ruby's way to where it failed."""
    plain = COLOUR.sub("", output)
    lines = [line.strip() for line in plain.splitlines() if line.strip(" \t-|") and not RUBY.match(line)]
    return without_password("; ".join(lines[-4:]))[-LAST_WORDS:]
