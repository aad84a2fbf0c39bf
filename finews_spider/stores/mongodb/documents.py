"""Records ↔ MongoDB documents.

Names from elsewhere (of channels, URLs, stats) are values here, never keys, because a key holds no dot and no dollar.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.stores.checks import checked
from finews_spider.stores.records import Alias, ChannelState, Known, Post, Takedown, Version, ref_record, retry_pause

Document = dict[str, Any]

ARTICLE_FIELDS = tuple(f.name for f in fields(Article) if f.name not in {"code", "listings"})


def second(time: datetime | None) -> datetime | None:
    """Return *time* in whole seconds, as every store holds it."""
    return time.replace(microsecond=0) if time else None


def dump_article(article: Article) -> Document:
    """Return the document of *article*, without the fields of its post."""
    own = {name: getattr(article, name) for name in ARTICLE_FIELDS}
    own["image_files"] = dump_pairs(article.image_files)
    dumped = {name: second(value) if isinstance(value, datetime) else value for name, value in own.items()}
    return {"_id": article.code} | dumped | {"listings": dump_listings(article.listings)}


@checked("the article", "_id")
def load_article(document: Document) -> Article:
    # A document of an earlier finews lacks the fields that were added later.
    own = {name: document[name] for name in ARTICLE_FIELDS if name in document}
    own |= {name: tuple(own[name]) for name in ("stocks", "images")}
    own["image_files"] = load_pairs(document.get("image_files", []))
    return Article(code=document["_id"], **own, listings=load_listings(document))


@checked("the article", "_id")
def load_post(document: Document, *, taken_down: bool) -> Post:
    return Post(
        load_article(document | {"listings": []}),
        document["post_path"],
        document["post_category"],
        taken_down=taken_down,
        old=document.get("post_old", False),
        pending=document["export_pending"],
        aliases=load_aliases(document),
    )


@checked("the article", "_id")
def load_known(document: Document) -> Known:
    """Return what a crawl needs to know of an article."""
    return Known(load_listings(document), document["revised_at"] or document["published_at"])


@checked("the takedown of the article", "_id")
def load_takedown(document: Document) -> Takedown:
    return Takedown(document["_id"], document["reason"], document["at"])


def load_aliases(document: Document) -> tuple[Alias, ...]:
    return tuple(Alias(each["url"], each["path"]) for each in document.get("post_aliases", ()))


def dump_aliases(aliases: Iterable[Alias]) -> list[Document]:
    return [alias._asdict() for alias in aliases]


def dump_version(document: Document) -> Document:
    """Return the document in ``revisions`` of an article that is about to be replaced."""
    kept = {name: document[name] for name in ("revision", "title", "body", "content_hash", "stocks")}
    shown = document["revised_at"] or document["published_at"]
    return {"_id": f"{document['_id']}:{document['revision']}", "code": document["_id"], "shown_at": shown} | kept


@checked("the version", "_id")
def load_version(document: Document) -> Version:
    stocks = tuple(document.get("stocks", ()))
    return Version(document["revision"], document["shown_at"], document["title"], document["body"], stocks)


def dump_listings(listings: Mapping[str, Listing]) -> list[Document]:
    return [
        {"channel": name, "time": second(row.time), "title": row.title, "text_hash": row.text_hash}
        for name, row in sorted(listings.items())
    ]


@checked("the article", "_id")
def load_listings(document: Document) -> dict[str, Listing]:
    rows = document.get("listings", ())
    return {row["channel"]: Listing(row["time"], row["title"], row.get("text_hash", "")) for row in rows}


def dump_failure(failure: FailedRef, attempts: int) -> Document:
    return {
        "_id": failure.ref.code,
        "channel": failure.ref.channel,
        "ref": ref_record(failure.ref) | {"time": second(failure.ref.time)},
        "reason": failure.reason,
        "attempts": attempts,
        "failed_at": second(failure.at),
        "retry_at": second(failure.at + retry_pause(attempts)),
    }


@checked("the failure of the article", "_id")
def load_ref(document: Document) -> ArticleRef:
    """Return the ref in a failure's *document*."""
    return ArticleRef(**document["ref"] | {"stocks": tuple(document["ref"]["stocks"])})


def dump_state(state: ChannelState) -> Document:
    dumped = asdict(state) | {name: second(getattr(state, name)) for name in ("asked_at", "succeeded_at", "newest")}
    return {"_id": dumped.pop("name")} | dumped | {"validators": dump_pairs(state.validators)}


@checked("the channel", "_id")
def load_state(document: Document) -> ChannelState:
    own = {name: value for name, value in document.items() if name != "_id"}
    return ChannelState(name=document["_id"], **own | {"validators": load_pairs(own["validators"])})


def dump_run(run: Mapping[str, Any]) -> Document:
    return {"_id": run["id"], "run": json.dumps(run, ensure_ascii=False)}


def dump_pairs(values: Mapping[str, Any]) -> list[Document]:
    return [{"name": name, "value": value} for name, value in values.items()]


@checked("a list of names and values", "")
def load_pairs(pairs: list[Document]) -> dict[str, Any]:
    return {pair["name"]: pair["value"] for pair in pairs}
