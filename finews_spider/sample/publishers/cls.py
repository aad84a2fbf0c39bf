"""财联社: its telegraph and articles, in the shapes of recordings of 2026-09 and with their traps."""

import hashlib
import json
from typing import Any

from finews_spider.sample.publishers.answers import Query, as_json, before, paragraphs, web_page
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    (
        "财联社电报",
        "cls-telegraph",
        "/v1/roll/get_roll_list?app=CailianpressWeb&last_time={cursor}&os=web&rn={count}&sv=8.7.9&sign={sign}",
        "/detail/{id}",
    ),
    (
        "财联社深度",
        "cls-depth",
        "/v3/depth/list/1000?app=CailianpressWeb&id=1000&last_time=0&os=web&rn={count}&sv=8.7.9&sign={sign}",
        "/detail/{id}",
    ),
)
MOST_FLASHES = 50
"""A list with more is empty."""
DEPTH_PAGE, OVERLAP = 30, 7
"""Articles of a page, and how many of them the page before had."""
UNSIGNED = {"errno": 10012, "msg": "签名错误", "data": {}}


def telegraph(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return the flash news strictly before ``last_time``, and none for an ``rn`` over MOST_FLASHES."""
    if not _is_signed(query):
        return as_json(UNSIGNED)
    count = int(query["rn"])
    page = before(sample.listed("cls-telegraph"), query.get("last_time", ""))[: count if count <= MOST_FLASHES else 0]
    return as_json({"errno": 0, "msg": "", "data": {"roll_data": list(map(_flash, page)), "is_vip": 0}})


def depth(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of articles in the order of an editor; the next page repeats a part of it."""
    if not _is_signed(query):
        return as_json(UNSIGNED)
    listed = sample.listed("cls-depth")
    ordered = [piece for start in range(0, len(listed), 5) for piece in reversed(listed[start : start + 5])]
    last = int(query["last_time"])
    start = next((place for place, piece in enumerate(ordered) if piece.seconds < last), len(ordered)) if last else 0
    rows = map(_row, ordered[max(0, start - OVERLAP) :][:DEPTH_PAGE] if start < len(ordered) else [])
    return as_json({"errno": 0, "msg": "", "data": list(rows)})


def detail(sample: SamplePublishers, query: Query, _: str) -> bytes | None:
    """Return the page of a flash or an article, with its data in a script."""
    flash, article = (sample.find(kind, query["id"]) for kind in ("cls-telegraph", "cls-depth"))
    piece = flash or article
    if not piece:
        return None
    detail = {
        "id": piece.id,
        "title": piece.title,
        "brief": piece.lines[0],
        "content": _text(piece) if flash else paragraphs(piece.shown_lines),
        "ctime": piece.seconds,
        "author": {"name": "李小样"},
        "isFree": not piece.is_paid,
        "status": 1,
        "secReviewer": "赵小样",
    }
    data = {"props": {"pageProps": {"articleDetail": detail, "error": {"errno": 200}}}}
    script = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return web_page(f'<h1>财联社</h1><script id="__NEXT_DATA__" type="application/json">{script}</script>')


def _is_signed(query: Query) -> bool:
    pairs = sorted((name, value) for name, value in query.items() if value and name not in {"sign", "channel"})
    first = hashlib.sha1("&".join(map("=".join, pairs)).encode(), usedforsecurity=False).hexdigest()
    return query.get("sign") == hashlib.md5(first.encode(), usedforsecurity=False).hexdigest()


def _text(piece: Piece) -> str:
    text = "\n".join(piece.shown_lines)
    title = f"【{piece.title}】" if piece.title else ""
    return f"{title}财联社{piece.day}电，{text}{'' if piece.is_paid else piece.source}"


def _flash(piece: Piece) -> dict[str, Any]:
    market, ticker = piece.stock.split(".")
    letters = {"1": "sh", "0": "sz", "116": "hk"}.get(market)
    return {
        "id": piece.id,
        "type": 20013 if piece.is_paid else -1,
        "title": piece.title,
        "content": _text(piece),
        "brief": _text(piece)[:300],
        "ctime": piece.seconds,
        "sort_score": piece.seconds,
        "modified_time": int(piece.updated.timestamp()),
        "author": piece.media,
        "level": "B",
        "is_top": 0,
        "is_ad": 0,
        "status": 1,
        "images": [],
        "stock_list": [{"StockID": f"{letters}{ticker}"}] if letters else [],
        "subjects": None,
        "shareurl": f"https://api3.cls.cn/share/article/{piece.id}?os=web&sv=8.7.9&app=CailianpressWeb",
    }


def _row(piece: Piece) -> dict[str, Any]:
    row = {"id": piece.id, "ctime": piece.seconds, "title": piece.title, "brief": piece.lines[0], "source": "李小样"}
    return row | {"external_link": "", "is_ad": 0, "article_tag": None, "c_type": 0, "SortScore": 0}


ROUTES = (
    ("/v1/roll/get_roll_list", "list", telegraph),
    ("/v3/depth/list/{channel}", "list", depth),
    (r"/detail/{id:\d+}", "page", detail),
)
"""Path, kind of the request as the server counts it, and what answers."""
