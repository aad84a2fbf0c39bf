"""格隆汇: its flash news, recorded on 2026-09-30."""

from functools import partial

from finews_spider.articles import fields
from finews_spider.articles.normalize import title_of
from finews_spider.codes import PUBLISHERS
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.publishers.whole import paragraphs, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, objects, read_rows, rows_decoder

PREFIX = "gelonghui-"
LIVES = rows_decoder(
    "result",
    "id title content createTimestamp updateTimestamp route contentPrefix relatedStocks source",
    beside="statusCode message",
)


def lives(body: bytes, _content_type: str) -> ListPage:
    """Return the flash news of ``…/api/live-channels/all/lives/v4``, whole. The cursor is the id of the last row.

    ``{"statusCode": 200, "message": "", "result": [{id, title, content, createTimestamp, updateTimestamp, route,
    contentPrefix, relatedStocks, source: {name}}]}``. A fifth of the rows have no title, and most no source.

    :raises SourceError: the answer reports an error, or has no ``result``.
    """
    answer = read_json(body, LIVES)
    check_success(answer, "statusCode", "message", success="200")
    page = read_rows(answer, "result", _flash)
    last = next((row for row in reversed(objects(answer["result"])) if numbered_code(PREFIX, row.get("id"))), {})
    page.cursor = fields.text(last.get("id"))
    return page


def _flash(row: Row) -> ArticleRef:
    code = numbered_code(PREFIX, row.get("id"))
    text = fields.plain(row.get("content"))
    # All texts begin alike, with 格隆汇9月30日｜, so the beginning is no title.
    title = fields.plain(row.get("title")) or title_of(text.removeprefix(fields.plain(row.get("contentPrefix"))))
    time = fields.later(row.get("createTimestamp"), row.get("updateTimestamp"))
    return whole_row(code, title, text, time, partial(_article, row, code, title, text))


def _article(row: Row, code: str, title: str, text: str) -> Article:
    source = row.get("source")
    return Article(
        code=code,
        title=title,
        body=paragraphs(text),
        published_at=fields.time(row.get("createTimestamp")),
        media=fields.plain(source.get("name") if isinstance(source, dict) else "") or PUBLISHERS["gelonghui"],
        source_url=fields.text(row.get("route")),
        stocks=fields.stocks([_quote(stock) for stock in objects(row.get("relatedStocks"))]),
    )


def _quote(stock: Row) -> str:
    """Return ``09988.HK``. ``AAPL.US`` is no stock to finews, since it doesn't name the exchange."""
    return f"{fields.text(stock.get('code'))}.{fields.text(stock.get('market'))}"
