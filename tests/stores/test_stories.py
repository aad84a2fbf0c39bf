"""Which articles of a store are reprints of one another."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from finews_spider.articles import twins
from finews_spider.stores import open_store, rules
from finews_spider.stores.mongodb import stories as mongodb_stories
from finews_spider.stores.mongodb.store import MongoStore
from finews_spider.stores.sqlite import stories as sqlite_stories
from finews_spider.stores.sqlite.store import SqliteStore
from tests.stores.samples import MINUTE, NOW, article
from tests.stories.pairs import groups

GROUPS = groups()
CPI = next(group for group in GROUPS if group.name.startswith("cpi"))
FIRST = min(CPI.story, key=lambda each: (each.published, each.code)).code


def stored(source):
    """Return an article of the pairs as the pipelines make it."""
    return article(
        source.code,
        title=source.title,
        media=source.publication,
        published_at=source.published,
        body=source.body,
        text_hash=twins.text_hash(source.title, source.body),
    )


def reprint(code="202603050000000001", minutes=60, **fields):
    """Return one more reprint of CPI's story."""
    first = stored(CPI.story[0])
    return article(
        code,
        published_at=first.published_at + minutes * MINUTE,
        **{"title": "又一家媒体的标题", "body": first.body + "<p>（责任编辑：韩晓）</p>", "text_hash": code} | fields,
    )


async def story_of(store):
    return {post.article.code: post.article.story for post in await store.posts(1000)}


async def export_all(store):
    posts = await store.pending(1000)
    for post in posts:
        post.path, post.pending = f"_posts/{post.article.code}.md", False
    await store.mark_exported(posts)


async def pending(store):
    return {post.article.code for post in await store.pending(1000)}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
async def test_reprints_have_the_code_of_the_first_one_and_neighbours_are_alone(store, group):
    await store.save([stored(each) for each in [*group.story, *group.neighbours]], NOW)
    first = min(group.story, key=lambda each: (each.published, each.code)).code
    assert await story_of(store) == {each.code: first for each in group.story} | {
        each.code: "" for each in group.neighbours
    }


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
async def test_the_order_of_arrival_changes_nothing(store, order):
    articles = [stored(CPI.story[index]) for index in order]
    for saved in articles:
        await store.save([saved], NOW)
        assert saved.story == (await store.get(saved.code)).story
    first = min(articles, key=lambda each: (each.published_at, each.code)).code
    assert await story_of(store) == dict.fromkeys((each.code for each in articles), first)


async def test_the_posts_of_a_story_come_first_one_first(store):
    await store.save([stored(each) for each in CPI.story], NOW)
    hidden = stored(CPI.story[1])
    hidden.code, hidden.listings = "202603090000000009", {}
    await store.save([hidden], NOW)
    assert (hidden.duplicate_of, hidden.story) == (CPI.story[1].code, FIRST)
    assert await store.take_down(CPI.story[2].code, "请求", NOW)
    posts = (await store.story_posts([FIRST, "202603090000000009"]))[FIRST]
    others = sorted((each.published, each.code) for each in CPI.story if each.code != FIRST)
    assert [post.article.code for post in posts] == [FIRST, *(code for _, code in others)]
    assert [post.article.code for post in posts if post.taken_down] == [CPI.story[2].code]


async def test_a_story_that_changes_is_exported_again_and_no_other_article_is(store):
    alone = [stored(each) for each in CPI.neighbours]
    await store.save([*alone, stored(CPI.story[0])], NOW)
    await export_all(store)
    assert await pending(store) == set()
    late = reprint()
    await store.save([late], NOW)
    assert await pending(store) == {CPI.story[0].code, late.code}
    await export_all(store)
    await store.take_down(late.code, "请求", NOW)
    assert await pending(store) == {CPI.story[0].code, late.code}
    await export_all(store)
    await store.restore(late.code)
    assert await pending(store) == {CPI.story[0].code, late.code}


