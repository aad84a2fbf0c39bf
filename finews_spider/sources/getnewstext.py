"""An article of the Choice terminal: ``/NewsData/GetNewsText.do?id={infoCode}``.

One object: ``{Id, newsid, Title, Date, From, medianame, url, docreader, reletecodes, text or content, …}``. The
keys are known from clients that ignore their case, so this module ignores it too.
"""

import re

from finews_spider.articles import fields
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of

MARKUP = re.compile(r"<[a-zA-Z/!]")


def parse(body: bytes, code: str) -> Article:
    """Return the article *code* with the fields that the answer has; ``published_at`` is None for a bare ``HH:mm``.

    :raises ArticleGone: the answer has no text.
    :raises SourceError: the answer is no object, or holds another article.
    """
    answer = {key.lower(): value for key, value in read_json(body).items()}
    own = {code_of(answer, "id"), code_of(answer, "newsid")} - {""}
    if own and code not in own:
        raise SourceError(f"asked for {code}, got {' and '.join(sorted(own))}", body)
    return Article(
        code=code,
        title=fields.plain(answer.get("title")),
        digest=fields.text(answer.get("docreader")),
        body=_fragment(answer, code),
        published_at=fields.time(answer.get("date")),
        media=fields.plain(answer.get("medianame")) or fields.plain(answer.get("from")),
        source_url=fields.text(answer.get("url")),
        stocks=fields.stocks(answer.get("reletecodes")),
    )


def _fragment(answer: Row, code: str) -> str:
    """Return the HTML. The original mirror found it under either key; the other key then held the bare text."""
    texts = (fields.text(answer.get("text")), fields.text(answer.get("content")))
    fragment = max(texts, key=lambda text: (MARKUP.search(text) is not None, len(text)))
    if not fragment:
        raise ArticleGone(f"{code} has no text")
    return fragment
