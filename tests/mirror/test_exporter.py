import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.errors import MirrorError
from finews_spider.items import Article
from finews_spider.mirror import journal
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import LinkTargets
from finews_spider.stores import open_store
from finews_spider.stores.records import Post
from finews_spider.times import SHANGHAI

NOW = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)


def article(number=1, **fields):
    code = f"2026010212345678{number:02}"
    shown = NOW - timedelta(minutes=number)
    fields = {"title": f"题{number}", "body": f"<p>文{number}</p>", "media": "晨报", "published_at": shown} | fields
    return normalize(Article(code=code, channel="甲", **fields))


class Mirror:
    def __init__(self, tmp_path):
        self.store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
        self.folder = tmp_path / "mirror"

    async def save(self, *articles, now=NOW):
        return await self.store.save(articles, now)

    async def export(self):
        return await Exporter(self.store, MirrorFolder(self.folder), LINKS).export()

    def files(self):
        return {
            p.relative_to(self.folder).as_posix(): p.read_text("utf-8")
            for p in self.folder.rglob("*")
            if p.is_file() and p.name != journal.NAME
        }

    def posts(self):
        return {path: text for path, text in self.files().items() if path.startswith("_posts/")}


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


def run(scenario, mirror):
    async def within():
        async with mirror.store:
            await scenario(mirror)

    asyncio.run(within())


def test_what_waits_is_written_once(mirror):
    async def scenario(mirror):
        await mirror.save(article(1), article(2, layout="roll"))
        assert (await mirror.export()).written == 2
        assert [path for path in sorted(mirror.files()) if not path.startswith("search/")] == [
            *(f"_data/mirror/{name}.json" for name in (".stocks", "archive", "feed", "home", "markets", "parts")),
            *(f"_data/mirror/{name}.json" for name in ("publications", "stocks")),
            "_posts/2026-01-02-202601021234567802.md",
            "_posts/2026-01-02-NW202601021234567801.md",
            "archive/2026-01-02/index.html",
            "archive/2026-01-02/stocks.json",
            "archive/2026-01-02/stories.json",
            "archive/2026.html",
            "category/chenbao.html",
            *(
                f"category/{name}/{file}"
                for name in ("chenbao", "emnews")
                for file in ("feed.json", "feed.xml", "index.html")
            ),
            "emnews/index.html",
            "latest/newest.json",
            "sitemap/2026-01-02.xml",
        ]
        assert mirror.files()["category/chenbao.html"] == (
            "---\nlayout: category\ntitle: 晨报\ncategory: chenbao\nrows:\n"
            '- ["2026-01-02T11:59:00+08:00", "/chenbao/2026/01/02/NW202601021234567801.html", "题1", "晨报"]\n---'
        )
        again = await mirror.export()
        assert (again.written, again.same) == (0, 0)

    run(scenario, mirror)


def test_a_revision_keeps_path_date_and_category(mirror):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.export()
        (path,) = mirror.posts()
        later = article(1, title="新题", media="晚报", published_at=NOW + timedelta(days=3))
        await mirror.save(later, now=NOW + timedelta(days=3))
        assert (await mirror.export()).written == 1
        assert list(mirror.posts()) == [path]
        text = mirror.files()[path]
        assert 'title: "新题"' in text
        assert "date: 2026-01-02 11:59:00 +0800\ncategories: chenbao\n" in text

    run(scenario, mirror)


def test_an_export_that_was_killed_before_its_marks_is_finished_by_the_next(mirror):
    async def scenario(mirror):
        await mirror.save(article(1))
        await mirror.export()
        before = {p: p.stat().st_mtime_ns for p in mirror.folder.rglob("*.md")}
        await mirror.store.requeue()
        exported = await mirror.export()
        assert (exported.written, exported.same) == (0, 1)
        assert before == {p: p.stat().st_mtime_ns for p in mirror.folder.rglob("*.md")}

    run(scenario, mirror)


def killed(*_, **__):
    raise KeyboardInterrupt


def test_what_a_killed_export_was_writing_goes_with_its_post(mirror, monkeypatch):
    async def scenario(mirror):
        await mirror.save(article(1), article(2))
        await mirror.export()
        await mirror.save(article(1, title="新题"))
        monkeypatch.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            await mirror.export()
        monkeypatch.undo()
        assert len(list((mirror.folder / "_posts").iterdir())) == 3
        await mirror.store.take_down(article(1).code, "asked for", NOW)
        await mirror.export()
        assert [path.name for path in (mirror.folder / "_posts").iterdir()] == [f"2026-01-02-{article(2).info_code}.md"]

    run(scenario, mirror)


def test_a_duplicate_is_kept_and_not_exported(mirror):
    async def scenario(mirror):
        await mirror.save(article(1), article(2, title="题1", body="<p>文1</p>"))
        assert (await mirror.export()).written == 1
        assert (await mirror.store.get(article(2).code)).duplicate_of == article(1).code

    run(scenario, mirror)


def test_a_takedown_removes_the_post_and_a_second_export_does_nothing(mirror):
    async def scenario(mirror):
        await mirror.save(article(1), article(2))
        await mirror.export()
        await mirror.store.take_down(article(1).code, "asked for", NOW)
        assert (await mirror.export()).removed == 1
        assert (await mirror.export()).removed == 0
        assert len(mirror.posts()) == 1
        await mirror.save(article(1, title="又来"))
        await mirror.export()
        assert len(mirror.posts()) == 1

    run(scenario, mirror)


def test_many_posts_are_exported_in_batches(mirror):
    async def scenario(mirror):
        many = [
            replace(article(1), code=f"2026010200000{n:05}", content_hash=str(n), text_hash="") for n in range(1203)
        ]
        await mirror.save(*many)
        done = []
        exported = await Exporter(mirror.store, MirrorFolder(mirror.folder), LINKS).export(done.append)
        assert exported.written == done[-1] == 1203
        assert len(done) == 3

    run(scenario, mirror)


def test_slugs_that_differ_by_case_only_are_kept_apart(mirror):
    async def scenario(mirror):
        await mirror.save(article(1, media="TechWeb"), article(2, media="Techweb"))
        await mirror.export()
        texts = mirror.posts().values()
        slugs = {line.casefold() for text in texts for line in text.splitlines() if line.startswith("categories:")}
        assert len(slugs) == 2

    run(scenario, mirror)


def test_a_path_outside_the_mirror_is_refused(mirror):
    async def scenario(mirror):
        await mirror.save(article(1))
        (post,) = await mirror.store.pending(10)
        await mirror.store.mark_exported([Post(post.article, path="../outside.md", category="x")])
        await mirror.store.requeue()
        done = await mirror.export()
        assert "outside the mirror folder" in done.failed[post.article.info_code]

    run(scenario, mirror)
    assert not (mirror.folder.parent / "outside.md").exists()


def test_a_folder_that_cannot_be_written_is_said(mirror):
    async def scenario(mirror):
        mirror.folder.write_text("a file stands here")
        await mirror.save(article(1))
        with pytest.raises(MirrorError, match="can't be written"):
            await mirror.export()
        assert len(await mirror.store.pending(10)) == 1

    run(scenario, mirror)
