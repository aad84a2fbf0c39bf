"""What only the MongoDB store does, such as finishing the work of a killed writer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from finews_spider.stores import open_store
from finews_spider.stores.ids import new_id
from finews_spider.stores.mongodb import connection, documents
from finews_spider.stores.mongodb.twins import claim_of, key_of
from tests.stores.samples import NOW, SHOWN, A, B, C, Revision, article, digest, revisions
from tests.stores.test_export import export

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def claim(text: str, code: str):
    return claim_of(key_of(digest(text), SHOWN), code) | {"at": ObjectId.from_datetime(LONG_AGO)}


async def test_one_document_an_article(store, db):
    await store.save([article()], NOW)
    await store.save([article(text="改了")], NOW)
    assert [document["_id"] for document in db.articles.find()] == [A]
    assert [document["_id"] for document in db.revisions.find()] == [f"{A}:0"]


async def test_a_second_open_makes_no_second_index(store, db, mongodb_url):
    indexes = db.articles.index_information()
    async with open_store(mongodb_url):
        assert db.articles.index_information() == indexes
    assert {"export_pending_1__id_1", "first_seen_at_1", "duplicate_of_1"} < indexes.keys()


@pytest.mark.parametrize("claimed_by", [A, B])
async def test_a_claim_without_its_article(store, db, claimed_by):
    db.texts.insert_one(claim("同", claimed_by))
    await store.save([article(A, "同")], NOW)
    await store.save([article(C, "同")], NOW)
    assert [(await store.get(code)).duplicate_of for code in (A, C)] == ["", A]


async def test_a_claim_whose_article_has_another_text(store, db):
    await store.save([article(B, "新")], NOW)
    db.texts.insert_one(claim("旧", B))
    await store.save([article(A, "旧")], NOW)
    assert (await store.get(A)).duplicate_of == ""


async def test_a_claim_whose_article_is_still_a_duplicate(store, db):
    """The writer that passed the claim on was killed before it changed the article."""
    await store.save([article(B, "同"), article(C, "同")], NOW)
    await store.save([article(B, "异")], NOW)
    db.texts.replace_one({"_id": claim("同", C)["_id"]}, claim("同", C))
    db.articles.update_one({"_id": C}, {"$set": {"duplicate_of": B}})
    await store.save([article(A, "同")], NOW)
    assert [(await store.get(code)).duplicate_of for code in (A, B, C)] == [C, "", ""]


async def test_a_revision_whose_article_was_not_replaced(store, db, mongodb_url):
    first = article()
    await store.save([first], NOW)
    db.revisions.insert_one({"_id": f"{A}:0", "code": A, "revision": 0, "title": first.title, "body": first.body})
    assert await store.save([article(text="改了")], NOW) == ["revised"]
    assert revisions(mongodb_url) == [Revision(A, 0, first.title, first.body)]


async def test_a_slug_that_was_claimed_and_not_given(store, db):
    db.slug_names.insert_one({"_id": "bao", "name": "报", "slug": "Bao"})
    assert await store.slug_of("另", "bao") == "bao-2"
    assert await store.slug_of("报", "bao") == "Bao"


async def test_a_turn_that_was_not_given_back(store, db):
    db.meta.insert_one({"_id": "turn", "by": "killed", "until": LONG_AGO})
    assert await store.save([article()], NOW) == ["new"]


async def test_a_slow_writer_keeps_its_turn(store, db, monkeypatch):
    monkeypatch.setattr(connection, "LEASE", timedelta(seconds=4))
    async with store.writing():
        turn = db.meta.find_one("turn")
        for _ in range(1000):
            await asyncio.sleep(0.05)
            renewed = db.meta.find_one("turn")
            if renewed != turn:
                break
        assert renewed["until"] > turn["until"]
    assert not db.meta.find_one("turn")


async def test_documents_of_the_first_schema_are_read(mongodb_url, db):
    old = documents.dump_article(article()) | {"export_pending": True, "post_path": "", "post_category": ""}
    del old["image_files"]
    db.articles.insert_one(old | {"taken_down": False})
    db.meta.insert_one({"_id": "schema", "version": 1})
    async with open_store(mongodb_url) as store:
        [post] = await store.pending(10)
        assert (post.article.title, post.article.image_files, post.old) == ("标题", {}, False)
        await store.mark_exported([replace(post, path="_posts/x.md", pending=False)])
        assert await store.requeue_by_age(NOW) == 1
        assert await store.save([article(text="改了")], NOW) == ["revised"]


async def test_runs_of_the_second_schema_get_ids_that_sort_as_they_began(mongodb_url, db):
    for minute in (5, 10):
        run = {"spider": "feed", "started_at": f"2026-03-03T12:{minute:02}:00+08:00", "seconds": minute}
        db.runs.insert_one({"run": documents.dump_pairs(run)})
    db.meta.insert_one({"_id": "schema", "version": 2})
    async with open_store(mongodb_url) as store:
        newer, older = await store.runs(10)
        assert newer["id"].startswith("20260303T121000-")
        assert newer["seconds"] == 10
        assert older["id"] < newer["id"] < new_id(NOW.replace(month=4))


@pytest.mark.parametrize("undone", [False, True])
async def test_the_next_export_completes_a_takedown_that_was_killed_before_its_last_write(store, monkeypatch, undone):
    await store.save([article(A)], NOW)
    await export(store)
    if undone:
        await store.take_down(A, "a test", NOW)
        await export(store)
    update = store._update

    async def cut(read, changes):
        return 1 / 0 if "taken_down" in changes else await update(read, changes)

    monkeypatch.setattr(store, "_update", cut)
    with pytest.raises(ZeroDivisionError):
        await (store.restore(A) if undone else store.take_down(A, "a test", NOW))
    monkeypatch.undo()
    assert [post.taken_down for post in await store.pending(10)] == [not undone]
    await export(store)
    assert await store.pending(10) == []
