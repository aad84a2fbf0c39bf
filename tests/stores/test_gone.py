from dataclasses import replace

from tests.stores.samples import MINUTE, NOW, A, B, article, failure, ref

LATER = NOW + 10 * MINUTE


async def test_a_stored_article_is_marked_and_stays(store):
    await store.save([article()], NOW)
    before = await store.get(A)
    assert await store.mark_gone([ref(), ref(B)], LATER) == {A}
    assert await store.get(A) == replace(before, gone_at=LATER)
    assert await store.get(B) is None


async def test_a_deleted_article_is_not_new_again_by_its_changed_row_and_no_longer_failed(store):
    await store.save([article()], NOW)
    revised = ref(time=LATER, title="改")
    await store.save_failures([failure(time=LATER, title="改")])
    await store.mark_gone([revised], LATER)
    assert not (await store.known([A]))[A].needs_fetch(revised, LATER)
    assert await store.due(["要闻"], LATER + 999 * MINUTE) == []


async def test_saving_a_deleted_article_again_removes_the_mark(store):
    await store.save([article(), article(B)], NOW)
    await store.mark_gone([ref(), ref(B)], LATER)
    await store.save([article(), article(B, "改")], LATER)
    assert [(await store.get(code)).gone_at for code in (A, B)] == [None, None]


async def test_another_listing_leaves_the_mark(store):
    await store.save([article()], NOW)
    await store.mark_gone([ref()], LATER)
    await store.add_listings([ref(channel="别处")])
    back = await store.get(A)
    assert back.gone_at == LATER
    assert back.listings.keys() == {"要闻", "别处"}
