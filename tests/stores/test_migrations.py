"""Stores that an earlier finews wrote: upgraded once, completely or not at all, and exported to the same bytes.

The rows and documents are literally what those releases wrote, so a change of today's code doesn't change them.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from pymongo import MongoClient

from finews_spider.errors import StoreError
from finews_spider.mirror import site_data
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import LinkTargets
from finews_spider.stores import open_store, upgrade
from finews_spider.stores.mongodb import schema as mongo_schema
from finews_spider.stores.sqlite import schema as sqlite_schema
from finews_spider.times import SHANGHAI
from tests.running import ROOT, Runner
from tests.stores.samples import make_newer

LINKS = LinkTargets(
    site="//news.example", share="https://share.example/{info_code}", page="https://page.example/{code}"
)
REVISED, TWIN, DOWN, FAILED = (f"20240506070809000{n}" for n in range(4))
PATH = f"_posts/2024-05-06-NW{REVISED}.md"
POST = """\
---
layout: post
title: "央行开展逆回购操作"
date: 2024-05-06 07:08:09 +0800
categories: chenbao
tags: 晨报新闻
last_modified_at: 2024-05-06 09:00:00 +0800
---
<p>今日开展逆回购操作。</p>

<https://share.example/NW202405060708090000>

[返回晨报新闻](//news.example/category/chenbao.html)｜[返回首页](//news.example/)"""
LATER = {"image_files": "{}", "post_old": 0}
WROTE = {1: {}, 2: LATER, 3: LATER, 4: LATER} | dict.fromkeys((5, 6), LATER | {"post_aliases": "[]"})
"""Schema version → the fields that its articles have besides those of version 1."""


def sqlite_article(code: str, **fields) -> dict[str, object]:
    return {
        "code": code, "published_at": "2024-05-06T07:08:09+08:00", "revised_at": None, "content_hash": f"c{code}",
        "text_hash": f"t{code}", "revision": 0, "first_seen_at": "2024-05-06T07:10:00+08:00", "gone_at": None,
        "duplicate_of": "", "export_pending": 1, "post_path": "", "post_category": "", "title": "央行开展逆回购操作",
        "media": "晨报", "channel": "要闻", "source_url": f"https://page.example/{code}", "layout": "media",
        "category": "", "tag": "", "stocks": '["1.600160"]', "images": "[]", "digest": "摘要",
        "body": "<p>今日开展逆回购操作。</p>",
    } | fields  # fmt: skip


ARTICLES = [
    sqlite_article(
        REVISED, revised_at="2024-05-06T09:00:00+08:00", revision=1, post_path=PATH, post_category="chenbao"
    ),
    sqlite_article(TWIN, duplicate_of=REVISED, export_pending=0, text_hash=f"t{REVISED}"),
    sqlite_article(DOWN, body="<p>另一篇。</p>"),
]
RUN = {"spider": "feed", "started_at": "2024-05-06T09:01:00+08:00", "seconds": 2.5, "requests": 7, "finews/x": 1}
RUN_ID = "20240506T090100-000001"
REF = {
    "code": FAILED, "title": "标题", "time": "2024-05-06T07:08:09+08:00", "digest": "", "media": "", "url": "",
    "stocks": [], "channel": "要闻", "known": False,
}  # fmt: skip
RUN_ID = "20240506T090100-000001"
"""From version 3 on."""
STATE = {
    "name": "要闻", "asked_at": "2024-05-06T09:01:00+08:00", "succeeded_at": "2024-05-06T09:01:00+08:00",
    "newest": "2024-05-06T07:08:09+08:00", "complete": True, "validators": {"https://a.example/": {"If-None-Match": "1"}},
    "failures": 0, "error": "",
}  # fmt: skip


def write_sqlite(url: str, version: int, articles: list[dict]) -> None:
    """Write a store as the finews of schema *version* left it."""
    rows = {
        "articles": [article | WROTE[version] for article in articles],
        "revisions": [
            {"code": REVISED, "revision": 0, "shown_at": "2024-05-06T07:08:09+08:00", "title": "旧题", "body": "<p>旧</p>", "content_hash": "c"}
        ],
        "listings": [{"code": REVISED, "channel": "要闻", "time": "2024-05-06T09:00:00+08:00", "title": "央行开展"}],
        "failures": [
            {"code": FAILED, "channel": "要闻", "ref": json.dumps(REF), "reason": "HTTP 404", "attempts": 2,
             "failed_at": "2024-05-06T09:00:00+08:00", "retry_at": "2024-05-06T09:05:00+08:00"}
        ],
        "channels": [{"name": "要闻", "state": json.dumps(STATE)}],
        "slugs": [{"name": "晨报", "slug": "chenbao", "folded": "chenbao"}],
        "takedowns": [{"code": DOWN, "reason": "请求", "at": "2024-05-06T10:00:00+08:00"}],
        "runs": [{"run": json.dumps(RUN)} if version < 3 else {"id": RUN_ID, "run": json.dumps(RUN | {"id": RUN_ID})}],
    }  # fmt: skip
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        sqlite_schema.make_schema(db, version)
        for table, written in rows.items():
            for row in written:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        db.commit()


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) if text else None


