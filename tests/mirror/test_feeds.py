"""The lines of feeds: what they say of an article, which articles they name, and that no text breaks them."""

import contextlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from finews_spider.articles.normalize import normalize
from finews_spider.mirror import feeds, journal, sanitize, site_data
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.kramdown import unshield
from finews_spider.mirror.listing_updates import SiteOptions
from finews_spider.mirror.rows import Row
from finews_spider.mirror.verify import verify
from tests.hostile import TEXTS
from tests.mirror.test_exporter import LINKS, NOW, Mirror, article, run

STOCK = '<a href="https://quote.eastmoney.com/unify/r/1.600519" data-code="1.600519">贵州茅台</a>'
MEDIA, OF_STOCK = "category/chenbao/feed", "stock/1.600519/feed"
FEEDS = (MEDIA, OF_STOCK)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


def about(number, text="文", **fields):
    return article(number, **{"body": f"<p>{text}{number}</p><p>{STOCK}</p>"} | fields)


def read_json(text: str) -> list[dict]:
    """Return the items of a JSON Feed page, as a reader sees them."""
    lines = text.rpartition("---\n")[2].replace(feeds.HOME, "https://x.example/")
    return json.loads(f"[{lines}]")


def read_atom(text: str) -> list[ET.Element]:
    lines = text.rpartition("---\n")[2].replace(feeds.HOME, "https://x.example/")
    return ET.fromstring(f'<feed xmlns="http://www.w3.org/2005/Atom">{lines}</feed>').findall(f"{ATOM}entry")


def titles(mirror, feed):
    files = mirror.files()
    names = [item["title"] for item in read_json(files[f"{feed}.json"])]
    assert [entry.findtext(f"{ATOM}title") for entry in read_atom(files[f"{feed}.xml"])] == names
    return names


def test_a_feed_names_the_newest(mirror):
    async def scenario(mirror):
        await mirror.save(*(about(number) for number in range(30, 60)))
        await mirror.export()
        for feed in FEEDS:
            assert titles(mirror, feed) == [f"题{number}" for number in range(30, 50)]
        await mirror.save(about(9), about(55, revision=1))
        await mirror.export()
        for feed in FEEDS:
            assert titles(mirror, feed) == ["题9", *(f"题{number}" for number in range(30, 49))]

    run(scenario, mirror)


def test_what_was_taken_down_is_in_no_feed_and_an_older_article_takes_its_place(mirror):
    async def scenario(mirror):
        await mirror.save(*(about(number, "秘密" if number == 12 else "文") for number in range(10, 40)))
        await mirror.export()
        assert "秘密" in mirror.files()[f"{MEDIA}.xml"]
        await mirror.store.take_down(about(12).code, "x", NOW)
        await mirror.export()
        left = {path: text for path, text in mirror.files().items() if "feed" in path}
        assert len(left) == 5
        assert not [path for path, text in left.items() if "秘密" in text or "题12" in text or about(12).code in text]
        for feed in FEEDS:
            assert titles(mirror, feed) == [f"题{number}" for number in range(10, 31) if number != 12]
        assert not await verify(mirror.store, Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS))
        for number in range(10, 40):
            await mirror.store.take_down(about(number).code, "x", NOW)
        await mirror.export()
        assert [path for path in mirror.files() if "/feed" in path] == [site_data.FEED]

    run(scenario, mirror)


def test_a_revised_article_keeps_its_place_and_its_id(mirror):
    async def scenario(mirror):
        await mirror.save(about(1), about(2), about(3))
        await mirror.export()
        before = read_json(mirror.files()[f"{MEDIA}.json"])
        later = NOW + timedelta(hours=2)
        await mirror.save(about(2, "新", title="题二"), now=later)
        await mirror.export()
        after = read_json(mirror.files()[f"{MEDIA}.json"])
        assert after[0] == before[0]
        assert after[2] == before[2]
        changed = {key for key in after[1] if after[1][key] != before[1][key]}
        assert changed == {"title", "content_text", "date_modified"}
        assert after[1]["date_modified"] == later.isoformat(timespec="seconds")
        assert f"<updated>{after[1]['date_modified']}</updated>\n<entry>" in mirror.files()[f"{MEDIA}.xml"]

    run(scenario, mirror)


def test_an_article_that_names_another_stock_moves_to_its_feed(mirror):
    async def scenario(mirror):
        await mirror.save(about(1))
        await mirror.export()
        other = STOCK.replace("1.600519", "0.300750").replace("贵州茅台", "宁德时代")
        await mirror.save(article(1, body=f"<p>文 {other}</p>"), now=NOW + timedelta(hours=1))
        await mirror.export()
        files = mirror.files()
        assert f"{OF_STOCK}.xml" not in files
        assert 'title: "宁德时代 300750"\n' in files["stock/0.300750/feed.json"]
        assert read_json(files["stock/0.300750/feed.json"])[0]["tags"] == ["宁德时代"]

    run(scenario, mirror)


def test_an_update_reads_the_posts_that_changed_and_writes_their_feeds(mirror, monkeypatch):
    async def scenario(mirror):
        await mirror.save(*(about(number) for number in range(20, 60)), article(60, media="晚报"))
        await mirror.export()
        start = journal.read(mirror.folder, journal.Position()).position
        read = []
        real = MirrorFolder.read
        monkeypatch.setattr(MirrorFolder, "read", lambda self, path: read.append(path) or real(self, path))
        await mirror.save(about(3))
        await mirror.export()
        monkeypatch.undo()
        assert [path for path in read if path.startswith("_posts/")] == [f"_posts/2026-01-02-NW{about(3).code}.md"]
        written = journal.read(mirror.folder, start).paths
        assert {path for path in written if "/feed" in path} == {
            *(f"{feed}.{extension}" for feed in FEEDS for extension in ("xml", "json")),
            site_data.FEED,
        }

    run(scenario, mirror)


