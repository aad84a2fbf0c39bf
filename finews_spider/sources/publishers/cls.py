"""财联社: its telegraph (flash news), its lists of articles, and the pages of both on www.cls.cn.

The telegraph was recorded on 2026-09-19, a list and pages on 2026-09-25. What another ``type`` than -1 means, and the
stocks, are known from programs of others.
"""

import hashlib
import re
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from finews_spider.articles import fields
from finews_spider.codes import PUBLISHERS
from finews_spider.errors import ArticleGone, BlockedError, SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.publishers.whole import paragraphs, pictures, whole_row
from finews_spider.sources.rows import Row, check_success, numbered_code, object_at, objects, read_rows, rows_decoder

PREFIX = "cls-"
SITE = "https://www.cls.cn"
SIGN = "{sign}"
EMPTY = re.compile(r"(?<=[?&])[^=&#]*=(?:&|\Z)")
"""A parameter without a value."""
WHOLE = "-1"
"""The ``type`` of a row whose text is public. Others are of columns that must be paid for, and only begin the text."""
TELEGRAPH = rows_decoder(
    "data.roll_data",
    "id title content ctime modified_time author images stock_list type is_ad is_top",
    beside="errno msg",
)
EMBEDDED = b'id="__NEXT_DATA__"'
"""The script of a page that holds its data."""
CAPTCHA = re.compile(rb"aliyunCaptcha|aliyun_waf")
"""Only what a script has: an article that was cut off before its data may have a word of ``pages.CAPTCHA``."""
EDITOR = re.compile(r"（(?:责任)?编辑[\s:：][^（）<>]{1,30}）")
"""The editor's name in the dateline of most articles, after 财联社9月25日讯."""
TAG = re.compile(r"<[a-zA-Z]")
STOCK = re.compile(r"\A(sh|sz|bj|hk)([0-9]{5,6})\Z")


def signed(url: str) -> str:
    """Return *url* with its placeholder ``{sign}`` filled: the API refuses a list whose parameters aren't signed.

    Parameters without a value are left out. The signature is the MD5 of the SHA-1, both in hexadecimal, of the other
    parameters, sorted by name and not encoded. It holds neither a secret nor a time (programs of others, one of them
    measured in 2026-09).
    """
    url = EMPTY.sub("", url)
    pairs = sorted(pair for pair in parse_qsl(urlsplit(url).query) if pair[1] != SIGN)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    first = hashlib.sha1(query.encode(), usedforsecurity=False).hexdigest()
    return url.replace(SIGN, hashlib.md5(first.encode(), usedforsecurity=False).hexdigest())


def telegraph(body: bytes, content_type: str) -> ListPage:  # noqa: ARG001 -- all list readers get it
    """Return the flash news of ``/v1/roll/get_roll_list`` with their texts.

    The cursor is the ``last_time`` of a request for rows strictly before it. It is a second after the oldest row, since
    other rows of the same second may follow.

    :raises SourceError: the answer reports an error, or has no ``roll_data``.
    """
    data = object_at(_successful(read_json(body, TELEGRAPH)), "data")
    page = read_rows(data, "roll_data", _telegraph_row)
    # A row at the top may be there for days.
    rows = [row for row in objects(data["roll_data"]) if row.get("is_top") != 1]
    if times := list(filter(None, (fields.time(row.get("ctime")) for row in rows))):
        page.cursor = str(int(min(times).timestamp()) + 1)
    return page


def depth(body: bytes, content_type: str) -> ListPage:  # noqa: ARG001 -- all list readers get it
    """Return the articles of ``/v3/depth/list/{channel}``. Their order is an editor's, and so is the number of rows.

    :raises SourceError: the answer reports an error, or its ``data`` is no list.
    """
    return read_rows(_successful(read_json(body)), "data", _depth_row)