def write_mongodb(url: str, version: int, rows: list[dict]) -> None:
    """Write a database as the finews of schema *version* left it."""
    times = ("published_at", "revised_at", "first_seen_at", "gone_at")
    articles = []
    for row in rows:
        own = {name: moment(value) if name in times else value for name, value in row.items() if name != "code"}
        own |= {"stocks": ["1.600160"], "images": [], "export_pending": bool(own["export_pending"])}
        listings = [{"channel": "要闻", "time": moment("2024-05-06T09:00:00+08:00"), "title": "央行开展"}]
        articles.append({"_id": row["code"], "listings": listings if row["code"] == REVISED else [], **own})
        articles[-1]["taken_down"] = row["code"] == DOWN
        articles[-1] |= {"image_files": [], "post_old": False} if version > 1 else {}
    shown, later = moment("2024-05-06T07:08:09+08:00"), moment("2024-05-06T09:05:00+08:00")
    state = {
        name: moment(value) if name in ("asked_at", "succeeded_at", "newest") else value
        for name, value in STATE.items()
    }
    pairs = [{"name": name, "value": value} for name, value in STATE["validators"].items()]
    written = {
        "articles": articles,
        "revisions": [
            {"_id": f"{REVISED}:0", "code": REVISED, "shown_at": shown, "revision": 0, "title": "旧题", "body": "<p>旧</p>", "content_hash": "c"}
        ],
        "texts": [{"_id": row["text_hash"], "code": row["code"], "at": shown} for row in rows if not row["duplicate_of"]],
        "failures": [
            {"_id": FAILED, "channel": "要闻", "ref": REF | {"time": shown}, "reason": "HTTP 404", "attempts": 2, "failed_at": shown, "retry_at": later}
        ],
        "channels": [{"_id": state.pop("name")} | state | {"validators": pairs}],
        "slugs": [{"_id": "晨报", "slug": "chenbao"}],
        "slug_names": [{"_id": "chenbao", "name": "晨报", "slug": "chenbao"}],
        "takedowns": [{"_id": DOWN, "reason": "请求", "at": later}],
        "runs": [{"run": [{"name": name, "value": value} for name, value in RUN.items()]}]
        if version < 3
        else [{"_id": RUN_ID, "run": json.dumps(RUN | {"id": RUN_ID})}],
        "meta": [{"_id": "schema", "version": version}],
    }  # fmt: skip
    with closing(MongoClient(url)) as client:
        for name, found in written.items():
            client.get_default_database()[name].insert_many(found)


def write(url: str, version: int, articles: list[dict] | None = None) -> None:
    (write_sqlite if url.startswith("sqlite") else write_mongodb)(url, version, articles or ARTICLES)


def version_of(url: str) -> int:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            return db.execute("PRAGMA user_version").fetchone()[0]
    with closing(MongoClient(url)) as client:
        return client.get_default_database().meta.find_one({"_id": "schema"})["version"]


def test_both_stores_have_one_schema_and_each_earlier_version_is_tested():
    assert sqlite_schema.SCHEMA_VERSION == mongo_schema.SCHEMA_VERSION
    assert set(WROTE) >= set(range(1, mongo_schema.SCHEMA_VERSION))


@pytest.mark.parametrize("version", WROTE)
async def test_an_earlier_store_keeps_everything(store_url, version):
    write(store_url, version)
    for _ in range(2):
        async with open_store(store_url) as store:
            assert version_of(store_url) == mongo_schema.SCHEMA_VERSION
            waiting = {post.article.code: (post.path, post.taken_down, post.old) for post in await store.pending(10)}
            assert waiting == {REVISED: (PATH, False, False), DOWN: ("", True, False)}
            kept = await store.get(REVISED)
            assert (kept.title, kept.stocks, kept.revision) == ("央行开展逆回购操作", ("1.600160",), 1)
            assert kept.listings["要闻"].title == "央行开展"
            assert [(old.title, old.stocks) for old in await store.history(REVISED)] == [("旧题", ())]
            assert (await store.get(TWIN)).duplicate_of == REVISED
            assert [ref.code for ref in await store.due(["要闻"], moment("2024-05-07T00:00:00+08:00"))] == [FAILED]
            assert (await store.channel_states())["要闻"].validators == STATE["validators"]
            assert await store.slugs() == {"chenbao": "晨报"}


