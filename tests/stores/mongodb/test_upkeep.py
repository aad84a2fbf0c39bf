"""Backups of a MongoDB store that others write, and restores that are interrupted."""

import pytest

from finews_spider.stores import open_store
from finews_spider.stores.backup import backup
from finews_spider.stores.mongodb import upkeep as mongo_upkeep
from finews_spider.stores.records import ChannelState
from tests.full_store import content, fill
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes


async def test_a_mongodb_backup_is_sound_whatever_changes_meanwhile(tmp_path, mongodb_url, monkeypatch):
    """Another process writes after the articles were copied, and before the rest is."""
    copied_table = mongo_upkeep._Copier._table

    async def meddle(self, name):
        if name == "revisions":
            await store.save([article(A, "另", published_at=SHOWN + MINUTE)], NOW)
            await store.save([article(D, "一")], NOW)
            await store.take_down(C, "请求", NOW)
            await store.save_channels([ChannelState("要闻", NOW, NOW, SHOWN, True, {"u": {"e": "2"}})])
        await copied_table(self, name)

    async with open_store(mongodb_url) as store:
        await store.save([article(A, "一"), article(B, "一"), article(C, "三")], NOW)
        posts = await store.pending(10)
        for post in posts:
            post.path, post.pending = f"_posts/{post.article.code}.md", False
        await store.mark_exported(posts)
        await store.save_channels([ChannelState("要闻", NOW, NOW, SHOWN, True, {"u": {"e": "1"}})])
        monkeypatch.setattr(mongo_upkeep._Copier, "_table", meddle)
        await backup(store, tmp_path / "news.backup", lambda _done, _total: None)
    async with open_store(f"sqlite:///{tmp_path}/news.backup") as copied:
        assert await copied.history(A) == []
        assert await copied.save([article(A, "另", published_at=SHOWN + MINUTE)], NOW) == ["revised"]
        waiting = {post.article.code: post.taken_down for post in await copied.pending(10)}
        assert waiting == {A: False, B: False, C: True}
        state = (await copied.channel_states())["要闻"]
        assert (state.complete, state.validators) == (False, {})


async def test_an_original_that_came_late_is_in_a_mongodb_backup(tmp_path, mongodb_url, monkeypatch):
    """Articles are copied by code, so an original with a smaller code than its duplicate's may be stored too late."""
    put = mongo_upkeep._Copier._put

    async def late(self, articles):
        await put(self, [each for each in articles if each["_id"] != A or len(articles) == 1])

    async with open_store(mongodb_url) as store:
        await store.save([article(A, "一"), article(B, "一")], NOW)
        monkeypatch.setattr(mongo_upkeep._Copier, "_put", late)
        await backup(store, tmp_path / "news.backup", lambda _done, _total: None)
    async with open_store(f"sqlite:///{tmp_path}/news.backup") as copied:
        assert [post.article.code for post in await copied.pending(10)] == [A]
        assert (await copied.get(B)).duplicate_of == A


async def test_opening_the_store_completes_an_interrupted_switch(mongodb_url, tmp_path, monkeypatch):
    async with open_store(mongodb_url) as store:
        await fill(store)
        await backup(store, tmp_path / "news.backup", lambda _done, _total: None)
        before = content(mongodb_url)
        await store.save([article(codes(1)[0])], NOW)
        switch = mongo_upkeep.MongoUpkeep._switch

        async def killed(self, name):
            if name == "failures":
                raise KeyboardInterrupt
            await switch(self, name)

        monkeypatch.setattr(mongo_upkeep.MongoUpkeep, "_switch", killed)
        with pytest.raises(KeyboardInterrupt):
            await store.load(tmp_path / "news.backup", lambda _done, _total: None)
        monkeypatch.setattr(mongo_upkeep.MongoUpkeep, "_switch", switch)
    async with open_store(mongodb_url):
        assert content(mongodb_url) == before


async def test_a_restore_that_fails_half_way_leaves_the_store_unchanged(mongodb_url, tmp_path, monkeypatch):
    async with open_store(mongodb_url) as store:
        await fill(store)
        await backup(store, tmp_path / "news.backup", lambda _done, _total: None)
        before = content(mongodb_url)
        monkeypatch.setitem(mongo_upkeep.TO_DOCUMENT, "takedowns", ("takedowns", None))
        with pytest.raises(TypeError):
            await store.load(tmp_path / "news.backup", lambda _done, _total: None)
        now = content(mongodb_url)
        assert {name: found for name, found in now.items() if not name.startswith(mongo_upkeep.RESTORED)} == before
        monkeypatch.undo()
        await store.load(tmp_path / "news.backup", lambda _done, _total: None)
    assert content(mongodb_url) == before
