"""A column's articles: ``np-listapi…/comm/web/getNewsByColumns``, as JSON or JSONP.

``{"code": "1", "message": "success", "data": {"list": [{code, title, summary, showTime, mediaName, np_dst, url,
uniqueUrl}]}}``, recorded on 2026-09-19; all fields strings.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of, np_data, read_rows

LIST_URL = (
    "https://np-listapi.eastmoney.com/comm/web/getNewsByColumns?client=web&biz=web_news_col&column={column}&order=1"
    "&needInteractData=0&page_index={page}&page_size={count}&req_trace={now}"
    "&fields=code,showTime,title,mediaName,summary,image,url,uniqueUrl,Np_dst&types=1,20"
)
"""The list of a column, with the placeholders of a channel's URL and the column's number."""
CFH_PAGE = "http://caifuhao.eastmoney.com/news/{}"


def parse(body: bytes) -> ListPage:
    """Return the articles of the page.

    :raises SourceError: ``code`` isn't 1 (the message is the upstream's), or ``data`` has no ``list``.
    """
    data = np_data(read_json(body))
    return ListPage([]) if data is None else read_rows(data, "list", _ref)


def _ref(row: Row) -> ArticleRef:
    code = code_of(row, "code")
    return ArticleRef(
        code=code,
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("showTime")),
        digest=fields.text(row.get("summary")),
        media=fields.plain(row.get("mediaName")),
        url=_url(row, code),
    )


def _url(row: Row, code: str) -> str:
    """Return the canonical URL of the article's page. Articles of 财富号 (CFH) lack it, and are on another host."""
    if unique := fields.text(row.get("uniqueUrl")):
        return unique
    # The request spells it Np_dst, the answer np_dst.
    if "CFH" in (row.get("np_dst"), row.get("Np_dst")):
        return CFH_PAGE.format(code)
    return fields.text(row.get("url"))
