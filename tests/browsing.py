"""Builds a site with the real exporter and Jekyll, serves it on loopback, and opens it in a browser."""

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from finews_spider.articles.normalize import normalize
from finews_spider.downloadhandlers import browser
from finews_spider.items import Article
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listing_updates import SiteOptions
from finews_spider.mirror.post import LinkTargets, url_of
from finews_spider.sample import SampleNews
from finews_spider.stores import open_store
from finews_spider.times import SHANGHAI
from tests.servers import missing

NOW = datetime(2026, 3, 3, 12, tzinfo=SHANGHAI)


def build(mirror: Path, built: Path, *options: str) -> Path:
    """Build the site of *mirror* with Jekyll, without a warning."""
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    command = ["jekyll", "build", "--quiet", "-s", str(mirror), "-d", str(built), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    return built


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder as GitHub Pages does: in place of a missing page it sends 404.html."""

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
def chromium(*arguments: str) -> Iterator[Browser]:
    """Give a browser that sends requests only to the hosts that a page names."""
    if not (path := next(filter(None, map(shutil.which, browser.PROGRAMS)), None)):
        missing("chromium", f"none of {', '.join(browser.PROGRAMS)} is on the PATH")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browsing = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=os.geteuid() != 0, args=[*quiet, *arguments]
        )
        yield browsing
        browsing.close()


LINKS = LinkTargets("//news.example", "http://share.example/?infoCode={info_code}", "http://page.example/a/{code}.html")


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def export(mirror: Path, articles: list[Article], *, feed_text: bool = False) -> dict[str, str]:
    """Store *articles* beside the mirror, export them, and return code → URL for each article with a post."""

    async def through() -> dict[str, str]:
        async with open_store(f"sqlite:///{mirror.parent / 'news.db'}") as store:
            await store.save([normalize(article) for article in articles], NOW)
            await Exporter(store, MirrorFolder(mirror), LINKS, options=SiteOptions(feed_text=feed_text)).export()
            posts = await store.posts(len(articles))
            return {post.article.code: url_of(post.path, post.article, post.category) for post in posts if post.path}

    # In another thread, because a test with a browser already has an event loop in its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, through()).result()


def sample_articles(count: int, pictures: str) -> Iterator[Article]:
    """Yield *count* of the sample's articles, newest first. Half of them have the roll layout."""
    news = SampleNews(count, seed=8)
    for number in range(count):
        sample = news.article(number)
        body = sample.body.replace("{base}", pictures)
        layout = "roll" if number % 2 else "media"
        article = Article(code=sample.code, title=sample.title, digest=sample.digest, body=body, layout=layout)
        article.media = "" if number % 2 else sample.media
        article.published_at = sample.shown
        yield article