@pytest.mark.parametrize("version", WROTE)
async def test_an_earlier_store_is_exported_to_the_same_bytes(store_url, version, tmp_path):
    write(store_url, version)
    async with open_store(store_url) as store:
        await Exporter(store, MirrorFolder(tmp_path / "mirror"), LINKS).export(lambda _: None)
    posts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "mirror/_posts").glob("*")}
    assert list(posts) == [Path(PATH).name]
    [post] = posts.values()
    assert post == POST


async def test_a_newer_store_is_refused_in_one_line_and_stays(store_url):
    async with open_store(store_url):
        pass
    make_newer(store_url)
    with pytest.raises(StoreError, match=r"failed: it was written by a newer finews \(schema 99\); upgrade finews$"):
        await open_store(store_url).open()
    assert version_of(store_url) == 99


async def test_stores_that_are_opened_at_once_are_migrated_once(store_url):
    write(store_url, 1)
    stores = [open_store(store_url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert {len(await store.history(REVISED)) for store in stores} == {1}
    for store in stores:
        await store.close()
    assert version_of(store_url) == mongo_schema.SCHEMA_VERSION


async def test_a_migration_that_fails_leaves_the_version_before(sqlite_url, monkeypatch):
    write(sqlite_url, 1)
    broken = (*sqlite_schema.MIGRATIONS, "ALTER TABLE articles ADD COLUMN x TEXT; SELECT 1 FROM nowhere")
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", broken)
    monkeypatch.setattr(sqlite_schema, "SCHEMA_VERSION", len(broken))
    with pytest.raises(StoreError, match="no such table: nowhere"):
        await open_store(sqlite_url).open()
    assert version_of(sqlite_url) == 1
    monkeypatch.undo()
    async with open_store(sqlite_url) as store:
        assert len(await store.pending(10)) == 2


KILLED = """
import asyncio, os, sys
from finews_spider.stores import open_store
from finews_spider.stores.sqlite import connection as sqlite_file, schema as sqlite_schema
connect = sqlite_file.SqliteConnection._connect
def connected(self):
    connect(self)
    self._db.create_function("die", 0, lambda: os._exit(9))
sqlite_file.SqliteConnection._connect = connected
sqlite_schema.MIGRATIONS = (*sqlite_schema.MIGRATIONS, "ALTER TABLE articles ADD COLUMN x TEXT; SELECT die()")
asyncio.run(open_store(sys.argv[1]).open())
"""


def test_a_killed_migration_leaves_the_version_before(tmp_path, sqlite_url):
    write(sqlite_url, 1)
    killed = subprocess.run([sys.executable, "-c", KILLED, sqlite_url], cwd=ROOT, check=False)
    assert killed.returncode == 9
    assert version_of(sqlite_url) == 1
    assert Runner(tmp_path, store=sqlite_url).summary().articles == 3
    assert version_of(sqlite_url) == sqlite_schema.SCHEMA_VERSION


async def test_an_unfinished_migration_of_mongodb_is_done_again(mongodb_url, monkeypatch):
    write(mongodb_url, 1)
    with monkeypatch.context() as patch:
        patch.setattr(mongo_schema, "INDEXES", [*mongo_schema.INDEXES[:2], None])
        with pytest.raises(Exception):  # noqa: B017 -- killed, in whatever way
            await open_store(mongodb_url).open()
    assert version_of(mongodb_url) == 1
    async with open_store(mongodb_url) as store:
        assert len(await store.pending(10)) == 2
    assert version_of(mongodb_url) == mongo_schema.SCHEMA_VERSION


@pytest.mark.parametrize("version", WROTE)
def test_a_backup_of_an_earlier_schema_is_restored(tmp_path, store_url, version):
    write(f"sqlite:///{tmp_path}/old.backup", version)
    before = (tmp_path / "old.backup").read_bytes()
    finews = Runner(tmp_path, store=store_url)
    finews("restore", "old.backup")
    summary = finews.summary()
    assert (summary.articles, summary.duplicates, summary.revisions, summary.failed) == (3, 1, 1, {"要闻": 1})
    assert finews.ask(lambda store: store.known([DOWN]))[DOWN].taken_down
    assert (tmp_path / "old.backup").read_bytes() == before


# Until schema 4 an article with the same text was a duplicate, whatever its title, images and day


FIRST, OTHER_TITLE, ITS_TWIN, OTHER_DAY, TRUE_TWIN, OTHER_PICTURE, PICTURED = (
    f"20240506070809001{n}" for n in range(7)
)
HIDDEN = {"duplicate_of": FIRST, "export_pending": 0, "text_hash": f"t{FIRST}"}
PICTURE = '<p>图</p><img src="//img.test/1.png">'
ALIKE = [
    *ARTICLES,
    sqlite_article(FIRST, title="甲茶业：收到监管函", export_pending=0, post_path=f"_posts/2024-05-06-NW{FIRST}.md", post_category="x"),
    sqlite_article(OTHER_TITLE, title="乙茶业：收到监管函", **HIDDEN),
    sqlite_article(ITS_TWIN, title="乙茶业：收到监管函", **HIDDEN),
    sqlite_article(OTHER_DAY, title="甲茶业：收到监管函", published_at="2024-05-07T00:00:00+08:00", **HIDDEN),
    sqlite_article(TRUE_TWIN, title="甲茶业: 收到监管函", **HIDDEN),
    sqlite_article(PICTURED, body=PICTURE),
    sqlite_article(OTHER_PICTURE, body=PICTURE.replace("1.png", "2.png"), duplicate_of=PICTURED, export_pending=0),
]  # fmt: skip
DECIDED = {
    FIRST: "", OTHER_TITLE: "", ITS_TWIN: OTHER_TITLE, OTHER_DAY: "", TRUE_TWIN: FIRST, PICTURED: "", OTHER_PICTURE: "",
    REVISED: "", TWIN: REVISED, DOWN: "",
}  # fmt: skip


async def decided(store) -> dict[str, str]:
    return {post.article.code: post.article.duplicate_of for post in await store.posts(100)}


@pytest.mark.parametrize("version", range(1, mongo_schema.TWINS_OF_A_DAY))
async def test_the_next_export_writes_what_was_hidden_wrongly(store_url, version, tmp_path):
    write(store_url, version, ALIKE)
    async with open_store(store_url) as store:
        assert await decided(store) == DECIDED
        mirror = MirrorFolder(tmp_path / "mirror")
        mirror.write(
            site_data.ARCHIVE, json.dumps({"format": site_data.FORMAT})
        )  # else it is a new mirror, for which all posts are written again
        await Exporter(store, mirror, LINKS).export(lambda _: None)
        # New articles are compared with those that were stored before.
        late = await store.get(ITS_TWIN)
        late.code, late.listings = "202405060708090020", {}
        await store.save([late], moment("2024-05-06T12:00:00+08:00"))
        assert late.duplicate_of == OTHER_TITLE
    posts = {path.stem.rpartition("NW")[2] for path in (tmp_path / "mirror/_posts").glob("*")}
    # FIRST had its post already. It is written again because it is the first of a story.
    assert posts == {FIRST, REVISED, OTHER_TITLE, OTHER_DAY, PICTURED, OTHER_PICTURE}


@pytest.mark.parametrize("cut", ["_write_duplicates", "_write_claims"])
async def test_an_interrupted_comparison_of_mongodb_is_done_again(mongodb_url, monkeypatch, cut):
    write(mongodb_url, 3, ALIKE)
    goes_on = getattr(mongo_schema.MongoSchema, cut)

    async def killed(self, *args):
        await goes_on(self, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mongo_schema.MongoSchema, cut, killed)
        with pytest.raises(KeyboardInterrupt):
            await open_store(mongodb_url).open()
    assert version_of(mongodb_url) == 3
    async with open_store(mongodb_url) as store:
        assert await decided(store) == DECIDED
        waiting = {post.article.code for post in await store.pending(100)}
        assert waiting == {FIRST, REVISED, DOWN, OTHER_TITLE, OTHER_DAY, PICTURED, OTHER_PICTURE}


def test_a_long_upgrade_logs_its_progress(sqlite_url, monkeypatch, caplog):
    monkeypatch.setattr(upgrade, "SECONDS", -1)
    write(sqlite_url, 3)

    async def work():
        async with open_store(sqlite_url):
            pass

    asyncio.run(work())
    assert caplog.messages[-1] == "Bringing the store up to date: 3 of 3 articles are done"
