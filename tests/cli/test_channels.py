"""`finews channels`, run as a user runs it: the list of channels, and the probe of one."""

import re

import pytest

from finews_spider.sample.server import CHANNELS
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner

QUICK = ["-s", "AUTOTHROTTLE_ENABLED=0", "-s", "FINEWS_RETRY_SECONDS=0.05", "-s", "DOWNLOAD_TIMEOUT=20"]


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=2) as upstream:
        yield upstream


def probe(finews, name, *options, code=0):
    """Probe a channel, and check that the folder hasn't changed."""
    done = finews("channels", "probe", name, *QUICK, *options, code=code)
    assert "Traceback" not in done.stderr
    assert [path.name for path in finews.folder.iterdir()] == ["channels.toml"]
    return done


def refusal(finews, name, code=1):
    """Return the one line of a probe that exits with *code*."""
    done = probe(finews, name, code=code)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def missing(shown):
    """Return the figures of the table "What is missing"."""
    return {name: int(count) for name, count in re.findall(r"│ (?:articles without )?(\w[\w ]+?)\s+│ (\d+)", shown)}


def test_all_channels_are_listed(finews):
    with (finews.folder / "channels.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[channel]]\nname = "[red]我的[/]"\nkind = "columns"\nurl = "https://a.example/"\nenabled = false\nevery = "1h30m"\n'
        )
    shown = finews("channels").stdout
    for name, kind, _, layout in CHANNELS:
        assert re.search(rf"^{name} +│ {kind} +│ {layout} +│ yes │ 20×100 │ +│ 127\.0\.0\.1 *$", shown, re.MULTILINE)
    assert re.search(
        r"^\[red\]我的\[/\] +│ columns +│ media +│ no +│ 1×100 +│ 1h30m │ a\.example *$", shown, re.MULTILINE
    )


def test_the_shipped_channels_are_listed_uncut(tmp_path):
    shown = Runner(tmp_path)("channels").stdout
    assert re.search(r"财经导读 +│ columns +│ media +│ yes │ 3×20 +│ +│ np-listapi\.eastmoney\.com", shown)
    assert "…" not in shown


@pytest.mark.parametrize("command", [["channels"], ["channels", "probe"]], ids=" ".join)
def test_both_have_help_with_an_example(finews, command):
    help_text = " ".join(finews(*command, "--help").stdout.split())
    assert f"Example: finews {' '.join(command)}" in help_text


@pytest.mark.parametrize(("name", "kind"), [channel[:2] for channel in CHANNELS])
def test_a_probe_shows_what_a_run_would_get_and_sends_one_request(finews, upstream, name, kind):
    shown = probe(finews, name).stdout
    rows, articles = map(
        int, re.search(rf"{name} answers as a {kind} list. Rows: (\d+), articles: (\d+)", shown).groups()
    )
    assert rows == articles > 10
    assert len(re.findall(r"│ NW\d{17,} +│ \d{4}-\d\d-\d\d \d\d:\d\d │ \S", shown)) == 10
    assert missing(shown)["rows that name no article"] == 0
    assert missing(shown)["url"] == (articles if kind in {"fastnews", "webapi-media", "webapi-market"} else 0)
    assert ("Next page: " in shown) == (kind == "fastnews")
    assert upstream.requests == {"robots": 1, "list": 1}


def test_a_probe_shows_what_rows_lack(finews, upstream):
    rows = (
        '{"code": "202601010000000001", "title": "\\u001b[2J壹\\u3000贰"}',
        '{"code": "x"}',
        '{"code": "\\u001b[2J"}',
    )
    upstream.answers("getNewsByColumns", f'{{"code": 1, "data": {{"list": [{", ".join(rows)}]}}}}'.encode())
    shown = probe(finews, "财经导读").stdout
    assert "Rows: 3, articles: 1" in shown
    assert re.search(r"│ NW202601010000000001 │ +│  \[2J壹 贰 │", shown)
    lacking = {"title": 0, "time": 1, "media": 1, "digest": 1, "url": 1, "rows that name no article": 2}
    assert missing(shown) == lacking
    assert "row 2 names no article: {'code': 'x'}" in shown
    assert "\x1b" not in shown


def test_a_list_whose_rows_name_no_article_is_shown_and_fails(finews, upstream):
    upstream.answers("type=45", b'{"nodeList": [{"title": "x"}]}')
    done = probe(finews, "媒体新闻", code=1)
    assert "Rows: 1, articles: 0" in done.stdout
    assert "row 1 names no article: {'title': 'x'}" in done.stdout


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("html", "the answer is HTML instead of JSON; the answer begins b'<html><body>Please"),
        ("cut", "the answer is not JSON"),
        ("empty", "the answer is empty"),
        ("null", "the upstream reports an error: {'data': None}"),
    ],
)
def test_an_answer_in_another_format_is_reported_in_one_line(finews, upstream, behaviour, message):
    upstream.misbehave("list", behaviour)
    line = refusal(finews, "快讯101")
    assert line.startswith("finews: the channel '快讯101' no longer answers as a 'kuaixun' list: http://127.0.0.1:")
    assert message in line


@pytest.mark.parametrize(
    ("behaviour", "counts", "message"),
    [("500", {3}, "HTTP 500"), ("404", {1}, "HTTP 404"), ("reset", {3, 4}, "closed")],
)
def test_a_list_that_cannot_be_fetched_is_reported_in_one_line_after_the_retries(
    finews, upstream, behaviour, counts, message
):
    upstream.misbehave("list", behaviour)
    line = refusal(finews, "快讯101")
    assert line.startswith("finews: the channel '快讯101' can't be had: http://127.0.0.1:")
    assert message in line
    assert upstream.requests["list"] in counts


def test_a_host_that_is_down_is_reported_without_a_traceback(finews, upstream):
    finews.settings["FINEWS_CHANNELS"] = "channels.toml"
    (finews.folder / "channels.toml").write_text(
        '[[channel]]\nname = "away"\nkind = "columns"\nurl = "http://127.0.0.1:9/"\n'
    )
    *_, line = probe(finews, "away", code=1).stderr.splitlines()
    assert line.startswith("finews: the channel 'away' can't be had: http://127.0.0.1:9/")


def test_text_of_the_upstream_cannot_control_the_terminal(finews, upstream):
    upstream.answers("getFastNewsList", b'{"code": "0", "message": "go \\u001b[2Jaway"}')
    line = refusal(finews, "全球直播")
    assert "the upstream reports an error: go" in line
    assert "\x1b" not in line


def test_a_list_without_rows_is_reported(finews, upstream):
    upstream.answers("getNewsByColumns", b'{"code": "1", "data": {"list": []}}')
    assert (
        refusal(finews, "财经导读") == "finews: the channel '财经导读' answers as a 'columns' list, but with no rows\n"
    )


def test_an_unknown_name_is_wrong_usage(finews, upstream):
    assert refusal(finews, "没有", code=2) == "finews: there is no channel '没有'; `finews channels` lists them\n"
    assert not upstream.log


def test_settings_may_stand_on_either_side_of_probe(finews):
    (finews.folder / "channels.toml").rename(finews.folder.parent / "mine.toml")
    override = f"FINEWS_CHANNELS={finews.folder.parent / 'mine.toml'}"
    for arguments in (["-s", override, "probe", "滚动新闻"], ["probe", "滚动新闻", "-s", override]):
        assert "Rows: 30, articles: 30" in finews("channels", *arguments, *QUICK).stdout
