"""Each misbehaviour of an upstream is one failure, counted and named, and the other articles are stored."""

import json
import re
from collections import Counter

import pytest

from tests.misbehave import MisbehavingUpstream
from tests.running import ROOT

ESCAPE = "\x1b"
BAD = {
    "500, 503 and similar": ("http_5xx", ["500", "503"]),
    "429": ("http_429", ["429"]),
    "a reset connection, a body that breaks off, wrong lengths, something that isn't HTTP": (
        "connection",
        ["reset", "half", "half-chunks", "chunks", "garbage", "status", "length", "lengths", "long-header"],
    ),
    "HTML instead of JSON or the reverse, truncated JSON, JSON of other types, no gzip where the header says gzip": (
        "answer",
        ["html", "cut", "short", "empty", "null", "list", "object", "deep", "steering", "no-gzip", "cut-gzip"],
    ),
    "a body of more than 8 MB, compressed or not": ("too_large", ["large"]),
    "a redirect to a host that isn't named, or to a private address, or by a URL of thousands of characters": (
        "out_of_reach",
        [
            f"redirect http://{where}/"
            for where in (
                f"127.0.0.1/{'x' * 3000}",
                "169.254.169.254",
                "10.0.0.1",
                "localhost",
                "2130706433",
                "0x7f.1",
                "[::1]",
                "[::ffff:127.0.0.1]",
            )
        ],
    ),
    "a redirect that never ends, or to no URL": (
        "redirects",
        ["chain", "redirect ", "redirect http://[::1", "redirect javascript:alert(1)"],
    ),
    "a redirect to another scheme": (
        "http_3xx",
        [f"redirect {url}" for url in ("file:///etc/passwd", "data:,x", "ftp://127.0.0.1/")],
    ),
}
"""Misbehaviour in the words of docs/reliability.md → its cause, and what the sample can do of it quickly."""
SLOW = {"nothing, or one byte a second": ("timeout", ["stall", "trickle"])}
"""The slow ones, which tests/torture tests."""
HARMLESS = ["gbk", "bom", "utf-16"]
CAUSES = {behaviour: cause for cause, behaviours in BAD.values() for behaviour in behaviours}
CHANNEL = """
[[channel]]
name = "{name}"
kind = "{kind}"
url = "{url}"
count = 10
pages = 4
"""


def failures(finews) -> dict[str, int]:
    """Return the last run's failures by cause."""
    (run,) = finews.ask(lambda store: store.runs(1))
    return run["failures"]


def check_log(log: str) -> None:
    assert "Traceback" not in log
    assert ESCAPE not in log
    assert all(re.match(r"\d{4}-\d\d-\d\d |\s|finews: |$", line) for line in log.splitlines()), log
    assert "finews: all is well" not in log.splitlines()


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=len(CAUSES) + len(HARMLESS) + 20, seed=21) as upstream:
        yield upstream


@pytest.mark.parametrize("fast", ["off", "on"])
def test_each_bad_article_is_one_failure_and_the_good_ones_arrive(finews, upstream, fast):
    behaviours = [*CAUSES, *HARMLESS]
    for code, behaviour in zip(upstream.news.codes, behaviours, strict=False):
        upstream.misbehave(code, behaviour)
    # The fast client meets connections here that bad answers have just closed, and so do good articles' requests.
    tries = {"off": 2, "on": 3}[fast]
    done = finews("run", code=1, RETRY_TIMES=str(tries - 1), LOG_LEVEL="WARNING", FINEWS_FAST=fast)
    assert failures(finews) == Counter(CAUSES.values())
    bad, good = upstream.news.codes[: len(CAUSES)], upstream.news.codes[len(CAUSES) :]
    summary = finews.summary()
    assert (summary.articles, sum(summary.failed.values())) == (len(good), len(bad))
    assert len(finews.posts()) == len(good) - summary.duplicates
    assert all(len(re.findall(f"NW{code} failed: ", done.stderr)) == 1 for code in bad)
    check_log(done.stderr)
    hops = 1 + 5  # REDIRECT_MAX_TIMES
    requests = Counter(
        next(code for code in upstream.news.codes if code in path)
        for kind, path in upstream.log
        if kind in {"text", "article", "page"}
    )
    assert max(requests[code] for code in bad) <= 3 * hops * (tries - 1)


