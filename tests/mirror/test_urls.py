"""A URL that was published goes on answering: what Jekyll builds, before and after all that may befall a post."""

import asyncio
from datetime import timedelta

import pytest

from finews_spider.mirror import site
from tests.browsing import build
from tests.mirror.test_exporter import NOW, article
from tests.mirror.test_lasting import Years

DAY = timedelta(days=1)
ARTICLES = [
    article(1),
    article(2, media="Career In 投行PEVC"),
    article(3, layout="roll", published_at=NOW - 5 * DAY),
    article(4, published_at=NOW - 5 * DAY),
    article(5, title="要撤下的", published_at=NOW - 5 * DAY),
    article(6, title="也要撤下的"),
]
REVISED = article(4, title="改过的", media="晚报", published_at=NOW)


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory):
    """Return URL path → page of the site as it was first, and after revisions, takedowns and time."""
    mirror = Years(tmp_path_factory.mktemp("urls"))
    mirror.folder.mkdir()
    site.init(mirror.folder)

    def pages():
        built = build(mirror.folder, mirror.folder.parent / "site")
        return {str(path.relative_to(built)): path.read_text("utf-8") for path in built.rglob("*.html")}

    async def export(before=None):
        async with mirror.store:
            await mirror.export(before)

    async def befall():
        async with mirror.store:
            await mirror.save(REVISED)
            for each in ARTICLES[4:]:
                await mirror.store.take_down(each.code, "侵权", NOW)

    async def begin():
        async with mirror.store:
            await mirror.save(*ARTICLES)

    asyncio.run(begin())
    mirror.store = Years(mirror.folder.parent).store
    asyncio.run(export())
    first = pages()
    mirror.store = Years(mirror.folder.parent).store
    asyncio.run(befall())
    mirror.store = Years(mirror.folder.parent).store
    asyncio.run(export(NOW - 2 * DAY))
    return first, pages()


def articles(pages):
    return {path for path in pages if "/202" in path and not path.startswith("archive/")}


def test_every_article_answers_where_it_did(before_and_after):
    before, after = before_and_after
    assert len(articles(before)) == len(ARTICLES)
    assert articles(after) == articles(before)


def test_what_was_revised_is_shown_with_its_time_at_its_old_url(before_and_after):
    page = before_and_after[1]["chenbao/2025/12/28/NW202601021234567804.html"]
    assert "<h1>改过的</h1>" in page
    assert "更新于" in page
    assert "2026年1月2日 12:00" in page


def test_what_was_taken_down_says_so_and_is_named_nowhere(before_and_after):
    after = before_and_after[1]
    for path in ("chenbao/2025/12/28/NW202601021234567805.html", "chenbao/2026/01/02/NW202601021234567806.html"):
        assert "已从本站删除" in after[path]
    assert not [path for path, page in after.items() if "撤下的" in page]


def test_old_posts_are_found_by_day_and_by_publication(before_and_after):
    after = before_and_after[1]
    for listing in ("archive/2025-12-28/index.html", "category/chenbao/index.html"):
        assert 'href="/chenbao/2025/12/28/NW202601021234567804.html"' in after[listing]
