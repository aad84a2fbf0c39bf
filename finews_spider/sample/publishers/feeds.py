"""A site that finews doesn't know, with two feeds: one of whole texts, one of summaries."""

import html
from collections.abc import Iterable

from finews_spider.sample.publishers.answers import Query, paragraphs, web_page
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

CHANNELS = (
    ("样本站全文", "feed", "/rss/full.xml", ""),
    ("样本站摘要", "feed", "/rss/summaries.xml", ""),
)


def full(sample: SamplePublishers, _: Query, base: str) -> bytes:
    """Return an RSS feed whose items have their whole texts."""
    return _rss(sample.listed("feed"), base, has_text=True)


def summaries(sample: SamplePublishers, _: Query, base: str) -> bytes:
    """Return an RSS feed whose items begin the texts that their pages have."""
    return _rss(sample.listed("feed-summaries"), base, has_text=False)


def site_page(sample: SamplePublishers, query: Query, _: str) -> bytes | None:
    """Return the page of an article that a feed names, in no form that finews knows."""
    piece = sample.find("feed", query["id"]) or sample.find("feed-summaries", query["id"])
    if not piece:
        return None
    menu = "<nav><ul><li><a href='/'>首页</a></li><li><a href='/rss/full.xml'>订阅</a></li></ul></nav>"
    title = html.escape(piece.title)
    text = f"<article><h1>{title}</h1>{paragraphs(piece.lines)}</article><footer>版权所有</footer>"
    return web_page(f"{menu}<main>{text}</main>", f"<title>{title}</title>")


def _rss(listed: Iterable[Piece], base: str, *, has_text: bool) -> bytes:
    items = "".join(
        f"<item><title><![CDATA[ {piece.title} ]]></title><link>{base}/site/{piece.id}.html</link>"
        f"<pubDate>{piece.published:%a, %d %b %Y %H:%M:%S %z}</pubDate>"
        f"<description>{html.escape(piece.lines[0])}</description>"
        + (f"<content:encoded><![CDATA[{paragraphs(piece.lines)}]]></content:encoded>" if has_text else "")
        + "</item>"
        for piece in listed
    )
    channel = f"<channel><title>样本站</title><link>{base}/</link><description>样本</description>{items}</channel>"
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {space}>{channel}</rss>'.encode()


ROUTES = (
    ("/rss/full.xml", "feed", full),
    ("/rss/summaries.xml", "feed", summaries),
    (r"/site/{id:\d+}.html", "page", site_page),
)
"""Path, kind of the request as the server counts it, and what answers."""
