"""What a query costs a phone in a year of 540,000 articles, and what a tick and a merge cost the exporter."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from itertools import islice, product
from typing import NamedTuple

import pytest

from finews_spider.mirror import site
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.search import index
from finews_spider.mirror.search.merging import write_segment
from tests.benchmarks import indexed_year, news
from tests.benchmarks.measure import compare, more, within
from tests.browsing import build, chromium, export
from tests.running import wait_for
from tests.servers import free_port, missing

FAST_4G = {"offline": False, "latency": 165, "downloadThroughput": 1_012_500, "uploadThroughput": 168_750}
"""The developer tools' "Fast 4G": 8.1 Mbit/s, and each answer after 165 ms."""
HAN = re.compile("[\u4e00-\u9fff]{6}")
FREQUENT = news.VOCABULARY[1]


NGINX = """
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/log;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; text/javascript js; application/json json; text/css css; }}
    access_log off;
    gzip on;
    gzip_comp_level 5;
    gzip_min_length 512;
    gzip_types text/css text/javascript application/json;
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl http2;
        ssl_certificate {folder}/certificate;
        ssl_certificate_key {folder}/key;
        root {site};
        index index.html;
        rewrite ^/2026/ /article.html break;
    }}
}}
"""
"""Compresses as deploy/docker/nginx.conf and most hosts do it. All articles are the same page."""


@contextmanager
def serve(site, folder):
    """Serve a site by HTTP/1.1 and by HTTP/2, and give both URLs."""
    if not shutil.which("nginx") or not shutil.which("openssl"):
        missing("nginx", "nginx and openssl aren't both on the PATH")
    subject = ["-subj", "/CN=localhost", "-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(key, check=True, capture_output=True)
    http, https = free_port(), free_port()
    user = "user root;" if os.geteuid() == 0 else ""  # the site is in a folder that only this user reads
    configuration = NGINX.format(user=user, folder=folder, site=site, http=http, https=https)
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    server = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"])
    try:
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", https)) == 0, 30)
        yield {"HTTP/1.1": f"http://127.0.0.1:{http}", "HTTP/2": f"https://127.0.0.1:{https}"}
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Return a site with the index of a year, and its segments: the eleven months before, and those of the newest."""
    folder = tmp_path_factory.mktemp("year")
    export(folder / "mirror", [news.article(1)])
    site.init(folder / "mirror", "//news.example")
    built = build(folder / "mirror", folder / "site")
    shutil.copy(next(built.rglob("*/2026/*/*/*.html")), built / "article.html")
    indexed = MirrorFolder(built, is_journaled=False)
    newest = indexed_year.write_newest(indexed)
    before = indexed_year.write_year(indexed, write_segment(indexed, indexed_year.YEAR, newest, {}))
    indexed_year.write_index(indexed, [before, *newest])
    return built, [before, *newest]


def words_of(number):
    """Return six characters in a row from an article's text, which no other text has; each month has the articles."""
    return HAN.findall(news.article(number).body)[-1]


QUERIES = {
    "a rare word": words_of(20_000)[:4],
    "six characters whose frequent pairs rarely meet": words_of(indexed_year.MONTH - 100),
    "six characters of a text in each month": words_of(30_000),
    "a stock's code": news.article(5).stocks[0].partition(".")[2],
    "a frequent word": FREQUENT,
    "two frequent words": f"{FREQUENT} {news.VOCABULARY[2]}",
    "a frequent word and a rare one": f"{FREQUENT} {words_of(10_000)[:3]}",
    "a frequent word in titles": f"{FREQUENT}&title=1",
    "a frequent word of a publication": f"{FREQUENT}&media={news.MEDIA[3]}",
}


class Answer(NamedTuple):
    """What a query cost the phone."""

    results: int
    requests: int
    size: int
    """Bytes of all answers, with the snippets on the screen."""
    screen: float
    """Seconds until the results fill the screen, or all are shown."""
    page: float
    """Seconds until all results of the first page are shown."""


def ask(browser, url, query):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, device_scale_factor=2, ignore_https_errors=True
    )
    page = context.new_page()
    page.goto(f"{url}/search/")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FAST_4G)
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    words, _, filters = query.partition("&")
    page.get_by_role("searchbox").fill(words)
    if filters:
        page.locator("#filters summary").click()
        name, _, value = filters.partition("=")
        field = page.locator(f"[name={name}]")
        field.check() if name == "title" else field.fill(value)
    page.wait_for_load_state("networkidle")  # the page fetches index.json and stocks.json as soon as a reader types
    # The page itself measures, without the time that the browser's driver takes.
    screen, shown = page.evaluate(
        """() => new Promise((resolve) => {
            const start = performance.now();
            const seconds = () => (performance.now() - start) / 1000;
            const last = () => document.querySelector("#results li:last-child");
            let screen;
            new MutationObserver(() => {
                const isDone = /共找到|找到 30/.test(document.getElementById("status").textContent);
                if (isDone || last()?.getBoundingClientRect().bottom > innerHeight) screen ??= seconds();
                if (isDone) resolve([screen, seconds()]);
            }).observe(document.querySelector("main"), { childList: true, characterData: true, subtree: true });
            document.getElementById("search").requestSubmit();
        })"""
    )
    page.wait_for_load_state("networkidle")
    found = page.locator("#results li").count()
    context.close()
    return Answer(found, len(received), sum(received), screen, shown)


