"""Scrapy's own commands in finews' project and in a project of one's own, as real processes against the sample upstream."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finews_spider.sample import SampleUpstream
from finews_spider.stores.dump import FIELDS
from tests.documented import fences
from tests.running import ROOT, Runner

LIST = "滚动新闻"
COUNT, LISTED = 20, 10
"""Articles of the upstream, and those that LIST names."""


@pytest.fixture
def upstream():
    with SampleUpstream(articles=COUNT, seed=3) as server:
        yield server


@pytest.fixture
def finews(tmp_path, upstream):
    return Runner(tmp_path, upstream, fresh=True)


@pytest.fixture
def list_url(finews):
    """The URL of the channel LIST."""
    channel = next(each for each in finews.config().channels() if each.name == LIST)
    return channel.list_url()


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# --- Commands that only look: none of them makes a store --------------------------------------------------------


def test_fetch_prints_what_the_upstream_answers(finews, list_url):
    done = finews("scrapy", "fetch", "--nolog", list_url)
    assert json.loads(done.stdout)["records"]
    assert not Path(finews.folder / "news.db").exists()


def test_the_shell_fetches_a_page_with_and_without_a_spider(finews, list_url):
    code = "len(response.json()['records']) > 0"
    assert finews("scrapy", "shell", "--nolog", "-c", code, list_url).stdout == "True\n"
    assert finews("scrapy", "shell", "--nolog", "--spider", "feed", "-c", code, list_url).stdout == "True\n"
    assert finews("scrapy", "shell", "--nolog", "-c", "settings['BOT_NAME']").stdout == "finews\n"
    assert not Path(finews.folder / "news.db").exists()


def test_the_shell_has_a_log_without_passwords(finews):
    done = finews("scrapy", "shell", "-c", "1", FINEWS_STORE="mongodb://me:secret@db.example/x")
    assert "INFO: Scrapy" in done.stderr
    assert "secret" not in done.stderr


def test_parse_shows_the_rows_of_a_list(finews, list_url):
    done = finews("scrapy", "parse", "--nolog", "--nocolour", "--spider", "feed", list_url)
    assert done.stdout.count("'code': '") == LISTED
    assert not Path(finews.folder / "news.db").exists()


def test_parse_says_that_a_url_belongs_to_no_channel(finews, upstream):
    done = finews("scrapy", "parse", "--nocolour", "-L", "ERROR", "--spider", "feed", f"{upstream.url}/a/cgnjj.html")
    assert "/a/cgnjj.html belongs to no channel; name the one that it is like: -a channels=NAME" in done.stderr


def test_parse_shows_an_article_and_its_pipelines_store_it(finews, list_url):
    finews("scrapy", "crawl", "feed", "-a", f"channels={LIST}", "-O", "all.jsonl")
    code = lines(finews.folder / "all.jsonl")[0]["code"]
    url = finews.config().text_url.format(info_code=f"NW{code}")
    arguments = ("scrapy", "parse", "--nolog", "--nocolour", "--spider", "newsshare", "-a", f"links={code}", url)
    assert f"'code': '{code}'" in finews(*arguments).stdout
    other = Runner(finews.folder, store=f"sqlite:///{finews.folder / 'other.db'}", fresh=True, **texts(finews))
    other(*arguments, "--pipelines")
    assert other.article(code).title


def texts(finews):
    return {name: value for name, value in finews.settings.items() if name.endswith("_URL") or "CHANNELS" in name}


def test_bench_counts_pages(finews):
    done = finews("scrapy", "bench", CLOSESPIDER_TIMEOUT="1")
    assert "pages/min" in done.stderr
    assert not Path(finews.folder / "news.db").exists()


def test_check_runs_the_contracts_of_each_spider(finews, upstream, list_url):
    code = json.loads(finews("scrapy", "fetch", "--nolog", list_url).stdout)["records"][0]["infoCode"]
    assert finews("scrapy", "check", "-l").stdout.split() == [
        "category",
        "*",
        "parse",
        "feed",
        "*",
        "parse",
        "newsshare",
        "*",
        "parse",
    ]
    for arguments in (["feed"], ["newsshare", "-a", f"links={code}"], ["feed", "-a", f"channels={LIST}"]):
        assert finews("scrapy", "check", *arguments).stderr.endswith("\nOK\n")
    assert not Path(finews.folder / "news.db").exists()


@pytest.mark.parametrize(
    ("spider", "argument", "error"),
    [
        ("feed", "channels=没有", "there is no channel '没有'; there are 滚动新闻, "),
        ("feed", "chanels=x", "the spider feed takes no argument 'chanels'"),
        ("newsshare", "links=x", "'x' is not an article; write -a links=NW"),
    ],
)
def test_parse_and_check_refuse_a_wrong_argument_as_crawl_does(finews, list_url, spider, argument, error):
    for command in (["crawl", spider], ["parse", "--spider", spider, list_url], ["check", spider]):
        done = finews("scrapy", *command, "-a", argument, code=2)
        assert done.stderr.splitlines()[-1].startswith(f"finews: {error}")
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_check_fails_where_the_upstream_has_changed(finews, upstream):
    finews.settings["FINEWS_TEXT_URL"] = f"{upstream.url}/web/webapi?type=102&count=5&newsid=1&id={{info_code}}"
    done = finews("scrapy", "check", "newsshare", code=1)
    assert "Returned 0 items, expected 1" in done.stderr


# --- Feeds ------------------------------------------------------------------------------------------------------


def test_a_feed_has_the_articles_as_an_export_has_them(finews):
    feeds = ["-O", "feed.jsonl", "-O", "feed.csv", "-O", "feed.json", "-O", "feed.xml"]
    finews("scrapy", "crawl", "feed", "-a", f"channels={LIST}", *feeds)
    finews("export", "--format", "jsonl", "--output", "export.jsonl")
    finews("export", "--format", "csv", "--output", "export.csv")
    exported = lines(finews.folder / "export.jsonl")
    assert len(exported) == LISTED
    assert list(exported[0]) == list(FIELDS)
    assert in_order(lines(finews.folder / "feed.jsonl")) == in_order(exported)
    assert in_order(json.loads((finews.folder / "feed.json").read_text("utf-8"))) == in_order(exported)
    assert exported[0]["title"] in (finews.folder / "feed.jsonl").read_text("utf-8")
    in_feed, in_export = [
        [*csv.DictReader(io.StringIO((finews.folder / name).read_bytes().decode()))]
        for name in ("feed.csv", "export.csv")
    ]
    assert in_order(in_feed) == in_order(in_export)
    assert exported[0]["title"] in (finews.folder / "feed.xml").read_text("utf-8")


def in_order(records):
    """Return *records* by code, without the story: a feed gets an article before all of its reprints have come."""
    return sorted(({**each, "story": ""} for each in records), key=lambda each: each["code"])


def test_a_feed_has_revisions_and_no_article_that_was_taken_down(finews, upstream):
    finews("scrapy", "crawl", "feed", "-O", "first.jsonl")
    barred, *others = [each["code"] for each in lines(finews.folder / "first.jsonl")]
    finews("takedown", barred, "--reason", "a test")
    links = ",".join([barred, *others])
    finews("scrapy", "crawl", "newsshare", "-a", f"links={links}", "-a", "refresh=1", "-O", "again.jsonl")
    again = lines(finews.folder / "again.jsonl")
    assert {each["code"] for each in again} == set(others)
    assert any(each["path"] for each in again)  # those that have a post


# --- A spider and a project of one's own ------------------------------------------------------------------------


def test_a_spider_of_ones_own_runs_in_the_project(finews, list_url):
    (finews.folder / "titles.py").write_text(
        f"""
