"""What the mirror needs besides pending posts: all posts, their age, their images, their history."""

from dataclasses import replace
from datetime import timedelta

import pytest

from finews_spider.stores.records import Selection
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes
from tests.stores.test_export import export, exported

DAY = timedelta(days=1)


async def selected(store, **only):
    return [post.article.code for post in await store.posts(100, only=Selection(**only))]


async def test_posts_in_any_state_come_by_pages(store):
    await store.save([article(A), article(B, "同"), article(C, "同"), article(D)], NOW)
    await export(store)
    await store.take_down(A, "", NOW)
    [a, b] = await store.posts(2)
    [c, d] = await store.posts(2, b.article.code)
    assert (a.taken_down, a.pending, a.path) == (True, True, f"_posts/{A}.md")
    assert (b.taken_down, b.pending, b.path) == (False, False, f"_posts/{B}.md")
    assert (c.article.duplicate_of, c.path) == (B, "")
    assert d.article == replace(article(D), first_seen_at=NOW, listings={})


async def test_posts_are_selected(store):
    await store.save(
        [
            article(A, media="晨报", stocks=("1.600160", "116.09988")),
            article(B, media="晨报", published_at=SHOWN + DAY, stocks=("1.60016",)),
            article(C, media="晚报", published_at=SHOWN + 2 * DAY),
        ],
        NOW,
    )
    assert await selected(store) == [A, B, C]
    assert await selected(store, media="晨报") == [A, B]
    assert await selected(store, stock="1.600160") == [A]
    assert await selected(store, since=SHOWN + DAY) == [B, C]
    assert await selected(store, until=SHOWN + DAY) == [A]
    assert await selected(store, since=SHOWN, until=SHOWN + 2 * DAY, media="晨报", stock="1.60016") == [B]
    assert await selected(store, media="晨报' OR 1=1 --") == []


async def test_posts_are_requeued_by_their_age_and_back(store):
    await store.save([article(A), article(B, published_at=SHOWN + DAY), article(C, published_at=SHOWN + DAY)], NOW)
    await store.mark_exported(exported((await store.pending(10))[:2]))
    assert await store.requeue_by_age(SHOWN + DAY) == 1
    [a, c] = await store.pending(10)
    assert (a.article.code, a.old, c.article.code) == (A, False, C)
    await store.mark_exported([replace(a, old=True, pending=False)])
    assert await store.requeue_by_age(SHOWN + DAY) == 0
    assert await store.requeue_by_age(SHOWN) == 1
    assert [(post.article.code, post.old) for post in await store.pending(10)] == [(A, True), (C, False)]


async def test_a_published_article_is_exported_even_when_it_becomes_a_duplicate(store):
    await store.save([article(A, "同"), article(B)], NOW)
    await export(store)
    await store.save([article(B, "同")], NOW)
    [post] = await store.pending(10)
    assert (post.article.code, post.article.duplicate_of) == (B, A)
    await export(store)
    assert await store.requeue() == 2


async def test_a_takedown_is_undone(store):
    await store.save([article(A), article(B, "同"), article(C, "同")], NOW)
    await export(store)
    for code in (A, C, D):
        await store.take_down(code, "侵权", NOW)
    await export(store)
    assert await store.restore(A)
    assert not await store.restore(A)
    [post] = await store.pending(10)
    assert (post.article.code, post.taken_down, post.path) == (A, False, f"_posts/{A}.md")
    await export(store)
    assert await store.restore(C)
    assert await store.restore(D)
    assert await store.pending(10) == []
    assert await store.save([article(A, "改了"), article(D)], NOW) == ["revised", "new"]


async def test_a_restoration_during_the_export_keeps_the_mark(store):
    await store.save([article()], NOW)
    await export(store)
    await store.take_down(A, "", NOW)
    posts = await store.pending(10)
    await store.restore(A)
    await store.mark_exported(exported(posts))
    assert [post.taken_down for post in await store.pending(10)] == [False]