def test_entries_have_the_beginning_or_the_whole_text(mirror):
    body = (
        f'<p>{"长" * 200}</p><p><a href="/a/1.html" title="a>b">甲</a><a href="#x">乙</a><a href="https://x.example/?a&amp;b">丙</a></p>'
        "<p><img src=//i.example/1.png alt='图'></p>"
    )
    roll = article(
        2, body="<p>正文 &amp; 第二</p>", digest="【题2】摘要", layout="roll", source_url="https://page.example/2"
    )

    async def scenario(mirror):
        await mirror.save(article(1, body=body), roll)
        await mirror.export()
        files = mirror.files()
        (item,) = read_json(files[f"{MEDIA}.json"])
        assert item["content_text"] == "长" * 159 + "…"
        assert "content_html" not in item
        (entry,) = read_atom(files["category/emnews/feed.xml"])
        assert entry.findtext(f"{ATOM}summary") == "摘要 正文 & 第二"
        assert entry.find(f"{ATOM}content") is None
        await mirror.store.requeue()
        await Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS, options=SiteOptions(feed_text=True)).export()
        files = mirror.files()
        (item,) = read_json(files[f"{MEDIA}.json"])
        (entry,) = read_atom(files[f"{MEDIA}.xml"])
        assert item["content_html"] == entry.findtext(f"{ATOM}content")
        assert item["summary"] == entry.findtext(f"{ATOM}summary") == "长" * 159 + "…"
        assert entry.find(f"{ATOM}content").get("type") == "html"
        assert item["content_html"] == body.replace('"/a/', '"https://x.example/a/').replace(
            "//i.example/1.png", '"https://i.example/1.png"'
        )
        (item,) = read_json(files["category/emnews/feed.json"])
        assert item["content_html"] == "<blockquote>摘要</blockquote><p>正文 &amp; 第二</p>"
        assert item["external_url"] == "https://page.example/2"
        assert not await verify(
            mirror.store,
            Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS, options=SiteOptions(feed_text=True)),
        )

    run(scenario, mirror)


def test_copies_of_images_have_whole_urls(mirror):
    copy = "images/ab/" + "ab" * 32 + ".png"
    images = {"//i.example/1.png": copy}

    async def scenario(mirror):
        await mirror.save(replace(article(1, body='<p>文<img src="//i.example/1.png"></p>'), image_files=images))
        folder = MirrorFolder(mirror.folder)
        folder.write(copy, b"png")
        links = replace(LINKS, site="//mirror.example/news")
        await Exporter(mirror.store, folder, links, options=SiteOptions(feed_text=True)).export()
        assert "/news/images/ab/" in next(iter(mirror.posts().values()))
        (item,) = read_json(mirror.files()[f"{MEDIA}.json"])
        assert item["content_html"] == f'<p>文<img src="https://x.example/{copy}"></p>'

    run(scenario, mirror)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_no_text_breaks_a_line(title, media, text):
    """Each line stays one line that XML, JSON and Liquid read as it is meant, whatever stands in the article."""
    hostile = normalize(replace(article(1), title=title, media=media, body=unshield(sanitize.body(text))))
    row = Row("2026-01-02T12:00:00+08:00", "/a%20&'b/2026/01/02/NW1.html", title, hostile.media)
    entry = feeds._entry_of(row, hostile, has_text=True)
    for form in feeds.FORMATS:
        line = form.line(entry)
        assert line.startswith(form.start(row.url) + form.end_of_start)
        assert "\n" not in line
        assert not re.search(r"\{[{%]", line)
        assert line.count(feeds.HOME) == line.count(f"{feeds.HOME}a%20") + entry.html.count(feeds._HOME)
        line.encode()
    (atom,) = read_atom("---\n" + feeds.FORMATS[0].line(entry))
    (item,) = read_json("---\n" + feeds.FORMATS[1].line(entry))
    assert item["id"] == atom.findtext(f"{ATOM}id") == "https://x.example/a%20&'b/2026/01/02/NW1.html"
    assert item["title"] == atom.findtext(f"{ATOM}title") == entry.title
    assert item["authors"][0]["name"] == atom.findtext(f"{ATOM}author/{ATOM}name") == entry.media
    assert item.get("content_html", "") == (atom.findtext(f"{ATOM}content") or "")


@pytest.mark.parametrize("writes", range(0, 40, 4))
def test_a_killed_export_is_finished_by_the_next(mirror, monkeypatch, writes):
    class Killed(BaseException):
        pass

    left = iter(range(writes))

    def killing(real):
        def change(*arguments):
            if next(left, None) is None:
                raise Killed
            return real(*arguments)

        return change

    async def scenario(mirror):
        await mirror.save(*(about(number) for number in range(10, 34)))
        await mirror.export()
        await mirror.store.take_down(about(12).code, "x", NOW)
        await mirror.save(about(15, "新"), about(5), now=NOW + timedelta(hours=1))
        with monkeypatch.context() as patched, contextlib.suppress(Killed):
            for change in ("write", "remove"):
                patched.setattr(MirrorFolder, change, killing(getattr(MirrorFolder, change)))
            await mirror.export()
        await mirror.export()
        assert not await verify(mirror.store, Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS))
        for feed in FEEDS:
            assert titles(mirror, feed) == ["题5", *(f"题{number}" for number in range(10, 30) if number != 12)]

    run(scenario, mirror)
