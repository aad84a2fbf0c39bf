"""Articles and refs for the stores' tests, and functions that read what a store has written."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import MongoClient

from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.times import SHANGHAI

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=SHANGHAI)
SHOWN = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)
A, B, C, D = (f"20260102123456789{n}" for n in range(4))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def article(code: str = A, text: str = "", **fields) -> Article:
    """Return an article with *text*, by default one that no other code has, hashed as the pipeline does it."""
    text = text or f"正文{code}"
    base = {
        "code": code,
        "title": "标题",
        "body": f"<p>{text}</p>",
        "published_at": SHOWN,
        "channel": "要闻",
        "text_hash": digest(text),
    } | fields
    made = Article(**base)
    made.content_hash = made.content_hash or digest(f"{made.title}|{made.body}|{made.published_at}")
    made.listings = made.listings or {made.channel: Listing(made.published_at, made.title)}
    return made


def ref(code: str = A, channel: str = "要闻", **fields) -> ArticleRef:
    return ArticleRef(**{"code": code, "channel": channel, "time": SHOWN, "title": "标题"} | fields)


def failure(code: str = A, at: datetime = NOW, **fields) -> FailedRef:
    return FailedRef(ref=ref(code, **fields), reason="HTTP 404", at=at)


def codes(count: int) -> list[str]:
    return [f"{n:018d}" for n in range(count)]


@dataclass(frozen=True)
class Revision:
    code: str
    revision: int
    title: str
    body: str


def revisions(url: str) -> list[Revision]:
    """Return what the store keeps of replaced versions."""
    names = list(Revision.__annotations__)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            rows = db.execute(f"SELECT {', '.join(names)} FROM revisions ORDER BY code, revision").fetchall()
        return [Revision(*row) for row in rows]
    with closing(MongoClient(url)) as client:
        found = client.get_default_database().revisions.find().sort([("code", 1), ("revision", 1)])
        return [Revision(*(document[name] for name in names)) for document in found]


def make_newer(url: str) -> None:
    """Let the store look as if a later finews had written it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            db.execute("PRAGMA user_version = 99")
    else:
        with closing(MongoClient(url)) as client:
            client.get_default_database().meta.replace_one({"_id": "schema"}, {"version": 99}, upsert=True)
