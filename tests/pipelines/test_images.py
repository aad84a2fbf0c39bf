"""Images are copied into the mirror by crawls of the sample upstream, as users run them."""

import asyncio
import hashlib
import http.server
import re
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest
from scrapy.exceptions import DownloadTimeoutError

from finews_spider.pipelines.images import (
    IMAGES_PER_HOST,
    MAX_CONSECUTIVE_FAILURES,
    MAX_IMAGES,
    HostQueue,
    NoImageError,
    PassedOverError,
)
from finews_spider.sample import answers
from tests.images import GREY, jpeg, png
from tests.misbehave import MisbehavingUpstream
from tests.running import Runner, interrupt, wait_for


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=11) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    return Runner(tmp_path, upstream, FINEWS_IMAGES="local", LOG_LEVEL="INFO")


def copies(finews):
    """Return the copies in the mirror: path → bytes."""
    files = [path for path in (finews.mirror / "images").rglob("*") if path.is_file()]
    return {str(path.relative_to(finews.mirror)): path.read_bytes() for path in files}


def articles(finews, upstream):
    return [finews.article(code) for code in upstream.news.codes]


def counted(finews):
    """Return the counts of images of the last run."""
    stats = finews.ask(lambda store: store.runs(1))[0]["stats"]
    return {name.removeprefix("finews/images/"): stats[name] for name in stats if "/images/" in name and stats[name]}


def fetch(finews, upstream, *sources, **settings):
    """Fetch one article that has the images *sources*, and return it and its log."""
    article = upstream.news.article(0)
    body = "".join([article.body, *(f'<p><img src="{source}"></p>' for source in sources)])
    upstream.answers(article.code, answers.get_news_text(replace(article, body=body), upstream.url))
    done = finews("scrapy", "crawl", "newsshare", f"-alinks={article.code}", "-arefresh=1", **settings)
    assert "Traceback" not in done.stderr
    return finews.article(article.code), done.stderr


def test_remote_requests_no_image(finews, upstream):
    finews.settings["FINEWS_IMAGES"] = "remote"
    finews("run")
    assert upstream.requests["image"] == 0
    assert copies(finews) == {}
    assert {path for article in articles(finews, upstream) for path in article.image_files} == set()


def test_every_image_is_copied_except_what_a_mirror_should_not_have(finews, upstream):
    finews("run")
    files, stored = copies(finews), articles(finews, upstream)
    made = {source: path for article in stored for source, path in article.image_files.items()}
    assert set(made.values()) == set(files)
    for path, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        assert path == f"images/{digest[:2]}/{digest}.{'jpg' if content.startswith(jpeg('')[:3]) else 'png'}"
    left = {source for article in stored for source in article.images} - made.keys()
    assert left
    assert {re.search(r"(\d)\.png$", source)[1] for source in left} == {*"3456"}, "none, SVG, HTML, too large"
    assert len(finews.posts()) == 60 - finews.summary().duplicates
    assert counted(finews) == {"saved": len(made), "refused": 8, "failed": 3}


def test_an_image_of_several_articles_is_requested_once(finews, upstream):
    finews("run")
    requested = [path for kind, path in upstream.log if kind == "image"]
    assert len(requested) == len(set(requested)) > 40
    upstream.reset_counts()
    finews("run")
    assert upstream.requests["image"] == 0


def test_the_same_content_is_one_file(finews, upstream):
    article, _ = fetch(finews, upstream, *(f"{upstream.url}/image/{name}.png" for name in ("20", "21")))
    first, second = article.image_files.values()
    assert first == second
    assert list(copies(finews)) == [first]


def test_a_chart_stays_as_it_was_when_the_article_was_mirrored(finews, upstream):
    finews("run")
    before, files = {article.code: article.image_files for article in articles(finews, upstream)}, copies(finews)
    charts = [path for path in before.values() if any("imageType" in source for source in path)]
    upstream.reset_counts()
    upstream.advance(revised=20)
    finews("run")
    after = articles(finews, upstream)
    kept = [(article, source) for article in after for source in before[article.code] if source in article.images]
    assert any(article.revision and "imageType" in source for article, source in kept), "or this shows nothing"
    assert all(article.image_files[source] == before[article.code][source] for article, source in kept)
    requested = {upstream.url + path for kind, path in upstream.log if kind == "image"}
    assert not requested & {source for _, source in kept}
    assert charts
    assert {name: copies(finews)[name] for name in files} == files


def reasons(log):
    """Return URL → reason, for each image that stays remote by the log."""
    return dict(re.findall(r"INFO: (\S+) stays remote: (.*)", log))


