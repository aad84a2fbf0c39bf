"""The command in Chinese: which language it speaks, what stays English, and whether it fits a terminal."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from finews_spider import i18n
from finews_spider.cli.help import columns, wrap
from finews_spider.errors import ConfigError, MirrorError
from finews_spider.logs import print_error
from finews_spider.monitoring import checks
from finews_spider.monitoring.alerts import next_alert
from finews_spider.sample import SampleUpstream
from tests.misbehave import MisbehavingUpstream
from tests.running import ROOT, Runner
from tests.test_linear import assert_linear
from tools import messages, reference

CHINESE, ENGLISH = "用法：", "Usage: "
CHOSEN = ("FINEWS_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=20, seed=5) as upstream:
        yield upstream


@pytest.fixture
def chinese():
    i18n.use("zh")
    yield
    i18n.use("en")


def run(*arguments, python=(sys.executable, "-m", "finews_spider"), folder=None, **environment):
    """Run finews in a new interpreter with no other language than *environment* names."""
    env = {name: value for name, value in os.environ.items() if name not in CHOSEN}
    env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "80"} | environment
    return subprocess.run(
        [*python, *arguments], env=env, cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def test_the_catalogue_has_every_message_of_the_code_in_chinese_and_no_other():
    assert messages.problems() == []


@pytest.mark.parametrize(
    ("environment", "usage"),
    [
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),  # whether or not this machine has the locale
        ({"LANG": "zh_CN.GB18030", "PYTHONIOENCODING": "utf-8"}, CHINESE),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, CHINESE),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh"}, CHINESE),
        ({"FINEWS_LANG": "zh"}, CHINESE),
        ({"FINEWS_LANG": "zh", "LC_ALL": "C.UTF-8"}, CHINESE),
        ({"FINEWS_LANG": "", "LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"FINEWS_LANG": "en", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, ENGLISH),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, ENGLISH),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "en:zh_CN"}, ENGLISH),
        ({"LANG": "zh_TW.UTF-8"}, ENGLISH),
        ({"LANG": "xx_YY.UTF-8"}, ENGLISH),
        ({}, ENGLISH),
    ],
    ids=lambda value: " ".join(f"{name}={each}" for name, each in value.items()) if isinstance(value, dict) else None,
)
def test_the_language_is_that_of_the_locale_unless_finews_lang_names_one(environment, usage):
    shown = run("--help", **environment)
    assert shown.stdout.startswith(usage), shown.stderr
    assert not shown.returncode


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"LANG": "C.UTF-8"}, "finews: FINEWS_LANG: 'xx' should be zh or en\n"),
        ({"LANG": "zh_CN.UTF-8"}, "finews: FINEWS_LANG：'xx' 应为 zh 或 en\n"),
    ],
)
def test_another_language_is_an_error_that_names_those_there_are(tmp_path, environment, line):
    shown = run("status", folder=tmp_path, FINEWS_LANG="xx", **environment)
    assert (shown.returncode, shown.stderr) == (2, line)


def test_the_language_can_be_set_for_one_command(tmp_path):
    shown = run("status", "-s", "FINEWS_LANG=zh", folder=tmp_path)
    assert shown.stderr.startswith("finews: data/finews.db 没有数据库；")
    assert "`finews run`" in shown.stderr


@pytest.mark.parametrize("name", [name for name, _ in reference.all_commands()])
def test_the_help_of_each_command_is_chinese_and_fits_the_terminal(name):
    shown = run(*name.split()[1:], "--help", FINEWS_LANG="zh").stdout
    assert shown.startswith("用法：")
    assert f"示例：{name}" in " ".join(shown.split())
    assert "显示本帮助并退出。" in shown
    assert max(map(columns, shown.splitlines())) <= 80
    assert not {"Options", "Usage", "Example", "default"} & set(shown.replace(":", " ").split())


def test_lines_break_between_signs_but_not_before_punctuation():
    assert wrap("读取到期的频道，抓取新增和修订的文章。", 14) == "读取到期的频\n道，抓取新增和\n修订的文章。"
    assert wrap("用 `finews run` 运行", 8) == "用\n`finews\nrun` 运\n行"
    assert wrap("", 10) == ""


def test_status_is_chinese_aligned_and_within_80_columns(tmp_path, upstream):
    finews = Runner(tmp_path, upstream, FINEWS_LANG="zh", COLUMNS="80")
    assert finews("run").returncode == 0
    shown = finews("status").stdout
    table = [line for line in shown.splitlines() if line[:1] in "┏┃┡│└"]
    assert table[1].split() == ["┃", "频道", "┃", "上次成功", "┃", "今日", "┃", "最新文章", "┃", "待重试", "┃"]
    assert len({columns(line) for line in table}) == 1
    edges = {tuple(columns(line[:at]) for at, sign in enumerate(line) if sign in "┃│┏┳┓╇┡┩└┴┘") for line in table}
    assert len(edges) == 1
    assert max(map(columns, shown.splitlines())) <= 80
    assert "分钟前" in shown
    assert "最近一轮：feed，" in shown


def test_what_programs_read_is_english_in_every_language(tmp_path):
    with MisbehavingUpstream(articles=20, seed=5) as upstream:
        upstream.misbehave(".", "500")
        finews = Runner(tmp_path, upstream, FINEWS_LANG="zh")
        failed = finews("run", code=1, FINEWS_LOG_FORMAT="json")
    logged = [json.loads(line)["message"] for line in failed.stderr.splitlines()]
    assert any("none of the" in message for message in logged)
    assert not re.search(r"[，。：；（）]", "".join(logged))
    chinese = json.loads(finews("status", "--json").stdout)
    assert "频道全部读取失败" in finews("status").stdout
    finews.settings["FINEWS_LANG"] = "en"
    english = json.loads(finews("status", "--json").stdout)
    assert [chinese[key] for key in ("runs", "alarms", "articles")] == [
        english[key] for key in ("runs", "alarms", "articles")
    ]
    assert "could be read" in str(english["alarms"])


def test_alerts_are_chinese_though_the_records_of_alarms_are_english(chinese):
    text = checks.SILENT.format(channel="全球直播", silent="5 h", longest="3 days")
    alarms = [checks.Alarm("channel_silent", "全球直播", text), checks.Alarm("store_failed", "", "disk {full}")]
    alert = next_alert(alarms, [], [], "news.example")
    assert alert.title == "finews news.example：频道 全球直播 已沉默 5 小时，此前最长为 3 天"
    assert alert.lines() == ["频道 全球直播 已沉默 5 小时，此前最长为 3 天", "disk {full}"]
    assert alarms[0].record()["text"] == "channel 全球直播 has been silent for 5 h; the longest before was 3 days"
    assert next_alert([], ["a"], [{}, {}], "news.example").title == "finews news.example：已恢复正常"


def test_recognizing_a_text_takes_linear_time():
    assert_linear(
        lambda text: i18n.recognized(text, checks.ALARMS), lambda size: "channel : of  rows lack " * (size // 24)
    )


def test_an_error_is_english_as_text_and_chinese_on_the_terminal(chinese, monkeypatch):
    inner = ConfigError("{name} is empty", name="FINEWS_{x}")
    outer = MirrorError("the mirror folder {root} can't be read: {path}", OSError(28, "No space"), root="m", path=inner)
    assert (
        str(outer)
        == "the mirror folder m can't be read: FINEWS_{x} is empty: No space; free some, and the next run does the rest"
    )
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    print_error(outer)
    assert (
        sys.stderr.getvalue()
        == "finews: 无法读取镜像目录 m 中的 FINEWS_{x} 不能为空：No space；请腾出空间，下一轮会继续\n"
    )


def test_the_demo_is_chinese(tmp_path):
    shown = run("demo", "--articles", "5", folder=tmp_path, FINEWS_LANG="zh")
    lines = shown.stdout.splitlines()
    assert "第一轮：数据库是空的，列表里的全部是新文章。" in lines
    assert "│ 新增   │ 5   │" in lines
    assert "文章页面：写出 7；位于 demo/mirror/_posts" in lines
    assert (shown.returncode, shown.stderr) == (0, "")


def test_wrong_usage_is_chinese_in_one_line():
    shown = run("run", "--pagess", "2", FINEWS_LANG="zh")
    line = "finews: finews run 没有选项 --pagess，你是指 --pages 吗？请看 `finews run --help`\n"
    assert (shown.returncode, shown.stderr) == (2, line)


def test_an_encoding_without_chinese_is_no_error():
    shown = run("--help", FINEWS_LANG="zh", PYTHONIOENCODING="latin-1")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "finews" in shown.stdout


def test_it_is_chinese_out_of_a_zipped_egg(tmp_path):
    egg = tmp_path / "finews.egg"
    with zipfile.ZipFile(egg, "w") as archive:
        for path in (ROOT / "finews_spider").rglob("*"):
            if path.suffix in {".py", ".mo", ".toml"}:
                archive.write(path, path.relative_to(ROOT))
    shown = run("--help", folder=tmp_path, FINEWS_LANG="zh", PYTHONPATH=str(egg))
    assert shown.stdout.startswith(CHINESE), shown.stderr


def test_the_pages_of_the_docs_are_english_whatever_the_locale(tmp_path):
    done = run("--check", python=(sys.executable, "-m", "tools.reference"), folder=ROOT, LANG="zh_CN.UTF-8")
    assert (done.returncode, done.stdout) == (0, "")
