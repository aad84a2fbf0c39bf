"""The rolling news of Eastmoney's terminal: ``/web/webapi?type=102``.

``{"records": [{infoCode, id, title, digest, url_w, showtime}]}``, as the original mirror read it until 2022. Some rows
have only infoCode, id and digest.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of, read_rows


def parse(body: bytes) -> ListPage:
    """Return the articles of the page, newest first, in the upstream's order.

    :raises SourceError: the answer is no object, or has no ``records``.
    """
    return read_rows(read_json(body), "records", _ref)


def _ref(row: Row) -> ArticleRef:
    return ArticleRef(
        code=code_of(row, "infoCode", "infocode", "id"),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("showtime")),
        digest=fields.text(row.get("digest")),
        url=fields.text(row.get("url_w")),
    )
