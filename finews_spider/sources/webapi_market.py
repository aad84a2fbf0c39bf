"""A market's news of Eastmoney's terminal: ``/information/newmarket/web/webapi?marketType=37`` (38, 39).

``{"record": [{medianame, infoCode, title, datetime}]}``, as the original mirror read it until 2022.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of, read_rows


def parse(body: bytes) -> ListPage:
    """Return the articles of the page.

    :raises SourceError: the answer is no object, or has no ``record``.
    """
    return read_rows(read_json(body), "record", _ref)


def _ref(row: Row) -> ArticleRef:
    return ArticleRef(
        code=code_of(row, "infoCode", "infocode"),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("datetime")),
        media=fields.plain(row.get("medianame")),
    )
