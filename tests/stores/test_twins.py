"""The same text under two codes: the first is the article, the others are its duplicates."""

from dataclasses import replace

from tests.stores.samples import NOW, A, B, C, D, article


async def duplicates(store):
    return {code: found.duplicate_of for code in (A, B, C, D) if (found := await store.get(code))}


async def pending(store):
    return [post.article.code for post in await store.pending(10)]


async def test_twins_in_one_batch(store):
    assert await store.save([article(B, "同"), article(A, "同"), article(C, "同")], NOW) == ["new"] * 3
    assert await duplicates(store) == {A: B, B: "", C: B}
    assert await pending(store) == [B]


async def test_twins_in_two_batches(store):
    await store.save([article(B, "同")], NOW)
    await store.save([article(A, "同"), article(D)], NOW)
    await store.save([article(C, "同")], NOW)
    assert await duplicates(store) == {A: B, B: "", C: B, D: ""}
    assert await pending(store) == [B, D]


async def test_an_empty_text_is_no_twin(store):
    await store.save([article(A, text_hash=""), article(B, text_hash="")], NOW)
    await store.save([article(C, text_hash="")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: ""}


async def test_revised_into_a_twin(store):
    await store.save([article(A), article(B, "同")], NOW)
    await store.mark_exported([replace(post, pending=False) for post in await store.pending(10)])
    assert await store.save([article(A, "同")], NOW) == ["revised"]
    assert await duplicates(store) == {A: B, B: ""}
    assert await pending(store) == []


async def test_revised_out_of_a_twin(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await store.save([article(B, "异")], NOW)
    assert await duplicates(store) == {A: "", B: ""}
    assert await pending(store) == [A, B]


async def test_a_twin_that_stays_one(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await store.save([article(B, "同", title="新题"), article(A, "同", title="新题")], NOW)
    assert await duplicates(store) == {A: "", B: A}


async def test_a_text_is_free_when_its_article_has_another(store):
    await store.save([article(A, "旧")], NOW)
    await store.save([article(A, "新")], NOW)
    await store.save([article(B, "旧"), article(C, "新"), article(D, "旧")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: A, D: B}


async def test_who_goes_back_to_a_text_that_has_a_new_owner_is_its_twin(store):
    await store.save([article(A, "旧")], NOW)
    await store.save([article(A, "新")], NOW)
    await store.save([article(B, "旧")], NOW)
    await store.save([article(A, "旧")], NOW)
    await store.save([article(C, "新")], NOW)
    assert await duplicates(store) == {A: B, B: "", C: ""}


async def test_a_batch_is_decided_in_its_order(store):
    await store.save([article(A, "一"), article(A, "二"), article(B, "二"), article(C, "一")], NOW)
    assert await duplicates(store) == {A: "", B: A, C: ""}
