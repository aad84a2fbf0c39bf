"""同花顺: its flash news, and its lists of articles. Recorded on 2026-09-30."""

import re

from parsel import Selector

from finews_spider.articles import fields
from finews_spider.codes import PUBLISHERS
from finews_spider.errors import SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.html import read_html, text_of
from finews_spider.sources.publishers.whole import paragraphs, publication_at_end, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, object_at, objects, read_rows

PREFIX = "ths-"
HONG_KONG = "177"
MARKETS = {"17": "1", "20": "1", "33": "0", "36": "0", "151": "0", HONG_KONG: "116", "169": "106", "185": "105"}
"""Market, as 同花顺 numbers it → Eastmoney's number: Shanghai and its funds, Shenzhen and its funds, Beijing, Hong
Kong, New York (recorded for BA, GS, JPM, VALE), Nasdaq (recorded for AAPL). Boards (48) and futures (129) aren't here,
since they are no stocks."""
DAY = re.compile(r"/([0-9]{4})([0-9]{2})([0-9]{2})/")
"""The day in the URL of an article: ``https://news.10jqka.com.cn/20260930/c680400243.shtml``."""


def flash(body: bytes, content_type: str) -> ListPage:  # noqa: ARG001 -- all list readers get it
    """Return the flash news of ``news.10jqka.com.cn/tapp/news/push/stock/``, whole. The page has no cursor.

    ``{"code": "200", "msg": "成功", "data": {"list": [{seq, title, digest, url, ctime, rtime, stock: [{stockCode,
    stockMarket}]}]}}``; all values are strings.

    :raises SourceError: the answer reports an error, or has no such list.
    """
    answer = read_json(body)
    check_success(answer, "code", "msg", success="200")
    return read_rows(object_at(answer, "data"), "list", _flash)


def article_list(body: bytes, content_type: str) -> ListPage:
    """Return the articles of a list such as ``news.10jqka.com.cn/today_list/``, a web page in GBK.

    ``.list-con li`` has ``.arc-title a[data-seq][href]``, ``.arc-title span`` (``09月30日 13:10``) and ``a.arc-cont``
    (the beginning of the text). The page names the next one.

    :param content_type: the HTTP header, which may name the encoding.
    :raises SourceError: the answer is no web page, or has no such list.
    """
    listed = read_html(body, content_type).css(".list-con")[:1]
    if not listed:
        raise SourceError("the page has no list of articles (.list-con)", body)
    page = read_rows({"li": [_cells(row) for row in listed.xpath("./ul/li")]}, "li", _article)
    page.next = listed.css("a.next::attr(href)").get("")
    return page


def _flash(row: Row) -> ArticleRef:
    text = fields.plain(row.get("digest"))
    article = Article(
        code=numbered_code(PREFIX, row.get("seq")),
        title=fields.plain(row.get("title")),
        body=paragraphs(text),
        published_at=fields.time(row.get("ctime")),
        media=fields.plain(row.get("source")) or publication_at_end(text) or PUBLISHERS["ths"],
        source_url=fields.text(row.get("url")),
        stocks=fields.stocks([_quote(stock) for stock in objects(row.get("stock"))]),
    )
    return whole_row(article, updated=fields.time(row.get("rtime")))


def _quote(stock: Row) -> str:
    """Return ``1.600438``; a ticker of Hong Kong is ``HK6127`` here and ``06127`` at Eastmoney."""
    market, ticker = fields.text(stock.get("stockMarket")), fields.text(stock.get("stockCode"))
    if market == HONG_KONG and ticker.startswith("HK"):
        ticker = ticker[2:].zfill(5)
    return f"{MARKETS.get(market, '')}.{ticker}"


def _cells(row: Selector) -> Row:
    link = row.css(".arc-title a[data-seq]")[:1]
    return {
        "seq": link.xpath("@data-seq").get(),
        "url": link.xpath("@href").get(),
        "title": "".join(map(text_of, link)),
        "time": row.css(".arc-title span::text").get(),
        "digest": "".join(map(text_of, row.css(".arc-cont")[:1])),
    }


def _article(row: Row) -> ArticleRef:
    url = fields.text(row["url"])
    day = DAY.search(url)
    time = fields.time_near(fields.text(row["time"]), fields.time("-".join(day.groups())) if day else None)
    return ArticleRef(
        code=numbered_code(PREFIX, row["seq"]),
        title=row["title"],
        time=time,
        time_is_guess=time is not None,
        digest=row["digest"].removesuffix("...").rstrip(),
        url=url,
    )
