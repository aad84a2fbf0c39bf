from dataclasses import replace

import pytest

from finews_spider.items import Listing
from finews_spider.stores.records import Outcome
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, Revision, article, codes, ref, revisions

LATER = NOW + 10 * MINUTE
ODD = "“引号”'\"\\ 表情😀👨‍👩‍👧 {{ liquid }} {% raw %} $set a.b \t\n\r\u00a0 ;-- DROP TABLE articles"


async def test_an_article_is_new_once(store):
    assert await store.save([article()], NOW) == [Outcome.INSERTED]
    assert await store.save([article()], LATER) == [Outcome.UNCHANGED]
    assert (await store.get(A)).first_seen_at == NOW
    assert await store.save([], NOW) == []


async def test_outcomes_come_in_the_order_of_the_batch(store):
    await store.save([article("1"), article("2")], NOW)
    batch = [article("3"), article("2", "neu"), article("1"), article("4"), article("2", "neu")]
    assert await store.save(batch, NOW) == ["new", "revised", "unchanged", "new", "unchanged"]


async def test_the_same_code_twice_in_one_batch_is_an_article_and_its_revision(store, store_url):
    outcomes = await store.save([article(text="甲"), article(text="乙"), article(text="丙")], NOW)
    assert outcomes == [Outcome.INSERTED, Outcome.REVISED, Outcome.REVISED]
    assert (await store.get(A)).body == "<p>丙</p>"
    assert [(r.revision, r.body) for r in revisions(store_url)] == [(0, "<p>甲</p>"), (1, "<p>乙</p>")]


async def test_every_field_comes_back(store):
    full = article(
        title=ODD * 50 + "长" * 10_000,
        digest=ODD,
        body=f"<p>{ODD}</p>" + "正文" * 170_000,
        media=ODD,
        channel=ODD,
        source_url="https://example.org/a?b=c&d=$e.f",
        layout="roll",
        category="emnews",
        tag=ODD,
        stocks=("116.09988", "1.600000"),
        images=("https://example.org/1.png", ODD),
        listings={"a.b": Listing(SHOWN, ODD), "$x": Listing(None, ""), "": Listing(None, ""), ODD: Listing(SHOWN, "")},
    )
    assert len(full.body.encode()) > 1_000_000
    await store.save([full], NOW)
    back = await store.get(A)
    assert back == replace(full, first_seen_at=NOW)
    assert back.published_at.tzinfo == SHOWN.tzinfo
    assert back.info_code == f"NW{A}"


async def test_times_are_kept_in_whole_seconds(store):
    exact = SHOWN.replace(microsecond=999_999)
    await store.save([article(published_at=exact, listings={"要闻": Listing(exact, "")})], exact)
    back = await store.get(A)
    assert (back.published_at, back.first_seen_at, back.listings["要闻"].time) == (SHOWN, SHOWN, SHOWN)


async def test_an_article_that_is_not_stored_is_none(store):
    assert await store.get(A) is None


async def test_a_revision_keeps_the_first_values(store, store_url):
    first = article(layout="roll", category="emnews", tag="快讯")
    await store.save([first], NOW)
    second = article(
        text="改了",
        title="新标题",
        digest="新导语",
        media="新京报",
        channel="公司",
        layout="media",
        category="x",
        tag="y",
        published_at=SHOWN + MINUTE,
        stocks=("1.600000",),
    )
    assert await store.save([second], LATER) == [Outcome.REVISED]
    stays = {"published_at": SHOWN, "channel": "要闻", "layout": "roll", "category": "emnews", "tag": "快讯"}
    moves = {"revised_at": SHOWN + MINUTE, "revision": 1, "listings": first.listings | second.listings}
    assert await store.get(A) == replace(second, first_seen_at=NOW, **stays, **moves)
    assert revisions(store_url) == [Revision(A, 0, first.title, first.body)]


async def test_a_revision_that_shows_no_later_time_is_dated_by_when_it_was_seen(store):
    await store.save([article()], NOW)
    await store.save([article(text="改了")], LATER)
    assert (await store.get(A)).revised_at == LATER


async def test_all_revisions_are_kept(store, store_url):
    for number in range(4):
        await store.save([article(text=f"第{number}版")], NOW)
    assert [(r.revision, r.body) for r in revisions(store_url)] == [(n, f"<p>第{n}版</p>") for n in range(3)]
    assert (await store.summary(NOW)).revisions == 3


async def test_a_text_that_returns_is_a_revision(store):
    for text in ("甲", "乙", "甲"):
        await store.save([article(text=text)], NOW)
    back = await store.get(A)
    assert (back.revision, back.body, back.duplicate_of) == (2, "<p>甲</p>", "")


@pytest.mark.parametrize("text", ["", "改了"])
async def test_listings_add_up(store, text):
    await store.save([article()], NOW)
    rows = {"公司": Listing(None, "短题"), "要闻": Listing(SHOWN + MINUTE, "标题")}
    await store.save([article(text=text, listings=rows)], NOW)
    assert (await store.get(A)).listings == rows
    await store.save([article(text=text, listings={"港股": Listing(SHOWN, "")})], NOW)
    assert (await store.get(A)).listings == rows | {"港股": Listing(SHOWN, "")}


async def test_add_listings(store):
    await store.save([article()], NOW)
    await store.add_listings([])
    await store.add_listings([ref(B), ref(A, "公司"), ref(A, "要闻", title="新题"), ref(A, "公司", title="又新")])
    assert (await store.get(A)).listings == {"公司": Listing(SHOWN, "又新"), "要闻": Listing(SHOWN, "新题")}
    assert await store.get(B) is None
    assert await store.save([article()], NOW) == [Outcome.UNCHANGED]


async def test_a_batch_of_many(store):
    batch = [article(code) for code in codes(120)]
    assert await store.save(batch, NOW) == [Outcome.INSERTED] * 120
    assert await store.save(batch, NOW) == [Outcome.UNCHANGED] * 120
    assert await store.save([article(a.code, f"改{a.code}") for a in batch], NOW) == [Outcome.REVISED] * 120
