"""What a query costs a phone in a year of 547,500 articles, and what a tick and the merge of a month cost the exporter."""

import gzip
import json
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import pytest

from finews_spider.mirror import site
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.search import index
from finews_spider.mirror.search.segments import write_segment
from tests.benchmarks import indexed_year, news
from tests.benchmarks.measure import compare, more, within
from tests.browsing import Quiet, build, chromium, export

FAST_4G = {"offline": False, "latency": 165, "downloadThroughput": 1_012_500, "uploadThroughput": 168_750}
"""The developer tools' "Fast 4G": 8.1 Mbit/s, and each answer after 165 ms."""
HAN = re.compile("[\u4e00-\u9fff]{6}")
FREQUENT = news.VOCABULARY[1]


class Phone(Quiet):
    """Serves the site, and for each article one page; compressed, as deploy/docker/nginx.conf and most hosts do it."""

    protocol_version = "HTTP/1.1"
    page = b""

    def do_GET(self):  # noqa: N802 -- the name that http.server calls
        path = self.translate_path(self.path)
        file = Path(path, "index.html") if Path(path).is_dir() else Path(path)
        is_article = self.path.startswith("/2026/")
        content = gzip.compress(self.page if is_article else file.read_bytes(), 5, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_article else self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Phone, directory=str(folder), prefix="")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Return a site with the index of a year, and the segments of its newest month."""
    folder = tmp_path_factory.mktemp("year")
    export(folder / "mirror", [news.article(1)])
    site.init(folder / "mirror", "//news.example")
    built = build(folder / "mirror", folder / "site")
    Phone.page = next(built.rglob("*/2026/*/*/*.html")).read_bytes()
    shutil.rmtree(built / "search/data")
    indexed = MirrorFolder(built, is_journaled=False)
    current = indexed_year.write_month(indexed, indexed_year.MONTHS[-1])
    closed = write_segment(indexed, indexed_year.MONTHS[-1], current[:2], {})
    indexed_year.write_year(indexed, closed, current)
    return built, current


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


def ask(browser, url, query):
    """Return the bytes and the seconds until all results of the first page are shown, and until the snippets are."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{url}/search/")
    page.wait_for_load_state("networkidle")
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
    # The page itself measures, without the time that the browser's driver takes.
    seconds = page.evaluate(
        """() => new Promise((resolve) => {
            const start = performance.now();
            const status = document.getElementById("status");
            const isDone = () => /共找到|找到 30/.test(status.textContent);
            new MutationObserver(() => isDone() && resolve((performance.now() - start) / 1000))
                .observe(status, { childList: true, characterData: true, subtree: true });
            document.getElementById("search").requestSubmit();
        })"""
    )
    page.wait_for_load_state("networkidle")
    found = page.locator("#results li").count()
    context.close()
    return sum(received), seconds, found


@pytest.mark.benchmark
def test_a_query_over_a_year(year, figure):
    built, _ = year
    with serve(built) as url, chromium() as browser:
        for what, query in QUERIES.items():
            size, seconds, found = ask(browser, url, query)
            print(f"\n{what} ({query}): {found} results, {size / 1000:.0f} KB, {seconds:.2f} s")
            assert found
            beside = "the goal of the index, with the snippets on the screen"
            figure(
                f"search in 547,500 articles: {what}",
                size / 1000,
                500,
                beside,
                goal=within(1),
                floor=3.2 if "six" in what else 0,
                unit="KB",
            )
            figure(f"the same on Fast 4G: {what}", seconds, 0, "nothing", goal=more(1), floor=8 if "six" in what else 4)


@pytest.mark.benchmark
def test_a_tick_and_the_merge_of_a_month(year, tmp_path, figure):
    built, current = year
    indexed = MirrorFolder(built, is_journaled=False)
    new = indexed_year.entries(indexed_year.MONTHS[-1], 3 * indexed_year.MONTH)
    empty = MirrorFolder(tmp_path / "empty")

    def tick(folder):
        entries = list(islice(new, 20))
        index.update(folder, {"2026-12-31": {entry.row.url: entry for entry in entries}})

    ours, reference = compare(lambda: tick(indexed), lambda: tick(empty), rounds=5, times=1)
    figure("the index after 20 new, 547,500 in it", ours, reference, "the same, 20 to 100 in it", goal=more(1))
    code = (
        "import json, re, resource, sys\nfrom pathlib import Path\n"
        "from finews_spider.mirror.folder import MirrorFolder\nfrom finews_spider.mirror.search import segments\n"
        "folder = MirrorFolder(Path(sys.argv[1]), is_journaled=False)\n"
        "old = [segments.Segment(*values) for values in json.loads(sys.argv[2])]\n"
        "segments.write_segment(folder, '2026-12', old, {})\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        # ru_maxrss would have the memory of the process that started this one.
        "most = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(used.ru_utime + used.ru_stime, int(most) / 1000)"
    )
    merged = subprocess.run(
        [sys.executable, "-c", code, str(built), json.dumps(current)], capture_output=True, text=True, check=True
    )
    seconds, memory = map(float, merged.stdout.split())
    figure("the merge of a month of 45,000 articles: CPU time", seconds, 0, "nothing", goal=more(60))
    figure("its peak memory", memory, 0, "nothing", goal=more(500), unit="MB")
