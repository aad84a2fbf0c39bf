"""The media board of Eastmoney's terminal: ``/web/webapi?type=45``.

``{"nodeList": [{from, infocode, title, showtime, simtitle, simdigest}]}``, as the original mirror read it until 2022.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of, read_rows


def parse(body: bytes) -> ListPage:
    """Return the articles of the page.

    :raises SourceError: the answer is no object, or has no ``nodeList``.
    """
    return read_rows(read_json(body), "nodeList", _ref)


def _ref(row: Row) -> ArticleRef:
    return ArticleRef(
        code=code_of(row, "infocode", "infoCode"),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("showtime")),
        digest=fields.text(row.get("simdigest")),
        media=fields.plain(row.get("from")),
    )
