"""The log has no secret, and no line that the upstream forged."""

import io
import json
import logging
import os
from contextlib import contextmanager, redirect_stderr
from datetime import datetime

import pytest
from scrapy.settings import Settings

from finews_spider import logs
from finews_spider.cli.screen_status import as_json
from finews_spider.config.log import install_log
from finews_spider.errors import ConfigError
from finews_spider.monitoring import metrics
from finews_spider.monitoring.overview import read_overview
from finews_spider.sample import SampleUpstream
from tests.running import Runner
from tests.servers import free_port

PASSWORD, ESCAPED = "ge:heim/nis@1?x", "ge%3Aheim%2Fnis%401%3Fx"
HOSTILE = "x\n2026-01-01 00:00:00 [finews] ERROR: all is lost\r\x1b[31m\x9b\u202e\u2028 要闻"


@contextmanager
def logged(**settings):
    """Give a logger and its output, and restore the log of the process at the end."""
    handlers, level = logging.root.handlers[:], logging.root.level
    given = Settings()
    given.setmodule("finews_spider.settings")
    given.setdict({"LOG_LEVEL": "INFO", **settings})
    install_log(given)
    assert len([each for each in logging.root.handlers if each not in handlers]) == 1
    stream = io.StringIO()
    try:
        with redirect_stderr(stream):
            yield logging.getLogger("finews.test"), stream
    finally:
        logging.root.handlers[:], logging.root.level = handlers, level
        logs._secrets.clear()
        logs._is_json = False


def test_text_of_an_upstream_cannot_break_a_line_or_control_a_terminal():
    with logged() as (logger, stream):
        logger.warning("it said %s", HOSTILE)
        logger.info("several lines:\n%s", HOSTILE)
    first, *others = stream.getvalue().removesuffix("\n").split("\n")
    assert first.endswith(r"it said x\n2026-01-01 00:00:00 [finews] ERROR: all is lost\r\x1b[31m\x9b\u202e\u2028 要闻")
    assert others[0].endswith("several lines:")
    assert all(line.startswith("    ") and line.isprintable() for line in others[1:])


def test_a_traceback_is_logged_and_does_not_look_like_lines_of_the_log():
    with logged() as (logger, stream):
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            logger.exception("it broke")
    first, *traced = stream.getvalue().removesuffix("\n").split("\n")
    assert first.endswith("ERROR: it broke")
    assert "test_logs.py" in "".join(traced)
    assert all(line.startswith("    ") and line.isprintable() for line in traced)


def test_json_is_one_object_a_line():
    with logged(FINEWS_LOG_FORMAT="json") as (logger, stream):
        logs.bind(run="20260303T120000-abcdef", spider="feed")
        logger.warning("it said %s", HOSTILE, extra={"channel": "要闻"})
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            logger.exception("it broke")
    message, broke = map(json.loads, stream.getvalue().removesuffix("\n").split("\n"))
    assert datetime.fromisoformat(message.pop("time")).tzinfo is not None
    assert message == {
        "level": "WARNING",
        "logger": "finews.test",
        "message": f"it said {HOSTILE}",
        "run": "20260303T120000-abcdef",
        "spider": "feed",
        "channel": "要闻",
    }
    assert broke["exception"].startswith("Traceback")


