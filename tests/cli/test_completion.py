"""Completion: what finews answers each shell, and what the shells themselves make of it when a user presses Tab."""

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner
from tests.servers import missing

SCRIPT = Path(sys.executable).parent / "finews"


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=1, seed=4) as upstream:
        yield upstream


def completed(finews, shell, words):
    """Return what a shell gets when the Tab key is pressed behind *words*."""
    count = len(words.split()) - 1
    asked = {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": str(count)},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
        "fish": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = os.environ | finews.settings | {"_FINEWS_COMPLETE": f"complete_{shell}", **asked}
    done = subprocess.run([SCRIPT], cwd=finews.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_options_and_channels_are_completed(tmp_path, upstream, shell):
    finews = Runner(tmp_path, upstream)
    commands = completed(finews, shell, "finews st")
    assert "status" in commands
    assert "export" not in commands
    assert "--jitter" in completed(finews, shell, "finews run --ji")
    channels = completed(finews, shell, "finews run --channels 滚动新闻,财")
    assert "滚动新闻,财经导读" in channels
    assert "全球直播" not in channels
    assert "财经导读" in completed(finews, shell, "finews channels probe 财")
    finews.settings["FINEWS_CHANNELS"] = "nowhere.toml"
    assert completed(finews, shell, "finews channels probe 财").strip() in {"", "_files"}


class Shell:
    """A shell on a terminal, with the completion that ``finews --install-completion`` installs for it in a new home."""

    def __init__(self, name, finews, home, **environment):
        if not shutil.which(name):
            missing(name, "it isn't installed")
        (home / ".zshrc").touch()  # without it, zsh asks questions
        self.name = name
        self.environment = os.environ | finews.settings | {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.environment |= {"PATH": f"{SCRIPT.parent}:{os.environ['PATH']}", "COLUMNS": "150", **environment}
        self.folder = finews.folder

    def __enter__(self):
        self.terminal, its = pty.openpty()
        self.process = subprocess.Popen(
            ["setsid", "--ctty", self.name, "-i"],  # else the shell has no terminal that it may control
            cwd=self.folder,
            env=self.environment,
            stdin=its,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        os.set_blocking(self.terminal, False)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def type(self, text, expected):
        """Type *text*, wait until the shell shows *expected*, and return all that it has shown since."""
        os.write(self.terminal, text.encode())
        shown, end = "", time.monotonic() + 120
        while expected not in shown:
            assert time.monotonic() < end, shown
            try:
                shown += os.read(self.terminal, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.02)
        return shown


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_tab_key_completes_in_a_new_shell(tmp_path, upstream, name):
    (tmp_path / "home").mkdir()
    finews = Runner(tmp_path, upstream)
    (tmp_path / "my.backup").touch()
    with Shell(name, finews, tmp_path / "home") as shell:
        shell.type("finews --install-completion\r", f"{name} completion installed in")
        shell.type("exit\r", "exit")
    with Shell(name, finews, tmp_path / "home") as shell:
        shell.type("finews stat\t", "us")
        shell.type(" --ch\t", "eck")
        shell.type("\x15finews run --channels 滚动新闻,全\t", "球直播")
        shell.type("\x15finews run --channels=滚动新闻,全\t", "球直播")
        shell.type("\x15finews channels probe 全\t", "球直播")
        shell.type("\x15finews restore my\t", ".backup")
        shell.type("\x15finews publish --f\t", "orce")


@pytest.mark.parametrize("switch", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_the_installation_has_no_colour_where_it_is_not_wanted(tmp_path, switch):
    (tmp_path / "home").mkdir()
    with Shell("bash", Runner(tmp_path), tmp_path / "home", **switch) as shell:
        shown = shell.type("finews --install-completion\r", "Completion will take effect")
    assert "\x1b[3" not in shown
