"""Flash news, second version: ``np-weblist…/comm/web/getFastNewsList``.

``{"code": "1", "message": "success", "data": {"sortEnd": "…", "fastNewsList": [{code, title, summary, showTime,
stockList}]}}``. The rows have neither a URL nor a publication.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of, np_data, read_rows


def parse(body: bytes) -> ListPage:
    """Return the articles of the page, and as cursor the ``sortEnd`` that a request for older articles needs.

    :raises SourceError: ``code`` isn't 1 (the message is the upstream's), or ``data`` has no ``fastNewsList``.
    """
    data = np_data(read_json(body))
    if data is None:
        return ListPage([])
    page = read_rows(data, "fastNewsList", _ref)
    if data["fastNewsList"]:
        page.cursor = fields.text(data.get("sortEnd"))
    return page


def _ref(row: Row) -> ArticleRef:
    return ArticleRef(
        code=code_of(row, "code"),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("showTime")),
        digest=fields.text(row.get("summary")),
        stocks=fields.stocks(row.get("stockList")),
    )
