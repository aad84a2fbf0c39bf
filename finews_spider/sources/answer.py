"""Decodes an answer that holds an object in JSON or JavaScript, in any encoding."""

import codecs
import json
import re
from contextlib import suppress
from typing import Any

import msgspec

from finews_spider.errors import SourceError
from finews_spider.sources.javascript import parses, read_literal

ASCII = bytes(range(128))
ANYTHING = msgspec.json.Decoder()
"""Decodes all that the standard allows."""
MOST_VALUES = 500_000
"""The most values of an answer. The longest list seen, 5,000 rows, has 60,000. Each takes about 100 bytes of memory."""
# An escaped backslash and a complete pair are matched only so that a lone surrogate can't begin inside of them.
SURROGATES = re.compile(
    r"\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2}))"
)


def read_json(body: bytes, decoder: msgspec.json.Decoder[Any] = ANYTHING) -> dict[str, Any]:
    """Return the object in *body*, as :func:`read_value` does.

    :param decoder: decodes an answer in the expected form; any other answer is read in full.
    :raises SourceError: as there, or it holds no object.
    """
    answer = read_value(body, decoder)
    if not isinstance(answer, dict):
        raise SourceError("the answer is JSON, but no object", body)
    return answer


def read_value(body: bytes, decoder: msgspec.json.Decoder[Any] = ANYTHING) -> Any:
    """Return the value in *body*: bare, or in JavaScript that assigns it or passes it to a function (JSONP).

    Undecodable bytes and lone surrogates become U+FFFD. In a broken list, an element that can't be read becomes
    :class:`~finews_spider.sources.javascript.Unread`.

    :raises SourceError: the answer is empty, HTML, cut off, too large, or nested too deeply.
    """
    if len(body) <= MOST_VALUES:
        with suppress(msgspec.MsgspecError, RecursionError):
            return decoder.decode(body)  # nearly every answer, in half the time of json.loads
    text = _decode(body).strip()
    if not text:
        raise SourceError("the answer is empty")
    if text.startswith("<"):
        raise SourceError("the answer is HTML instead of JSON", body)
    if len(text) > MOST_VALUES and sum(map(text.count, ",[{")) > MOST_VALUES:  # commas inside of texts are few
        raise SourceError("the answer holds more values than any list", body)
    try:
        return _read(text)
    except RecursionError:
        raise SourceError("the answer is nested too deeply", body) from None
    except ValueError as error:  # also for an integer of thousands of digits
        raise SourceError(f"the answer is not JSON ({error})", body) from None


def _read(text: str) -> Any:
    """Return the value of JSON, of JSON inside of JavaScript, or of a JavaScript literal. The fastest comes first."""
    try:
        return _loads(text)
    except ValueError as error:
        # A list of objects comes first where its bracket does; else it is a part of an object.
        for left, right in ("[]", "{}") if -1 < text.find("[") < text.find("{") else ("{}",):
            start, end = text.find(left), text.rfind(right) + 1
            with suppress(ValueError):
                inside = _loads(text[start:end])
                if parses(f"{text[:start]}[]{text[end:]}"):
                    return inside
        literal = read_literal(text)
        if literal is None:
            raise error from None
        return literal


def _loads(text: str) -> Any:
    try:
        return msgspec.json.decode(text)  # in half the time of json.loads, but only what the standard allows
    except msgspec.MsgspecError:
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
    """Return whether most non-ASCII bytes are no UTF-8. Nearly all UTF-8 decodes as GB18030, so decoding is no test."""
    fitting = body.decode("utf-8", "ignore").encode()
    return len(body) - len(fitting) > max(1, len(fitting.translate(None, ASCII)))


def _mend(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]
