"""The misbehaviours that are large or slow: memory stays small, the run ends, and the good articles arrive."""

import os
import threading
from collections import Counter

import pytest

from tests.misbehave import SPOILED, MisbehavingUpstream
from tests.running import Runner, withhold
from tests.spiders.test_bad_upstream import CHANNEL, SLOW, check_log, failures

LIMIT_MB = 300
GOOD = 20
BOMBS = ["gzip-bomb", "deflate-bomb", "br-bomb", "double-bomb"]
LARGE = ["large", "endless", *BOMBS]
MB = 2**20
DENSE = {
    "values": lambda: b'{"record": [' + b"[]," * (7 * MB // 3) + b"0]}",
    "few values": lambda: b'{"record": [' + b"{}," * 200_000 + b"0]}",
    "long text": lambda: b'{"record": [{"title": "' + b"\xe9\x93\xb6" * (7 * MB // 3) + b'"}]}',
    "invalid text": lambda: b'{"record": [{"title": "' + b"\xff" * 7 * MB + b'"}]}',
}
"""Lists of less than 8 MB that would be larger in memory."""
PAGES = {
    "tags": lambda: b"<html><div id=ContentBody>" + b"<b>x</b>" * (7 * MB // 8) + b"</div></html>",
    "open tags": lambda: b"<html><div id=ContentBody>" + b"<b>" * 99_000 + b"x</div></html>",
    "attributes": lambda: b"<html><div id=ContentBody><p " + b"a b c d " * (7 * MB // 8) + b"></div></html>",
}


@pytest.fixture(scope="module", params=["off", "on"], autouse=True)
def client(request):
    """Run the test with each of the two clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINEWS_FAST", request.param)
        yield


@pytest.fixture(scope="module", autouse=True)
def bombs():
    for name in BOMBS:  # made before the run, because the server answers no request meanwhile
        SPOILED[name](b"")


def run(finews: Runner, *arguments: str, seconds: float, **overrides: str) -> tuple[int, str, float]:
    """Run to the end within so many seconds, and return exit code, log and peak memory in MB."""
    process = finews.start("run", *arguments, LOG_LEVEL="WARNING", **overrides)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    output: dict[str, str] = {}
    readers = [
        threading.Thread(target=lambda name=name: output.update({name: getattr(process, name).read()}))
        for name in ("stdout", "stderr")
    ]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    for reader in readers:
        reader.join()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, output["stderr"], usage.ru_maxrss / 1024


@pytest.mark.torture
@pytest.mark.parametrize("behaviour", LARGE)
def test_large_answers_at_once_are_refused_in_little_memory(tmp_path, behaviour):
    bad = 16
    with MisbehavingUpstream(articles=bad + GOOD, seed=1) as upstream:
        for code in upstream.news.codes[:bad]:
            upstream.misbehave(code, behaviour)
        upstream.misbehave("robots", behaviour)
        upstream.misbehave("type=45", behaviour)
        finews = Runner(tmp_path, upstream, fresh=True)
        code, log, peak = run(finews, seconds=500)
        assert code == 1, log
        assert failures(finews) == {"too_large": bad + 1}
        assert finews.summary().articles == GOOD
        assert peak < LIMIT_MB
        assert len(upstream.log) < 3 * (bad + GOOD) + 30
    check_log(log)


@pytest.mark.torture
def test_lists_and_pages_that_grow_in_memory_stay_small(tmp_path):
    with MisbehavingUpstream(articles=GOOD + len(PAGES), seed=2) as upstream:
        codes = upstream.news.codes[: len(PAGES)]
        for code, make in zip(codes, PAGES.values(), strict=True):
            for path in ("GetNewsText.*", "api/article/"):
                upstream.misbehave(f"{path}{code}", "404")
            upstream.answers(f"/a/{code}", make())
        channels = {"good": 1} | {name: number for number, name in enumerate(DENSE, 100)}
        for name, make in DENSE.items():
            upstream.answers(f"marketType={channels[name]}&", make())
        finews = Runner(tmp_path, upstream, fresh=True)
        url = upstream.url + "/information/newmarket/web/webapi?marketType={}&count={{count}}000"
        (tmp_path / "channels.toml").write_text(
            "".join(CHANNEL.format(name=name, kind="webapi-market", url=url.format(n)) for name, n in channels.items()),
            encoding="utf-8",
        )
        code, log, peak = run(finews, seconds=300)
        assert code == 1, log
        assert peak < LIMIT_MB
        assert failures(finews) == {"answer": 1 + len(PAGES)}
        assert finews.summary().articles == GOOD
        assert len(log.splitlines()) < 100
    check_log(log)


@pytest.mark.torture
def test_stalls_and_trickles_are_timeouts_and_the_good_articles_arrive(tmp_path):
    _, behaviours = next(iter(SLOW.values()))
    with MisbehavingUpstream(articles=len(behaviours) + GOOD, seed=3) as upstream:
        for code, behaviour in zip(upstream.news.codes, behaviours, strict=False):
            upstream.misbehave(code, behaviour)
        upstream.misbehave("type=45", "trickle")
        upstream.misbehave("type=102", "stall")
        finews = Runner(tmp_path, upstream, fresh=True)
        code, log, _ = run(finews, seconds=300, DOWNLOAD_TIMEOUT="6", RETRY_TIMES="1")
        assert code == 1, log
        assert failures(finews) == {"timeout": len(behaviours) + 2}
        assert finews.summary().articles >= GOOD * 0.5
        requests = Counter(path.partition("&_")[0] for kind, path in upstream.log if kind == "list")
        assert max(requests.values()) == 2
    check_log(log)


@pytest.mark.torture
def test_a_host_that_answers_no_article_at_all_ends_the_run_soon(tmp_path):
    """100 articles with 3 sources, 3 tries and 4 s each would take 7.5 minutes, 8 at a time."""
    with MisbehavingUpstream(articles=100, seed=4) as upstream:
        withhold(upstream, "stall")
        finews = Runner(tmp_path, upstream, fresh=True)
        code, log, _ = run(finews, seconds=200, DOWNLOAD_TIMEOUT="4")
        assert code == 1, log
        assert failures(finews) == {"timeout": 100}
        assert upstream.requests["text"] + upstream.requests["article"] + upstream.requests["page"] < 60
        assert log.count("requests in a row unanswered and gets no more") == 1
        withhold(upstream, "ok")
        finews("run")
        assert finews.summary().articles == 100
    check_log(log)


@pytest.mark.torture
def test_endless_header_lines_stay_small(tmp_path):
    with MisbehavingUpstream(articles=GOOD + 4, seed=5) as upstream:
        for code in upstream.news.codes[:4]:
            upstream.misbehave(code, "headers")
        finews = Runner(tmp_path, upstream, fresh=True)
        _, log, peak = run(finews, seconds=500)
        assert finews.summary().articles >= GOOD
        assert peak < LIMIT_MB
    check_log(log)
