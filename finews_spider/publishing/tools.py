"""Runs other programs without input, and reports a failure in one line."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from finews_spider.config.destination import without_password
from finews_spider.errors import ConfigError, PublishError
from finews_spider.i18n import Message

HINTS = {
    "jekyll": Message("apt install jekyll, or gem install jekyll"),
    "bundle": "gem install bundler",
    "git": "apt install git",
    "rsync": "apt install rsync",
}
LONGEST_REASON = 400
"""Characters of a failed program's output that are shown."""

RUNNING: "set[subprocess.Popen[str]]" = set()
"""Programs that run at this moment."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")
RUBY_TRACE = re.compile(r"\s*from \S.*:in `")


def run_tool(
    command: list[str],
    name: str,
    env: Mapping[str, str],
    folder: Path | None = None,
    *,
    given: str = "",
    may_fail: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, and return its output.

    :param name: the program's name in an error message.
    :param env: added to the environment of finews.
    :param folder: the folder in which it runs; by default the current one.
    :param given: its standard input.
    :param may_fail: an exit code other than 0 is not a failure.
    :raises ConfigError: it isn't installed.
    :raises PublishError: it failed; the message has the end of its output.
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
        raise _missing(command[0]) from None
    except OSError as error:
        raise PublishError("{command} can't be run: {why}", command=command[0], why=error.strerror) from None
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
        reason = _end_of(err) or _end_of(out) or Message("it printed nothing")
        raise PublishError("{name} failed ({code}): {reason}", name=name, code=process.returncode, reason=reason)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _missing(tool: str) -> ConfigError:
    if hint := HINTS.get(tool):
        return ConfigError("there is no {tool} on the PATH; {hint}", tool=tool, hint=hint)
    return ConfigError("there is no {tool} on the PATH", tool=tool)


def stop_all() -> None:
    """Kill the programs that other threads run: nobody waits for them any more."""
    for process in list(RUNNING):
        process.kill()


def _end_of(output: str) -> str:
    """Return the end of *output* in one line, without colours, passwords and Ruby's traceback."""
    plain = COLOUR.sub("", output)
    lines = [line.strip() for line in plain.splitlines() if line.strip(" \t-|") and not RUBY_TRACE.match(line)]
    return without_password("; ".join(lines[-4:]))[-LONGEST_REASON:]