def detail(body: bytes, code: str, content_type: str, url: str) -> Article:  # noqa: ARG001 -- all text readers get it
    """Return the article or flash news *code* from its page ``https://www.cls.cn/detail/{id}``.

    :param url: the page.
    :raises BlockedError: the page asks for a captcha, or lacks its data.
    :raises ArticleGone: the data has no article, or no text of it.
    :raises SourceError: the page is cut off, holds another article, reports an error of the server, or shows nothing
        without payment.
    """
    found = _found(body, code)
    text, brief = EDITOR.sub("", fields.text(found.get("content"))), fields.text(found.get("brief"))
    is_paid, is_html = found.get("isFree") == 0, TAG.search(text) is not None
    if not text and not is_paid:
        raise ArticleGone(f"the page of {code} has no text")
    if not text and not brief:
        raise SourceError(f"{code} shows nothing without payment")
    return Article(
        code=code,
        title=fields.plain(found.get("title")),
        digest=brief if is_html else "",  # the brief of flash news is only their beginning
        body=text if is_html else paragraphs(fields.plain(text or brief)),
        published_at=fields.time(found.get("ctime")),
        media=PUBLISHERS["cls"],  # the author is a reporter
        source_url=url.partition("?")[0] or _page_url(code),
        partial=is_paid,
    )


def _successful(answer: Row) -> Row:
    check_success(answer, "errno", "msg", success="0")
    return answer


def _telegraph_row(row: Row) -> ArticleRef | None:
    if row.get("is_ad") == 1:
        return None
    code, title = _row_code(row), fields.plain(row.get("title"))
    text, shown = EDITOR.sub("", fields.plain(row.get("content"))).strip(), pictures(row.get("images"))
    time = fields.later(row.get("ctime"), row.get("modified_time"))
    return whole_row(code, title, text + shown, time, partial(_telegraph_article, row, code, title, text, shown))


def _telegraph_article(row: Row, code: str, title: str, text: str, shown: str) -> Article:
    author = fields.plain(row.get("author"))
    return Article(
        code=code,
        title=title,
        body=paragraphs(text) + shown,
        published_at=fields.time(row.get("ctime")),
        # A publication as author ends the text, too.
        media=author if author and text.endswith(f"（{author}）") else PUBLISHERS["cls"],
        source_url=_page_url(code),
        stocks=_stocks(row.get("stock_list")),
        partial=fields.text(row.get("type")) != WHOLE,
    )


def _depth_row(row: Row) -> ArticleRef | None:
    if row.get("is_ad") == 1 or fields.text(row.get("external_link")):
        return None
    code = _row_code(row)
    return ArticleRef(
        code=code,
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("ctime")),
        digest=fields.text(row.get("brief")),
        media=PUBLISHERS["cls"],  # ``source`` is a publication or a reporter
        url=_page_url(code),
    )


def _found(body: bytes, code: str) -> Row:
    """Return the article in the data from which the server made its page."""
    page = _at(_embedded(body, code), "props", "pageProps")
    found, error = _at(page, "articleDetail"), fields.line(_at(page, "error", "errno"))
    if not found and error.startswith("5"):
        raise SourceError(f"the page of {code} reports an error of the server: {error}")
    if not found or not isinstance(found, dict):
        raise ArticleGone(f"the page of {code} has no article")
    own = numbered_code(PREFIX, found.get("id"))
    if own and own != code:
        raise SourceError(f"asked for {code}, got {own}")
    return found


def _embedded(body: bytes, code: str) -> Row:
    _, found, rest = body.partition(EMBEDDED)
    data, end, _ = rest.partition(b">")[2].partition(b"</script")
    if end:
        return read_json(data)
    if CAPTCHA.search(body):
        raise BlockedError(f"the page of {code} asks for a captcha")
    if found or b"</html" not in body.lower():
        raise SourceError(f"the page of {code} is cut off, or is no page", body)
    raise BlockedError(f"the page of {code} lacks its data", body)


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _row_code(row: Row) -> str:
    # Tags and subjects in a row have an ``id``, too. In broken JSON, they may be taken for rows.
    return numbered_code(PREFIX, row.get("id")) if "ctime" in row else ""


def _page_url(code: str) -> str:
    return f"{SITE}/detail/{code.removeprefix(PREFIX)}"


def _stocks(listed: object) -> tuple[str, ...]:
    """Return the quote codes of ``[{"StockID": "sh600000"}, {"StockID": "920403.BJ"}]``."""
    ids = [fields.text(each.get("StockID")) for each in objects(listed)]
    return fields.stocks([STOCK.sub(lambda match: f"{match[2]}.{match[1].upper()}", each) for each in ids])
