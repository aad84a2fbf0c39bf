"""新浪财经: its flash news and articles, in the shapes of recordings of 2026-09 and with their traps."""

import html
import json
from typing import Any

from finews_spider.sample.publishers.answers import CLOCK, Query, as_json, numbered, paragraphs, web_page
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    (
        "新浪财经7x24",
        "sina-live",
        "/api/zhibo/feed?page={page}&page_size={count}&zhibo_id=152&tag_id=0&dire=f&dpc=1",
        "",
    ),
    (
        "新浪财经滚动",
        "sina-roll",
        "/api/roll/get?pageid=153&lid=2516&k=&num={count}&page={page}",
        "/doc-i{id}.shtml",
    ),
)
SITE = "https://finance.sina.com.cn"
DOCUMENT = "nitmeav"
"""How the ids of articles begin."""
MOST_ARTICLES = 50
"""A page has no more, whatever the URL says."""


def live(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of flash news. The newest row has no URL yet."""
    rows = list(map(_flash, numbered(sample.listed("sina-live"), query["page"], query["page_size"])))
    return as_json({"result": {"status": {"code": 0, "msg": "OK"}, "data": {"feed": {"list": rows, "html": ""}}}})


def roll(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of articles, of which some are videos."""
    size = str(min(int(query["num"]), MOST_ARTICLES))
    rows = list(map(_row, numbered(sample.listed("sina-roll"), query["page"], size)))
    return as_json({"result": {"status": {"code": 0, "msg": "succ"}, "top": [], "data": rows}})


def article(sample: SamplePublishers, query: Query, _: str) -> bytes | None:
    """Return an article's page."""
    piece = sample.find("sina-roll", query["id"].removeprefix(DOCUMENT))
    if not piece:
        return None
    title, media = html.escape(piece.title), piece.media or "新浪财经"
    return web_page(
        f'<h1 class="main-title">{title}</h1><div class="date-source"><span class="date">'
        f'{piece.published:%Y年%m月%d日 %H:%M}</span><span class="source">{media}</span></div>'
        f'<div class="article" id="artibody">{paragraphs(piece.lines, indent=True)}'
        '<p class="article-editor">责任编辑：孙小样 </p></div>',
        f'<meta property="article:published_time" content="{piece.published.isoformat()}">'
        f'<meta property="article:author" content="{media}">',
    )


def _flash(piece: Piece) -> dict[str, Any]:
    market, ticker = piece.stock.split(".")
    names = {"1": ("cn", f"sh{ticker}"), "0": ("cn", f"sz{ticker}"), "116": ("hk", ticker)}
    place, symbol = names.get(market, ("us", ticker.lower()))
    urls = {} if piece.is_newest else {"docurl": f"{SITE}/7x24/{piece.published:%Y-%m-%d}/doc-i{piece.id}.shtml"}
    return {
        "id": piece.id,
        "rich_text": (f"【{piece.title}】" if piece.title else "") + piece.text,
        "create_time": f"{piece.published:{CLOCK}}",
        "update_time": f"{piece.updated:{CLOCK}}",
        "is_delete": 0,
        "creator": "editor@example.com",
        "check_user": "editor@example.com",
        "tag": [{"id": "3", "name": "公司"}],
        "ext": json.dumps({"stocks": [{"market": place, "symbol": symbol, "key": "样"}], **urls}),
        "comment_list": {"list": [{"user": {"nick": "钱小样"}, "content": "读者的评论"}], "total": 1},
        **urls,
    }


def _row(piece: Piece) -> dict[str, Any]:
    return {
        "docid": f"comos:{DOCUMENT}{piece.id}",
        "url": f"{SITE}/stock/{piece.published:%Y-%m-%d}/doc-i{DOCUMENT}{piece.id}.shtml",
        "title": piece.title,
        "intro": piece.lines[0],
        "summary": "",
        "media_name": piece.media or "新浪财经",
        "ctime": str(piece.seconds),
        "mtime": str(int(piece.updated.timestamp())),
        "vid": "7" if piece.is_video else "0",
        "img": {"u": "", "w": 100} if piece.number % 2 else [],
        "images": [],
    }


ROUTES = (
    ("/api/zhibo/feed", "list", live),
    ("/api/roll/get", "list", roll),
    (rf"/doc-i{{id:{DOCUMENT}\d+}}.shtml", "page", article),
)
"""Path, kind of the request as the server counts it, and what answers."""
