"""An article of the app's API: ``newsinfo…/kuaixun/v2/api/article/{code}``.

``{"data": {Art_Code, Art_Title, Art_ShowTime, Art_Content, …}, "message": "", "success": 1}``, recorded on 2026-09-19.
Every value in ``data`` is a string. A list is JSON in a string, which sometimes is broken.
"""

import json
from typing import Any

from finews_spider.articles import fields
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article
from finews_spider.sources.answer import read_json
from finews_spider.sources.rows import Row, code_of

STOCK_TYPES = {"999", "1005"}


def parse(body: bytes, code: str) -> Article:
    """Return the article *code* with the fields that the answer has.

    :raises ArticleGone: ``data`` is null or has no text.
    :raises SourceError: the answer is no object with ``data``, or holds another article.
    """
    data = _data(read_json(body), body, code)
    own = code_of(data, "Art_Code")
    if own and own != code:
        raise SourceError(f"asked for {code}, got {own}", body)
    fragment = fields.text(data.get("Art_Content"))
    if not fragment:
        raise ArticleGone(f"{code} has no text")
    return Article(
        code=code,
        title=fields.plain(data.get("Art_Title")),
        # In the recording, the description is the summary of the list. The digest is another, longer text.
        digest=fields.text(data.get("Art_Description")) or fields.text(data.get("Art_Digest")),
        body=fragment,
        published_at=fields.time(data.get("Art_ShowTime")),
        media=fields.plain(data.get("Art_Media_Name")),
        source_url=fields.text(data.get("Art_UniqueUrl")) or fields.text(data.get("Art_Url")),
        stocks=fields.stocks([*_tips(data), *_embedded(data, "TopStocks")]),
    )


def _data(answer: Row, body: bytes, code: str) -> Row:
    data = answer.get("data", "")
    if data is None:
        raise ArticleGone(f"the upstream has no {code}: {fields.line(answer.get('message')) or 'data is null'}")
    if not isinstance(data, dict):
        raise SourceError("the answer has no data", body)
    return data


def _tips(data: Row) -> list[str]:
    """Return the stocks that the editors tagged. Other types of tips are boards and similar things."""
    tips = [tip for tip in _embedded(data, "Art_Tip_Info") if isinstance(tip, dict)]
    listed = [fields.text(tip.get("Code")) for tip in tips if fields.text(tip.get("Type")) in STOCK_TYPES]
    return ",".join(listed).split(",")


def _embedded(data: Row, key: str) -> list[Any]:
    try:
        values = json.loads(fields.text(data.get(key)))
    except (ValueError, RecursionError):
        return []
    return values if isinstance(values, list) else []
