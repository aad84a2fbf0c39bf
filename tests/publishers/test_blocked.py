"""Pages that ask for a captcha: the host is left alone with growing pauses, and nothing counts as gone."""

import json
from datetime import datetime

import pytest

from tests.fault_env import start_at
from tests.publishers.expected import articles

WHERE = "http://localhost:"
"""The host of 财联社's pages. The sample's other lists and texts are at 127.0.0.1."""


@pytest.fixture
def blocked(finews, upstream):
    """Return a user's folder after a run in which 财联社's pages asked for a captcha."""
    channels = finews.folder / "channels.toml"
    text = channels.read_text("utf-8")
    channels.write_text(text.replace(f"{upstream.url}/detail/", f"{WHERE}{upstream.port}/detail/"), "utf-8")
    upstream.misbehave("/detail/", "captcha")
    finews("run", code=None)
    return finews


def asked(upstream) -> int:
    return sum(path.startswith("/detail/") for _, path in upstream.log)


def last_run(finews) -> dict:
    (run,) = finews.ask(lambda store: store.runs(1))
    return run["stats"]


def pause(finews, upstream) -> float:
    """Return the seconds from the beginning of the last run to the end of the host's pause."""
    stats = last_run(finews)
    (run,) = finews.ask(lambda store: store.runs(1))
    ends = datetime.fromisoformat(stats[f"finews/retry_at/localhost:{upstream.port}"])
    return (ends - datetime.fromisoformat(run["started_at"])).total_seconds()


def test_a_captcha_is_counted_as_blocked_and_nothing_as_gone(blocked, upstream):
    stats = last_run(blocked)
    depth = [each.code for each in articles(upstream, ["cls-depth"])]
    assert stats["finews/failures/blocked"] >= 1
    assert stats.get("finews/articles/gone", 0) == 0
    assert stats["finews/articles/failed"] == len(depth)
    assert asked(upstream) < len(depth) / 2, "the other pages aren't requested"
    assert 300 <= pause(blocked, upstream) < 400, "pages that were requested together are one captcha"
    status = json.loads(blocked("status", "--json").stdout)
    (channel,) = [each for each in status["channels"] if each["name"] == "财联社深度"]
    assert channel["waiting"] == len(depth)
    assert blocked.article("cls-2690005"), "the lists of 财联社 are read"
    assert blocked.article("ths-690000005"), "the other publishers are, too"


def test_the_next_run_leaves_the_host_alone(blocked, upstream):
    upstream.misbehave("/detail/", "ok")
    upstream.reset_counts()
    upstream.advance(new=1)
    blocked("run", code=None)
    assert asked(upstream) == 0
    assert last_run(blocked)["finews/articles/new"] > 5


def test_each_further_captcha_doubles_the_pause_and_an_article_ends_it(blocked, upstream):
    start_at(blocked, 500, "run").communicate(timeout=120)
    assert last_run(blocked)[f"finews/blocks/localhost:{upstream.port}"] == 2
    assert 600 <= pause(blocked, upstream) < 700
    upstream.misbehave("/detail/", "ok")
    upstream.reset_counts()
    start_at(blocked, 3000, "run").communicate(timeout=120)
    depth = [each.code for each in articles(upstream, ["cls-depth"])]
    assert asked(upstream) == len(depth)
    assert last_run(blocked)[f"finews/blocks/localhost:{upstream.port}"] == 0
    assert all(blocked.article(code) for code in depth)
