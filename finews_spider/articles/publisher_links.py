"""Finds the code of an article of another publisher than Eastmoney in a link to it."""

import re
from hashlib import sha256

from w3lib.url import url_query_cleaner

from finews_spider.articles.links import SCHEME, canonical, split_link

_SINA = r"(?:finance|tech|news)\.sina\.(?:com\.)?cn/(?!7x24/)[^?#]*"
_THS = r"(?:news|m)\.10jqka\.com\.cn"
PAGES = {
    re.compile(pattern): prefix
    for pattern, prefix in (
        (r"(?:(?:www|m)\.)?wallstreetcn\.com/(?:premium/)?articles/([0-9]{1,12})", "wscn-"),
        (r"(?:(?:www|m)\.)?wallstreetcn\.com/livenews/([0-9]{1,12})", "wscn-live-"),
        (r"(?:(?:www|m)\.)?cls\.cn/detail/([0-9]{1,12})", "cls-"),
        (r"api3\.cls\.cn/share/article/([0-9]{1,12})", "cls-"),
        (rf"{_SINA}/doc-i([a-z0-9]{{8,30}})\.shtml", "sina-"),
        (rf"{_SINA}/detail-i([a-z0-9]{{8,30}})\.d\.html", "sina-"),
        (rf"{_THS}/[0-9]{{8}}/c([0-9]{{6,18}})\.shtml", "ths-"),
        (rf"{_THS}/m([0-9]{{6,18}})(?:_[0-9]+)?", "ths-"),
        (r"news\.10jqka\.com\.cn/tapp/news/share/([0-9]{6,18})", "ths-"),
        (r"(?:(?:www|m)\.)?gelonghui\.com/live/([0-9]{1,12})", "gelonghui-"),
        (r"(?:(?:www|m)\.)?nbd\.com\.cn/articles/[0-9]{4}-[0-9]{2}-[0-9]{2}/([0-9]{1,12})\.html", "nbd-"),
        (r"(?:(?:www|m)\.)?nbd\.com\.cn/rss/\w+/articles/([0-9]{1,12})\.html", "nbd-"),
    )
}
"""Host and path of an article's page → what its code begins with. Recorded in 2026-09, but for 每日经济新闻's pages for
other sites (``/rss/``) and 同花顺's ``m{id}_{number}``, which others' texts link to. A page of 新浪's 7x24 names no
code: the id of its row isn't in the URL."""
TRACKING = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def publisher_code(url: str) -> str:
    """Return the code of the article of a known publisher whose page *url* is, such as ``wscn-3782700``; else empty.

    :param url: with or without scheme and parameters. Blanks, brackets and punctuation around it don't matter.
    """
    _, parts = split_link(url)
    page = f"{parts.hostname or ''}{parts.path}".rstrip("/")
    found = ((prefix, pattern.fullmatch(page)) for pattern, prefix in PAGES.items())
    return next((f"{prefix}{match[1]}" for prefix, match in found if match), "")


def web_code(url: str) -> str:
    """Return the code of an article of any other site: ``web-`` and a hash of its *url*; empty if it is no http URL.

    Scheme, fragment, order of the parameters and those of tracking don't matter, nor does what is around it.
    """
    link, _ = split_link(url)
    page = canonical(url_query_cleaner(link, TRACKING, remove=True) if "utm_" in link else link)
    return f"web-{sha256(SCHEME.sub('', page).encode()).hexdigest()[:16]}" if page else ""
