"""The manners of a command line tool: `--quiet`, colours, `--json`, exit codes in the help, wrong usage in one line."""

import json
import re

import pytest

from finews_spider.cli.exit_codes import EXIT_CODES, MEANINGS
from finews_spider.sample import SampleUpstream
from tests.cli.test_output import on_terminal
from tests.running import ROOT, Runner, interrupt
from tests.stores.samples import NOW, A, B, article, codes
from tools import reference

WITHOUT_FIGURES = {"finews demo", "finews channels copy", "finews site init"}


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=20, seed=6) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    upstream.reset_counts()
    return Runner(tmp_path, upstream)


@pytest.fixture
def filled(finews):
    """Return a user's folder with two articles and a channel in the store, and a mirror."""
    finews.ask(lambda store: store.save([article(A, A * 20), article(B, B * 20)], NOW))
    finews("export")
    return finews


# --quiet


@pytest.mark.parametrize("words", [["run", "--quiet"], ["-q", "run"], ["run", "-q", "-s", "FINEWS_FAST=off"]])
def test_a_quiet_run_that_succeeds_prints_nothing(finews, words):
    done = finews(*words)
    assert (done.stdout, done.stderr) == ("", "")
    assert finews.posts()


def test_a_quiet_run_still_prints_errors(finews):
    done = finews("run", "--quiet", "--channels", "没有", code=2)
    assert done.stdout == ""
    assert done.stderr.startswith("finews: there is no channel '没有'")


