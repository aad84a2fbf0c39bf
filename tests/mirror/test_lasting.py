"""What the years bring to a mirror: revisions, takedowns, age, dead images. A URL that was published goes on answering."""

import asyncio
import re
from datetime import timedelta

import pytest
import yaml

from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.reader import read_post
from finews_spider.mirror.verify import verify
from tests.mirror.test_exporter import LINKS, NOW, Mirror, article

DAY = timedelta(days=1)
HASH = "0" * 64
IMAGE, OTHER = f"images/00/{HASH}.png", f"images/11/{'1' * 64}.jpg"
PICTURE = "https://pic.example/a.png?x=1&y=2"
STOCK = '<p><a data-code="1,600160" href="//q">巨化</a></p>'


class Years(Mirror):
    async def export(self, before=None):
        return await self.exporter(before).export()

    def exporter(self, before=None):
        return Exporter(self.store, MirrorFolder(self.folder), LINKS, before)

    def urls(self):
        """Return where the site answers, and with which layout."""
        urls = {}
        for path, text in self.files().items():
            if path.startswith(("_posts/", "old_post/", "takedown/")):
                matter = yaml.safe_load(text.split("---\n")[1])
                name = re.fullmatch(r"_posts/(....)-(..)-(..)-(.*)\.md", path)
                url = matter.get("permalink") or f"/{matter['categories']}/{'/'.join(name.groups())}.html"
                assert url not in urls
                urls[url] = matter["layout"]
        return urls

    def listed(self):
        """Return where an article is named besides in its own file."""
        return {path for path, text in self.files().items() if re.search(r"/\d{4}/\d\d/\d\d/", text)}

    async def verify(self, *, repair=False):
        return await verify(self.store, self.exporter(), repair=repair)

    def put(self, path, content):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)


@pytest.fixture
def within(tmp_path):
    """Return a function that runs a scenario with a mirror whose store is open."""

    def run(scenario):
        async def inside():
            mirror = Years(tmp_path)
            async with mirror.store:
                await scenario(mirror)

        asyncio.run(inside())

    return run


def test_a_revision_says_when_and_leaves_the_stocks_that_it_no_longer_names(within):
    async def scenario(mirror):
        await mirror.save(article(1, body=f"<p>文</p>{STOCK}"), article(2, body=f"<p>二</p>{STOCK}"))
        await mirror.export()
        before = mirror.urls()
        await mirror.save(article(1, title="新题", published_at=NOW + DAY))
        await mirror.export()
        text = mirror.posts()["_posts/2026-01-02-NW202601021234567801.md"]
        assert "\nlast_modified_at: 2026-01-03 12:00:00 +0800\n" in text
        assert mirror.urls() == before
        stock = mirror.files()["stock/1.600160/index.html"]
        assert 'title: "巨化"' in stock
        assert [n for n in (1, 2) if f"NW20260102123456780{n}" in stock] == [2]
        assert "新题" in mirror.files()["archive/2026-01-02/index.html"]

    within(scenario)


def test_a_takedown_leaves_a_tombstone_that_says_nothing_of_the_article(within):
    async def scenario(mirror):
        await mirror.save(article(1, body=f"<p>文</p>{STOCK}"), article(2, published_at=NOW - DAY))
        await mirror.export()
        urls = mirror.urls()
        await mirror.store.take_down(article(1).code, "秘密", NOW)
        assert (await mirror.export()).removed == 1
        assert mirror.urls() == urls | {"/chenbao/2026/01/02/NW202601021234567801.html": "tombstone"}
        texts = "".join(mirror.files().values())
        assert "题1" not in texts
        assert "文1" not in texts
        assert "秘密" not in texts
        assert "archive/2026-01-02/index.html" not in mirror.files()
        assert "stock/1.600160/index.html" not in mirror.files()
        assert not await mirror.verify()

    within(scenario)


def test_a_takedown_that_is_taken_back_leaves_no_trace(within):
    async def scenario(mirror):
        await mirror.save(article(1, body=f"<p>文</p>{STOCK}"), article(2))
        await mirror.export()
        before = mirror.files()
        await mirror.store.take_down(article(1).code, "", NOW)
        await mirror.export()
        await mirror.store.restore(article(1).code)
        await mirror.export()
        assert mirror.files() == before

    within(scenario)


def test_what_was_never_published_leaves_no_tombstone(within):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.store.take_down(article(1).code, "", NOW)
        await mirror.export()
        assert all(path.startswith("_data/mirror/") for path in mirror.files())

    within(scenario)


def test_old_posts_move_and_answer_at_their_urls(within):
    async def scenario(mirror):
        await mirror.save(article(1), article(2, published_at=NOW - 3 * DAY), article(3, published_at=NOW - 5 * DAY))
        await mirror.export()
        before, urls, listed = mirror.files(), mirror.urls(), mirror.listed()
        await mirror.export(NOW - 2 * DAY)
        assert sorted(mirror.files().keys() - before.keys()) == [
            "old_post/2025-12-28-NW202601021234567803.md",
            "old_post/2025-12-30-NW202601021234567802.md",
        ]
        assert list(mirror.posts()) == ["_posts/2026-01-02-NW202601021234567801.md"]
        assert mirror.urls() == urls
        assert mirror.listed() >= listed
        assert not await mirror.verify()
        exported = await mirror.export(NOW - 2 * DAY)
        assert (exported.written, exported.same) == (0, 0)
        await mirror.export(NOW - 4 * DAY)
        assert len(mirror.posts()) == 2
        await mirror.store.requeue()
        await mirror.export()
        assert mirror.files() == before

    within(scenario)


