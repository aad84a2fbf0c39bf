"""The answers of publishers other than Eastmoney: one module for each publisher, one for feeds, one for web pages."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from finews_spider.items import Article, ListPage


def _reader(module: str, name: str) -> Callable[..., Any]:
    """Return the function *name* of a *module* here, which is loaded when the function is first called."""

    def read(*answer: object) -> object:
        return getattr(import_module(f"{__name__}.{module}"), name)(*answer)

    return read


LISTS: dict[str, Callable[[bytes, str], ListPage]] = {
    "wscn-lives": _reader("wscn", "lives"),
    "wscn-articles": _reader("wscn", "articles"),
    "cls-telegraph": _reader("cls", "telegraph"),
    "cls-depth": _reader("cls", "depth"),
    "sina-live": _reader("sina", "live"),
    "sina-roll": _reader("sina", "roll"),
    "ths-flash": _reader("ths", "flash"),
    "ths-list": _reader("ths", "article_list"),
    "gelonghui-lives": _reader("gelonghui", "lives"),
    "feed": _reader("feed", "feed"),
}
"""Kind of a channel → the function that reads its lists; the second argument is the Content-Type."""


@dataclass(frozen=True, slots=True)
class Text:
    """Where a publisher has the texts of the articles whose lists don't hold them."""

    url: str = ""
    """The URL of a text, with ``{id}``; empty: the article's own page, whose URL the list or the link names."""
    read: Callable[[bytes, str, str, str], Article] | None = None
    """Reads an answer: its body, the article's code, the Content-Type and the page's URL. None: the page is read by the
    table of hosts (``pages``)."""
    hosts: tuple[str, ...] = ()
    """Hosts of the publisher's pages, besides that of ``url``."""


TEXTS = {
    "wscn": Text("https://api-one-wscn.awtmt.com/apiv1/content/articles/{id}?extract=0", _reader("wscn", "article")),
    "wscn-live": Text("https://api-one-wscn.awtmt.com/apiv1/content/lives/{id}", _reader("wscn", "live")),
    "cls": Text("https://www.cls.cn/detail/{id}", _reader("cls", "detail")),
    "sina": Text(hosts=("finance.sina.com.cn", "finance.sina.cn", "tech.sina.com.cn", "news.sina.com.cn")),
    "ths": Text(hosts=("news.10jqka.com.cn", "m.10jqka.com.cn")),
    "nbd": Text(hosts=("www.nbd.com.cn", "m.nbd.com.cn")),
    "web": Text(),
}
"""What a code begins with → its text. 格隆汇 has its texts in its lists alone."""

IMAGE_HOSTS = {
    "wscn": ("wpimg-wscn.awtmt.com", "wpimg.wallstcn.com"),
    "cls": ("image.cls.cn", "img.cls.cn"),
    "sina": ("n.sinaimg.cn", "k.sinaimg.cn"),
    "gelonghui": ("img2.gelonghui.com", "img3.gelonghui.com"),
    "nbd": ("image.nbd.com.cn",),
}
"""Publisher → the exact hosts of the images in its articles, as recordings of 2026-09 show them."""


def publisher_of_kind(kind: str) -> str:
    """Return the publisher of the channels of a *kind*, such as ``wscn``; empty for Eastmoney's kinds."""
    return "web" if kind == "feed" else kind.partition("-")[0] if kind in LISTS else ""


def text_of_kind(kind: str) -> str:
    """Return the key in TEXTS of the articles that a list of this *kind* names."""
    return "wscn-live" if kind == "wscn-lives" else publisher_of_kind(kind)
