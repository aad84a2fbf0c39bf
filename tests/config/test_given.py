"""What a user gives by -s and the environment: wrong types, unknown names, spellings of switches."""

import re
from pathlib import Path

import pytest
from scrapy.settings import Settings

from finews_spider.config.given import check_given, declared_settings, near_misses, read_overrides
from finews_spider.errors import ConfigError
from tests.running import ROOT, Runner


@pytest.fixture
def known():
    settings = Settings()
    settings.setmodule("finews_spider.settings", priority="project")
    return settings


@pytest.mark.parametrize(
    ("override", "error"),
    [
        ("CONCURRENT_REQUESTS=abc", "CONCURRENT_REQUESTS: 'abc' should be a whole number"),
        ("CONCURRENT_REQUESTS=1.5", "CONCURRENT_REQUESTS: '1.5' should be a whole number"),
        ("CONCURRENT_REQUESTS=0", "CONCURRENT_REQUESTS: '0' should be a whole number above 0"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN=-1", "CONCURRENT_REQUESTS_PER_DOMAIN: '-1' should be a whole number above 0"),
        ("DOWNLOAD_TIMEOUT=0", "DOWNLOAD_TIMEOUT: '0' should be a number above 0"),
        ("RETRY_TIMES=", "RETRY_TIMES: '' should be a whole number"),
        ("DOWNLOAD_MAXSIZE=8MiB", "DOWNLOAD_MAXSIZE: '8MiB' should be a whole number"),
        ("DOWNLOAD_TIMEOUT=soon", "DOWNLOAD_TIMEOUT: 'soon' should be a number"),
        ("DOWNLOAD_TIMEOUT=nan", "DOWNLOAD_TIMEOUT: 'nan' should be a number"),
        ("AUTOTHROTTLE_MAX_DELAY=x", "AUTOTHROTTLE_MAX_DELAY: 'x' should be a number"),
        ("AUTOTHROTTLE_ENABLED=maybe", "AUTOTHROTTLE_ENABLED: 'maybe' should be on or off"),
        ("ROBOTSTXT_OBEY=2", "ROBOTSTXT_OBEY: '2' should be on or off"),
        ("LOG_LEVEL=LOUD", "LOG_LEVEL: 'LOUD' should be DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("RETRY_HTTP_CODES=500,x", "RETRY_HTTP_CODES: '500,x' should be whole numbers, separated by commas"),
        ("ITEM_PIPELINES=[1]", 'ITEM_PIPELINES should be an object in JSON, such as {"key": 1}'),
        ("DEFAULT_REQUEST_HEADERS={", "DEFAULT_REQUEST_HEADERS should be an object in JSON: Expecting property name"),
        ("FINEWS_STROE=x", "FINEWS_STROE is not a setting; do you mean FINEWS_STORE?"),
        ("finews_store=x", "finews_store is not a setting; do you mean FINEWS_STORE?"),
        ("FINEWS_XYZZY=x", "FINEWS_XYZZY is not a setting; docs/settings.md has them all"),
        ("FINEWS_STORE", "-s 'FINEWS_STORE' should be NAME=VALUE"),
    ],
)
def test_a_wrong_setting_is_refused(known, override, error):
    with pytest.raises(ConfigError, match=f"^{re.escape(error)}"):
        check_given(read_overrides([override]), known)


def test_right_settings_pass_and_switches_are_spelled_as_scrapy_reads_them(known):
    given = {
        "ROBOTSTXT_OBEY": "off",
        "AUTOTHROTTLE_ENABLED": "Yes",
        "TELNETCONSOLE_ENABLED": "no",
        "DOWNLOAD_DELAY": "0.25",
        "DOWNLOAD_TIMEOUT": "0.5",
        "RETRY_HTTP_CODES": "500,502",
        "ITEM_PIPELINES": '{"my.Pipeline": 1}',
        "LOG_LEVEL": "ERROR",
        "USER_AGENT": "5",
        "LOG_FILE": "x.log",
        "FINEWS_FAST": "off",
        "MY_ADDON": "anything",
    }
    switches = {"ROBOTSTXT_OBEY": "0", "AUTOTHROTTLE_ENABLED": "1", "TELNETCONSOLE_ENABLED": "0"}
    assert check_given(given, known) == given | switches
    known.setdict(switches, priority="cmdline")
    assert not known.getbool("ROBOTSTXT_OBEY")
    assert known.getbool("AUTOTHROTTLE_ENABLED")


def test_a_near_miss_of_scrapys_settings_is_a_warning(known):
    given = ["CONCURENT_REQUESTS", "MY_ADDON", "CONCURRENT_REQUESTS", "REDIS_URL", "IMAGES_EXPIRES"]
    assert near_misses(given, known) == ["CONCURENT_REQUESTS is not a setting; do you mean CONCURRENT_REQUESTS?"]


def test_an_unknown_variable_of_ours_is_refused(monkeypatch):
    monkeypatch.setenv("FINEWS_STORE_BACH", "5")
    error = "the environment variable FINEWS_STORE_BACH is not a setting; do you mean FINEWS_STORE_BATCH?"
    with pytest.raises(ConfigError, match=re.escape(error)):
        declared_settings()


def test_variables_of_the_tests_of_deploy_and_of_kubernetes_are_let_through(monkeypatch):
    text = "".join(path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*") if path.is_file())
    kubernetes = {
        "FINEWS_SERVICE_HOST",
        "FINEWS_REDIS_PORT_6379_TCP_ADDR",
        "FINEWS_MONGO_SERVICE_PORT_DB",
        "FINEWS_PORT",
    }
    for name in {*re.findall(r"\bFINEWS_[A-Z_]+\b", text), *kubernetes, "FINEWS_TEST_ANYTHING"}:
        monkeypatch.setenv(name, "x")
    assert "FINEWS_STORE" in declared_settings()


@pytest.mark.parametrize("command", [("run",), ("export",), ("scrapy", "crawl", "feed")])
@pytest.mark.parametrize(
    ("override", "environment", "error"),
    [
        ("CONCURRENT_REQUESTS=abc", {}, "CONCURRENT_REQUESTS: 'abc' should be a whole number"),
        ("ITEM_PIPELINES={", {}, "ITEM_PIPELINES should be an object in JSON"),
        ("FINEWS_STORE_BATCH=many", {}, "FINEWS_STORE_BATCH: 'many' should be a whole number from 1 to 99999"),
        ("FINEWS_STROE=x", {}, "FINEWS_STROE is not a setting; do you mean FINEWS_STORE?"),
        (
            "LOG_ENABLED=on",
            {"FINEWS_STORE_BATCH": "x"},
            "FINEWS_STORE_BATCH: 'x' should be a whole number from 1 to 99999",
        ),
        ("LOG_ENABLED=on", {"FINEWS_CHANELS": "x"}, "the environment variable FINEWS_CHANELS is not a setting"),
        ("LOG_ENABLED=on", {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: 'LOUD' should be DEBUG"),
    ],
)
def test_a_wrong_setting_ends_a_command_with_one_line_before_it_does_anything(
    tmp_path, command, override, environment, error
):
    done = Runner(tmp_path, **environment)(*command, "-s", override, code=2)
    assert done.stderr.startswith(f"finews: {error}")
    assert done.stderr.count("\n") == 1
    assert list(Path(tmp_path).iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["parse", "--spider=feed", "http://127.0.0.1:9/"],
        ["shell", "--spider=feed", "-c", "1"],
        ["shell", "-c", "1"],
        ["fetch", "http://127.0.0.1:9/"],
        ["view", "http://127.0.0.1:9/"],
        ["check"],
        ["list"],
        ["bench"],
        ["runspider", "spider.py"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("override", "environment", "error"),
    [
        ("CONCURRENT_REQUESTS=0", {}, "CONCURRENT_REQUESTS: '0' should be a whole number above 0"),
        ("RETRY_TIMES=2", {"FINEWS_STORE_BATCH": "x"}, "FINEWS_STORE_BATCH: 'x' should be a whole number"),
        ("RETRY_TIMES=2", {"FINEWS_CHANELS": "x"}, "the environment variable FINEWS_CHANELS is not a setting"),
    ],
)
def test_a_wrong_setting_ends_each_command_of_scrapy_with_one_line(tmp_path, command, override, environment, error):
    done = Runner(tmp_path, **environment)("scrapy", *command, "-s", override, code=2)
    assert done.stderr.startswith(f"finews: {error}")
    assert done.stderr.count("\n") == 1
    assert list(Path(tmp_path).iterdir()) == []


def test_a_setting_of_scrapy_is_checked_by_commands_that_crawl(tmp_path):
    done = Runner(tmp_path)("run", "-s", "RETRY_TIMES=often", code=2)
    assert done.stderr == "finews: RETRY_TIMES: 'often' should be a whole number\n"
    assert list(tmp_path.iterdir()) == []
