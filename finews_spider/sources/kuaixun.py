"""Flash news, first version: ``newsapi…/kuaixun/v1/getlist_{channel}_ajaxResult_{size}_{page}_.html``.

``var ajaxResult={"rc": 1, "me": "", "LivesList": [{id, newsid, url_w, title, digest, showtime, …}]}``, all
fields strings.
"""

from finews_spider.articles import fields
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, check_success, code_of, read_rows


def parse(body: bytes) -> ListPage:
    """Return the articles of the page.

    :raises SourceError: ``rc`` isn't 1 (the message is the upstream's ``me``), or there is no ``LivesList``.
    """
    answer = read_json(body)
    check_success(answer, "rc", "me")
    return read_rows(answer, "LivesList", _ref)


def _ref(row: Row) -> ArticleRef:
    return ArticleRef(
        code=code_of(row, "newsid", "id"),
        title=fields.plain(row.get("title")),
        time=fields.time(row.get("showtime")),
        digest=fields.text(row.get("digest")),
        url=fields.text(row.get("url_w")),
    )