def test_each_bad_list_is_one_failure_and_the_others_are_read(finews, upstream):
    channels = {}
    for number, behaviour in enumerate(CAUSES, 100):
        channels[f"bad {number}"] = f"/information/newmarket/web/webapi?marketType={number}&count={{count}}"
        upstream.misbehave(f"marketType={number}&", behaviour)
    upstream.answers("marketType=98&", b'{"record": []}')
    upstream.answers("marketType=99&", json.dumps({"record": [{}, None, 7, {"title": "x" * 100_000}]}).encode())
    channels |= {f"odd {n}": f"/information/newmarket/web/webapi?marketType={n}&count={{count}}" for n in (98, 99)}
    channels["good"] = "/information/newmarket/web/webapi?marketType=1&count=1000"
    path = finews.folder / "channels.toml"
    path.write_text(
        "".join(CHANNEL.format(name=n, kind="webapi-market", url=upstream.url + url) for n, url in channels.items()),
        encoding="utf-8",
    )
    done = finews("run", code=1, RETRY_TIMES="0", LOG_LEVEL="WARNING")
    assert failures(finews) == Counter([*CAUSES.values(), "answer"])
    assert finews.summary().articles == len(upstream.news.codes)
    states = finews.ask(lambda store: store.channel_states())
    bad = {name for name in channels if name.startswith("bad")} | {"odd 99"}
    assert {name for name, state in states.items() if state.error} == bad
    assert all(len(re.findall(f"channel {name} failed: ", done.stderr)) == 1 for name in channels if "bad" in name)
    assert len(re.findall("row . names no article", done.stderr)) == 4
    check_log(done.stderr)


def test_paging_ends_when_the_cursor_repeats_goes_back_or_never_ends(finews, upstream):
    def page(codes, cursor):
        rows = [{"code": code, "title": "x", "showTime": "2026-03-02 12:00"} for code in codes]
        return json.dumps({"code": "1", "data": {"sortEnd": cursor, "fastNewsList": rows}}).encode()

    one, two = upstream.news.codes[:2], upstream.news.codes[2:4]
    upstream.answers("fastColumn=1&", page(one, "7"))
    upstream.answers("fastColumn=2&sortEnd=8&", page(two, "9"))
    upstream.answers("fastColumn=2&", page(one, "8"))
    url = upstream.url + "/comm/web/getFastNewsList?fastColumn={}&sortEnd={{cursor}}&pageSize=3&req_trace=1"
    (finews.folder / "channels.toml").write_text(
        "".join(CHANNEL.format(name=f"{n}", kind="fastnews", url=url.format(n)) for n in (1, 2, 3)), encoding="utf-8"
    )
    finews("run")
    requests = Counter(re.search("fastColumn=(.)", path)[1] for kind, path in upstream.log if kind == "list")
    assert requests == {"1": 2, "2": 3, "3": 4}


def test_a_list_with_only_unreadable_rows_is_reported_in_few_lines(finews, upstream):
    upstream.answers("type=102", b'{"records": [' + b"0," * 5000 + b"0]}")
    done = finews("run", "--channels", "滚动新闻", code=1, LOG_LEVEL="WARNING")
    assert len(done.stderr.splitlines()) == 23
    assert "4981 more rows can't be read" in done.stderr
    assert "channel 滚动新闻 failed" in done.stderr
    assert "none of its 5001 rows names an article" in done.stderr


def test_a_bad_robots_txt_forbids_no_article(finews, upstream):
    upstream.misbehave("robots", "large")
    done = finews("run", LOG_LEVEL="WARNING")
    assert finews.summary().articles == len(upstream.news.codes)
    check_log(done.stderr)


def test_the_table_in_the_docs_is_this_one():
    text = (ROOT / "docs/reliability.md").read_text("utf-8").partition("## A bad upstream")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")][2:]
    documented = {row[0]: row[-1] for row in rows if row[-1].startswith("`")}
    assert documented == {words: f"`{cause}`" for words, (cause, _) in (BAD | SLOW).items()}
