import asyncio
from dataclasses import replace

from finews_spider.stores.records import Post, Summary
from tests.stores.samples import MINUTE, NOW, A, B, C, D, article, codes, failure, ref


def exported(posts):
    return [
        replace(post, pending=False)
        if post.taken_down
        else replace(post, path=f"_posts/{post.article.code}.md", category="emnews", pending=False)
        for post in posts
    ]


async def export(store):
    posts = exported(await store.pending(100))
    await store.mark_exported(posts)
    return [post.article.code for post in posts]


async def test_pending_by_pages(store):
    stored = codes(7)
    await store.save([article(code) for code in reversed(stored)], NOW)
    pages, after = [], ""
    while page := await store.pending(3, after):
        pages.append([post.article.code for post in page])
        after = page[-1].article.code
    assert pages == [stored[:3], stored[3:6], stored[6:]]


async def test_a_pending_post_has_all_of_the_article_but_its_listings(store):
    await store.save([article()], NOW)
    assert await store.pending(10) == [Post(replace(article(), first_seen_at=NOW, listings={}))]


async def test_an_export_fixes_path_and_category(store):
    await store.save([article(A), article(B)], NOW)
    assert await export(store) == [A, B]
    assert await store.pending(10) == []
    await store.save([article(A, "改了")], NOW)
    [post] = await store.pending(10)
    assert (post.article.revision, post.path, post.category) == (1, f"_posts/{A}.md", "emnews")


async def test_an_unchanged_article_is_not_exported_again(store):
    await store.save([article()], NOW)
    await export(store)
    await store.save([article()], NOW)
    await store.add_listings([ref(channel="公司")])
    assert await store.pending(10) == []


async def test_a_revision_during_the_export_keeps_the_mark(store):
    await store.save([article(A), article(B)], NOW)
    posts = await store.pending(10)
    await store.save([article(A, "改了")], NOW)
    await store.mark_exported(exported(posts))
    [post] = await store.pending(10)
    assert (post.article.body, post.path) == ("<p>改了</p>", f"_posts/{A}.md")


async def test_a_takedown_during_the_export_keeps_the_mark(store):
    await store.save([article()], NOW)
    posts = await store.pending(10)
    await store.take_down(A, "", NOW)
    await store.mark_exported(exported(posts))
    [post] = await store.pending(10)
    assert (post.taken_down, post.path) == (True, f"_posts/{A}.md")
    await store.mark_exported(exported([post]))
    assert await store.pending(10) == []


async def test_requeue(store):
    await store.save([article(A), article(B, "同"), article(C, "同"), article(D)], NOW)
    await export(store)
    await store.save([article(D, "改了")], NOW)
    assert await store.requeue() == 3
    assert [(post.article.code, post.path) for post in await store.pending(10)] == [
        (code, f"_posts/{code}.md") for code in (A, B, D)
    ]


async def test_take_down(store):
    await store.save([article(A), article(B)], NOW)
    await export(store)
    assert await store.take_down(A, "侵权 'quoted'", NOW)
    assert not await store.take_down(C, "", NOW)
    assert await store.take_down(A, "again", NOW)
    [post] = await store.pending(10)
    assert (post.article.code, post.path, post.taken_down) == (A, f"_posts/{A}.md", True)
    await export(store)
    assert await store.save([article(A, "改了"), article(C), article(B)], NOW) == [
        "taken down",
        "taken down",
        "unchanged",
    ]
    assert await store.pending(10) == []
    assert await store.get(C) is None
    assert (await store.get(A)).revision == 0


async def test_a_slug_stays(store):
    assert await store.slug_of("新京报", "xinjingbao") == "xinjingbao"
    assert await store.slug_of("新京报", "other") == "xinjingbao"


async def test_no_two_names_share_a_slug(store):
    names = ["心境报", "新京报", "新井报"]
    assert [await store.slug_of(name, "xinjingbao") for name in names] == ["xinjingbao", "xinjingbao-2", "xinjingbao-3"]
    assert await store.slug_of("XJB", "XinJingBao") == "XinJingBao-4"
    assert await store.slug_of("另", "XINJINGBAO-2") == "XINJINGBAO-2-2"
    assert await store.slug_of("", "media") == "media"
    assert await store.slug_of("a.b $c 😀", "Straße") == "Straße"
    assert await store.slug_of("d", "STRASSE") == "STRASSE-2"


async def test_slugs_requested_at_the_same_time(store):
    names = [f"报{n}" for n in range(10)]
    slugs = await asyncio.gather(*(store.slug_of(name, "bao") for name in names * 2))
    assert slugs[:10] == slugs[10:]
    assert sorted(slugs[:10]) == sorted(["bao", *(f"bao-{n}" for n in range(2, 11))])


async def test_summary(store):
    assert await store.summary(NOW) == Summary(0, 0, 0, 0, 0, {}, {})
    await store.save([article(A), article(D, channel="$a.b")], NOW - MINUTE)
    await export(store)
    await store.save([article(A, "改了")], NOW)
    await store.save([article(B, "同"), article(C, "同", channel="公司.")], NOW)
    await store.add_listings([ref(B, "公司.")])
    await store.save_failures([failure("5"), failure("6"), failure("7", channel="公司.")])
    assert await store.summary(NOW) == Summary(
        articles=4,
        duplicates=1,
        stories=0,
        revisions=1,
        pending=2,
        today={"要闻": 1, "公司.": 2},
        failed={"要闻": 2, "公司.": 1},
    )
    assert (await store.summary(NOW - MINUTE)).today == {"要闻": 2, "公司.": 2, "$a.b": 1}
