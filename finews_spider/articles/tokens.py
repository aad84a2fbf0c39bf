"""Splits an article's HTML into tokens, where an HTML5 parser splits it too."""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
"""Elements without an end tag, to browsers and to kramdown."""

_S = r" \t\n\f\r"
_NAME = rf"[A-Za-z][^{_S}/>]*(?![^{_S}/>])"
# Each part can end at one place only, so the expression reads a broken tag only once.
_ATTRIBUTE = (
    rf"[{_S}/]*([^{_S}/>][^{_S}/>=]*)(?![^{_S}/>=])"
    rf"""(?:[{_S}]*=[{_S}]*("[^"]*"|'[^']*'|[^{_S}>"'][^{_S}>]*(?=[{_S}>])|(?=>))|(?![{_S}]*=))"""
)
_TAG = rf"(?:{_ATTRIBUTE})*[{_S}/]*>"
ATTRIBUTE = re.compile(_ATTRIBUTE)
IMAGE = re.compile(rf"<img(?=[{_S}/]){_TAG}", re.IGNORECASE)
START = re.compile(rf"<{_NAME}")
"""The beginning of a start tag."""
_TOKEN = re.compile(
    rf"(?P<text>(?:[^<]+|<(?![A-Za-z/!?]))+)|<(?P<end>/?)(?P<tag>{_NAME}){_TAG}"
    r"|(?P<comment><!--(?:-?>|[^-]*(?:-(?!-!?>)[^-]*)*--!?>))|(?P<bogus><(?:!(?!--)|\?|/(?![A-Za-z]))[^>]*>)"
)
_REFERENCE = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*[;=]?)")
ANY_TAG = re.compile(r"<[^<>]*>")
_ENDS = {name: re.compile(rf"</{name}[ \t\n/>]", re.IGNORECASE) for name in ("iframe", "script", "style", "title")}
"""Elements whose content is no markup and isn't shown."""
_NO_CODE = {"iframe", "title"}
"""Elements without code. If one is never closed, or is written ``<iframe/>``, the text behind it is kept."""


class Token(NamedTuple):
    """A token of HTML."""

    kind: str
    """``text``, ``comment``, ``tag``, ``end``, or ``bogus``: no comment, but browsers read it as one."""
    source: str
    """The token as it is written."""
    name: str = ""
    """The name of a tag, as it is written; else empty."""


class Attribute(NamedTuple):
    """An attribute of a start tag."""

    name: str
    """In lower case."""
    value: str
    """The value with its references decoded."""
    source: str
    """The attribute as it is written, with the blanks before it."""
    written: str
    """The value as it is written, with its quotes; empty without a value."""


def tokens_of(fragment: str) -> Iterator[Token]:
    """Yield the tokens of *fragment*. It must not contain control characters but tabs and newlines.

    The part after a tag or comment that never ends is a text. A browser would drop it.
    """
    position = 0
    endless: set[str] = set()
    while position < len(fragment):
        match = _TOKEN.match(fragment, position)
        if not match:
            yield Token("text", html.escape(ANY_TAG.sub("", fragment[position:]), quote=False))
            return
        position = match.end()
        if not (name := match["tag"]):
            yield Token(match.lastgroup or "", match[0])
        elif (end := _ENDS.get(low := name.lower())) and not match["end"]:
            if low in endless or (low in _NO_CODE and match[0].endswith("/>")):
                continue
            if found := end.search(fragment, position):
                position = found.start()
            elif low in _NO_CODE:
                endless.add(low)
            else:
                return
        else:
            yield Token("end" if match["end"] else "tag", match[0], name)


@lru_cache(maxsize=4096)
def attributes_of(tag: Token) -> tuple[Attribute, ...]:
    """Return the attributes of a start tag."""
    found = ATTRIBUTE.finditer(tag.source, 1 + len(tag.name))
    return tuple([Attribute(m[1].lower(), value_of(m[2] or ""), m[0], m[2] or "") for m in found])


def value_of(written: str) -> str:
    """Return the value of an attribute without its quotes, and with its references decoded as in attributes.

    :param written: the value as it is written.
    """
    if written[:1] in {'"', "'"}:
        written = written[1:-1]
    return _REFERENCE.sub(_character, written) if "&" in written else written


def _character(reference: re.Match[str]) -> str:
    if reference[1][0] == "#":
        return html.unescape(reference[0]) or "\0"  # empty for a control character; \0 stands for any of them
    return html5.get(reference[1], reference[0])
