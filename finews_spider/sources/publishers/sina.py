"""新浪财经: its flash news (7x24), and its rolling lists of articles.

Both answer ``{"result": {"status": {"code": 0, "msg": "OK"}, "data": …}}``, as JSON or JSONP. The flash news was
recorded on 2026-09-19, the articles on 2026-09-29.
"""

import re
from functools import partial

from finews_spider.articles import fields
from finews_spider.articles.body import MARKUP
from finews_spider.codes import PUBLISHERS
from finews_spider.errors import SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.publishers.whole import paragraphs, publication_at_end, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, object_at, objects, read_rows, rows_decoder

PREFIX = "sina-"
FLASHES = rows_decoder(
    "result.data.feed.list", "id rich_text create_time update_time is_delete docurl ext", beside="status"
)
DOCUMENT = re.compile(r"comos:([a-z0-9]{8,30})")
"""The ``docid`` of an article. Its page is ``…/doc-i{id}.shtml``."""
LIVE_PAGE = "https://wap.cj.sina.cn/pc/7x24/{}"
"""The page of a flash by its id, as Sina's own list links it (known from others' code and links, not recorded)."""


def live(body: bytes, _content_type: str) -> ListPage:
    """Return the flash news of ``zhibo.sina.com.cn/api/zhibo/feed``, whole. The page has no cursor.

    ``data.feed.list`` holds ``{id, rich_text, create_time, update_time, is_delete, docurl, ext}``, where ``ext`` is an
    object as JSON text: ``{stocks: [{market, symbol}], docurl}``. The rest of a row, such as staff's mail addresses and
    readers' comments, isn't read. app.cj.sina.com.cn answers in the same shape (known from others' code).

    :raises SourceError: the answer reports an error, or has no such list.
    """
    return read_rows(object_at(_result(read_json(body, FLASHES)), "data", "feed"), "list", _flash)


def roll(body: bytes, _content_type: str) -> ListPage:
    """Return the articles of ``feed.mix.sina.com.cn/api/roll/get``, newest first. The page has no cursor.

    ``data`` holds ``{docid, url, title, intro, media_name, ctime, vid}``, all strings. A video (``vid`` isn't 0) has no
    text, so its row names no article. ``mtime``, up to eight minutes later than ``ctime`` in the recording, isn't read:
    a row has one time, and the post gets its day and path from that.

    :raises SourceError: the answer reports an error, or has no such list.
    """
    return read_rows(_result(read_json(body)), "data", _article)


def _result(answer: Row) -> Row:
    result = object_at(answer, "result")
    check_success(object_at(result, "status"), "code", "msg", success="0")
    return result


def _flash(row: Row) -> ArticleRef | None:
    if fields.text(row.get("is_delete")) == "1":
        return None
    text = fields.plain(MARKUP.sub("", fields.text(row.get("rich_text"))))
    code = numbered_code(PREFIX, row.get("id"))
    time = fields.later(row.get("create_time"), row.get("update_time"))
    return whole_row(code, "", text, time, partial(_flash_article, row, code, text))


def _flash_article(row: Row, code: str, text: str) -> Article:
    ext = _ext(row.get("ext"))
    # Both URLs are missing while a row is less than a minute old.
    url = fields.text(ext.get("docurl")) or fields.text(row.get("docurl"))
    return Article(
        code=code,
        body=paragraphs(text),
        published_at=fields.time(row.get("create_time")),
        media=publication_at_end(text) or PUBLISHERS["sina"],
        source_url=url or LIVE_PAGE.format(fields.text(row.get("id"))),
        stocks=fields.stocks([_quote(stock) for stock in objects(ext.get("stocks"))]),
    )


def _ext(written: object) -> Row:
    try:
        return read_json(fields.text(written).encode("utf-8", "replace"))
    except SourceError:  # an empty text, too
        return {}


def _quote(stock: Row) -> str:
    """Return a stock of Shanghai, Shenzhen, Beijing or Hong Kong as ``600000.SH``; else something that is no stock.

    Sina finds stocks by words of the text. Its funds, futures and stocks of the third board match words such as AI, and
    its US stocks (``jpm``) don't name their exchange, so these are left out.
    """
    market, symbol = fields.text(stock.get("market")), fields.text(stock.get("symbol"))
    return f"{symbol}.HK" if market == "hk" else f"{symbol[2:]}.{symbol[:2].upper()}" if market == "cn" else ""


def _article(row: Row) -> ArticleRef | None:
    if fields.text(row.get("vid")) not in {"", "0"}:
        return None
    document = DOCUMENT.fullmatch(fields.text(row.get("docid")))
    return ArticleRef(
        code=f"{PREFIX}{document[1]}" if document else "",
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("ctime")),
        digest=fields.plain(row.get("intro")),
        media=fields.plain(row.get("media_name")),
        url=fields.text(row.get("url")),
    )
