"""华尔街见闻: the API of its site, ``https://api-one-wscn.awtmt.com/apiv1/content/``.

Each answer is ``{"code": 20000, "message": "OK", "data": …}``. Lives were recorded on 2026-09-19 and 2026-10-10, the
list of articles and two articles on 2026-09-29. The information flow, a single live and the answer for a deleted
article are known from programs of others. No recorded row has stocks, so their spelling in ``symbols`` is a guess.
"""

import re
from collections.abc import Callable
from functools import partial

from finews_spider.articles import fields
from finews_spider.articles.body import MARKUP
from finews_spider.codes import PUBLISHERS
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.publishers.whole import LONGEST_END, paragraphs, pictures, publication_at_end, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, object_at, objects, read_rows, rows_decoder

ARTICLE, LIVE = "wscn-", "wscn-live-"
"""What codes begin with. Flash news, which the API calls lives, are numbered apart from articles."""
SITE = "https://wallstreetcn.com"
SUCCESS, DELETED = "20000", "60301"
"""Values of ``code``."""
LIVES = rows_decoder(
    "data.items",
    "id title content content_more images display_time uri symbols is_priced is_need_pay",
    beside="code message next_cursor",
)
DISCLAIMER = re.compile(r"<div\b[^<>]*>\s*风险提示及免责条款\s*</div>\s*<div\b[^<>]*>[^<>]*</div>\s*\Z")
"""The end of each article that is free."""
SYMBOL_KEYS = ("key", "symbol", "code")


def lives(body: bytes, content_type: str) -> ListPage:  # noqa: ARG001 -- all list readers get it
    """Return the flash news of ``lives?channel=global-channel&limit=20``, with their texts.

    :raises SourceError: the answer reports an error, or has no ``items``.
    """
    return _page(_data(read_json(body, LIVES)), _live_row)


def articles(body: bytes, content_type: str) -> ListPage:  # noqa: ARG001 -- all list readers get it
    """Return the articles of ``articles?limit=30`` or ``information-flow?channel=global-channel&accept=article``.

    :raises SourceError: the answer reports an error, has no ``items``, or is empty, as it is for a ``limit`` over 30.
    """
    answer = read_json(body)
    check_success(answer, "code", "message", success=SUCCESS)
    if answer.get("data") == "":
        raise SourceError("the answer's data is empty, as it is for a limit over 30 in the URL")
    return _page(object_at(answer, "data"), _article_row)


def article(body: bytes, code: str, content_type: str, url: str) -> Article:  # noqa: ARG001 -- all text readers get it
    """Return the article *code* of ``articles/{id}?extract=0``. One that must be paid for is cut.

    :param url: its page.
    :raises ArticleGone: it is deleted.
    :raises SourceError: the answer reports another error, holds another article, or shows nothing without payment.
    """
    data = _data(read_json(body), code)
    _check_id(data, code, ARTICLE)
    return Article(
        code=code,
        title=fields.plain(data.get("title")),
        digest=_summary(data),
        body=_shown(DISCLAIMER.sub("", fields.text(data.get("content"))), data, code),
        published_at=fields.time(data.get("display_time")),
        media=fields.plain(data.get("source_name")) or PUBLISHERS["wscn"],
        source_url=_page_url(url) or f"{SITE}/articles/{code.removeprefix(ARTICLE)}",
        stocks=_stocks(data),
        partial=_is_paid(data),
    )


def live(body: bytes, code: str, content_type: str, url: str) -> Article:  # noqa: ARG001 -- all text readers get it
    """Return the flash news *code* of ``lives/{id}``, whose ``data`` is a row of the list.

    :param url: its page.
    :raises ArticleGone: it is deleted.
    :raises SourceError: as :func:`article` does.
    """
    data = _data(read_json(body), code)
    _check_id(data, code, LIVE)
    found = _live(data, code)
    found.body = _shown(found.body, data, code)
    found.source_url = _page_url(url) or found.source_url
    return found


