"""What `finews run` needs under a scheduler: intervals, a time budget, jitter, and `finews watch`."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from filelock import FileLock

from finews_spider.cli.watch import Watch
from finews_spider.config.channels import Channel
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI
from tests.misbehave import MisbehavingUpstream
from tests.running import interrupt, wait_for, withhold

NOW = datetime(2026, 9, 1, 12, tzinfo=SHANGHAI)


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=5) as upstream:
        yield upstream


def lists_asked(upstream):
    requested = [path for kind, path in upstream.log if kind == "list"]
    upstream.reset_counts()
    return requested


@pytest.mark.parametrize(
    ("every", "minutes", "due"),
    [
        ("5m", 4, True),  # a fifth early: cron's minute and up to a minute of jitter
        ("5m", 3.9, False),
        ("1h", 58, True),  # two minutes early at most
        ("1h", 57, False),
        ("1d", 60 * 24, True),
        ("", 0, True),
        ("1h", -1, True),  # a success in the future: a clock was wrong
    ],
)
def test_a_channel_is_due_when_its_interval_is_nearly_over(every, minutes, due):
    channel = Channel(name="甲", kind="columns", url="https://a.example/", every=every)
    state = ChannelState("甲", succeeded_at=NOW - timedelta(minutes=minutes), complete=True)
    assert state.is_due(channel.interval, NOW) == due


@pytest.mark.parametrize("complete", [True, False])
def test_a_channel_that_was_not_completed_is_due(complete):
    channel = Channel(name="甲", kind="columns", url="https://a.example/", every="1d")
    assert ChannelState("甲", succeeded_at=None if complete else NOW, complete=complete).is_due(channel.interval, NOW)


def test_runs_request_channels_that_are_due_failed_or_named_and_always_retry_articles(finews, upstream):
    toml = finews.folder / "channels.toml"
    toml.write_text(toml.read_text("utf-8").replace('layout = "', 'every = "1h"\nlayout = "'), encoding="utf-8")
    upstream.misbehave("type=102", "html")
    withhold(upstream, "404")
    finews("run", code=1)
    assert len(set(lists_asked(upstream))) > 5
    failed = sum(finews.summary().failed.values())
    withhold(upstream, "ok")
    upstream.misbehave("type=102", "ok")
    done = finews("run")
    assert re.search(r"channels that aren't due\s+│ 5", done.stdout)
    assert upstream.requests["text"] == finews.summary().articles >= failed > 0
    assert [path for path in lists_asked(upstream) if "type=102" not in path] == []
    finews("run")
    assert not upstream.requests
    finews("run", "--channels", "财经导读")
    assert {path.partition("?")[0] for path in lists_asked(upstream)} == {"/comm/web/getNewsByColumns"}


def test_the_next_run_does_what_a_time_budget_leaves(finews, upstream):
    upstream.delay = 0.3
    done = finews("run", "--max-minutes", "0.05", CONCURRENT_REQUESTS_PER_DOMAIN="2")
    left = int(re.search(r"Out of time .*: (\d+) articles that were listed wait for the next run", done.stdout)[1])
    stored = finews.summary()
    assert stored.articles == 60 - left < 60
    assert len(finews.posts()) == stored.articles - stored.duplicates > 0
    upstream.delay = 0
    finews("run")
    texts = [path for kind, path in upstream.log if kind == "text"]
    assert len(texts) == len(set(texts)) == finews.summary().articles == 60


def test_lists_that_hang_exceed_the_time_budget_by_at_most_one_timeout(finews, upstream):
    upstream.misbehave("list", "stall")
    quick = {"DOWNLOAD_TIMEOUT": "5", "RETRY_TIMES": "9", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    done = finews("run", "--max-minutes", "0.05", code=1, **quick)
    assert "Out of time" in done.stdout
    assert 0 < len(re.findall("channel .* failed: .*[Tt]imeout", done.stderr)) < 6, "the last ones weren't requested"
    (run,) = finews.ask(lambda store: store.runs(1))
    assert run["seconds"] < 30, "six lists, one at a time, take 30 s"


def test_a_shells_background_job_stops_on_sigterm_after_its_crawl_too(finews):
    """Such a job ignores SIGINT from its start. Here it waits for the lock on the mirror folder."""
    finews.mirror.mkdir()
    output = finews.folder / "output"
    shell = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-u", "-m", "finews_spider", "run"]
    with FileLock(finews.mirror / ".finews-export.lock"), output.open("w") as out:
        process = subprocess.Popen(
            [*shell, *(f"-s{name}={value}" for name, value in finews.quick.items())],
            env=os.environ | finews.settings,
            stdout=out,
        )
        wait_for(lambda: "seconds" in output.read_text(encoding="utf-8"))
        process.terminate()
        assert process.wait(60) == 1
    assert "Stopped early" in output.read_text(encoding="utf-8")
    assert not (finews.mirror / "_posts").exists()


def test_ctrl_c_during_the_jitter_of_a_run(finews, upstream):
    process = finews.start("run", "--jitter", "1d")
    wait_for(finews.mirror.exists)
    out, err = interrupt(process)
    assert (process.returncode, err) == (1, "")
    assert "Stopped early" in out
    assert not upstream.requests


def runs(folder, every, seconds, codes):
    """Run a watch whose runs take *seconds* and exit with *codes*; return its exit code and the times of the runs."""
    script = folder / "run.py"
    script.write_text(
        "import sys, time\n"
        f"log, codes = {str(folder / 'log')!r}, {codes}\n"
        "began = time.time()\n"
        f"time.sleep({seconds})\n"
        "with open(log, 'a+') as file:\n"
        "    file.write(f'{began} {time.time()}\\n')\n"
        "    file.seek(0)\n"
        "    sys.exit(codes[len(file.readlines()) - 1])\n"
    )
    watch = Watch([], every)
    watch.command = [sys.executable, str(script)]
    code = asyncio.run(watch.run())
    return code, [tuple(map(float, line.split())) for line in (folder / "log").read_text().splitlines()]


def test_watch_keeps_the_interval_continues_after_failures_and_stops_on_wrong_options(tmp_path, capfd):
    began = time.monotonic()
    code, times = runs(tmp_path, 1, 0, [0, 1, 75, 2])
    assert time.monotonic() - began >= 3, "from start to start"
    assert code == 2
    assert [start for start, _ in times] == sorted(start for start, _ in times)
    output = capfd.readouterr()
    assert re.findall(r"the run exited with (\d+)", output.err) == ["1", "75"]
    assert output.out.count("Run at ") == 4


def test_runs_that_take_longer_than_the_interval_follow_each_other_without_overlap(tmp_path, capfd):
    code, times = runs(tmp_path, 0.1, 0.5, [0, 0, 2])
    assert code == 2
    assert all(end <= start for (_, end), (start, _) in pairwise(times))


def test_watch_takes_the_options_of_run_and_lets_the_run_end_cleanly(finews, upstream):
    process = finews.start(
        "watch", "--every", "1s", "--channels", "滚动新闻", "--pages", "1", CONCURRENT_REQUESTS_PER_DOMAIN="2"
    )
    wait_for(lambda: upstream.requests["list"] >= 2)  # the second run has begun
    assert len(finews.posts()) > 20
    upstream.delay = 0.3
    upstream.advance(new=60)
    before = upstream.requests["text"]
    wait_for(lambda: upstream.requests["text"] > before + 3)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert re.search(r"new\s+│ 30", out)
    assert out.endswith("Stopped early: what was fetched is stored, and the next run continues from there.\n")
    assert all("type=102" in path for kind, path in upstream.log if kind == "list")
    upstream.delay = 0
    finews("run", "--channels", "滚动新闻")
    texts = [path for kind, path in upstream.log if kind == "text"]
    assert len(texts) == len(set(texts)) == finews.summary().articles == 60


@pytest.mark.torture
def test_ctrl_c_in_a_terminal_reaches_a_watch_and_its_run_once(finews, upstream):
    upstream.misbehave("list", "stall")
    options = ["-s", "DOWNLOAD_TIMEOUT=3", "-s", "LOG_LEVEL=INFO"]
    process = subprocess.Popen(
        [sys.executable, "-m", "finews_spider", "watch", *options],
        cwd=finews.folder,
        env=os.environ | finews.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        process_group=0,
    )
    wait_for(lambda: upstream.requests["list"])
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Stopped early" in out
    assert "shutting down gracefully" in err
    assert "unclean" not in err


@pytest.mark.torture
def test_a_second_ctrl_c_forces_a_watch_to_end(finews, upstream):
    upstream.misbehave("list", "stall")
    process = finews.start("watch", LOG_LEVEL="INFO", DOWNLOAD_TIMEOUT="180")
    wait_for(lambda: upstream.requests["list"])
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    wait_for_line(process.stderr, "shutting down gracefully")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 60, "it waited for the lists"
    assert process.returncode == 0
    assert "Stopped early" in out
    assert "Traceback" not in err


def wait_for_line(stream, words):
    for line in stream:
        if words in line:
            return
    raise AssertionError(words)
