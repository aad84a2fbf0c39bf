"""MongoDB documents ↔ SQLite rows, for a backup and a restore."""

import json
from collections.abc import Callable, Sequence
from sqlite3 import Row
from typing import Any

from finews_spider.articles import readings
from finews_spider.stores.mongodb import documents
from finews_spider.stores.mongodb.documents import Document
from finews_spider.stores.records import ref_record
from finews_spider.stores.rules import fold
from finews_spider.stores.sqlite import rows
from finews_spider.stores.sqlite.stories import sketch_rows


def article_rows(document: Document) -> dict[str, list[dict[str, Any]]]:
    """Return table → rows, for one article."""
    article = documents.load_article(document)
    post = {name: document[name] for name in ("export_pending", "post_path", "post_category")}
    aliases = rows.dump_aliases(documents.load_aliases(document))
    own = dict(zip(rows.ARTICLE_COLUMNS, rows.dump_article(article), strict=True))
    own["story"] = document.get("story")
    return {
        "articles": [own | post | {"post_old": document.get("post_old", False), "post_aliases": aliases}],
        "listings": [
            dict(zip(rows.LISTING_COLUMNS, rows.dump_listing(article.code, channel, listing), strict=True))
            for channel, listing in article.listings.items()
        ],
        "sketches": []
        if own["story"] is None
        else sketch_rows(article, readings.read(article.title, article.body).sketch()),
        "images": [{"path": path, "code": article.code} for path in article.image_files.values()],
    }


def article_document(row: Row, listings: Sequence[Row], *, taken_down: bool) -> Document:
    """Return the document of an article.

    :param listings: the article's rows of the table of that name.
    """
    article = rows.load_article(row)
    article.listings = {each["channel"]: rows.load_listing(each) for each in listings}
    flags = {name: bool(row[name]) for name in ("export_pending", "post_old")} | {"taken_down": taken_down}
    post = {name: row[name] for name in ("post_path", "post_category")}
    if aliases := rows.load_aliases(row["post_aliases"]):
        post["post_aliases"] = documents.dump_aliases(aliases)
    return documents.dump_article(article) | post | flags


def _revision_row(document: Document) -> dict[str, Any]:
    own = {name: document[name] for name in ("code", "revision", "title", "body", "content_hash")}
    return own | {"shown_at": rows.iso(document["shown_at"]), "stocks": json.dumps(document.get("stocks", []))}


def _revision_document(row: Row) -> Document:
    own = {name: row[name] for name in ("code", "revision", "title", "body", "content_hash")}
    own |= {"shown_at": rows.time_of(row["shown_at"]), "stocks": json.loads(row["stocks"])}
    return {"_id": f"{row['code']}:{row['revision']}"} | own


def _failure_row(document: Document) -> dict[str, Any]:
    own = {name: document[name] for name in ("channel", "reason", "attempts")}
    times = {name: rows.iso(document[name]) for name in ("failed_at", "retry_at")}
    return {"code": document["_id"], "ref": rows.dump_record(documents.load_ref(document))} | own | times


def _failure_document(row: Row) -> Document:
    own = {name: row[name] for name in ("channel", "reason", "attempts")}
    times = {name: rows.time_of(row[name]) for name in ("failed_at", "retry_at")}
    return {"_id": row["code"], "ref": ref_record(rows.load_ref(row["ref"]))} | own | times


TO_ROW: dict[str, Callable[[Document], dict[str, Any]]] = {
    "revisions": _revision_row,
    "failures": _failure_row,
    "channels": lambda each: {"name": each["_id"], "state": rows.dump_record(documents.load_state(each))},
    "slugs": lambda each: {"name": each["_id"], "slug": each["slug"], "folded": fold(each["slug"])},
    "takedowns": lambda each: {"code": each["_id"], "reason": each["reason"], "at": rows.iso(each["at"])},
    "runs": lambda each: {"id": each["_id"], "run": each["run"]},
}
"""Name of a table and of its collection → the function that makes a row of a document."""
TO_DOCUMENT: dict[str, tuple[str, Callable[[Row], Document]]] = {
    "revisions": ("revisions", _revision_document),
    "failures": ("failures", _failure_document),
    "channels": ("channels", lambda row: documents.dump_state(rows.load_state(row["state"]))),
    "slugs": ("slugs", lambda row: {"_id": row["name"], "slug": row["slug"]}),
    "slug_names": ("slugs", lambda row: {"_id": row["folded"], "name": row["name"], "slug": row["slug"]}),
    "takedowns": (
        "takedowns",
        lambda row: {"_id": row["code"], "reason": row["reason"], "at": rows.time_of(row["at"])},
    ),
    "runs": ("runs", lambda row: {"_id": row["id"], "run": row["run"]}),
}
"""Collection → its table, and the function that makes a document of a row."""
COLLECTIONS = ("articles", "texts", "sketches", "stories", "unread", *TO_DOCUMENT)
"""All collections of a store but ``meta``."""
