"""No command shows or writes a secret, however much it logs, and no file is readable by everybody."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import ROOT, Runner
from tests.servers import free_port

SECRET = "ge:h@eim+7"
WRITTEN = "ge%3Ah%40eim%2B7"
AWAY = f"http://127.0.0.1:{free_port()}"
SECRETS = {
    "FINEWS_NOTIFY": f"{AWAY.replace('http', 'json')}/{WRITTEN} json://me:{WRITTEN}@{AWAY[7:]}/x "
    f"mailto://me:{WRITTEN}@127.0.0.1:9?from=a@b.example&to=a@b.example barks://127.0.0.1:9/{WRITTEN} "
    f"ntfys://127.0.0.1:9/{WRITTEN} gotifys://127.0.0.1:9/{WRITTEN}",
    "FINEWS_PUBLISH": f"git:{AWAY.replace('//', f'//me:{WRITTEN}@')}/site.git#main",
    "https_proxy": AWAY.replace("//", f"//me:{WRITTEN}@"),  # nothing is sent to a service on the internet
}
COMMANDS = [
    ["run"],
    ["scrapy", "crawl", "feed"],
    ["channels"],
    ["channels", "probe", "滚动新闻"],
    ["export"],
    ["export", "--format", "jsonl", "--output", "articles.jsonl"],
    ["import", "mirror"],
    ["history", "202603023000000003"],
    ["takedown", "202603023000000003", "--reason", "x"],
    ["takedown", "202603023000000003", "--undo"],
    ["verify"],
    ["status"],
    ["status", "--json", "--check"],
    ["backup", "news.backup"],
    ["restore", "news.backup", "--overwrite"],
    ["compact", "--runs-days", "1"],
    ["site", "init", "mirror"],
    ["publish"],
]

MOST_OUTPUT = [["run"], ["export"], ["verify"], ["status"], ["backup", "news.backup"]]
"""The commands with the most output."""


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=5, seed=3) as upstream:
        yield upstream


def found(folder: Path, *output: str) -> list[str]:
    """Return where the secret is: in *output*, or in the name or the bytes of a file."""
    texts = {"output": "".join(output).encode()} | {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return [
        name for name, text in texts.items() if any(each in text + name.encode() for each in (b"eim+7", b"eim%2B7"))
    ]


def run_all(finews: Runner, commands: list[list[str]] = COMMANDS) -> tuple[list[str], dict[str, int]]:
    """Run *commands* with everything logged, and return their output, and command → exit code."""
    output, codes = [], {}
    for command in commands:
        log = {"LOG_FILE": str(finews.folder / "log.txt"), "LOG_LEVEL": "DEBUG"}
        crawls = command[0] in {"run", "scrapy"}
        done = finews(*command, code=None, **(log if crawls else {}))
        output += [done.stdout, done.stderr]
        codes[" ".join(command)] = done.returncode
    return output, codes


@pytest.mark.parametrize(("kind", "commands"), [("text", COMMANDS), ("json", [*MOST_OUTPUT, *COMMANDS[-2:]])])
def test_no_command_shows_a_secret(tmp_path, upstream, mongodb_url, kind, commands):
    if "FINEWS_TEST_MONGODB" in os.environ:  # FerretDB takes any password that is sent plainly
        pytest.skip("the MongoDB of FINEWS_TEST_MONGODB wants its own password")
    finews = Runner(
        tmp_path,
        upstream,
        store=mongodb_url.replace("//", f"//me:{WRITTEN}@") + "?authMechanism=PLAIN",
        LOG_LEVEL="DEBUG",
        FINEWS_LOG_FORMAT=kind,
        FINEWS_METRICS_FILE=str(tmp_path / "metrics.prom"),
        **SECRETS,
    )
    output, codes = run_all(finews, commands)
    assert {command for command, code in codes.items() if code not in {0, 1}} == set()
    assert codes["status"] == codes["backup news.backup"] == codes["verify"] == 0
    assert codes["publish"] == 1
    assert finews.summary().articles == 5
    assert found(tmp_path, *output) == []


def test_no_command_shows_the_secret_of_a_store_that_is_down(tmp_path, upstream):
    store = f"mongodb://me:{WRITTEN}@127.0.0.1:{free_port()}/finews?serverSelectionTimeoutMS=100"
    cluster = f"redis://:{WRITTEN}@127.0.0.1:{free_port()}/0"
    output, codes = run_all(Runner(tmp_path, upstream, store=store, LOG_LEVEL="DEBUG", **SECRETS), MOST_OUTPUT)
    assert codes["status"] == 1
    done = Runner(tmp_path, upstream, FINEWS_CLUSTER=cluster, **SECRETS)("run", code=None, LOG_LEVEL="DEBUG")
    assert done.returncode == 1
    assert "Redis" in done.stderr
    assert found(tmp_path, *output, done.stdout, done.stderr) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"FINEWS_STORE": f"mongodb://me:{SECRET}@host/news"},
        {"FINEWS_STORE": f"mongodb://me:{WRITTEN}@host"},
        {"FINEWS_STORE": f"mongo://me:{WRITTEN}@host/news"},
        {"FINEWS_STORE": f"mongodb://me:{WRITTEN}@host:port/news"},
        {"FINEWS_CLUSTER": f"http://me:{WRITTEN}@host/0"},
        {"FINEWS_PUBLISH": f"ftp://me:{WRITTEN}@host/"},
        {"FINEWS_PUBLISH": f"git:https://me:{WRITTEN}@host/x"},
        {"FINEWS_NOTIFY": f"hooks/{WRITTEN}"},
        {"FINEWS_NOTIFY": f"json://127.0.0.1 slack://{WRITTEN}"},
        {"FINEWS_NOTIFY_WEBHOOK": f"http://127.0.0.1/{WRITTEN}"},
        {"SPIDERMON_SMTP_PASSWORD": WRITTEN},
        {"FINEWS_TEXT_URL": f"http://me:{WRITTEN}@host/"},
    ],
    ids=lambda setting: f"{setting}".replace(SECRET, "").replace(WRITTEN, ""),
)
def test_a_wrong_setting_is_reported_without_its_secret(tmp_path, wrong):
    finews = Runner(tmp_path, **wrong)
    finews.settings |= wrong
    done = finews("status", code=2)
    assert next(iter(wrong)) in done.stderr
    assert found(tmp_path, done.stdout, done.stderr) == []


def test_the_generated_docs_have_no_setting_of_the_environment():
    environment = os.environ | SECRETS | {"FINEWS_STORE": f"mongodb://me:{WRITTEN}@host/news"}
    done = subprocess.run(
        [sys.executable, "-m", "tools.reference", "--check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_files_have_no_more_permissions_than_the_umask_allows(tmp_path, upstream, umask):
    finews = Runner(tmp_path, upstream, fresh=True, FINEWS_METRICS_FILE=str(tmp_path / "metrics.prom"))
    given = os.umask(umask)
    try:
        finews("run", LOG_FILE=str(tmp_path / "log.txt"))
        finews("site", "init", "mirror")
        finews("backup", "news.backup")
    finally:
        os.umask(given)
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in tmp_path.rglob("*") if path.name != "channels.toml"}
    assert len(modes) > 30
    assert {path: oct(mode) for path, mode in modes.items() if mode & (umask | (0 if path.is_dir() else 0o111))} == {}
    # Another user may serve the mirror, if the umask allows it.
    served = {
        mode for path, mode in modes.items() if path.is_relative_to(finews.mirror) and path.suffix in {".md", ".html"}
    }
    assert served == {0o666 & ~umask}
    assert modes[tmp_path / "news.backup"] & 0o077 == 0