async def test_a_duplicate_without_a_post_changes_no_post(store):
    await store.save([stored(CPI.story[0])], NOW)
    await export_all(store)
    twin = stored(CPI.story[0])
    twin.code, twin.listings = "202603090000000009", {}
    await store.save([twin], NOW)
    assert (twin.duplicate_of, twin.story) == (CPI.story[0].code, CPI.story[0].code)
    assert await pending(store) == set()


async def test_a_story_counts_where_readers_see_two_of_its_articles(store):
    def copy(code, of):
        return replace(of, code=code, listings={})

    hidden = "202603090000000009", "202603090000000008"
    first = stored(CPI.story[0])
    await store.save([first, *(copy(code, first) for code in hidden)], NOW)
    names = [first.code, reprint().code]
    assert (await story_of(store))[hidden[0]] == first.code
    assert [await store.count_stories(), await store.count_stories(names)] == [0, 0]
    imported = replace((await store.posts_of(hidden))[hidden[0]], path="_posts/x.md", pending=False)
    await store.mark_exported([imported])
    assert await store.count_stories() == 1
    await store.mark_exported([replace(imported, path="")])
    await store.save([reprint(), copy("202603090000000007", reprint())], NOW)
    assert [await store.count_stories(), await store.count_stories(names)] == [1, 1]
    assert (await store.summary(NOW)).stories == 1
    assert await store.count_stories([reprint().code]) == 0


async def test_a_story_that_changes_during_an_export_is_exported_again(store):
    await store.save([stored(CPI.story[0])], NOW)
    posts = await store.pending(10)
    await store.save([reprint()], NOW)
    for post in posts:
        post.path, post.pending = "_posts/x.md", False
    await store.mark_exported(posts)
    assert CPI.story[0].code in await pending(store)


async def test_a_post_that_is_exported_before_its_story_is_found_is_exported_again(mongodb_url, monkeypatch):
    find_story = MongoStore._find_story

    async def export_first(self, *read):
        await export_all(self)
        await find_story(self, *read)

    async with open_store(mongodb_url) as store:
        store.is_ferretdb = False  # there, an export waits for its turn
        await store.save([stored(CPI.story[0])], NOW)
        monkeypatch.setattr(MongoStore, "_find_story", export_first)
        await store.save([reprint()], NOW)
        assert await pending(store) == {CPI.story[0].code, reprint().code}


async def test_a_revision_that_becomes_another_text_leaves_its_story(store):
    await store.save([stored(CPI.story[0]), reprint(minutes=5), reprint("202603050000000002", minutes=9)], NOW)
    await export_all(store)
    other = stored(CPI.neighbours[0])
    revised = reprint(minutes=5, body=other.body, text_hash="other")
    await store.save([revised], NOW + MINUTE)
    first = CPI.story[0].code
    assert await story_of(store) == {first: first, revised.code: "", "202603050000000002": first}
    assert await pending(store) == {first, revised.code, "202603050000000002"}
    back = reprint(minutes=5, text_hash="back")
    await store.save([back], NOW + 2 * MINUTE)
    assert await story_of(store) == dict.fromkeys((first, back.code, "202603050000000002"), first)


async def test_when_the_first_article_leaves_the_next_one_is_the_first(store):
    original = stored(CPI.story[0])
    await store.save([original, reprint(minutes=5), reprint("202603050000000002", minutes=9)], NOW)
    other = stored(CPI.neighbours[0])
    original.body, original.content_hash, original.text_hash = other.body, "other", "other"
    await store.save([original], NOW + MINUTE)
    second = reprint().code
    assert await story_of(store) == {original.code: "", second: second, "202603050000000002": second}
    last = reprint("202603050000000002", minutes=9, body=other.body + "<p>另一段。</p>", text_hash="last")
    await store.save([last], NOW + 2 * MINUTE)
    assert await story_of(store) == {original.code: original.code, second: "", last.code: original.code}


