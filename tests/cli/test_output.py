"""How output arrives: in order and at once, above a progress bar, in 80 columns, and into a pipe that closes early."""

import os
import pty
import re
import subprocess
import sys
from datetime import datetime

import pytest
from rich.cells import cell_len

from finews_spider.sample import SampleUpstream
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI
from tests.running import ROOT, Runner
from tests.stores.samples import NOW, A, article, codes

FINEWS = [sys.executable, "-m", "finews_spider"]


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=30, seed=4) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def filled(tmp_path_factory, upstream):
    """Return a user's folder with many articles, for tests that only read them."""
    finews = Runner(tmp_path_factory.mktemp("filled"), upstream)
    finews.ask(lambda store: store.save([article(code, code * 20) for code in [A, *codes(600)]], NOW))
    return finews


def piped(finews, words, reader):
    """Return what comes of ``finews words | reader``, with the exit code of finews."""
    command = f"set -o pipefail; {' '.join([*FINEWS, *words])} | {reader}"
    return subprocess.run(
        ["bash", "-c", command], cwd=finews.folder, env=os.environ | finews.settings, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--limit", "100000"],
        ["list", "--limit", "100000", "--json"],
        ["search", "标题", "--limit", "100000"],
        ["show", A, "--text"],
        ["history", A, "--json"],
        ["status"],
        ["channels"],
        ["--help"],
        ["export", "--format", "jsonl"],
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(filled, words):
    done = piped(filled, words, "head -c 1")
    assert len(done.stdout) == 1
    assert done.stderr in (b"", b"Articles: wrote 601 to standard output\n")
    assert done.returncode == 0
    assert piped(filled, words, "true").returncode == 0


def test_a_run_without_a_reader_does_its_work(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    done = piped(finews, ["run", "-s", "AUTOTHROTTLE_ENABLED=0"], "true")
    assert (done.returncode, done.stderr) == (0, b"")
    assert finews.posts()
    assert finews.ask(lambda store: store.runs(1))[0]["exit_code"] == 0


def test_piped_output_comes_in_order_and_at_once(tmp_path):
    """The demo and its two runs are processes of their own, which write into one pipe."""
    command = [*FINEWS, "demo", "--articles", "20", "--dir", str(tmp_path / "demo")]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"A sample upstream")
        assert process.poll() is None
        shown = process.stdout.read().decode()
    marks = ["First run", "This run", "Posts: wrote", "Second run", "This run", "Posts: wrote 7", "Look at them"]
    assert re.search(".*".join(map(re.escape, marks)), shown, re.DOTALL), shown


def on_terminal(finews, *words):
    """Return what a command writes to a terminal."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*FINEWS, *words],
        cwd=finews.folder,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "200"} | finews.settings,
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the terminal has no other side any more
            part = b""
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(60) == 0
    return shown.decode()


def test_log_lines_stand_above_the_progress_bar(tmp_path, upstream):
    finews = Runner(tmp_path, upstream)
    shown = on_terminal(finews, "run", "-s", "AUTOTHROTTLE_ENABLED=0", "-s", "LOG_LEVEL=INFO")
    assert "articles" in shown
    logged = [match.start() for match in re.finditer(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[", shown)]
    assert len(logged) > 5
    for start in logged:  # each begins a line: the bar before it was erased
        assert shown[:start].endswith(("\n", "\r", "\x1b[2K")), shown[start - 40 : start + 40]


def test_found_articles_stand_above_the_progress_bar(filled):
    shown = on_terminal(filled, "search", "标题", "--limit", "3")
    for start in (match.start() for match in re.finditer(r"NW\d+  2026", shown)):
        assert shown[:start].endswith(("\n", "\r", "\x1b[2K"))


def test_status_fits_80_columns_whatever_is_wrong(tmp_path):
    finews, now = Runner(tmp_path), datetime.now(SHANGHAI)
    state = ChannelState("全球直播", asked_at=now, newest=now, failures=3, error="https://a.example/: HTTP 403 " * 9)
    finews.ask(lambda store: store.save_channels([state]))
    shown = finews("status").stdout
    assert f"Trouble with 全球直播, 3 in a row: {state.error.strip()}" in shown
    table = [line for line in shown.splitlines() if line[0] in "│┃┏┡└"]
    assert len(table) > 10
    assert max(map(cell_len, table)) <= 80
