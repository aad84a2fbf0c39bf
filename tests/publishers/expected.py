"""What finews should make of the sample's articles of other publishers."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from finews_spider.articles.links import web_code
from finews_spider.sample import SampleUpstream
from finews_spider.sample.publishers.articles import FIRST_IDS, Piece

CODES = {
    "wscn-lives": "wscn-live-",
    "wscn-articles": "wscn-",
    "cls-telegraph": "cls-",
    "cls-depth": "cls-",
    "sina-live": "sina-",
    "sina-roll": "sina-nitmeav",
    "ths-flash": "ths-",
    "ths-list": "ths-",
    "gelonghui-lives": "gelonghui-",
}
NAMES = {
    "wscn": "华尔街见闻",
    "cls": "财联社",
    "sina": "新浪财经",
    "ths": "同花顺",
    "gelonghui": "格隆汇",
    "feed": "样本站",
}
WITH_TEXTS = {"wscn-lives", "cls-telegraph", "sina-live", "ths-flash", "gelonghui-lives", "feed"}
"""Kinds whose lists hold the texts."""
SELLS = {"wscn-articles", "cls-telegraph", "cls-depth"}
"""Kinds of which some articles are paid for."""


@dataclass(frozen=True)
class Expected:
    """An article of the sample, and what finews should store of it."""

    kind: str
    code: str
    url: str
    piece: Piece

    @property
    def media(self) -> str:
        own = NAMES[self.kind.partition("-")[0]]
        if self.kind in {"wscn-lives", "cls-depth", "feed", "feed-summaries"}:
            return own
        return own if self.kind == "cls-telegraph" and self.is_partial else self.piece.media or own

    @property
    def is_partial(self) -> bool:
        return self.kind in SELLS and self.piece.is_paid

    @property
    def stocks(self) -> tuple[str, ...]:
        """The stock, where the publisher names it in a form that finews knows."""
        market = self.piece.stock.partition(".")[0]
        known = {"cls-telegraph": "1 0 116", "sina-live": "1 0 116", "ths-flash": "1 0 116 105"}.get(self.kind, "")
        if self.kind == "gelonghui-lives" and self.piece.number % 2:
            known = "1 0 116"
        return (self.piece.stock,) if market in known.split() else ()

    def has_text(self, body: str) -> bool:
        """Return whether *body* has the text: all of it, or of a paid article what is public."""
        shown = html.unescape(re.sub("<[^>]*>", "", body))
        lines = self.piece.shown_lines if self.is_partial else self.piece.lines
        return all(line in shown for line in lines) and (not self.is_partial or self.piece.lines[-1] not in shown)


def articles(upstream: SampleUpstream, kinds=tuple(FIRST_IDS)) -> Iterator[Expected]:
    """Yield the articles of the sample that finews should store."""
    for kind in kinds:
        for piece in upstream.publishers.listed(kind):
            if kind == "sina-roll" and piece.is_video:
                continue
            url = page_of(kind, piece, upstream.url)
            yield Expected(kind, f"{CODES[kind]}{piece.id}" if kind in CODES else web_code(url), url, piece)


def page_of(kind: str, piece: Piece, base: str) -> str:
    """Return the URL of an article's page."""
    day = f"{piece.published:%Y-%m-%d}"
    pages = {
        "wscn-lives": f"https://wallstreetcn.com/livenews/{piece.id}",
        "wscn-articles": f"https://wallstreetcn.com/{'premium/' if piece.is_paid else ''}articles/{piece.id}",
        "cls-telegraph": f"https://www.cls.cn/detail/{piece.id}",
        "cls-depth": f"https://www.cls.cn/detail/{piece.id}",
        "sina-live": f"https://finance.sina.com.cn/7x24/{day}/doc-i{piece.id}.shtml",
        "sina-roll": f"https://finance.sina.com.cn/stock/{day}/doc-initmeav{piece.id}.shtml",
        "ths-flash": f"https://news.10jqka.com.cn/{piece.published:%Y%m%d}/c{piece.id}.shtml",
        "ths-list": f"https://news.10jqka.com.cn/{piece.published:%Y%m%d}/c{piece.id}.shtml",
        "gelonghui-lives": f"https://www.gelonghui.com/live/{piece.id}",
    }
    if kind == "sina-live" and piece.is_newest:  # it has no URL yet
        return f"https://wap.cj.sina.cn/pc/7x24/{piece.id}"
    return pages.get(kind, f"{base}/site/{piece.id}.html")