async def test_an_original_that_comes_late_is_the_first(store):
    await store.save([reprint(), reprint("202603050000000002", minutes=90)], NOW)
    assert set((await story_of(store)).values()) == {reprint().code}
    await export_all(store)
    original = stored(CPI.story[0])
    await store.save([original], NOW + MINUTE)
    assert set((await story_of(store)).values()) == {original.code}
    assert len(await pending(store)) == 3


async def test_one_article_can_bring_two_stories_together(store):
    """The beginning and the end of a text have too little in common, but both are most of the whole."""
    whole = stored(CPI.story[0])
    sentences = whole.body.replace("。", "。\0").split("\0")
    share = len(sentences) * 3 // 5
    begin = reprint("202603050000000001", body="".join(sentences[:share]))
    end = reprint("202603050000000002", minutes=70, body="".join(sentences[-share:]))
    await store.save([begin, end], NOW)
    apart = await story_of(store)
    await store.save([whole], NOW)
    together = await story_of(store)
    assert set(apart.values()) == {""}
    assert set(together.values()) == {whole.code}


async def test_a_text_of_another_week_is_another_story(store):
    await store.save([stored(CPI.story[0]), reprint(minutes=7 * 24 * 60 + 1)], NOW)
    assert set((await story_of(store)).values()) == {""}


async def test_a_reprint_is_found_seven_days_later_on_whichever_day_a_week_begins(store):
    week = 7 * 24 * 60
    for day in range(8):
        minutes = day * 31 * 24 * 60
        first, last = (f"20260305000000{day}{place}00" for place in (0, 1))
        await store.save([reprint(first, minutes=minutes), reprint(last, minutes=minutes + week)], NOW)
        assert (await store.get(last)).story == first


async def test_a_store_of_schema_6_finds_the_reprints_of_its_articles(tmp_path):
    url = f"sqlite:///{tmp_path}/news.db"
    async with open_store(url) as store:
        await store.save([stored(CPI.story[0])], NOW)
        await store.change(f"UPDATE sketches SET key = key & {sqlite_stories.HASH}")
        for table, column in (("articles", "partial"), ("articles", "extracted"), ("listings", "text_hash")):
            await store.change(f"ALTER TABLE {table} DROP COLUMN {column}")
        await store.change("PRAGMA user_version = 6")
    async with open_store(url) as store:
        late = reprint()
        await store.save([late], NOW)
    assert late.story == CPI.story[0].code


async def test_a_mongodb_store_whose_sketches_have_numbers_finds_the_reprints_of_its_articles(mongodb_url):
    async with open_store(mongodb_url) as store:
        await store.save([stored(CPI.story[0])], NOW)
        async for sketch in store.db.sketches.find():
            await store.db.sketches.insert_one(sketch | {"_id": int(sketch["_id"], 16)})
            await store.db.sketches.delete_one({"_id": sketch["_id"]})
        await store.db.meta.delete_one({"_id": mongodb_stories.FILLED})
    async with open_store(mongodb_url) as store:
        late = reprint()
        await store.save([late], NOW)
        kinds = {type(sketch["_id"]) async for sketch in store.db.sketches.find()}
    assert late.story == CPI.story[0].code
    assert kinds == {str}


async def test_a_story_ends_to_grow(store, monkeypatch):
    for module in (sqlite_stories, mongodb_stories):
        monkeypatch.setattr(module, "LARGEST_STORY", 3)
    for number in range(5):
        await store.save([reprint(f"20260305000000000{number}", minutes=number)], NOW)
    found = await story_of(store)
    assert sorted(found.values()) == ["", "", *["202603050000000000"] * 3]


async def test_workers_that_save_reprints_at_once_agree(store_url):
    stores = [open_store(store_url) for _ in range(3)]
    for store in stores:
        await store.open()
    for day in range(4):
        shift = timedelta(days=30 * day)
        articles = [reprint(f"2026030500000000{day}{n}", minutes=n, text_hash=f"{day}{n}") for n in range(len(stores))]
        for each in articles:
            each.published_at += shift
        await asyncio.gather(*(s.save([each], NOW) for s, each in zip(stores, articles, strict=True)))
        found = await story_of(stores[0])
        assert {found[each.code] for each in articles} == {articles[0].code}
    for store in stores:
        await store.close()


