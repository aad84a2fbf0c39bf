"""The same article under two codes: the first is the article, the others are its duplicates, until it is rewritten."""

from dataclasses import replace
from datetime import UTC, timedelta

from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, ref

DAY = timedelta(days=1)


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


async def test_an_article_that_is_rewritten_into_a_twin(store):
    await store.save([article(A), article(B, "同")], NOW)
    await store.mark_exported([replace(post, pending=False) for post in await store.pending(10)])
    assert await store.save([article(A, "同")], NOW) == ["revised"]
    assert await duplicates(store) == {A: B, B: ""}
    assert await pending(store) == []


async def test_a_twin_that_is_rewritten_into_another_text(store):
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


async def test_an_article_that_returns_to_a_text_with_a_new_first_article_is_its_twin(store):
    await store.save([article(A, "旧")], NOW)
    await store.save([article(A, "新")], NOW)
    await store.save([article(B, "旧")], NOW)
    await store.save([article(A, "旧")], NOW)
    await store.save([article(C, "新")], NOW)
    assert await duplicates(store) == {A: B, B: "", C: ""}


async def test_a_batch_is_decided_in_its_order(store):
    await store.save([article(A, "一"), article(A, "二"), article(B, "二"), article(C, "一")], NOW)
    assert await duplicates(store) == {A: "", B: A, C: ""}


# Title, text and images make the hash (tests/articles/test_twins.py); the day is the store's


async def test_the_same_on_two_days_is_no_twin(store):
    await store.save([article(A, "同"), article(B, "同", published_at=SHOWN + DAY)], NOW)
    await store.save([article(C, "同", published_at=SHOWN + DAY), article(D, "同", published_at=SHOWN - DAY)], NOW)
    assert await duplicates(store) == {A: "", B: "", C: B, D: ""}
    assert await pending(store) == [A, B, D]


async def test_the_day_is_that_in_china_on_which_it_first_appeared(store):
    midnight = SHOWN.replace(hour=0, minute=0)
    await store.save([article(A, "同", published_at=midnight), article(B, "同", published_at=midnight - MINUTE)], NOW)
    await store.save([article(C, "同", published_at=(midnight + DAY - MINUTE).astimezone(UTC))], NOW)
    assert await duplicates(store) == {A: "", B: "", C: A}
    await store.save([article(B, "同", published_at=midnight + MINUTE, title="新题")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: A}


# When the first is rewritten


async def exported(store, *codes_):
    """Give the posts that wait, or those of some articles, a path."""
    posts = [post for post in await store.posts(10) if post.article.code in (codes_ or await pending(store))]
    await store.mark_exported([replace(post, path=f"_posts/{post.article.code}.md", pending=False) for post in posts])


async def test_the_next_earliest_becomes_the_first_and_the_others_name_it(store):
    await store.save([article(D, "同")], NOW)
    await exported(store)
    await store.save([article(C, "同")], NOW + MINUTE)
    await store.save([article(B, "同"), article(A, "同")], NOW + 2 * MINUTE)
    assert await duplicates(store) == {A: D, B: D, C: D, D: ""}
    assert await store.save([article(D, "异")], NOW) == ["revised"]
    assert await duplicates(store) == {A: C, B: C, C: "", D: ""}
    assert await pending(store) == [C, D]
    await exported(store)
    await store.save([article(C, "又异")], NOW)
    assert await duplicates(store) == {A: "", B: A, C: "", D: ""}
    assert await pending(store) == [A, C]


async def test_one_that_has_a_post_comes_before_an_earlier_one(store):
    await store.save([article(A, "同"), article(C, "异")], NOW)
    await exported(store)
    await store.save([article(B, "同")], NOW)
    await store.save([article(C, "同")], NOW)
    assert await duplicates(store) == {A: "", B: A, C: A}
    assert await pending(store) == [C]  # its post stays, with the text that it has now
    await exported(store)
    await store.save([article(A, "新")], NOW)
    assert await duplicates(store) == {A: "", B: C, C: ""}
    assert await pending(store) == [A, C]


async def test_a_rewritten_twin_is_no_duplicate(store):
    await store.save([article(A, "同"), article(B, "同"), article(C, "同")], NOW)
    await store.save([article(B, "异")], NOW)
    await store.save([article(A, "新")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: ""}
    await store.save([article(D, "同")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: "", D: C}


async def test_two_that_are_rewritten_together(store):
    await store.save([article(A, "同"), article(B, "同"), article(C, "同")], NOW)
    await store.save([article(B, "异"), article(A, "异")], NOW)
    assert await duplicates(store) == {A: B, B: "", C: ""}
    assert await pending(store) == [B, C]


async def test_a_first_that_becomes_a_duplicate_of_another(store):
    await store.save([article(A, "一"), article(B, "二")], NOW)
    await store.save([article(C, "一"), article(D, "二")], NOW)
    await store.save([article(A, "二")], NOW)
    assert await duplicates(store) == {A: B, B: "", C: "", D: B}
    assert await pending(store) == [B, C]
    await store.save([article(B, "三")], NOW)
    assert await duplicates(store) == {A: "", B: "", C: "", D: A}


async def test_a_first_article_that_is_stored_and_rewritten_in_one_batch(store):
    await store.save([article(A, "同"), article(B, "同"), article(A, "异"), article(C, "同"), article(B, "异")], NOW)
    assert await duplicates(store) == {A: "", B: A, C: ""}
    assert await pending(store) == [A, C]


async def test_a_change_that_leaves_title_text_and_images_as_they_are_moves_no_twin(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await store.save([article(A, "同", body="<div>同</div>")], NOW)
    assert await duplicates(store) == {A: "", B: A}


# Taken down, restored, deleted


async def test_a_takedown_bars_the_text_and_its_twins_stay_hidden(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await exported(store)
    await store.take_down(A, "请求", NOW)
    await exported(store)
    await store.save([article(C, "同")], NOW)
    assert await store.save([article(A, "异")], NOW) == ["taken down"]
    assert await duplicates(store) == {A: "", B: A, C: A}
    assert await pending(store) == []
    await store.restore(A)
    assert await pending(store) == [A]
    assert await duplicates(store) == {A: "", B: A, C: A}


async def test_another_text_isnt_barred(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await store.take_down(A, "请求", NOW)
    await store.save([article(B, "异")], NOW)
    assert await duplicates(store) == {A: "", B: ""}
    assert [(post.article.code, post.taken_down) for post in await store.pending(10)] == [(A, True), (B, False)]


async def test_a_twin_that_was_taken_down_bars_the_text_when_the_first_leaves_it(store):
    await store.save([article(A, "同"), article(B, "同"), article(C, "同")], NOW)
    await store.take_down(C, "请求", NOW)
    await exported(store)
    await store.save([article(A, "异")], NOW)
    assert await duplicates(store) == {A: "", B: C, C: ""}
    assert [(post.article.code, post.taken_down) for post in await store.pending(10)] == [(A, False), (C, True)]


async def test_a_deleted_article_keeps_its_post_and_its_twins(store):
    await store.save([article(A, "同"), article(B, "同")], NOW)
    await exported(store)
    await store.mark_gone([ref(A)], NOW)
    assert await duplicates(store) == {A: "", B: A}
    assert await pending(store) == []
