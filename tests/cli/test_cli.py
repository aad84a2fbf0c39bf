"""The command, run as a user runs it: exit codes, one-line errors, Ctrl-C, the lock."""

import ast
import os
import re
import subprocess
import sys

import pytest

from finews_spider.cli import demo
from finews_spider.sample import SampleUpstream
from tests.running import Runner, interrupt, wait_for
from tools import reference


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=80, seed=2) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    upstream.delay = 0
    upstream.reset_counts()
    return Runner(tmp_path, upstream)


@pytest.fixture
def fresh(finews):
    finews.fresh = True
    return finews


def test_every_command_has_help_with_an_example_in_one_style(finews):
    commands = [name for name, _ in reference.all_commands()]
    assert len(commands) > 15
    for name in commands:
        shown = finews(*name.split()[1:], "--help").stdout
        assert f"Example: {name}" in " ".join(shown.split())
        assert not set("<{") & set(shown)
        for metavar in re.findall(r"^  --[\w-]+ (\S+)", shown.partition("Options:")[2], re.MULTILINE):
            assert re.fullmatch("[A-Z]+", metavar)


@pytest.mark.parametrize("command", ["status", "export"])
def test_a_command_that_crawls_nothing_does_not_load_scrapy(tmp_path, command):
    code = "import sys; from finews_spider.cli import app; app(standalone_mode=False); print(sorted(sys.modules))"
    run = [sys.executable, "-c", code, command]
    finews = Runner(tmp_path)
    finews.summary()  # makes the store
    env = os.environ | finews.settings
    done = subprocess.run(run, check=True, cwd=tmp_path, env=env, capture_output=True, text=True)
    modules = ast.literal_eval(done.stdout.splitlines()[-1])
    assert "sqlite3" in modules
    assert not {"scrapy", "twisted"} & set(modules)


def test_the_list_of_commands_cuts_no_sentence(finews):
    help_text = " ".join(finews("--help").stdout.split())
    assert "run Poll the channels that are due, fetch what is new or revised, write the posts. watch" in help_text


def test_the_version(fresh):
    assert re.fullmatch(r"finews \d+\.\d+\.\d+\n", fresh("--version").stdout)


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "message"),
    [
        (["run", "--channels", "没有"], {}, 2, "there is no channel '没有'"),
        (["run", "--pages", "0"], {}, 2, "pages=0"),
        (["run", "--jitter", "soon"], {}, 2, "'soon' is not a valid duration; write it as 30s"),
        (["watch", "--every", "5"], {}, 2, "'5' is not a valid duration"),
        (["watch", "--channels", "没有"], {}, 2, "there is no channel '没有'"),
        (["run", "-s", "FINEWS_STORE"], {}, 2, "NAME=VALUE"),
        (["run"], {"FINEWS_CHANNELS": "bad.toml"}, 2, "bad.toml: Expected"),
        (["run"], {"FINEWS_CHANNELS": "nowhere.toml"}, 2, "nowhere.toml"),
        (["run"], {"FINEWS_STORE": "oracle://x"}, 2, "'oracle'"),
        (["run"], {"FINEWS_MIRROR_DIR": "bad.toml"}, 2, "the mirror folder bad.toml can't be written"),
        (["export"], {"FINEWS_MIRROR_DIR": "bad.toml/x"}, 2, "can't be written"),
        (["status"], {"FINEWS_STORE": "sqlite:///bad.toml"}, 1, "not a database"),
        (["run"], {"FINEWS_STORE": "sqlite:///bad.toml"}, 1, "not a database"),
        (["takedown", "foo", "--reason", "x"], {}, 2, "'foo' is not an article"),
        (["demo", "--dir", "."], {}, 2, "isn't empty"),
    ],
)
def test_a_user_error_is_one_line_with_the_right_exit_code(finews, arguments, settings, code, message):
    (finews.folder / "bad.toml").write_text("# a channels file\n[[channel]\n" + "x = 1\n" * 200)
    finews.summary()  # makes the store
    finews.settings |= settings
    done = finews(*arguments, code=code)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_run_shows_what_it_did_and_where(fresh):
    done = fresh("run")
    assert re.search(r"new\s+│ 80", done.stdout)
    assert str(fresh.mirror) in done.stdout.replace("\n", "")
    assert done.stderr == ""


def test_status_shows_channels_and_totals(finews):
    finews.summary()  # makes the store
    assert "No run yet" in finews("status").stdout
    finews("run", "--channels", "滚动新闻,财经导读")
    shown = finews("status").stdout
    assert re.search(r"滚动新闻\s+│ \d+ min ago\s+│ \d+\s+│ ", shown)
    assert re.search(r"全球直播\s+│ never ", shown)
    assert "80 articles" in shown


