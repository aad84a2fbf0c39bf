"""华尔街见闻: its flash news and articles, in the shapes of recordings of 2026-09 and with their traps."""

from typing import Any

from finews_spider.sample.publishers.answers import Query, as_json, before, paragraphs
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    (
        "华尔街见闻快讯",
        "wscn-lives",
        "/apiv1/content/lives?channel=global-channel&client=pc&limit={count}&cursor={cursor}",
        "/apiv1/content/lives/{id}",
    ),
    (
        "华尔街见闻文章",
        "wscn-articles",
        "/apiv1/content/articles?limit={count}&cursor={cursor}",
        "/apiv1/content/articles/{id}?extract=0",
    ),
)
SITE = "https://wallstreetcn.com"
MOST_ARTICLES = 30
"""A list with more is refused."""
GONE = {"code": 60301, "message": "内容不存在或已被删除", "data": {}}
DISCLAIMER = "<div>风险提示及免责条款</div>\n<div>市场有风险，投资需谨慎。</div>"


def lives(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of flash news; the row of the cursor itself isn't on it."""
    page = before(sample.listed("wscn-lives"), query.get("cursor", ""))[: int(query["limit"])]
    end = {"next_cursor": str(page[-1].seconds), "polling_cursor": str(page[0].id)} if page else {"next_cursor": ""}
    return _success({"items": list(map(_live, page)), **end})


def live(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return one flash."""
    piece = sample.find("wscn-lives", query["id"])
    return _success(_live(piece)) if piece else as_json(GONE)


def articles(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of articles, or nothing for a limit over MOST_ARTICLES."""
    limit = int(query["limit"])
    if limit > MOST_ARTICLES:
        return _success("")
    page = before(sample.listed("wscn-articles"), query.get("cursor", "").rpartition(",")[2])[:limit]
    cursor = f"{page[0].seconds},{page[-1].seconds}" if page else ""
    rows = [{**_article(piece), "categories": ["global"], "content_args": []} for piece in page]
    return _success({"items": rows, "next_cursor": cursor})


def article(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return an article's text; one that is paid for breaks off and has no disclaimer."""
    piece = sample.find("wscn-articles", query["id"])
    if not piece:
        return as_json(GONE)
    text = paragraphs(piece.shown_lines) + ("" if piece.is_paid else DISCLAIMER)
    paid = {"product_id": 1, "vip_type": "gold"} if piece.is_paid else {}
    record = {"content": text, "categories": [{"key": "global", "name": "全球"}], "is_need_pay": piece.is_paid, **paid}
    return _success(_article(piece) | record)


def _success(data: object) -> bytes:
    return as_json({"code": 20000, "message": "OK", "data": data})


def _live(piece: Piece) -> dict[str, Any]:
    half = len(piece.lines) // 2 if piece.number % 2 else len(piece.lines)
    return {
        "id": piece.id,
        "title": piece.title,
        "content": paragraphs(piece.lines[:half]),
        "content_text": "\n".join(piece.lines[:half]) + "\n",
        "content_more": paragraphs(piece.lines[half:]),
        "display_time": piece.seconds,
        "uri": f"{SITE}/livenews/{piece.id}",
        "author": {"display_name": "王小样", "id": 1},
        "channels": ["global-channel"],
        "images": [],
        "cover_images": [],
        "symbols": [],
        "tags": [],
        "score": 1,
        "is_priced": False,
        "type": "live",
        "article": None,
    }


def _article(piece: Piece) -> dict[str, Any]:
    page = "premium/articles/{}?layout=wscn-layout" if piece.is_paid else "articles/{}"
    return {
        "id": piece.id,
        "title": piece.title,
        "content_short": piece.lines[0],
        "unshow_content_short": False,
        "display_time": piece.seconds,
        "uri": f"{SITE}/{page.format(piece.id)}",
        "author": {"display_name": "王小样", "id": 1},
        "source_name": piece.media,
        "source_uri": "",
        "is_priced": piece.is_paid,
        "symbols": [],
        "image": {},
    }


ROUTES = (
    ("/apiv1/content/lives", "list", lives),
    (r"/apiv1/content/lives/{id:\d+}", "text", live),
    ("/apiv1/content/articles", "list", articles),
    (r"/apiv1/content/articles/{id:\d+}", "text", article),
)
"""Path, kind of the request as the server counts it, and what answers."""
