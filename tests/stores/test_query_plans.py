"""What a run, an export and a status ask of a store is answered by an index, however much is stored."""

import asyncio
import re
from datetime import timedelta

from pymongo import monitoring

from finews_spider.stores import open_store
from finews_spider.stores.mongodb.upkeep import INDEXES
from finews_spider.stores.records import ChannelState
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, failure, ref

GROWING = re.compile(r"SCAN (articles|a|listings|l|revisions|runs|images|takedowns)\b(?! USING (COVERING )?INDEX)")


async def everything(store) -> None:
    """Ask all that a tick, an export and a status ask, with something in every table."""
    now = NOW
    for text in ("一", "二"):
        now += MINUTE
        made = [article(code, text=f"{code}{text}", media="晨报") for code in (A, B)]
        await store.save([*made, article(C, text=f"{A}{text}")], now)
    await store.add_listings([ref(A, "快讯")])
    await store.save_failures([failure(D)])
    await store.mark_gone([ref(B)], now)
    await store.save_channels([ChannelState("要闻")])
    await store.save_run({"id": "20260102T120000-000000", "started_at": NOW.isoformat()})
    await store.take_down(B, "x", now)
    await store.twins(A)
    await store.known([A, B, C, D])
    await store.due(["要闻"], now)
    await store.channel_states()
    while posts := await store.pending(500):
        await store.slug_of("晨报", "chenbao")
        for post in posts:
            post.path, post.category, post.pending = f"_posts/2026-01-02-NW{post.article.code}.md", "chenbao", False
        await store.mark_exported(posts)
    await store.requeue_by_age(SHOWN + timedelta(days=1))
    await store.image_users(["images/ab/cd.png"])
    await store.slugs()
    await store.history(A)
    await store.get(A)
    await store.summary(NOW)
    await store.runs(10)


def test_no_question_reads_a_whole_table(sqlite_url):
    asked: dict[str, None] = {}

    async def plans() -> dict[str, str]:
        async with open_store(sqlite_url) as store:
            await store._do(store._db.set_trace_callback, asked.setdefault)
            await everything(store)
            await store._do(store._db.set_trace_callback, None)
            told = {}
            for statement in asked:
                if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
                    rows = await store.rows(f"EXPLAIN QUERY PLAN {statement}")
                    told[statement] = "; ".join(row["detail"] for row in rows)
            return told

    plans_of = asyncio.run(plans())
    assert len(plans_of) > 20
    assert {statement: plan for statement, plan in plans_of.items() if GROWING.search(plan)} == {}


class Commands(monitoring.CommandListener):
    """Notes what MongoDB is asked, while it is listened to."""

    def __init__(self):
        self.asked: list[tuple[str, dict]] = []
        self.listens = False
        monitoring.register(self)

    def started(self, event):
        if self.listens:
            self.asked += [(event.command[event.command_name], each) for each in filters_of(event)]

    def succeeded(self, event):
        pass

    failed = succeeded


def filters_of(event) -> list[dict]:
    """Return by what a command finds its documents; nothing for one that finds none, or only counts all."""
    command = event.command
    if event.command_name == "find":
        return [command["filter"]]
    if event.command_name == "aggregate":
        return [command["pipeline"][0].get("$match", {})]
    if event.command_name == "count" and not command.get("query"):
        return []
    return [each["q"] for each in command.get("updates", command.get("deletes", []))]


def has_index(condition: dict) -> bool:
    """Whether MongoDB finds by an index what *condition* says: by one's first field, or each of several so."""
    if "$or" in condition and all(map(has_index, condition["$or"])):
        return True
    return bool(condition.keys() & {"_id", *(keys[0] for keys in INDEXES)})


def test_no_question_reads_a_whole_collection(mongodb_url):
    commands = Commands()

    async def ask():
        async with open_store(mongodb_url) as store:
            store._mongo.is_ferretdb = False  # whatever answers: what MongoDB itself is asked
            commands.listens = True
            await everything(store)
            commands.listens = False

    asyncio.run(ask())
    growing = {"articles", "revisions", "texts", "takedowns", "runs"}
    assert {collection for collection, _ in commands.asked} >= growing - {"revisions"}
    assert [each for each in commands.asked if each[0] in growing and not has_index(each[1])] == []
