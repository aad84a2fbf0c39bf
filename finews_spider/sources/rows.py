"""Reads the rows of a list, for all formats."""

import re
import reprlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

import msgspec

from finews_spider.articles import fields
from finews_spider.articles.links import eastmoney_code
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.javascript import Unread

Row = dict[str, Any]

CODE_KEYS = ("infoCode", "infocode", "code", "newsid", "id")
"""The keys of an article's code, in all formats."""
LINK_KEYS = ("url", "url_w", "url_m", "url_unique", "uniqueUrl", "link", "href")
"""The keys of a link, in all formats."""
FEW_ADVERTS = 5
"""A page may have this many advertisements, even if they are more than its articles."""
LINK = re.compile(r"(?:https?:)?//[\w-]", re.IGNORECASE)
NUMBER = re.compile(r"[1-9][0-9]{0,11}")
"""A publisher's number of an article. Those seen have up to 9 digits."""
NO_CODE = frozenset({"", "0", "-1", "-", "--"})
"""What the upstream writes instead of a missing code."""


def read_rows(holder: Row, key: str, read: Callable[[Row], ArticleRef | None]) -> ListPage:
    """Return the page with the rows under *key* of *holder*. Null is an empty list.

    A row without a code gets the code in its link. A row without either is an advertisement or a problem of the page
    (:func:`_is_advert`). A row that can't be read is a problem. If all rows are advertisements, or many and more than
    the articles, the format has probably changed, so these are problems too.

    :param read: makes a ref of one row; None: the row says that it is an advertisement.
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
            ref = replace(ref, code=next(filter(None, map(eastmoney_code, _links(row))), ""))
        if not ref or not ref.code:
            is_advert = isinstance(row, dict) and (ref is None or _is_advert(row, ref.title))
            (adverts if is_advert else problems).append(f"row {number} names no article: {reprlib.repr(row)}")
        elif ref.code not in refs or _is_later(ref, refs[ref.code]):
            # A list may name a republished article twice. Only the later time shows the revision.
            refs[ref.code] = ref
    if not refs or len(adverts) > max(len(refs), FEW_ADVERTS):
        problems, adverts = [*problems, *adverts], []
    return ListPage(list(refs.values()), problems=problems, adverts=adverts)


def rows_decoder(path: str, keys: str, beside: str) -> msgspec.json.Decoder[Row]:
    """Return a decoder for :func:`read_json` of answers with rows. What isn't read is left out.

    That takes two thirds of the time, and the personal data in some publishers' rows is never decoded.

    :param path: to the rows, with dots between.
    :param keys: those that are read of a row, with blanks between.
    :param beside: those that are read of the objects on the path.
    """
    row = dict.fromkeys((*keys.split(), *CODE_KEYS, *LINK_KEYS), Any)
    typed: Any = TypedDict  # mypy knows none whose keys come from a variable
    shape: Any = list[typed("Row", row, total=False)]  # type: ignore[misc]
    for key in reversed(path.split(".")):
        shape = typed("Object", {key: shape, **dict.fromkeys(beside.split(), NotRequired[Any])})
    return msgspec.json.Decoder(shape)


def check_success(answer: Row, status: str, message: str, success: str = "1") -> None:
    """Check that the answer reports success.

    :param status: the key whose value is *success*, as a number or a text, in a successful answer.
    :param message: the key of the upstream's error message.
    :raises SourceError: it has another value.
    """
    if fields.text(answer.get(status)) != success:
        reason = fields.line(answer.get(message)) or reprlib.repr(answer)
        raise SourceError(f"the upstream reports an error: {reason}")


def np_data(answer: Row) -> Row | None:
    """Return ``data`` of a ``{code, message, data}`` from np-listapi or np-weblist, or None if it is null.

    :raises SourceError: the answer reports an error, or its ``data`` is no object.
    """
    check_success(answer, "code", "message")
    data = answer.get("data", "")
    if data is not None and not isinstance(data, dict):
        raise SourceError(f"the answer's data is no object: {reprlib.repr(data)}")
    return data


def object_at(answer: Row, *path: str) -> Row:
    """Return the object at *path*, one key for each step.

    :raises SourceError: there is none.
    """
    for key in path:
        inner = answer.get(key)
        if not isinstance(inner, dict):
            raise SourceError(f"the answer has no object {key}, {keys_of(answer)}")
        answer = inner
    return answer


def objects(values: object) -> list[Row]:
    """Return the objects in a list; nothing for anything else."""
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def keys_of(answer: object) -> str:
    """Return what *answer* has, for a message that says what it lacks."""
    return f"only {reprlib.repr(list(answer) if isinstance(answer, dict) else answer)}"


def code_of(row: Row, *keys: str) -> str:
    """Return the first article code under *keys*; empty if there is none."""
    return next(filter(None, (fields.code(row.get(key)) for key in keys)), "")


def numbered_code(prefix: str, number: object) -> str:
    """Return the code of the article to which a publisher gave a number: ``wscn-`` and 3782700 are ``wscn-3782700``.

    The result is empty for anything but a whole number above 0, as a number or a text.
    """
    if type(number) is int:
        return f"{prefix}{number}" if 0 < number < 10**12 else ""
    digits = fields.text(number)
    return f"{prefix}{digits}" if NUMBER.fullmatch(digits) else ""


def _rows(holder: Row, key: str) -> list[Any]:
    if key not in holder:
        raise SourceError(f"the answer has no {key}, {keys_of(holder)}")
    rows = holder[key] or []
    if not isinstance(rows, list):
        raise SourceError(f"the answer's {key} is no list: {reprlib.repr(rows)}")
    return rows


def _links(row: Row) -> list[str]:
    return [link for key in LINK_KEYS if (link := fields.plain(row.get(key)))]


def _is_advert(row: Row, title: str) -> bool:
    """Return whether a row without a code is an advertisement.

    It is one if it has a link, or if it has a title and the upstream itself left the code empty.
    """
    if any(map(LINK.match, _links(row))):
        return True
    codes = ["" if row[key] is None else row[key] for key in CODE_KEYS if key in row]
    return bool(title and codes) and all(isinstance(code, str | int) and str(code).strip() in NO_CODE for code in codes)


def _is_later(ref: ArticleRef, than: ArticleRef) -> bool:
    return ref.time is not None and (than.time is None or ref.time > than.time)
