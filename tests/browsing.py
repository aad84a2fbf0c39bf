"""A built site to browse: what the theme stands on, Jekyll, and a server on loopback."""

import json
import os
import re
import shutil
import subprocess
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright

from finews_spider import browser
from finews_spider.items import Article
from finews_spider.mirror.post import Links, path_of, render, render_category
from finews_spider.mirror.slugs import slug_for
from finews_spider.sample import SampleNews
from tests.servers import missing

RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+|[a-z0-9]+")
STOCK = re.compile(r'<span id="stock_([\d.]+\w+)"><a [^>]*>([^<]*)<')
SHARDS = 8


def build(mirror: Path, built: Path, *options: str) -> Path:
    """Build the site of *mirror* with Jekyll, without a warning."""
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    command = ["jekyll", "build", "--quiet", "-s", str(mirror), "-d", str(built), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    return built


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder as GitHub Pages does: a page that isn't there is 404.html."""

    def __init__(self, *args, prefix: str, **kwargs) -> None:
        self.prefix = prefix
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(self.prefix))

    def send_error(self, code, message=None, explain=None) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def served(folder: Path, prefix: str = "") -> Iterator[str]:
    """Serve *folder* on loopback below *prefix* and give the URL without a slash at the end."""
    handler = partial(Quiet, directory=str(folder), prefix=prefix)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a browser that asks nobody but the page's own hosts."""
    if not (path := next(filter(None, map(shutil.which, browser.NAMES)), None)):
        missing("chromium", f"none of {', '.join(browser.NAMES)} is on the PATH")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browsing = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0, args=quiet)
        yield browsing
        browsing.close()


# What the exporter writes, in as few lines as it takes.

LINKS = Links("//news.example", "http://share.example/?infoCode={info_code}", "http://page.example/a/{code}.html")


def sample_posts(mirror: Path, count: int, pictures: str) -> None:
    """Write *count* of the sample's articles as posts, half of them in roll layout, with their media's pages."""
    news = SampleNews(count, seed=8)
    for number in range(count):
        told = news.article(number)
        body = told.body.replace("{base}", pictures)
        article = Article(code=told.code, title=told.title, digest=told.digest, body=body, media=told.media)
        article.published_at = told.shown
        article.layout = "roll" if number % 2 else "media"
        slug = "emnews" if number % 2 else slug_for(told.media)
        put(mirror / path_of(article), render(article, slug, LINKS))
        if slug != "emnews":
            put(mirror / f"category/{slug}.html", render_category(told.media, slug))


def fill(mirror: Path, stocks: dict[str, tuple[str, int]] | None = None) -> None:
    """Write listings, years and the search index for the posts of *mirror*.

    :param stocks: code → name and rows of more stocks, which stand in the newest articles.
    """
    rows, texts, keys = [], [], defaultdict(list)
    pages = [page for page in (mirror / "category").glob("*.html") if page.stem != "index"]
    fronts = {page.stem: yaml.safe_load(page.read_text("utf-8").split("---")[1]) for page in pages}
    media = {slug: "".join(front["title"]) for slug, front in fronts.items()}  # one with blanks is a list
    posts = [(post, *post.read_text("utf-8").split("---\n", 2)[1:]) for post in (mirror / "_posts").iterdir()]
    fields = [(yaml.safe_load(front), post, text) for post, front, text in posts]
    for meta, post, text in sorted(fields, key=lambda field: (field[0]["date"], field[1])):
        day, slug = post.name[:10], meta["categories"]
        url = f"/{slug}/{day.replace('-', '/')}/{post.stem[11:]}.html"
        row = [f"{meta['date'][:19].replace(' ', 'T')}+08:00", url, meta["title"][:60], media.get(slug, "东财滚动")]
        rows.append(row)
        texts.append(" ".join([*row[2:], re.sub("<[^>]*>", " ", text)]))
        named = dict(STOCK.findall(text))
        for key in [("archive", day, day), ("category", slug, row[3]), *(("stock", *item) for item in named.items())]:
            keys[key].append(row)
    for code, (name, count) in (stocks or {}).items():
        keys["stock", code, name] = rows[-count:]
    for (kind, key, title), those in keys.items():
        listing(mirror, kind, key, title, sorted(those))
    for year in {row[0][:4] for row in rows}:
        put(mirror / f"archive/{year}.html", f'---\nlayout: year\ntitle: "{year}"\nyear: "{year}"\n---')
    index(mirror / "search/data", rows, texts)


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def listing(mirror: Path, kind: str, key: str, title: str, rows: list[list[str]]) -> None:
    """Write a listing's pages; *rows* are oldest first."""
    full = max(0, (len(rows) - 60) // 60)
    for part in range(1, full + 2):
        head = part > full
        mine = (rows[full * 60 :] if head else rows[part * 60 - 60 : part * 60])[::-1]
        front = {"kind": kind, "key": key, "title": title, "part": part, "head": head, "newest": mine[0][0]}
        lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()]
        lines += ["rows:", *(f"- {json.dumps(row, ensure_ascii=False)}" for row in mine)]
        name = "index" if head else part
        put(mirror / kind / key / f"{name}.html", "\n".join(["---", "layout: listing", *lines, "---"]))


def index(folder: Path, rows: list[list[str]], texts: list[str]) -> None:
    """Write the search index, a segment for each day; *rows* are oldest first."""
    segments = []
    for day in sorted({row[0][:10] for row in rows}, reverse=True):
        mine = [number for number, row in enumerate(rows) if row[0][:10] == day]
        shards = defaultdict(dict)
        for number, whole in enumerate(mine):
            for term in terms(texts[whole]):
                shards[ord(term[0]) % SHARDS].setdefault(term, []).append(number)
        for shard in range(SHARDS):
            found = {term: packed(numbers) for term, numbers in shards[shard].items()}
            put(folder / day / f"{shard}.json", json.dumps(found, ensure_ascii=False))
        for start in range(0, len(mine), 100):
            chunk = [rows[number] for number in mine[start : start + 100]]
            put(folder / day / f"rows-{start // 100}.json", json.dumps(chunk, ensure_ascii=False))
        segments.append({"name": day, "articles": len(mine), "shards": SHARDS})
    put(folder / "index.json", json.dumps({"segments": segments}))


def terms(text: str) -> set[str]:
    found = set()
    for run in RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        found |= {run} if run[0].isascii() else {run[-1], *map("".join, pairwise(run))}
    return found


def packed(numbers: list[int]) -> str:
    gaps = [after - before for before, after in pairwise([-1, *numbers])]
    return "".join(chr(code + 0x800 if code >= 0xD800 else code) for code in (0x22 + gap for gap in gaps))