def test_an_answer_that_is_not_an_allowed_image_stays_remote(finews, upstream):
    upstream.answers("/image/empty", b" ")
    expected = {
        "3.png": "HTTP 404",
        "4.png": "neither JPEG, PNG, GIF, WebP nor AVIF; it begins b'<svg",
        "5.png": "neither JPEG, PNG, GIF, WebP nor AVIF; it begins b'<!DOCTYPE",
        "6.png": "larger than 5242880 bytes",
        "empty": "neither JPEG, PNG, GIF, WebP nor AVIF; it begins b' '",
    }
    article, log = fetch(finews, upstream, *(f"{upstream.url}/image/{name}" for name in expected))
    assert len(article.images) == len(expected)
    assert article.image_files == copies(finews) == {}
    assert counted(finews) == {"failed": 1, "refused": 4}
    for name, why in expected.items():
        assert reasons(log)[f"{upstream.url}/image/{name}"].startswith(why)
    assert upstream.requests["image"] == len(expected)


def test_an_image_that_does_not_come_is_tried_twice_and_stays_remote(finews, upstream):
    expected = {
        "half": "ResponseDataLossError",
        "reset": "DownloadFailedError",
        "503": "HTTP 503",
        "stall": "DownloadTimeoutError",
    }
    for behaviour in expected:
        upstream.misbehave(f"/image/x{behaviour}", behaviour, seconds=0.1)
    sources = [f"{upstream.url}/image/x{behaviour}" for behaviour in expected]
    article, log = fetch(finews, upstream, *sources, DOWNLOAD_TIMEOUT="5")
    assert article.images == tuple(sources)
    assert article.image_files == copies(finews) == {}
    assert counted(finews) == {"failed": len(expected)}
    for source, why in zip(sources, expected.values(), strict=True):
        assert reasons(log)[source].startswith(why)
    requested = [path for kind, path in upstream.log if kind == "image"]
    assert (requested.count("/image/x503"), requested.count("/image/xstall")) == (2, 2)


def test_the_largest_size_is_a_setting(finews, upstream):
    finews.settings["FINEWS_IMAGES_LARGEST"] = str(len(GREY) + 9)
    upstream.answers("/image/small", GREY)
    upstream.answers("/image/large", png("a longer text"))
    article, _ = fetch(finews, upstream, *(f"{upstream.url}/image/{name}" for name in ("small", "large")))
    assert list(article.image_files) == [f"{upstream.url}/image/small"]


def test_an_image_that_cannot_be_requested_stays_remote(finews, upstream):
    sources = ("http://elsewhere.example/1.png", "//127.0.0.1:9/1.png", "http://[1/1.png", "http://a:b/1.png")
    article, log = fetch(finews, upstream, *sources)
    assert article.images == sources
    assert article.image_files == {}
    assert counted(finews) == {"failed": len(sources)}
    found = reasons(log)
    assert "this crawl may not reach the host elsewhere.example" in found[sources[0]]
    assert f"https:{sources[1]}" in found
    assert "Invalid IPv6 URL" in found[repr(sources[2])]


def test_robots_txt_is_obeyed_for_images_too(finews, upstream):
    upstream.answers("robots.txt", b"User-agent: *\nDisallow: /image/\n")
    article, log = fetch(finews, upstream, f"{upstream.url}/image/1.png")
    assert article.image_files == {}
    assert upstream.requests["image"] == 0
    assert "stays remote: Forbidden by robots.txt" in log


