"""An egg is built and deployed to a real Scrapyd as the docs say, and its job stores the articles."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import ROOT, Runner, wait_for
from tests.servers import free_port

CONF = ROOT / "deploy/scrapyd/scrapyd.conf"
USER = {"username": "me", "password": "pass word"}


def test_scrapyd_listens_on_loopback_only_and_runs_one_tick_at_a_time():
    conf = ConfigParser()
    conf.read(CONF)
    assert conf["scrapyd"]["bind_address"] == "127.0.0.1"
    assert conf["scrapyd"]["max_proc"] == "1"


@contextmanager
def scrapyd(folder: Path, settings: dict[str, str]):
    """Run a Scrapyd with our configuration, except for a free port and a password, and give its URL."""
    port = free_port()
    conf = ConfigParser()
    conf.read(CONF)
    conf["scrapyd"].update({"http_port": str(port), "poll_interval": "0.2", **USER})
    with (folder / "scrapyd.conf").open("w") as file:
        conf.write(file)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"], cwd=folder, env=os.environ | settings, stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


def ask(url: str, **form: str) -> dict:
    secrets = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    secrets.add_password(None, url, *USER.values())
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(secrets))
    with opener.open(url, urlencode(form).encode() if form else None, timeout=60) as answer:
        return json.load(answer)


def answers(url: str) -> bool:
    try:
        return ask(f"{url}daemonstatus.json")["status"] == "ok"
    except urllib.error.URLError:
        return False


@pytest.mark.torture
def test_an_egg_is_deployed_and_its_job_stores_articles(tmp_path):
    source, server = tmp_path / "source", tmp_path / "server"
    shutil.copytree(ROOT / "finews_spider", source / "finews_spider", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "scrapy.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    server.mkdir()
    with SampleUpstream(articles=30, seed=5) as upstream:
        # The channels in the egg are the sample's. If they are polled, the code in the egg runs.
        (source / "finews_spider/channels.toml").write_text(upstream.channels_toml(), encoding="utf-8")
        finews = Runner(server, upstream)
        settings = {name: value for name, value in finews.settings.items() if name.startswith("FINEWS_")}
        settings |= {"FINEWS_CHANNELS": "", "PYTHONPATH": ""}
        with scrapyd(server, settings) as url:
            wait_for(lambda: answers(url))
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"{url}daemonstatus.json", timeout=10)
            deploy = ConfigParser()
            deploy.read(source / "scrapy.cfg")
            deploy["deploy"].update({"url": url, **USER})
            with (source / "scrapy.cfg").open("w") as file:
                deploy.write(file)
            command = [shutil.which("scrapyd-deploy", path=Path(sys.executable).parent), "--version", "1"]
            done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
            assert '"spiders": 3' in done.stdout, done
            assert ask(f"{url}listspiders.json?project=finews_spider")["spiders"] == ["category", "feed", "newsshare"]
            job = {"project": "finews_spider", "spider": "feed", "setting": "AUTOTHROTTLE_ENABLED=0"}
            assert ask(f"{url}schedule.json", **job)["status"] == "ok"
            jobs = f"{url}listjobs.json?project=finews_spider"
            wait_for(lambda: ask(jobs)["finished"])
    [log] = (server / "logs/finews_spider/feed").glob("*.log")
    assert finews.summary().articles == 30, log.read_text("utf-8")[-3000:]