@pytest.mark.benchmark
def test_a_query_over_a_year(year, tmp_path, figure):
    built, _ = year
    with serve(built, tmp_path) as urls, chromium() as browser:
        for (what, query), (protocol, url) in product(QUERIES.items(), urls.items()):
            answer = ask(browser, url, query)
            print(f"\n| {what} | {protocol} | {answer.results} | {answer.requests} | {answer.size / 1000:.0f} | "
                  f"{answer.screen:.2f} | {answer.page:.2f} |")  # fmt: skip
            assert answer.results
            beside = "the goal of the index, with the snippets on the screen"
            size = answer.size / 1000
            figure(f"search in 540,000 articles: {what}, {protocol}", size, 500, beside, goal=within(1), unit="KB")
            is_slow = "six" in what or "publication" in what
            screen = f"a full screen of results on Fast 4G, {protocol}: {what}"
            figure(screen, answer.screen, 0, "nothing", goal=more(1), floor=1.5 if is_slow else 0)


@pytest.mark.benchmark
def test_a_tick_and_the_merge_of_a_year(year, tmp_path, figure):
    built, segments = year
    indexed = MirrorFolder(built, is_journaled=False)
    new = indexed_year.entries(indexed_year.MONTHS[-1], 3 * indexed_year.MONTH)
    empty = MirrorFolder(tmp_path / "empty")

    def tick(folder):
        entries = list(islice(new, 20))
        index.update(folder, {"2026-12-31": {entry.row.url: entry for entry in entries}})

    ours, reference = compare(lambda: tick(indexed), lambda: tick(empty), rounds=5, times=1)
    figure("the index after 20 new, 540,000 in it", ours, reference, "the same, 20 to 100 in it", goal=more(1))
    code = (
        "import json, re, resource, sys\nfrom pathlib import Path\n"
        "from finews_spider.mirror.folder import MirrorFolder\nfrom finews_spider.mirror.search import merging, segments\n"
        "folder = MirrorFolder(Path(sys.argv[1]), is_journaled=False)\n"
        "old = [segments.Segment(*values) for values in json.loads(sys.argv[2])]\n"
        "merging.write_segment(folder, '2026', old, {})\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        # ru_maxrss would have the memory of the process that started this one.
        "most = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(used.ru_utime + used.ru_stime, int(most) / 1000)"
    )
    merged = subprocess.run(
        [sys.executable, "-c", code, str(built), json.dumps(segments)], capture_output=True, text=True, check=True
    )
    seconds, memory = map(float, merged.stdout.split())
    figure("the merge of a month into a year of 495,000 articles: CPU time", seconds, 0, "nothing", goal=more(300))
    figure("its peak memory", memory, 0, "nothing", goal=more(500), unit="MB")