def test_an_old_post_is_revised_and_taken_down_where_it_is(within):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.export(NOW + DAY)
        await mirror.save(article(1, title="新题", published_at=NOW + DAY))
        await mirror.export(NOW + DAY)
        assert mirror.posts() == {}
        assert "新题" in mirror.files()["old_post/2026-01-02-NW202601021234567801.md"]
        urls = mirror.urls()
        await mirror.store.take_down(article(1).code, "", NOW)
        await mirror.export(NOW + DAY)
        assert mirror.urls() == dict.fromkeys(urls, "tombstone")

    within(scenario)


def test_an_old_post_is_read_back_as_it_was(within):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.save(article(1, title="新题", published_at=NOW + DAY))
        await mirror.export(NOW + DAY)
        path = "old_post/2026-01-02-NW202601021234567801.md"
        post = read_post(path, mirror.files()[path])
        assert (post.path, post.old, post.category) == (path.replace("old_post", "_posts"), True, "chenbao")
        assert post.article.revised_at == NOW + DAY

    within(scenario)


def with_image(number, *files):
    body = f'<p>文{number}<img src="{PICTURE.replace("&", "&amp;")}"></p>'
    return article(number, body=body, image_files={PICTURE: files[0]} if files else {})


def test_an_image_is_shown_from_its_copy_while_that_is_there(within):
    async def scenario(mirror):
        await mirror.save(with_image(1, IMAGE))
        await mirror.export()
        [text] = mirror.posts().values()
        assert "https://pic.example/a.png?x=1" in text
        mirror.put(IMAGE, b"png")
        await mirror.store.requeue()
        await mirror.export()
        [text] = mirror.posts().values()
        assert f'<img src="/{IMAGE}">' in text
        assert "pic.example" not in text

    within(scenario)


def test_a_takedown_removes_the_images_that_no_other_article_shows(within):
    async def scenario(mirror):
        mirror.put(IMAGE, b"png")
        mirror.put(OTHER, b"jpg")
        both = article(2, body=f'<img src="{PICTURE}"><img src="//b">', image_files={PICTURE: IMAGE, "//b": OTHER})
        await mirror.save(with_image(1, IMAGE), both)
        await mirror.export()
        await mirror.store.take_down(both.code, "", NOW)
        await mirror.export()
        assert (mirror.folder / IMAGE).exists()
        assert not (mirror.folder / OTHER).exists()

    within(scenario)


def test_verify_finds_nothing_in_a_mirror_that_is_right(within):
    async def scenario(mirror):
        await mirror.save(
            article(1, body=f"<p>文</p>{STOCK}"), article(2, layout="roll"), article(3, body="<p>文2</p>")
        )
        await mirror.export()
        findings = await mirror.verify()
        assert not findings
        assert findings.foreign == []
        assert findings.right == len(mirror.files())

    within(scenario)


def test_verify_finds_and_mends_what_is_wrong_and_leaves_what_is_not_ours(within):
    async def scenario(mirror):
        await mirror.save(*(article(n, body=f"<p>文{n}</p>{STOCK}") for n in range(1, 5)))
        await mirror.export()
        before = mirror.files()
        post = "_posts/2026-01-02-NW202601021234567801.md"
        (mirror.folder / post).unlink()
        mirror.put("_posts/2026-01-02-NW202601021234567802.md", b"broken")
        mirror.put("stock/1.600160/index.html", b"---\n---\n")
        mirror.put("_posts/2020-01-01-mine.md", b"mine")
        mirror.put("category/mine.html", b"mine")
        mirror.put("category/index.html", b"the site's")
        mirror.put("about.md", b"mine")
        mirror.put("stock/9.9/index.html", b"---\n---\n")
        mirror.put("_posts/.x.md.new", b"half")
        mirror.put(IMAGE, b"png")
        findings = await mirror.verify()
        assert findings.missing == [post]
        assert findings.changed == ["_posts/2026-01-02-NW202601021234567802.md", "stock/1.600160/index.html"]
        assert findings.orphaned == ["_posts/.x.md.new", IMAGE, "stock/9.9/index.html"]
        assert findings.foreign == ["_posts/2020-01-01-mine.md", "category/mine.html"]
        assert await mirror.verify(repair=True)
        findings = await mirror.verify()
        assert not findings
        mine = {"_posts/2020-01-01-mine.md", "category/mine.html", "category/index.html", "about.md"}
        assert mirror.files().keys() - mine == before.keys()
        assert before.items() <= mirror.files().items()

    within(scenario)


def test_verify_counts_what_waits_as_missing_and_changes_nothing(within):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.export()
        await mirror.save(article(2), article(1, title="新题"))
        await mirror.store.take_down(article(1).code, "", NOW)
        before = mirror.files()
        findings = await mirror.verify()
        assert "_posts/2026-01-02-NW202601021234567802.md" in findings.missing
        assert "_posts/2026-01-02-NW202601021234567801.md" in findings.orphaned
        assert mirror.files() == before
        assert len(await mirror.store.pending(10)) == 2

    within(scenario)


def test_verify_finds_a_copy_that_is_not_what_its_name_says(within):
    async def scenario(mirror):
        mirror.put(IMAGE, b"png")
        await mirror.save(with_image(1, IMAGE))
        await mirror.export()
        findings = await mirror.verify(repair=True)
        assert findings.orphaned == [IMAGE]
        assert not (mirror.folder / IMAGE).exists()
        assert (await mirror.verify(repair=True)).changed == ["_posts/2026-01-02-NW202601021234567801.md"]
        assert not await mirror.verify()

    within(scenario)
