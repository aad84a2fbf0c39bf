"""The shared reading of a list's rows."""

import re
import reprlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from finews_spider.articles import fields
from finews_spider.articles.links import code_of_link
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.javascript import Unread

Row = dict[str, Any]

CODE_KEYS = ("infoCode", "infocode", "code", "newsid", "id")
"""Where the formats have an article's code."""
LINK_KEYS = ("url", "url_w", "url_m", "url_unique", "uniqueUrl", "link", "href")
"""Where rows have a link, those of formats too that have none to an article's page."""
FEW_ADVERTS = 5
"""Advertisements of a page that may be more than its articles."""
LINK = re.compile(r"(?:https?:)?//[\w-]", re.IGNORECASE)
NO_CODE = frozenset({"", "0", "-1", "-", "--"})
"""What the upstream writes where there is no code."""


def read_rows(holder: Row, key: str, read: Callable[[Row], ArticleRef]) -> ListPage:
    """Return the page that *read* makes of the rows under *key* of *holder*: an empty one where there is null.

    A row without a code names the article that its link leads to. Without either it is an advertisement or a problem
    of the page (:func:`_is_advert`), as is a row that can't be read. Advertisements alone, or many and more than
    the articles, are a changed format, and so problems.

    :raises SourceError: the key is missing, or holds no list.
    """
    refs: dict[str, ArticleRef] = {}
    problems: list[str] = []
    adverts: list[str] = []
    for number, row in enumerate(_rows(holder, key), 1):
        if isinstance(row, Unread):
            problems.append(f"row {number} can't be read: {fields.line(row.source)[:100]!r}")
            continue
        ref = read(row) if isinstance(row, dict) else None
        if ref and not ref.code:
            ref = replace(ref, code=next(filter(None, map(code_of_link, _links(row))), ""))
        if ref is None or not ref.code:
            is_advert = ref is not None and _is_advert(row, ref.title)
            (adverts if is_advert else problems).append(f"row {number} names no article: {reprlib.repr(row)}")
        elif ref.code not in refs or _is_later(ref, refs[ref.code]):
            # A list may name an article again after it was republished: only the later time shows the revision.
            refs[ref.code] = ref
    if not refs or len(adverts) > max(len(refs), FEW_ADVERTS):
        problems, adverts = [*problems, *adverts], []
    return ListPage(list(refs.values()), problems=problems, adverts=adverts)


def check_success(answer: Row, status: str, message: str) -> None:
    """Raise SourceError with the upstream's *message* unless *status* is 1, be it a number or a string."""
    if fields.text(answer.get(status)) != "1":
        said = fields.line(answer.get(message)) or reprlib.repr(answer)
        raise SourceError(f"the upstream reports an error: {said}")


def np_data(answer: Row) -> Row | None:
    """Return ``data`` of a ``{code, message, data}`` from np-listapi or np-weblist, None where it is null.

    :raises SourceError: the answer reports an error, with its message, or has no such ``data``.
    """
    check_success(answer, "code", "message")
    data = answer.get("data", "")
    if data is not None and not isinstance(data, dict):
        raise SourceError(f"the answer's data is no object: {reprlib.repr(data)}")
    return data


def code_of(row: Row, *keys: str) -> str:
    """Return the first article code found under *keys*, or nothing."""
    return next(filter(None, (fields.code(row.get(key)) for key in keys)), "")


def _rows(holder: Row, key: str) -> list[Any]:
    if key not in holder:
        raise SourceError(f"the answer has no {key}, only {reprlib.repr(list(holder))}")
    rows = holder[key] or []
    if not isinstance(rows, list):
        raise SourceError(f"the answer's {key} is no list: {reprlib.repr(rows)}")
    return rows


def _links(row: Row) -> list[str]:
    return [link for key in LINK_KEYS if (link := fields.plain(row.get(key)))]


def _is_advert(row: Row, title: str) -> bool:
    """Whether a row without a code is known to name no article.

    A link of it leads elsewhere; or it has a title, and the upstream itself left the code empty.
    """
    if any(map(LINK.match, _links(row))):
        return True
    codes = ["" if row[key] is None else row[key] for key in CODE_KEYS if key in row]
    return bool(title and codes) and all(isinstance(code, str | int) and str(code).strip() in NO_CODE for code in codes)


def _is_later(ref: ArticleRef, than: ArticleRef) -> bool:
    return ref.time is not None and (than.time is None or ref.time > than.time)