def test_ctrl_c_ends_cleanly_and_what_was_fetched_is_stored(fresh, upstream):
    upstream.delay = 0.2
    process = fresh.start("run", CONCURRENT_REQUESTS_PER_DOMAIN="4")
    wait_for(lambda: upstream.requests["text"] > 12)
    out, err = interrupt(process)
    assert process.returncode == 1
    assert "Stopped early" in out
    assert "Traceback" not in err
    first = [path for kind, path in list(upstream.log) if kind == "text"]
    upstream.delay = 0
    fresh.fresh = False
    fresh("run")
    texts = [path for kind, path in upstream.log if kind == "text"]
    assert len(first) < 80
    assert len(texts) == len(set(texts)) == 80
    assert fresh.summary().articles == 80


def test_a_second_run_exits_with_75_and_the_lock_ends_with_its_holder(finews, upstream):
    upstream.delay = 1
    first = finews.start("run")
    wait_for(lambda: upstream.log)
    second = finews("run", code=75)
    assert re.match(
        rf"finews: another run is under way \(host .+, pid {first.pid}, since 2.+; it holds ", second.stderr
    )
    first.kill()
    first.communicate()
    upstream.delay = 0
    finews("run")
    assert finews.summary().articles == 80


def test_the_next_run_finishes_a_killed_one(finews, upstream):
    (finews.folder / "undisturbed").mkdir()
    undisturbed = Runner(finews.folder / "undisturbed", upstream)
    undisturbed("run")
    upstream.delay = 0.1
    process = finews.start("run", FINEWS_STORE_BATCH="5")
    wait_for(lambda: upstream.requests["text"] > 100)
    process.kill()
    process.communicate()
    upstream.delay = 0
    finews("run")
    # Which of two duplicates is published depends on which one was stored first.
    twins = {upstream.news.codes[number] for number in (9, 10, 62, 63)}
    for posts in (killed := finews.posts(), undisturbed := undisturbed.posts()):
        for name in [name for name in posts if any(code in name for code in twins)]:
            del posts[name]
    assert len(killed) == 80 - len(twins)
    assert killed == undisturbed


def test_a_takedown_removes_the_post_and_crawling_does_not_bring_it_back(finews, upstream):
    finews("run")
    name = next(name for name in finews.posts() if "NW" in name)
    code = re.search(r"NW(\d+)", name)[1]
    finews("takedown", f"NW{code}", "--reason", "asked for")
    assert name not in finews.posts()
    finews("run")
    finews("export", "--all")
    finews("scrapy", "crawl", "newsshare", "-a", f"links=NW{code}", "-a", "refresh=1")
    finews("export")
    assert name not in finews.posts()


def test_the_demo_shows_two_runs(finews):
    shown = finews("demo", "--articles", "40", "--dir", "demo").stdout
    tables = re.findall(r"new\s+│ (\d+).*?revised\s+│ (\d+).*?failed\s+│ (\d+)", shown, re.DOTALL)
    assert tables == [("40", "0", "0"), ("5", "2", "0")]
    posts = [post.read_text("utf-8") for post in (finews.folder / "demo/mirror/_posts").iterdir()]
    assert len(posts) > 40
    pictures = {path for post in posts for path in re.findall(r'<img src="([^"]+)"', post)}
    assert len(pictures) > 20
    assert all((finews.folder / f"demo/mirror{path}").is_file() for path in pictures)
    assert "全球直播" in (finews.folder / "demo/mirror/_data/status.json").read_text(encoding="utf-8")


def test_the_demo_of_publishers_fetches_only_what_is_new_from_each(finews):
    shown = finews("demo", "--publishers", "--articles", "60", "--dir", "demo").stdout
    assert "nine lists of five other publishers" in shown
    tables = re.findall(r"new\s+│ (\d+).*?revised\s+│ (\d+).*?failed\s+│ (\d+)", shown, re.DOTALL)
    # Nine lists of 6 articles, of which 5 more are published and 2 are revised; one in ten of 新浪 is a video.
    assert tables == [(str(60 + 9 * 6), "0", "0"), (str(5 + 9 * 5 - 1), str(2 + 9 * 2), "0")]
    posts = "".join(post.name for post in (finews.folder / "demo/mirror/_posts").iterdir())
    assert all(f"-{name}-" in posts for name in ("wscn", "wscn-live", "cls", "sina", "ths", "gelonghui"))


def test_a_demo_replaces_an_earlier_one(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "_run", lambda settings: (tmp_path / "demo" / "stale").touch() or 0)
    assert demo.show(tmp_path / "demo", 1) == 0
    monkeypatch.setattr(demo, "_run", lambda settings: int((tmp_path / "demo" / "stale").exists()))
    assert demo.show(tmp_path / "demo", 1) == 0