def _data(answer: Row, code: str = "") -> Row:
    """Return the answer's ``data``.

    :param code: the article that was asked for; empty for a list.
    :raises ArticleGone: the article is deleted.
    :raises SourceError: the answer reports another error, or its ``data`` is no object.
    """
    if code and fields.text(answer.get("code")) == DELETED:
        raise ArticleGone(f"the upstream has no {code}: {fields.line(answer.get('message')) or DELETED}")
    check_success(answer, "code", "message", success=SUCCESS)
    return object_at(answer, "data")


def _page(data: Row, read: Callable[[Row], ArticleRef | None]) -> ListPage:
    page = read_rows(data, "items", read)
    if data["items"]:
        page.cursor = fields.text(data.get("next_cursor"))
    return page


def _live_row(row: Row) -> ArticleRef:
    code, title = _row_code(row, LIVE), fields.plain(row.get("title"))
    return whole_row(code, title, _live_body(row), fields.time(row.get("display_time")), partial(_live, row, code))


def _live_body(row: Row) -> str:
    # The plain text in ``content_text`` lacks ``content_more``, which is the second half of longer texts.
    text = fields.text(row.get("content")) + fields.text(row.get("content_more"))
    return text + pictures([image.get("uri") for image in objects(row.get("images"))], text)


def _live(row: Row, code: str) -> Article:
    text = _live_body(row)
    return Article(
        code=code,
        title=fields.plain(row.get("title")),
        body=text,
        published_at=fields.time(row.get("display_time")),
        media=publication_at_end(MARKUP.sub("", text[-LONGEST_END:])) or PUBLISHERS["wscn"],
        source_url=_page_url(row.get("uri")) or f"{SITE}/livenews/{code.removeprefix(LIVE)}",
        stocks=_stocks(row),
        partial=_is_paid(row),
    )


def _article_row(row: Row) -> ArticleRef | None:
    """Return the article of a row: of the row itself, or of its ``resource`` in an information flow."""
    kind = fields.text(row.get("resource_type"))
    if kind in {"ad", "theme"}:
        return None
    if kind:
        resource = row.get("resource")
        row = resource if kind in {"article", "live"} and isinstance(resource, dict) else {}
    if kind == "live":
        return _live_row(row)
    return ArticleRef(
        code=_row_code(row, ARTICLE),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("display_time")),
        digest=_summary(row),
        media=fields.plain(row.get("source_name")) or PUBLISHERS["wscn"],
        url=_page_url(row.get("uri")),
        stocks=_stocks(row),
    )


def _row_code(row: Row, prefix: str) -> str:
    # Authors and topics in a row have an ``id``, too. In broken JSON, they may be taken for rows.
    return numbered_code(prefix, row.get("id")) if "display_time" in row else ""


def _check_id(data: Row, code: str, prefix: str) -> None:
    own = numbered_code(prefix, data.get("id"))
    if own and own != code:
        raise SourceError(f"asked for {code}, got {own}")


def _shown(text: str, data: Row, code: str) -> str:
    """Return *text*, or the summary of a paid article that shows no text."""
    if not text and _is_paid(data):
        text = paragraphs(fields.plain(data.get("content_short")))
        if not text:
            raise SourceError(f"{code} shows nothing without payment")
    if not text:
        raise ArticleGone(f"{code} has no text")
    return text


def _summary(row: Row) -> str:
    """Return the summary that an editor wrote. The site doesn't show one that is the cut beginning of the text."""
    return "" if row.get("unshow_content_short") is True else fields.text(row.get("content_short"))


def _is_paid(row: Row) -> bool:
    return row.get("is_priced") == 1 or row.get("is_need_pay") == 1


def _page_url(url: object) -> str:
    """Return *url* without its query: the page of a paid article has ``?layout=wscn-layout``."""
    return fields.text(url).partition("?")[0]


def _stocks(row: Row) -> tuple[str, ...]:
    """Return the quote codes of ``symbols``, such as ``600519.SS`` for Shanghai."""
    symbols = row.get("symbols")
    listed = symbols if isinstance(symbols, list) else []
    keys = [[each.get(key) for key in SYMBOL_KEYS] if isinstance(each, dict) else [each] for each in listed]
    return fields.stocks([re.sub(r"\.SS\Z", ".SH", fields.text(value)) for values in keys for value in values])
