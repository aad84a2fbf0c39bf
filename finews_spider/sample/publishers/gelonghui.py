"""格隆汇: its flash news, in the shapes of recordings of 2026-09 and with their traps."""

from typing import Any

from finews_spider.sample.publishers.answers import Query, as_json
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    (
        "格隆汇快讯",
        "gelonghui-lives",
        "/api/live-channels/all/lives/v4?category=all&liveId={cursor}&limit=15&timestamp={now}",
        "",
    ),
)
PAGE = 15
"""Rows of a page, whatever the URL says."""


def lives(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return the flash news before ``liveId``; without a timestamp, an old page."""
    listed = sample.listed("gelonghui-lives")
    if not query.get("timestamp"):
        listed = listed[PAGE:]
    last = int(query.get("liveId") or 0)
    page = [piece for piece in listed if not last or piece.id < last][:PAGE]
    return as_json({"statusCode": 200, "message": "", "totalCount": 0, "result": list(map(_flash, page))})


def _flash(piece: Piece) -> dict[str, Any]:
    market, ticker = piece.stock.split(".")
    place = {"1": "SH", "0": "SZ", "116": "HK"}.get(market, "US")
    opening = f"格隆汇{piece.day}｜"
    return {
        "id": piece.id,
        "title": piece.title and f"{piece.title} ",
        "content": opening + "\n".join(piece.lines),
        "contentPrefix": opening,
        "createTimestamp": piece.seconds,
        "updateTimestamp": int(piece.updated.timestamp()),
        "route": f"https://www.gelonghui.com/live/{piece.id}",
        "relatedStocks": [{"market": place, "code": ticker, "name": "样"}] if piece.number % 2 else None,
        "source": {"name": piece.media or None, "link": None},
        "pictures": [],
        "level": 0,
    }


ROUTES = (("/api/live-channels/all/lives/v4", "list", lives),)
"""Path, kind of the request as the server counts it, and what answers."""
