"""From the bytes of an answer to an object, whatever the upstream wrapped and encoded it in."""

import codecs
import json
import re
from contextlib import suppress
from typing import Any

from finews_spider.errors import SourceError
from finews_spider.sources.javascript import parses, read_literal

ASCII = bytes(range(128))
MOST_VALUES = 500_000
"""The longest list seen, 5,000 rows, has 60,000. In memory each takes some hundred bytes, whatever it took in JSON."""
# An escaped backslash and a whole pair are matched too, only so that the lone half can't start inside them.
SURROGATES = re.compile(
    r"\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2}))"
)


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that *body* holds: bare, or in JavaScript that calls (JSONP) or assigns it.

    Undecodable bytes and lone surrogates come out as U+FFFD. In a broken list an element that can't be read is
    :class:`~finews_spider.sources.javascript.Unread`.

    :raises SourceError: empty, HTML, cut, nested too deeply, of too many values, no JSON or JavaScript, or no object.
    """
    text = _decode(body).strip()
    if not text:
        raise SourceError("the answer is empty")
    if text.startswith("<"):
        raise SourceError("the answer is HTML instead of JSON", body)
    if sum(map(text.count, ",[{")) > MOST_VALUES:  # the texts' own commas are few beside that
        raise SourceError("the answer holds more values than any list", body)
    try:
        answer = _read(text)
    except RecursionError:
        raise SourceError("the answer is nested too deeply", body) from None
    except ValueError as error:  # beside broken JSON, an integer of thousands of digits
        raise SourceError(f"the answer is not JSON ({error})", body) from None
    if not isinstance(answer, dict):
        raise SourceError("the answer is JSON, but no object", body)
    return answer


def _read(text: str) -> Any:
    """Return the value of JSON, of JSON in JavaScript, or of a literal in JavaScript: the quickest way comes first."""
    try:
        return _loads(text)
    except ValueError as error:
        start, end = text.find("{"), text.rfind("}") + 1
        with suppress(ValueError):
            inside = _loads(text[start:end])
            if parses(f"{text[:start]}[]{text[end:]}"):
                return inside
        literal = read_literal(text)
        if literal is None:
            raise error from None
        return literal


def _loads(text: str) -> Any:
    return json.loads(SURROGATES.sub(_mend, text), strict=False)


def _decode(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030" if is_gb18030(body) else "utf-8", "replace")


def is_gb18030(body: bytes) -> bool:
    """Say whether most non-ASCII bytes don't fit UTF-8. Trying won't tell: nearly any UTF-8 decodes as GB18030."""
    fitting = body.decode("utf-8", "ignore").encode()
    return len(body) - len(fitting) > max(1, len(fitting.translate(None, ASCII)))


def _mend(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]