@pytest.fixture
def moved(upstream):
    """Return the URL of a server that redirects every request to the upstream, ``/away/…`` by another host name."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            there = upstream.url.replace("127.0.0.1", "localhost") if "/away/" in self.path else upstream.url
            self.send_header("Location", there + self.path.removeprefix("/away"))
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_redirect_is_followed_to_named_hosts_only(finews, upstream, moved):
    article, log = fetch(finews, upstream, f"{moved}/image/1.png", f"{moved}/away/image/2.png")
    assert list(article.image_files) == [f"{moved}/image/1.png"]
    assert f"{moved}/away/image/2.png stays remote: this crawl may not reach the host localhost" in log
    assert upstream.requests["image"] == 1


def test_of_an_article_with_very_many_images_only_the_first_are_copied(finews, upstream):
    sources = [f"{upstream.url}/image/{number}0.png" for number in range(MAX_IMAGES + 3)]
    article, _ = fetch(finews, upstream, *sources)
    assert len(article.images) == MAX_IMAGES + 3
    assert list(article.image_files) == sources[:MAX_IMAGES]
    assert counted(finews) == {"saved": MAX_IMAGES, "passed_over": 3}


@pytest.mark.torture
def test_a_host_that_does_not_answer_gets_no_more_requests_for_images(finews, upstream):
    upstream.misbehave("image", "stall")
    done = finews("run", DOWNLOAD_TIMEOUT="0.5", LOG_LEVEL="WARNING")
    assert finews.summary().articles == len(upstream.news.codes)
    assert upstream.requests["image"] <= 2 * (MAX_CONSECUTIVE_FAILURES + IMAGES_PER_HOST)
    assert counted(finews)["passed_over"] > 30
    assert "ERROR" not in done.stderr
    assert done.stderr.count("127.0.0.1 leaves images unanswered") == 1


@pytest.mark.torture
def test_images_that_do_not_arrive_delay_no_other_article(finews, upstream):
    upstream.misbehave("image", "stall")
    process = finews.start("run", DOWNLOAD_TIMEOUT="60", CONCURRENT_REQUESTS="4")
    wait_for(lambda: upstream.requests["text"] == len(upstream.news.codes))
    assert upstream.requests["image"] == IMAGES_PER_HOST
    process.kill()
    process.communicate()


@pytest.mark.torture
def test_ctrl_c_does_not_wait_for_every_image(finews, upstream):
    upstream.misbehave("image", "stall")
    process = finews.start("run", DOWNLOAD_TIMEOUT="1")
    wait_for(lambda: upstream.requests["image"])
    _, log = interrupt(process)
    assert process.returncode == 1
    assert "Traceback" not in log
    assert upstream.requests["image"] <= IMAGES_PER_HOST
    upstream.misbehave("image", "ok")
    finews("run")
    assert finews.summary().articles == len(upstream.news.codes)


@pytest.mark.torture
def test_a_store_that_fails_does_not_wait_for_every_image(finews, upstream, tmp_path):
    finews.summary()  # makes the store
    with closing(sqlite3.connect(tmp_path / "news.db")) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON articles BEGIN SELECT RAISE(FAIL, 'no room'); END")
    upstream.misbehave("image", "stall")
    done = finews("run", code=1, DOWNLOAD_TIMEOUT="1", FINEWS_STORE_SECONDS="0.1")
    assert "no room; what isn't stored is fetched again by the next run" in done.stderr
    assert "Traceback" not in done.stderr
    assert upstream.requests["image"] <= 2 * IMAGES_PER_HOST


def test_a_mirror_that_cannot_keep_images_gets_the_posts(finews, upstream):
    finews.mirror.mkdir()
    (finews.mirror / "images").write_text("a file, where a folder is needed")
    done = finews("run")
    assert len(finews.posts()) > 50
    assert counted(finews)["failed"] > 40
    assert "stays remote: FileExistsError" in done.stderr or "stays remote: NotADirectoryError" in done.stderr
    assert "leaves images unanswered" not in done.stderr


def test_a_mirror_folder_that_cannot_be_made_is_reported_in_one_line(finews, upstream, tmp_path):
    (tmp_path / "file").touch()
    finews.settings |= {"FINEWS_MIRROR_DIR": str(tmp_path / "file/mirror"), "LOG_LEVEL": "WARNING"}
    done = finews("scrapy", "crawl", "feed", code=2)
    assert done.stderr.strip() == f"finews: the mirror folder {tmp_path}/file/mirror can't be written: Not a directory"


async def test_a_host_that_leaves_images_unanswered_gets_no_more_of_them():
    queue = HostQueue("images.example")
    for error in [DownloadTimeoutError()] * (MAX_CONSECUTIVE_FAILURES - 1) + [NoImageError("HTTP 404")]:
        with pytest.raises(type(error)):
            async with queue.place():
                raise error
    for _ in range(MAX_CONSECUTIVE_FAILURES):  # the 404 was an answer
        with pytest.raises(DownloadTimeoutError):
            async with queue.place():
                raise DownloadTimeoutError
    with pytest.raises(PassedOverError):
        async with queue.place():
            pytest.fail("it should be passed over")


async def test_the_number_of_images_under_way_for_a_host_is_limited():
    queue, done = HostQueue("images.example"), asyncio.Event()
    under_way = 0

    async def copy():
        nonlocal under_way
        async with queue.place():
            under_way += 1
            await done.wait()

    copies = [asyncio.ensure_future(copy()) for _ in range(IMAGES_PER_HOST + 3)]
    await asyncio.sleep(0)
    assert under_way == IMAGES_PER_HOST
    done.set()
    await asyncio.gather(*copies)
    assert under_way == len(copies)
