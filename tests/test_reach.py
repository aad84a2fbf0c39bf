"""No request leaves the hosts that are named."""

import http.server
import threading

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner


@pytest.fixture
def upstream():
    with SampleUpstream(articles=10, seed=13) as upstream:
        yield upstream


@pytest.fixture
def redirecting(upstream):
    """Return the URL of a server that sends everything on to the upstream, by another name."""

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
    assert "localhost is none of the hosts that this crawl may reach" in done.stderr


def test_a_host_that_is_named_is_reached(tmp_path, upstream, redirecting):
    finews = Runner(tmp_path, upstream, FINEWS_ALLOWED_HOSTS="localhost")
    channels = tmp_path / "channels.toml"
    channels.write_text(channels.read_text("utf-8").replace(upstream.url, redirecting), "utf-8")
    finews("run")
    assert finews.summary().articles == 10
