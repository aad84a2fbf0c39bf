"""Category pages: the upstream's columns and a mirror's own."""

import http.server
import threading
from functools import partial

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=130, seed=11) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    upstream.reset_counts()
    return Runner(tmp_path, upstream)


def category(finews, url, *arguments, code=0):
    return finews("scrapy", "crawl", "category", "-a", f"url={url}", *(f"-a{each}" for each in arguments), code=code)


@pytest.mark.parametrize("page", ["ccjdd.html", "ccjdd_2.html", "ccjdd.html?from=wechat#top"])
def test_a_column_in_channels_toml_is_requested_by_its_number(finews, upstream, page):
    category(finews, f"{upstream.url}/a/{page}")
    lists = [path for kind, path in upstream.log if kind in {"list", "column"}]
    assert len(lists) == 1
    assert "getNewsByColumns" in lists[0]
    assert finews.summary().articles == 65
    assert finews.ask(lambda store: store.channel_states()).keys() == {"财经导读"}


def test_an_older_page_is_read_up_to_the_given_number_of_pages(finews, upstream):
    category(finews, f"{upstream.url}/a/oldcol.html", "pages=2")
    assert upstream.requests["column"] == 2
    assert finews.summary().articles == 40


def test_reading_stops_when_a_page_repeats_the_last_one(finews, upstream):
    category(finews, f"{upstream.url}/a/oldcol.html", "pages=50")
    assert upstream.requests["column"] == 5  # 20 + 20 + 20 + 5, and those again
    assert finews.summary().articles == 65
    upstream.reset_counts()
    category(finews, f"{upstream.url}/a/oldcol.html", "pages=2")
    assert upstream.requests["column"] == 2
    assert not upstream.requests["text"]


def test_an_empty_shell_without_a_browser_is_reported(finews, upstream):
    done = category(finews, f"{upstream.url}/a/cunknown.html", code=1)
    assert "shell" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mirrors_category_page_leads_to_its_articles(finews, upstream, tmp_path):
    site = tmp_path / "site"
    named, numbered, other = upstream.news.codes[:3]
    share = f"{upstream.url}/html_News/NewsShare.html?infoCode=NW{other}"
    write(site / f"x/2026/03/02/NW{named}.html", "<p>never requested</p>")
    write(site / "x/2026/03/02/an-old-name.html", f'<p>文</p><a href="{share}">原文</a>')
    write(site / "x/2026/03/02/broken.html", "<p>no link at all</p>")
    with serving(site) as (url, requested):
        host = url.partition(":")[2]
        write(
            site / "category/x.html",
            f'<ul><li><a href="../x/2026/03/02/NW{named}.html">一</a></li><li><a href="{host}/x/2026/03/02/{numbered}.html">'
            '二</a></li><li><a href="/x/2026/03/02/an-old-name.html">三</a></li>'
            '<li><a href="/x/2026/03/02/broken.html">四</a></li><li><a href="/about.html">关于</a></li></ul>',
        )
        done = category(finews, f"{url}/category/x.html", code=1)
    assert [finews.article(code).code for code in (named, numbered, other)] == [named, numbered, other]
    assert sorted(requested) == ["/category/x.html", "/x/2026/03/02/an-old-name.html", "/x/2026/03/02/broken.html"]
    assert "broken.html: the post leads to no article" in done.stderr


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://x/y", "javascript:alert(1)"])
def test_a_url_that_is_no_page_is_refused_in_one_line(finews, url):
    done = category(finews, url, code=2)
    assert done.stderr.splitlines()[-1].startswith("finews: url=")
    assert "Traceback" not in done.stderr


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{content}</body></html>', "utf-8")


class serving:  # noqa: N801
    """A static site on loopback: ``with serving(folder) as (url, requested paths)``."""

    def __init__(self, folder):
        self.requested = requested = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                if self.path != "/robots.txt":
                    requested.append(self.path)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}", self.requested

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