async def test_an_earlier_store_is_filled_bit_by_bit(store_url, monkeypatch):
    """What is done before the process is stopped isn't done again."""
    articles = [stored(each) for each in [*CPI.story, *CPI.neighbours]]
    async with open_store(store_url) as store:
        await store.save(articles, NOW)
        wanted = await story_of(store)
        if isinstance(store, SqliteStore):
            await store.change("UPDATE articles SET story = NULL")
            await store.change("DELETE FROM sketches")
        else:
            await store.db.articles.update_many({}, {"$unset": {"story": ""}})
            for name in ("sketches", "stories"):
                await store.db.drop_collection(name)
            await store.db.meta.delete_one({"_id": mongodb_stories.FILLED})
    monkeypatch.setattr(sqlite_stories, "BATCH", 2)
    monkeypatch.setattr("finews_spider.stores.mongodb.connection.BATCH", 2)
    done = []
    goes_on = SqliteStore._find_story if store_url.startswith("sqlite") else MongoStore._find_story

    def count(self, read, *others):
        done.append(read.code if store_url.startswith("sqlite") else read["_id"])
        if len(done) == 3:
            raise KeyboardInterrupt
        return goes_on(self, read, *others)

    for kind in (SqliteStore, MongoStore):
        monkeypatch.setattr(kind, "_find_story", count)
    with pytest.raises(KeyboardInterrupt):
        await open_store(store_url).open()
    async with open_store(store_url) as store:
        assert await story_of(store) == wanted
    assert len(done) == len(articles) + 1  # only the batch that was stopped is done again


async def test_a_writer_that_is_killed_before_it_found_the_story_loses_nothing(mongodb_url, monkeypatch):
    async with open_store(mongodb_url) as store:
        await store.save([stored(CPI.story[0])], NOW)
        with monkeypatch.context() as patch:
            patch.setattr(MongoStore, "find_stories", lambda *_: asyncio.sleep(0, 1 / 0))
            with pytest.raises(ZeroDivisionError):
                await store.save([reprint()], NOW)
        assert (await store.get(reprint().code)).story == ""
    async with open_store(mongodb_url) as store:
        assert set((await story_of(store)).values()) == {CPI.story[0].code}


@pytest.mark.parametrize("source", ["sqlite", "mongodb"])
@pytest.mark.parametrize("target", ["sqlite", "mongodb"])
async def test_a_backup_keeps_the_stories(source, target, request, tmp_path):
    file = tmp_path / "backup.db"
    async with open_store(request.getfixturevalue(f"{source}_url")) as store:
        await store.save([stored(each) for each in CPI.story], NOW)
        wanted = await story_of(store)
        await store.backup(file, lambda *_: None)
    url = request.getfixturevalue("mongodb_url") if target == "mongodb" else f"sqlite:///{tmp_path}/restored.db"
    async with open_store(url) as store:
        await store.load(file, lambda *_: None)
    async with open_store(url) as store:
        assert await story_of(store) == wanted
        late = reprint()
        await store.save([late], NOW)
        assert late.story == FIRST
        assert len((await store.story_posts([FIRST]))[FIRST]) == len(CPI.story) + 1


def test_the_likeliest_reprints_share_keys_that_few_others_have():
    common = [(1, f"{n}") for n in range(8)] + [(2, f"{n}") for n in range(8)]
    rare, phrase = [(3, "rare"), (4, "rare")], [(5, "phrase"), (1, "own")]
    assert rules.likeliest([*common, *rare, *phrase], "own", 16)[0] == "rare"
    assert len(rules.likeliest(common, "own", 16)) == rules.COMPARED
    assert rules.likeliest(phrase, "own", 16) == []
    assert rules.likeliest(phrase, "own", 1) == ["phrase"]
