"""Where there is no network, one line says so within seconds."""

import socket
import threading
import time

import pytest

from finews_spider.crawl import network
from finews_spider.crawl.network import check_network
from finews_spider.errors import NetworkError
from tests.running import ROOT, Runner
from tests.stores.samples import NOW, A, article

OFFLINE = """
import socket

def getaddrinfo(*_, **__):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

socket.getaddrinfo = getaddrinfo
"""
LINE = (
    "(Temporary failure in name resolution); check the connection, the resolver (DNS), and http_proxy and https_proxy\n"
)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Return a user's folder on a host without a network."""
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "python").mkdir()
    (tmp_path / "python/sitecustomize.py").write_text(OFFLINE)
    return Runner(tmp_path, fresh=True, PYTHONPATH=f"{tmp_path}/python:{ROOT}")


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        (["run"], r"[\w.-]+ and \d+ other hosts"),
        (["fetch", f"NW{A}"], r"[\w.-]+ and \d+ other hosts"),
        (["channels", "probe", "全球直播"], r"[\w.-]+"),
    ],
    ids=" ".join,
)
def test_no_network_is_one_line(offline, words, hosts):
    done = offline(*words, code=1)
    assert done.stderr.endswith(f" can't be reached {LINE}")
    assert done.stderr.startswith("finews: there is no network: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (offline.folder / "news.db").exists()


def test_a_run_without_a_network_is_recorded(offline):
    offline.ask(lambda store: store.save([article(A)], NOW))
    assert offline("run", code=1).stderr.count("\n") == 1
    [run] = offline.ask(lambda store: store.runs(5))
    assert run["exit_code"] == 1
    assert "there is no network" in run["stats"]["finews/error"]


@pytest.mark.parametrize("kind", ["folder", "text"])
@pytest.mark.parametrize("words", [["run"], ["fetch", f"NW{A}"]], ids=" ".join)
def test_what_is_in_the_stores_place_is_named_before_the_network(offline, kind, words):
    database = offline.folder / "news.db"
    if kind == "folder":
        database.mkdir()
    else:
        database.write_text("a text\n" * 100)
    done = offline(*words, code=2 if kind == "folder" else 1)
    assert str(database) in done.stderr
    assert "network" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch):
    answer = threading.Event()
    monkeypatch.setattr(network, "SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [answer.wait(60)] * 0)
    began = time.monotonic()
    with pytest.raises(NetworkError, match=r"a\.example and 1 other hosts can't be reached \(no answer"):
        check_network(["http://a.example/", "http://b.example/"])
    assert time.monotonic() - began < 30
    answer.set()
    for thread in threading.enumerate():
        if thread.daemon and "_try" in thread.name:
            thread.join()


def test_one_host_is_enough(monkeypatch):
    monkeypatch.setattr(network, "proxy_bypass", lambda _: True)
    check_network(["http://a..b/", "http://127.0.0.1:1/", "https://[::1]/{code}"])


def test_a_proxy_is_what_must_be_reached(monkeypatch):
    seen = []
    monkeypatch.setattr(network, "getproxies", lambda: {"http": "proxy.example:3128", "https": "http://127.0.0.1:9"})
    monkeypatch.setattr(network, "proxy_bypass", lambda host: host == "own.example")

    def fail(host, port, **_):
        seen.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NetworkError, match=r"proxy\.example and 2 other hosts"):
        check_network(["http://a.example/", "https://b.example/", "http://own.example:81/"])
    assert sorted(seen) == [("127.0.0.1", 9), ("own.example", 81), ("proxy.example", 3128)]