import scrapy
class TitleSpider(scrapy.Spider):
    name = "titles"
    allowed_domains = ["127.0.0.1"]
    start_urls = [{list_url!r}]
    def parse(self, response):
        for row in response.json()["records"]:
            yield {{"title": row["title"]}}
        yield response.follow("http://other.example/")
""",
        encoding="utf-8",
    )
    finews("scrapy", "runspider", "titles.py", "-O", "titles.jsonl")
    assert len(lines(finews.folder / "titles.jsonl")) == LISTED
    assert not Path(finews.folder / "news.db").exists()


def scrapy(project, *arguments, code=0, **environment):
    """Run Scrapy's command in a project that isn't finews'."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FINEWS_", "SCRAPY_"))}
    clean |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(project)])} | environment
    command = [sys.executable, "-m", "scrapy", *arguments]
    done = subprocess.run(
        command, cwd=project, env=clean, capture_output=True, encoding="utf-8", check=False, timeout=240
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def project(tmp_path, upstream, finews, list_url):
    """The project that docs/scrapy.md makes, with the sample upstream in place of the real one."""
    folder = tmp_path / "project"
    folder.mkdir()
    scrapy(folder, "startproject", "mynews", ".")
    for language, name, text in files_of(ROOT / "docs/scrapy.md"):
        assert language == "python"
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(
                text.replace("https://papers.example/today.json", list_url).replace("papers.example", "127.0.0.1")
            )
    with (folder / "mynews/settings.py").open("a", encoding="utf-8") as file:
        settings = texts(finews) | {"FINEWS_CHROMIUM": "off"}
        file.write("\nAUTOTHROTTLE_ENABLED = False\nDOWNLOAD_DELAY = 0\n")
        file.writelines(f"{name} = {value!r}\n" for name, value in settings.items())
    return folder


def files_of(page):
    """Yield language, file name and text of each block of a page that follows a line with the name in backticks."""
    text = page.read_text("utf-8").splitlines()
    for language, number, block in fences(page):
        before = text[: number - 2]
        name = next(line for line in reversed(before) if line.strip())
        if name.startswith("`") and name.endswith("`:"):
            yield language, name.strip("`:"), "\n".join(block) + "\n"


def test_a_project_of_ones_own_needs_no_more_settings_than_it_changes(project):
    assert scrapy(project, "list").stdout.split() == ["category", "feed", "newsshare", "papers", "watched"]
    done = scrapy(project, "crawl", "feed", "-a", f"channels={LIST}", "-O", "feed.jsonl")
    assert len(lines(project / "feed.jsonl")) == LISTED
    assert f"'mynews/seen': {LISTED}" in done.stderr
    assert (project / "mynews.db").exists()


def test_a_plain_spider_stores_articles_with_the_pipelines_of_finews(project):
    scrapy(project, "crawl", "papers")
    done = scrapy(project, "crawl", "papers", "-O", "papers.jsonl")
    stored = lines(project / "papers.jsonl")
    assert len(stored) == LISTED
    assert {each["media"] for each in stored} == {"茶业日报"}
    assert f"'finews/articles/unchanged': {LISTED}" in done.stderr


def test_a_subclass_of_the_feed_spider_fetches_what_it_chooses(project):
    scrapy(project, "crawl", "feed", "-a", f"channels={LIST}", "-O", "feed.jsonl")
    titles = [each["title"] for each in lines(project / "feed.jsonl")]
    word = titles[0][:2]
    scrapy(project, "crawl", "watched", "-a", f"channels={LIST}", "-a", f"word={word}", "-O", "watched.jsonl")
    watched = [each["title"] for each in lines(project / "watched.jsonl")]
    assert sorted(watched) == sorted(title for title in titles if word in title)
    assert len(watched) < len(titles)


def test_the_stock_commands_work_in_that_project(project, list_url):
    assert json.loads(scrapy(project, "fetch", "--nolog", list_url).stdout)["records"]
    assert scrapy(project, "check", "feed").stderr.endswith("OK\n")
    assert not (project / "mynews.db").exists()


def test_the_crawl_command_of_finews_gives_its_exit_codes_there(project):
    with (project / "mynews/settings.py").open("a", encoding="utf-8") as file:
        file.write('COMMANDS_MODULE = "finews_spider.commands"\n')
    scrapy(project, "crawl", "feed", "-a", f"channels={LIST}")
    done = scrapy(project, "crawl", "feed", "-a", "channels=nothing", code=2)
    assert done.stderr.splitlines()[-1].startswith("finews: there is no channel 'nothing'; there are ")
    assert scrapy(project, "crawl", "papers").returncode == 0


def test_the_page_names_each_command_that_a_test_runs():
    page = (ROOT / "docs/scrapy.md").read_text("utf-8")
    for command in ("shell", "fetch", "parse", "check", "bench", "crawl", "view", "list"):
        assert f"scrapy {command}" in page