@pytest.mark.parametrize("kind", ["text", "json"])
@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"FINEWS_STORE": f"mongodb://finews:{ESCAPED}@db/news"}, f"{ESCAPED} and {PASSWORD}"),
        ({"FINEWS_STORE": "mongodb://db/news?tlsCertificateKeyFilePassword=geheim"}, "key: geheim"),
        ({"FINEWS_CLUSTER": f"redis://:{ESCAPED}@redis/0"}, f"AUTH {PASSWORD}"),
        ({"FINEWS_NOTIFY": "jsons://hooks.example/geheim?key=x1y2"}, "url: /geheim?key=x1y2"),
        ({"FINEWS_NOTIFY": "json://x.example slack://xoxb-geheim/#news"}, "Bearer xoxb-geheim"),
        ({"FINEWS_NOTIFY": "tgram://12:geheim-heim/1"}, "/bot12:geheim-heim/sendMessage"),
        ({"FINEWS_NOTIFY": "wecombot://geheim-heim"}, "/cgi-bin/webhook/send?key=geheim-heim"),
        ({"FINEWS_NOTIFY": "mailto://me:ge%22h%5Ceim@mail.example"}, 'LOGIN ge"h\\eim'),
        ({}, "http://user:geheim@proxy.example:3128/"),
        ({}, "http://user:ge@heim@proxy.example:3128/"),
    ],
)
def test_no_secret_is_logged(kind, settings, text, capsys):
    with logged(FINEWS_LOG_FORMAT=kind, **settings) as (logger, stream):
        logger.warning("it said %s", text)
        try:
            raise ValueError(text)
        except ValueError:
            logger.exception(text)
        logs.print_error(text)
    text = stream.getvalue() + capsys.readouterr().err
    assert text.count("***") >= 4
    for secret in ("heim", "x1y2"):
        assert secret not in text


def test_a_short_password_is_hidden_in_its_url_and_words_stay():
    with logged(FINEWS_STORE="mongodb://finews:a@db/news") as (logger, stream):
        logger.warning("mongodb://finews:a@db/news: a cat")
    assert stream.getvalue().endswith("mongodb://finews:***@db/news: a cat\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"FINEWS_LOG_FORMAT": "xml"}, "FINEWS_LOG_FORMAT: 'xml' should be text or json"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: 'LOUD' should be DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ({"LOG_FILE": "/proc/no/log"}, "LOG_FILE: /proc/no/log can't be written: No such file or directory"),
    ],
)
def test_a_wrong_setting_of_the_log_is_refused(settings, message):
    with pytest.raises(ConfigError, match=f"^{message}$"), logged(**settings):
        pass


RUN, CRAWL = ("run", "--log-format", "json"), ("scrapy", "crawl", "feed")
SECRETS = {
    "FINEWS_NOTIFY": f"json://127.0.0.1:{free_port()}/geheim tgram://12:geheim-heim/1 dingtalk://geheimgeheim "
    "mailto://me:geheim@127.0.0.1:9?from=a@b.example&to=a@b.example",
    "https_proxy": "http://127.0.0.1:9",  # no request may reach Telegram
}


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=5, seed=3) as upstream:
        yield upstream


def crawl(finews, *command):
    """Crawl with everything logged, and return all that it printed."""
    store = {"FINEWS_STORE": finews.store} if command[0] == "scrapy" else {}
    done = finews(*command, code=None, LOG_LEVEL="DEBUG", **store)
    assert done.returncode in {0, 1}
    assert "DEBUG" in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("command", [RUN, pytest.param(CRAWL, marks=pytest.mark.torture)])
def test_no_secret_leaves_a_crawl_whose_store_is_away(tmp_path, upstream, command):
    store = f"mongodb://user:{ESCAPED}@127.0.0.1:{free_port()}/finews?serverSelectionTimeoutMS=300"
    output = crawl(Runner(tmp_path, upstream, store=store, **SECRETS), *command)
    assert "the MongoDB store mongodb://***@127.0.0.1" in output
    assert "the alert couldn't be sent" in output
    assert not [secret for secret in ("heim", PASSWORD, ESCAPED) if secret in output]


@pytest.mark.parametrize("command", [pytest.param(RUN, marks=pytest.mark.torture), CRAWL])
def test_no_secret_leaves_a_crawl_whose_store_answers(tmp_path, upstream, mongodb_url, command):
    # FerretDB takes any password that is sent plainly; another server wants its own.
    if "FINEWS_TEST_MONGODB" in os.environ:
        pytest.skip("the MongoDB of FINEWS_TEST_MONGODB wants its own password")
    store = mongodb_url.replace("//", "//user:geheim@") + "?authMechanism=PLAIN"
    finews = Runner(tmp_path, upstream, store=store, **SECRETS)
    output = crawl(finews, *command)
    overview = finews.ask(lambda store: read_overview(finews.config(), store, 9))
    assert overview.summary.articles == 5
    assert "heim" not in output + json.dumps(as_json(overview)) + metrics.text(overview) + str(overview.runs)
