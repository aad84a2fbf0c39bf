"""同花顺: its flash news, and its lists of articles. Recorded on 2026-09-30."""

import re
from functools import partial

from lxml import etree
from lxml.cssselect import CSSSelector

from finews_spider.articles import fields
from finews_spider.codes import PUBLISHERS
from finews_spider.errors import SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.html import read_html
from finews_spider.sources.publishers.whole import paragraphs, pictures, publication_at_end, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, object_at, objects, read_rows, rows_decoder

PREFIX = "ths-"
HONG_KONG = "177"
MARKETS = {"17": "1", "20": "1", "33": "0", "36": "0", "151": "0", HONG_KONG: "116", "169": "106", "185": "105"}
"""Market, as 同花顺 numbers it → Eastmoney's number: Shanghai and its funds, Shenzhen and its funds, Beijing, Hong
Kong, New York (recorded for BA, GS, JPM, VALE), Nasdaq (recorded for AAPL). Boards (48) and futures (129) aren't here,
since they are no stocks."""
FLASHES = rows_decoder("data.list", "seq title digest url ctime rtime picUrl source stock", beside="code msg")
LINK, TIME, SUMMARY = map(CSSSelector, (".arc-title a[data-seq]", ".arc-title span", ".arc-cont"))
"""What a row of a list has. Compiled once, they take a third of the time of parsel's."""
DAY = re.compile(r"/([0-9]{4})([0-9]{2})([0-9]{2})/")
"""The day in the URL of an article: ``https://news.10jqka.com.cn/20260930/c680400243.shtml``."""


def flash(body: bytes, _content_type: str) -> ListPage:
    """Return the flash news of ``news.10jqka.com.cn/tapp/news/push/stock/``, whole. The page has no cursor.

    ``{"code": "200", "msg": "成功", "data": {"list": [{seq, title, digest, url, ctime, rtime, picUrl, stock:
    [{stockCode, stockMarket}]}]}}``; all values are strings.

    :raises SourceError: the answer reports an error, or has no such list.
    """
    answer = read_json(body, FLASHES)
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
    page = read_rows({"li": [_cells(row.root) for row in listed.xpath("./ul/li")]}, "li", _article)
    page.next = listed.css("a.next::attr(href)").get("")
    return page


def _flash(row: Row) -> ArticleRef:
    code, title = numbered_code(PREFIX, row.get("seq")), fields.plain(row.get("title"))
    text, picture = fields.plain(row.get("digest")), row.get("picUrl")
    shown = pictures([picture]) if picture else ""
    time = fields.later(row.get("ctime"), row.get("rtime"))
    return whole_row(code, title, text + shown, time, partial(_flash_article, row, code, title, text, shown))


def _flash_article(row: Row, code: str, title: str, text: str, shown: str) -> Article:
    return Article(
        code=code,
        title=title,
        body=paragraphs(text) + shown,
        published_at=fields.time(row.get("ctime")),
        media=fields.plain(row.get("source")) or publication_at_end(text) or PUBLISHERS["ths"],
        source_url=fields.text(row.get("url")),
        stocks=fields.stocks([_quote(stock) for stock in objects(row.get("stock"))]),
    )


def _quote(stock: Row) -> str:
    """Return ``1.600438``; a ticker of Hong Kong is ``HK6127`` here and ``06127`` at Eastmoney."""
    market, ticker = fields.text(stock.get("stockMarket")), fields.text(stock.get("stockCode"))
    if market == HONG_KONG and ticker.startswith("HK"):
        ticker = ticker[2:].zfill(5)
    return f"{MARKETS.get(market, '')}.{ticker}"


def _cells(row: etree._Element) -> Row:
    link = _first(LINK, row)
    return {
        "seq": link.get("data-seq"),
        "url": link.get("href"),
        "title": _text(link),
        "time": _text(_first(TIME, row)),
        "digest": _text(_first(SUMMARY, row)),
    }


def _first(select: CSSSelector, row: etree._Element) -> etree._Element:
    """Return the first element that *select* finds; an empty one if there is none."""
    found: list[etree._Element] = select(row)  # type: ignore[assignment]  # CSS finds elements alone
    return found[0] if found else etree.Element("none")


def _text(element: etree._Element) -> str:
    """Return the text of an element on one line."""
    return " ".join(etree.tostring(element, encoding="unicode", method="text", with_tail=False).split())


def _article(row: Row) -> ArticleRef:
    url = fields.text(row["url"])
    day = DAY.search(url)
    time = fields.time_near(row["time"], fields.time("-".join(day.groups())) if day else None)
    return ArticleRef(
        code=numbered_code(PREFIX, row["seq"]),
        title=row["title"],
        time=time,
        time_is_guess=time is not None,
        digest=row["digest"].removesuffix("...").rstrip(),
        url=url,
    )