@pytest.mark.parametrize(
    "words",
    [
        ["export", "--all"],
        ["export", "--format", "csv", "--output", "news.csv"],
        ["verify"],
        ["verify", "--repair"],
        ["import", "mirror"],
        ["backup", "news.backup"],
        ["compact", "--runs-days", "1"],
        ["takedown", A, "--reason", "x"],
        ["takedown", A, "--undo"],
        ["site", "init", "mirror"],
        ["channels", "copy", "my.toml"],
    ],
    ids=" ".join,
)
def test_a_quiet_command_does_not_say_what_it_did(filled, words):
    assert filled(*words).stdout
    for path in ("news.backup", "my.toml"):
        (filled.folder / path).unlink(missing_ok=True)
    done = filled(*words, "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("words", [["list"], ["show", A], ["status"], ["channels"], ["history", A]], ids=" ".join)
def test_a_quiet_command_shows_what_was_asked_for(filled, words):
    assert filled("-q", *words).stdout == filled(*words).stdout != ""


def test_quiet_checks_print_only_what_is_wrong(filled):
    next((filled.mirror / "_posts").glob(f"*{A}*")).unlink()
    assert f"NW{A}" in filled("verify", "--quiet", code=1).stdout
    done = filled("status", "--check", "-q", code=1)
    assert (done.stdout, done.stderr) == ("", "finews: there is no run yet\n")


def test_a_quiet_command_on_a_terminal_has_no_progress_bar(filled):
    assert "articles" in on_terminal(filled, "search", "标题")
    assert "━" not in on_terminal(filled, "search", "标题", "--quiet")
    assert on_terminal(filled, "export", "--all", "-q") == ""


# Colours

COLOUR = re.compile(r"\x1b\[[\d;]*\b(3|4|9|10)\d")


@pytest.fixture
def alarming(filled):
    """Return the folder of a user who has something to see in colour: an article with a revision."""
    filled.ask(lambda store: store.save([article(A, "另一篇文章。" * 20)], NOW))
    return filled


def test_a_terminal_gets_colours_and_a_pipe_does_not(alarming):
    assert COLOUR.search(on_terminal(alarming, "history", A))
    assert "\x1b" not in alarming("history", A).stdout
    alarming.settings["FORCE_COLOR"] = "1"
    alarming.settings["TERM"] = "xterm"
    assert COLOUR.search(alarming("history", A).stdout)
    assert "\x1b" not in alarming("verify", code=1).stderr  # no progress bar in a pipe


@pytest.mark.parametrize(
    "switch", [{"NO_COLOR": "1"}, {"NO_COLOR": "no"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=str
)
@pytest.mark.parametrize(
    "words",
    [["history", A], ["status"], ["run", "-s", "AUTOTHROTTLE_ENABLED=0"], ["search", "标题"], ["--help"]],
    ids=" ".join,
)
def test_no_colour_where_it_is_not_wanted(alarming, switch, words):
    alarming.settings |= switch
    assert not COLOUR.search(on_terminal(alarming, *words))


# Exit codes


def test_every_help_shows_the_exit_codes_of_the_table(finews):
    names = [name.removeprefix("finews ") for name, _ in reference.all_commands()]
    assert sorted(EXIT_CODES) == sorted(names)
    for name in names:
        shown = finews(*name.split(), "--help").stdout
        section = shown.partition("Exit codes:\n")[2].partition("\n\n")[0]
        assert [int(code) for code in re.findall(r"^  (\d+) ", section, re.MULTILINE)] == list(EXIT_CODES[name])


def test_the_docs_and_the_help_name_the_same_exit_codes():
    text = (
        (ROOT / "docs/running.md").read_text(encoding="utf-8").partition("## Exit codes")[2].partition("\n\nA crawl")[0]
    )
    documented = {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", text, re.MULTILINE)}
    assert list(documented) == list(MEANINGS)
    for code, meaning in documented.items():
        assert meaning.startswith(MEANINGS[code])
    for each in EXIT_CODES.values():
        assert set(each) <= set(documented)


def test_ctrl_c_ends_a_command_that_reads_with_130_and_no_words(filled):
    filled.ask(lambda store: store.save([article(code, code * 20) for code in codes(3000)], NOW))
    filled.fresh = True
    process = filled.start("export", "--format", "jsonl")  # more than a pipe holds
    assert process.stdout.readline()
    _, err = interrupt(process)
    assert (process.returncode, err) == (130, "")


# Wrong usage


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["runn"], "finews has no command 'runn'; do you mean `finews run`? See `finews --help`"),
        (["probe"], "finews has no command 'probe'; do you mean `finews channels probe`? See `finews --help`"),
        (["frobnicate"], "finews has no command 'frobnicate'; see `finews --help`"),
        (["site", "ini"], "finews site has no command 'ini'; do you mean `finews site init`? See `finews site --help`"),
        (["site", "-q"], "finews site needs a command; see `finews site --help`"),
        (["-q"], "finews needs a command; see `finews --help`"),
        (["run", "--foo"], "finews run has no option --foo; see `finews run --help`"),
        (["run", "--page", "3"], "finews run has no option --page; do you mean --pages? See `finews run --help`"),
        (
            ["--json", "run"],
            "finews has no option --json; write it behind the command, as in `finews run --json`; see `finews --help`",
        ),
        (["run", "more"], "finews run can't use 'more'; see `finews run --help`"),
        (["show"], "finews show needs CODE; see `finews show --help`"),
        (["channels", "probe"], "finews channels probe needs NAME; see `finews channels probe --help`"),
        (["export", "--format"], "--format takes a value; see `finews export --help`"),
        (["run", "--publish=3"], "--publish takes no value; see `finews run --help`"),
        (
            ["status", "--max-age", "x"],
            "--max-age: 'x' should be a whole number of at least 1; see `finews status --help`",
        ),
        (
            ["run", "--max-minutes", "0"],
            "--max-minutes: 0.0 should be a number of at least 0.01; see `finews run --help`",
        ),
    ],
    ids=str,
)
def test_wrong_usage_is_one_line_that_says_what_to_do(finews, words, message):
    done = Runner(finews.folder, fresh=True)(*words, code=2) if words[0] == "run" else finews(*words, code=2)
    assert (done.stdout, done.stderr) == ("", f"finews: {message}\n")


# --json


def documented_keys(command):
    """Return the keys that docs/running.md names for ``finews command --json``."""
    text = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    row = next(row for row in re.findall(r"^\| (.*) \| .* \| (.*) \|$", text, re.MULTILINE) if f"`{command}`" in row[0])
    return set(re.findall(r"`(\w+)`", row[1]))


def lines(done):
    """Return what a command printed on standard output: one object a line."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_command_that_has_figures_has_json():
    without = {
        name for name, command in reference.all_commands() if not any("--json" in p.opts for p in command.params)
    }
    assert without == WITHOUT_FIGURES


def test_a_run_prints_its_record(finews):
    [record] = lines(finews("run", "--json"))
    assert record == json.loads(finews("status", "--json").stdout)["runs"][0]
    assert (record["new"], record["exit_code"], record["export"]["written"]) == (20, 0, len(finews.posts()))


def test_a_run_that_is_refused_prints_no_object(finews):
    done = finews("run", "--json", "--channels", "没有", code=2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_run_that_publishes_prints_the_publication_too(finews):
    finews("site", "init", "mirror")
    [record] = lines(finews("run", "--json", "--publish", code=None, PATH=""))
    assert record["publication"].keys() == documented_keys("publish")


def test_a_fetch_prints_what_became_of_each_article(finews, upstream):
    known, unknown = upstream.news.codes[0], "202001011234567890"
    first, second = lines(finews("fetch", known, unknown, "--json", code=1))
    assert (first["code"], first["result"], first["title"] != "") == (known, "new", True)
    assert second == {"code": unknown, "info_code": f"NW{unknown}", "result": "failed"}
    [again] = lines(finews("fetch", known, "--json"))
    assert again["result"] == "unchanged"
    assert again["path"] == first["path"] != ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["export", "--all"], {"written": 0, "unchanged": 2, "removed": 0, "failed": 0}),
        (["export", "--format", "csv", "--output", "a.csv"], {"written": 2, "file": "a.csv"}),
        (["import", "mirror"], {"new": 0, "unchanged": 2, "aliases": 0, "taken_down": 0, "unreadable": {}}),
        (["restore", "saved", "--overwrite"], {"articles": 2, "file": "saved"}),
        (["compact", "--dry-run"], {"revisions": 0, "runs": 0, "dry_run": True, "freed": None}),
    ],
    ids=str,
)
def test_figures_of_a_command(filled, words, expected):
    filled("backup", "saved")
    done = filled(*words, "--json")
    assert lines(done) == [expected]
    assert expected.keys() <= documented_keys(words[0])


def test_verify_and_takedown_print_files_and_articles(filled):
    post = next((filled.mirror / "_posts").glob(f"*{A}*"))
    post.unlink()
    [found] = lines(filled("verify", "--json", code=1))
    assert (found["missing"], found["repaired"]) == ([f"_posts/{post.name}"], False)
    assert found.keys() | {"export"} == documented_keys("verify")
    [found] = lines(filled("verify", "--repair", "--json"))
    assert (found["repaired"], found["export"]["failed"]) == (True, 0)
    [done] = lines(filled("takedown", A, "--reason", "asked for", "--json"))
    assert done["articles"] == [
        {"code": A, "info_code": f"NW{A}", "result": "taken_down", "stored": True, "same_as": []}
    ]
    assert done["export"]["removed"] == 1
    [listed] = lines(filled("takedown", "--list", "--json"))
    assert (listed["code"], listed["reason"]) == (A, "asked for")
    assert listed.keys() == documented_keys("takedown --list")
    [undone] = lines(filled("takedown", A, "--undo", "--json"))
    assert undone["articles"] == [{"code": A, "info_code": f"NW{A}", "result": "restored"}]


def test_backup_and_channels_print_figures(finews, upstream):
    finews("run")
    [saved] = lines(finews("backup", "saved", "--json"))
    assert saved == {"articles": 20, "file": "saved", "bytes": (finews.folder / "saved").stat().st_size}
    listed = lines(finews("channels", "--json"))
    assert "全球直播" in [channel["name"] for channel in listed]
    [probed] = lines(finews("channels", "probe", "滚动新闻", "--json"))
    assert len(probed["articles"]) == probed["rows"] > 0
    assert probed.keys() <= documented_keys("channels probe")
    assert probed["articles"][0].keys() <= documented_keys("channels probe")


def test_watch_prints_the_record_of_each_run(finews, upstream):
    process = finews.start("watch", "--json", "--every", "1m")
    record = json.loads(process.stdout.readline())
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert record["new"] == 20
    assert out == ""
    assert err.startswith("Run at ")


def test_json_and_data_do_not_share_standard_output(filled):
    done = filled("export", "--format", "jsonl", "--json", code=2)
    assert done.stderr == "finews: --json needs standard output; write the data to a file with --output\n"