SOURCES = ("http://p/1.jpg", "http://p/2.jpg", "http://p/$3.jpg")
ONE, TWO, THREE = FILES = tuple(f"images/{n}.jpg" for n in range(3))


async def test_copies_of_images_are_kept_as_first_made_and_known_by_their_users(store):
    await store.save([article(A, images=SOURCES, image_files=dict(zip(SOURCES, FILES, strict=True)))], NOW)
    await store.save([article(B, images=SOURCES[:1], image_files={SOURCES[0]: ONE})], NOW)
    assert await store.image_users([ONE, TWO, "images/9.jpg"]) == {ONE: {A, B}, TWO: {A}}
    await store.save([article(A, "改了", images=SOURCES[:2], image_files={SOURCES[0]: "images/other.jpg"})], NOW)
    assert (await store.get(A)).image_files == {SOURCES[0]: ONE, SOURCES[1]: TWO}
    assert await store.image_users(FILES) == {ONE: {A, B}, TWO: {A}}


async def test_copies_that_an_unchanged_article_brings_are_added(store):
    await store.save([article(images=SOURCES)], NOW)
    await export(store)
    assert await store.save([article(images=SOURCES, image_files={SOURCES[2]: ONE})], NOW) == ["unchanged"]
    [post] = await store.pending(10)
    assert post.article.image_files == {SOURCES[2]: ONE}
    assert await store.image_users([ONE]) == {ONE: {A}}
    await export(store)
    await store.save([article(images=SOURCES, image_files={SOURCES[2]: TWO})], NOW)
    assert await store.pending(10) == []
    assert (await store.get(A)).image_files == {SOURCES[2]: ONE}


async def test_a_copy_made_during_the_export_keeps_the_mark(store):
    await store.save([article(images=SOURCES)], NOW)
    posts = await store.pending(10)
    await store.save([article(images=SOURCES, image_files={SOURCES[0]: ONE})], NOW)
    await store.mark_exported(exported(posts))
    assert len(await store.pending(10)) == 1


async def test_a_post_may_have_a_path_and_still_wait(store):
    await store.save([article()], NOW)
    [post] = await store.pending(10)
    await store.mark_exported([replace(post, path="_posts/x.md", category="emnews", old=True)])
    [post] = await store.pending(10)
    assert (post.path, post.category, post.old) == ("_posts/x.md", "emnews", True)


async def test_earlier_versions(store):
    await store.save([article(stocks=("1.600160",))], NOW)
    assert await store.history(A) == []
    await store.save([article(text="二", title="新题", published_at=SHOWN + MINUTE)], NOW)
    await store.save([article(text="三", published_at=SHOWN + 2 * MINUTE)], NOW)
    first, second = await store.history(A)
    assert (first.revision, first.shown_at, first.title, first.body) == (0, SHOWN, "标题", f"<p>正文{A}</p>")
    assert first.stocks == ("1.600160",)
    assert (second.revision, second.shown_at, second.title, second.body) == (1, SHOWN + MINUTE, "新题", "<p>二</p>")


async def test_slugs_by_name(store):
    await store.slug_of("新京报", "xinjingbao")
    await store.slug_of("心境报", "xinjingbao")
    assert await store.slugs() == {"xinjingbao": "新京报", "xinjingbao-2": "心境报"}


async def test_an_article_without_a_post_or_taken_down_shows_no_image(store):
    shown = {"images": SOURCES[:1], "image_files": {SOURCES[0]: ONE}}
    await store.save([article(A, "同", **shown), article(B, "同", **shown), article(C, **shown)], NOW)
    assert await store.image_users([ONE]) == {ONE: {A, C}}
    await store.take_down(C, "请求", NOW)
    assert await store.image_users([ONE]) == {ONE: {A}}


@pytest.mark.parametrize("count", [1, 1203])
async def test_many_image_users(store, count):
    many = [article(code, str(code), images=("s",), image_files={"s": f"images/{code}"}) for code in codes(3)]
    await store.save(many, NOW)
    assert len(await store.image_users([f"images/{n:018d}" for n in range(count)])) == min(count, 3)
