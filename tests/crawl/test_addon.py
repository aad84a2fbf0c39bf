"""The add-on in a crawl that a user's own script starts, without `finews run` or `scrapy crawl`."""

import os
import subprocess
import sys

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner

SCRIPT = """
import asyncio, sys
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from scrapy.utils.reactor import install_reactor

if "--own-loop" in sys.argv:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
settings = get_project_settings()
settings.set("AUTOTHROTTLE_ENABLED", False)
process = AsyncCrawlerProcess(settings)
crawler = process.create_crawler("feed")
task = process.crawl(crawler)
loop = type(asyncio.get_event_loop()).__module__
process.start()
if task.exception():
    print(repr(task.exception()))
else:
    scheduler = crawler.settings["SCHEDULER"]
    print(loop, getattr(scheduler, "__name__", scheduler), crawler.stats.get_value("finish_reason"))
"""
ALONE = "scrapy.core.scheduler.Scheduler"


@pytest.fixture
def finews(tmp_path):
    with SampleUpstream(articles=20, seed=3) as upstream:
        yield Runner(tmp_path, upstream)


def run_script(finews, *arguments, **settings):
    """Return what the script printed."""
    environment = os.environ | finews.settings | settings
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, cwd=finews.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_script_crawls_with_the_default_loop_and_scheduler(finews):
    assert run_script(finews) == f"asyncio.unix_events {ALONE} finished"
    assert finews.summary().articles == 20


def test_a_script_gets_the_event_loop_and_the_scheduler_of_the_settings(finews, redis_url):
    assert run_script(finews, FINEWS_FAST="on", FINEWS_CLUSTER=redis_url) == "uvloop SharedScheduler finished"
    assert finews.summary().articles == 20


def test_a_script_keeps_the_event_loop_that_it_installed(finews):
    assert run_script(finews, "--own-loop", FINEWS_FAST="on") == f"asyncio.unix_events {ALONE} finished"


def test_a_wrong_event_loop_is_one_line_for_scrapy_crawl(finews):
    done = finews("scrapy", "crawl", "feed", "-L", "ERROR", code=2, FINEWS_FAST="maybe")
    assert done.stderr == "finews: FINEWS_FAST: 'maybe' should be on or off\n"


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"FINEWS_FAST": "maybe"}, 'ConfigError("FINEWS_FAST: '),
        ({"FINEWS_CLUSTER": "redis://127.0.0.1:1/0"}, "ClusterError(\"the Redis of FINEWS_CLUSTER doesn't answer: "),
    ],
)
def test_a_wrong_setting_and_a_missing_redis_reach_a_script_as_errors_of_finews(finews, settings, error):
    assert run_script(finews, **settings).startswith(error)
