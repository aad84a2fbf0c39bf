"""FINEWS_FAST changes the client and the event loop, and nothing else."""

from dataclasses import replace

import pytest

from finews_spider.config.config import wants_fast
from finews_spider.errors import ConfigError
from tests.misbehave import MisbehavingUpstream
from tests.proxy import Proxy
from tests.running import Runner, interrupt, wait_for


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=5) as upstream:
        yield upstream


@pytest.fixture
def fast(tmp_path, upstream):
    return Runner(tmp_path, upstream, fresh=True, FINEWS_FAST="on")


def kept(finews):
    """Return the stored articles, without what depends on the order of answers."""
    posts = finews.ask(lambda store: store.posts(100))
    return [replace(post.article, first_seen_at=None, duplicate_of="", story="") for post in posts]


def test_the_articles_are_the_same(fast, upstream, tmp_path_factory):
    done = fast("run", LOG_LEVEL="DEBUG")
    assert "uvloop.Loop" in done.stderr
    assert "experimental" not in done.stderr
    slow = Runner(tmp_path_factory.mktemp("slow"), upstream)
    slow("run")
    assert len(kept(fast)) == 60
    assert kept(fast) == kept(slow)
    upstream.reset_counts()
    fast("run")
    assert upstream.requests["text"] == 0


def test_scrapy_crawl_uses_it_by_an_option(fast):
    del fast.settings["FINEWS_FAST"]
    done = fast("scrapy", "crawl", "feed", FINEWS_FAST="on", LOG_LEVEL="DEBUG")
    assert "uvloop.Loop" in done.stderr
    assert fast.summary().articles == 60


def test_behind_a_proxy_scrapys_own_client_sends_the_requests(fast, upstream):
    with Proxy(upstream.url, lambda _, body: body) as proxy:
        fast.settings |= {"http_proxy": proxy.url, "no_proxy": ""}
        fast.settings["FINEWS_TEXT_URL"] = fast.settings["FINEWS_TEXT_URL"].replace(upstream.url, "http://text.example")
        fast("run")
        assert fast.summary().articles == 60
        assert "text.example" in proxy.hosts


def test_a_tunnel_that_a_proxy_refuses_is_requested_again(fast, upstream):
    fast.settings["FINEWS_TEXT_URL"] = "https://text.example/text?id={info_code}"
    link = f"links={upstream.news.codes[0]}"
    with Proxy(upstream.url) as proxy:
        fast.settings["https_proxy"] = proxy.url
        done = fast("scrapy", "crawl", "newsshare", "-a", link, RETRY_TIMES="2", LOG_LEVEL="DEBUG")
    assert proxy.hosts == ["text.example"] * 6  # robots.txt and the text, each three times
    assert "Could not open CONNECT tunnel" in done.stderr
    assert fast.summary().articles == 1


def test_a_host_that_refuses_is_reported_in_a_line(fast):
    fast.settings["FINEWS_TEXT_URL"] = "http://127.0.0.1:1/GetNewsText.do?id={info_code}"
    done = fast("run", LOG_LEVEL="INFO", RETRY_TIMES="0")
    assert fast.summary().articles == 60
    lines = [line for line in done.stderr.splitlines() if "[finews_spider.spiders.article] INFO: NW" in line]
    assert len(lines) == 60
    assert all(line.endswith("DownloadConnectionRefusedError: Connection refused (os error 111)") for line in lines)


def test_ctrl_c_ends_it_cleanly(fast, upstream):
    upstream.misbehave("text", "stall", seconds=30)
    process = fast.start("run", LOG_LEVEL="INFO", DOWNLOAD_TIMEOUT="3", RETRY_TIMES="0")
    wait_for(lambda: upstream.requests["text"])
    out, err = interrupt(process)
    assert process.returncode == 1
    assert "Stopped early" in out
    assert "Traceback" not in err


def test_without_the_extra_it_is_refused_in_a_line(fast, monkeypatch):
    (fast.folder / "sitecustomize.py").write_text("import sys\nsys.modules['uvloop'] = None\n")
    fast.settings["PYTHONPATH"] = f"{fast.folder}:{fast.settings['PYTHONPATH']}"
    assert fast("run", code=2).stderr == "finews: FINEWS_FAST needs more: pip install 'finews[fast]'\n"
    fast.settings["FINEWS_FAST"] = "perhaps"
    with pytest.raises(ConfigError, match=r"^FINEWS_FAST: 'perhaps' should be on or off$"):
        fast.config()


def test_on_windows_it_is_refused_in_a_line(monkeypatch):
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(ConfigError, match=r"^FINEWS_FAST doesn't work on Windows, for which there is no uvloop$"):
        wants_fast({"FINEWS_FAST": "on"})
