"""Every command in the docs is run; one that can't be run here is checked as far as possible."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from finews_spider.sample import SampleUpstream
from tests.documented import ENGLISH, PAGES, ROOT, Command, commands, mentions, tool, wrong
from tests.running import Runner

RUN = {"finews", "scrapy", "jekyll", "cp", "mkdir", "head", "cat", "ls", "echo", "du", "wc"}
"""Tools whose commands are run here, in a folder with a store and a mirror."""
NOT_RUN = {
    "apt": "needs root and the network",
    "apt-get": "needs root and the network",
    "sudo": "needs root",
    "pip": "needs the network",
    "python3": "makes a virtual environment, which the tests run in already, or serves until Ctrl-C",
    "python": "serves until Ctrl-C",
    ".": "enters the virtual environment, which the tests are in already",
    "make": "makes a virtual environment; the targets run what is run here",
    "git": "needs a remote",
    "ssh": "needs another machine",
    "scp": "needs another machine",
    "rsync": "needs another machine",
    "curl": "needs a server that the page is about",
    "docker": "needs a daemon",
    "systemctl": "needs systemd as process 1",
    "systemd-analyze": "needs systemd",
    "journalctl": "needs systemd",
    "loginctl": "needs systemd",
    "crontab": "would change whoever runs the tests",
    "kubectl": "needs a cluster",
    "gh": "needs an account",
    "playwright": "downloads a browser",
    "pre-commit": "fetches hooks",
    "duckdb": "isn't a dependency",
    "nginx": "needs root",
    "redis-server": "serves until Ctrl-C",
    "redis-cli": "needs a Redis",
    "mongosh": "needs a MongoDB",
    "mongodump": "needs a MongoDB",
    "scrapyd": "serves until Ctrl-C",
    "scrapyd-deploy": "needs a Scrapyd; the deploying tests have one",
    "scrapyd-client": "needs a Scrapyd; the deploying tests have one",
    "promtool": "isn't a dependency",
}
"""Tools that can't be run here, each with the reason; commands of finews beside them on the line are still checked."""
NOT_RUN_SO = {
    "jekyll serve": "serves until Ctrl-C",
    "finews demo": "tests/cli/test_cli.py runs it, and it takes seconds",
    "finews --install-completion": "would change the shell of whoever runs the tests",
    "finews watch": "goes on until Ctrl-C",
    "finews run --publish": "needs a site and Jekyll; tests/publishing/test_behind.py runs it",
    "finews publish": "needs a place to publish to, which its own tests have",
}
"""The same for single commands of tools that are run."""
SERVERS = ("FINEWS_CLUSTER=", "FINEWS_STORE=mongodb", "redis://")
"""Parts of commands that need a server; the tests of the stores and of the cluster have one."""
INSTEAD = {
    "https://finance.eastmoney.com/a/cgnjj.html": "{upstream}/a/oldcol.html",
    "https://newsapi.eastmoney.com": "{upstream}",
    "焦点快讯": "快讯101",
    "202206012399294452": "{code}",
    "/srv/finews": "{folder}",
    "channels copy my.toml && export FINEWS_CHANNELS=my.toml": "channels copy new.toml",  # my.toml is there already
}
"""Text in the docs → what is run in its place, because it needs the live upstream or takes long."""


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=40, seed=4) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def prepared(upstream, tmp_path_factory):
    """Return a folder after a first tick."""
    folder = tmp_path_factory.mktemp("docs")
    channels = upstream.channels_toml()
    channels += channels[channels.rindex("[[channel]]") :].replace("财经导读", "国内经济")
    for name in ("finews_spider/channels.toml", "my.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(channels, encoding="utf-8")
    reader = user(folder, upstream)
    reader("run")
    shutil.copytree(folder / "mirror", folder / "old-mirror")
    for name in ("finews", "scrapy"):
        module = "scrapy" if name == "scrapy" else "finews_spider"
        script = folder / ".venv/bin" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        script.chmod(0o755)
    return folder


def first_pages() -> dict[str, Path]:
    """Return command line → the first page with it. In other pages the command isn't run again."""
    pages: dict[str, Path] = {}
    for page in PAGES:
        for command in commands(page):
            pages.setdefault(command.text, page)
    return pages


def user(folder, upstream):
    """Return a runner in *folder* with the default settings, except that the sample is the upstream."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    reader = Runner(folder, FINEWS_STORE="sqlite:///data/finews.db", FINEWS_MIRROR_DIR="mirror", HOME=str(folder))
    reader.settings |= {**nowhere, "no_proxy": "127.0.0.1", "FINEWS_CHANNELS": "finews_spider/channels.toml"}
    reader.settings |= upstream.settings() | {"PATH": f"{folder}/.venv/bin:{os.environ['PATH']}"}
    return reader


def reason_not_to_run(command: Command) -> str:
    """Return why a command isn't run here; empty: it is run.

    An unclassified tool fails the test: put it into RUN or NOT_RUN.
    """
    reason = "needs a server" if any(server in command.text for server in SERVERS) else ""
    required = os.environ.get("FINEWS_TEST_REQUIRE", "")
    for part in command.parts():
        name, *rest = tool(part) or ["export"]
        if name in {"export", "cd"} or name in RUN:
            text = " ".join([name, *rest])
            missing = name == "jekyll" and name not in required and not shutil.which(name)
            so = next((why for start, why in NOT_RUN_SO.items() if f"{text} ".startswith(f"{start} ")), "")
            reason = reason or so or ("isn't installed" if missing else "")
        else:
            assert name in NOT_RUN, f"{command}\n{name} is neither in RUN nor in NOT_RUN of {__name__}"
            reason = NOT_RUN[name]
    return reason


def instead(text: str, upstream, folder) -> str:
    for message, meant in INSTEAD.items():
        text = text.replace(message, meant.format(upstream=upstream.url, code=upstream.news.codes[5], folder=folder))
    return text


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ENGLISH and any(commands(page))], ids=lambda page: page.stem
)
def test_the_commands_of_a_page_run(page, upstream, prepared, tmp_path):
    folder = tmp_path / "finews"
    shutil.copytree(prepared, folder)
    reader = user(folder, upstream)
    first = first_pages()
    for command in commands(page):
        changes_shell = tool(command.parts()[0])[:1] in ([], ["export"], ["cd"])
        if not reason_not_to_run(command) and (changes_shell or first[command.text] == page):
            type_in(reader, command, instead(command.text, upstream, folder))


def type_in(reader: Runner, command: Command, text: str) -> None:
    """Run a command, and check that it exits as the docs say."""
    parts = Command(command.page, command.line, text).parts()
    words = tool(parts[0])
    assigned = dict(word.partition("=")[::2] for word in parts[0] if word not in words and "=" in word)
    if not words or words[0] == "export":
        reader.settings |= assigned | dict(word.partition("=")[::2] for word in words[1:])
    elif words[0] == "cd":
        reader.folder /= words[1]
    elif words[0] in {"finews", "scrapy"} and len(parts) == 1 and not set("<>~$") & set(text):
        reader.settings, before = reader.settings | assigned, reader.settings
        done = reader(*words[words[0] == "finews" :], code=None)
        reader.settings = before
        assert done.returncode == command.code, f"{command}\n{done.stdout}\n{done.stderr}"
    else:
        shell = {
            "args": ["bash", "-eo", "pipefail", "-c", text],
            "cwd": reader.folder,
            "env": os.environ | reader.settings,
        }
        done = subprocess.run(**shell, capture_output=True, check=False, encoding="utf-8", timeout=120)
        assert done.returncode == command.code, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_that_a_page_names_exist(page):
    for command in [*commands(page), *mentions(page)]:
        for part in command.parts():
            assert not wrong(part), f"{command}\n{wrong(part)}"


def test_commands_are_found_with_their_exit_codes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ finews status  # as ever\nanything\n$ finews run \\\n  --pages 2  # exits with 75\n```\n"
        "```sh\n# only said\nfinews export | head -1 > x && ls\ncat > a <<'END' && ls\nhalt\nEND\n```\n```\nfinews rum\n0 * * * * x/bin/finews rum > y\n```\n"
        "`finews exports` and `finews: no command`\n"
    )
    assert [(found.line, found.text, found.code) for found in commands(page)] == [
        (2, "finews status", 0),
        (4, "finews run --pages 2", 75),
        (9, "finews export | head -1 > x && ls", 0),
        (10, "cat > a <<'END' && ls\nhalt\nEND", 0),
    ]
    assert list(commands(page))[2].parts() == [["finews", "export"], ["head", "-1"], ["ls"]]
    assert list(commands(page))[3].parts() == [["cat"], ["ls"]]
    assert [(found.line, found.text) for found in mentions(page)] == [(16, "finews rum"), (18, "finews exports")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("finews rum", "no command rum"),
        ("finews run --chanels x", "no option --chanels"),
        ("finews status now", "takes no argument"),
        ("FINEWS_IMAGES=local .venv/bin/finews channels prob x", "no command prob"),
        ("scrapy crawl feeds", "no spider feeds"),
        ("cd x && scrapy crawl feed -a chanels=x", "takes no chanels"),
        ("make tests", "no target tests"),
        ("pip install 'finews[browsers]'", "no extra browsers"),
    ],
)
def test_a_command_that_does_not_exist_is_found(text, message):
    parts = Command(ROOT / "README.md", 1, text).parts()
    assert message in " ".join(map(wrong, parts))


def test_an_unclassified_tool_is_found():
    with pytest.raises(AssertionError, match=r"README\.md:7: frobnicate[^$]*NOT_RUN"):
        reason_not_to_run(Command(ROOT / "README.md", 7, "frobnicate --now"))
