"""同花顺: its flash news and articles, in the shapes of recordings of 2026-09 and with their traps."""

import html
from typing import Any

from finews_spider.sample.publishers.answers import CLOCK, Query, as_json, numbered, paragraphs, web_page
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    (
        "同花顺快讯",
        "ths-flash",
        "/tapp/news/push/stock/?page={page}&pagesize={count}&track=website&tag=",
        "/c{id}.shtml",
    ),
    ("同花顺要闻", "ths-list", "/today_list/", "/c{id}.shtml"),
)
SITE = "https://news.10jqka.com.cn"
LIST_PAGE = 25
"""Articles of a page."""


def flash(sample: SamplePublishers, query: Query, _: str) -> bytes:
    """Return a page of flash news, in which every value is a string."""
    listed = sample.listed("ths-flash")
    rows = list(map(_flash, numbered(listed, query["page"], query["pagesize"])))
    return as_json({"code": "200", "msg": "成功", "data": {"list": rows, "filter": [], "total": str(len(listed))}})


def article_list(sample: SamplePublishers, query: Query, _: str) -> bytes | None:
    """Return a page of articles in GBK, whose times have no year."""
    listed, number = sample.listed("ths-list"), int(query.get("page") or 1)
    page = listed[(number - 1) * LIST_PAGE : number * LIST_PAGE]
    following = number * LIST_PAGE < len(listed)
    link = f'<a href="index_{number + 1}.shtml" class="next">下一页</a>' if following else ""
    shown = f'<ul>{"".join(map(_item, page))}</ul><div class="bottom">{link}</div>'
    return web_page(f'<div class="list-con">{shown}</div>', charset="gbk") if page else None


def article(sample: SamplePublishers, query: Query, _: str) -> bytes | None:
    """Return the page of a flash or an article, where links on stocks have put their tickers into the text."""
    piece = sample.find("ths-flash", query["id"]) or sample.find("ths-list", query["id"])
    if not piece:
        return None
    link = f'<p>涉及<a class="link-wrapper" href="#">样本股份（{piece.stock.split(".")[1]}）</a>。</p>'
    text = f'<div class="news-content-parsed">{paragraphs(piece.lines)}{link}</div>'
    return web_page(
        f"<h1>{html.escape(piece.title)}</h1><div><div><span>{piece.published:{CLOCK}}</span>"
        f'<div>来源：<a href="https://media.example/">{piece.media or "同花顺"}</a></div></div></div>'
        f'<div class="news-content article-content">{text}</div>'
    )


def _url(piece: Piece) -> str:
    return f"{SITE}/{piece.published:%Y%m%d}/c{piece.id}.shtml"


def _flash(piece: Piece) -> dict[str, Any]:
    market, ticker = piece.stock.split(".")
    number = {"1": "17", "0": "33", "116": "177", "105": "185"}[market]
    stock = {"name": "样", "stockCode": f"HK{ticker[1:]}" if market == "116" else ticker, "stockMarket": number}
    return {
        "id": str(piece.number),
        "seq": str(piece.id),
        "title": piece.title or piece.lines[0][:20],
        "digest": piece.text,
        "short": piece.text,
        "url": _url(piece),
        "ctime": str(piece.seconds),
        "rtime": str(int(piece.updated.timestamp())),
        "source": "",
        "import": "0",
        "stock": [stock],
        "field": [],
    }


def _item(piece: Piece) -> str:
    title, link = html.escape(piece.title), f'href="{_url(piece)}" data-seq="{piece.id}"'
    return (
        f'<li><span class="arc-title"><a target="_blank" title="{title}" class="news-link" {link}>{title}</a>'
        f"<span>{piece.published:%m月%d日 %H:%M}</span></span>"
        f'<a class="arc-cont news-link" {link}>&ensp;&ensp;{html.escape(piece.lines[0][:60])} ...</a></li>'
    )


ROUTES = (
    ("/tapp/news/push/stock/", "list", flash),
    ("/today_list/", "column", article_list),
    (r"/today_list/index_{page:\d+}.shtml", "column", article_list),
    (r"/c{id:\d+}.shtml", "page", article),
)
"""Path, kind of the request as the server counts it, and what answers."""
