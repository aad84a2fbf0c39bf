"""An article's HTML as tokens, split where an HTML5 parser splits it."""

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
# Each part can end in one place only, so a tag that isn't one is given up after one look.
_ATTRIBUTE = (
    rf"[{_S}/]*([^{_S}/>][^{_S}/>=]*)(?![^{_S}/>=])"
    rf"""(?:[{_S}]*=[{_S}]*("[^"]*"|'[^']*'|[^{_S}>"'][^{_S}>]*(?=[{_S}>])|(?=>))|(?![{_S}]*=))"""
)
_TAG = rf"(?:{_ATTRIBUTE})*[{_S}/]*>"
ATTRIBUTE = re.compile(_ATTRIBUTE)
IMAGE = re.compile(rf"<img(?=[{_S}/]){_TAG}", re.IGNORECASE)
START = re.compile(rf"<{_NAME}")
"""How a start tag begins."""
_TOKEN = re.compile(
    rf"(?P<text>(?:[^<]+|<(?![A-Za-z/!?]))+)|<(?P<end>/?)(?P<tag>{_NAME}){_TAG}"
    r"|(?P<comment><!--(?:-?>|[^-]*(?:-(?!-!?>)[^-]*)*--!?>))|(?P<bogus><(?:!(?!--)|\?|/(?![A-Za-z]))[^>]*>)"
)
_REFERENCE = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*[;=]?)")
ANY_TAG = re.compile(r"<[^<>]*>")
_ENDS = {name: re.compile(rf"</{name}[ \t\n/>]", re.IGNORECASE) for name in ("iframe", "script", "style", "title")}
"""Elements whose insides are no markup; what they hold is for no reader."""
_NO_CODE = {"iframe", "title"}
"""Those that hold no code: one that is never closed, or is closed at once (``<iframe/>``), costs no text behind it."""


class Token(NamedTuple):
    """A token and how it is written."""

    kind: str
    """``text``, ``comment``, ``tag``, ``end``, or ``bogus``: what a browser takes for a comment though it is none."""
    source: str
    name: str = ""
    """Of a tag, as it is written."""


class Attribute(NamedTuple):
    """An attribute of a start tag."""

    name: str
    value: str
    """With its references decoded."""
    source: str
    """With what stands before it."""
    written: str
    """The value as it is written, quotes and all; empty where there is none."""


def tokens_of(fragment: str) -> Iterator[Token]:
    """Give the tokens of *fragment*, which holds no control characters but tabs and newlines.

    What stands after a tag or comment that never ends, which a browser would leave out, is given as text.
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
    """Return what an attribute's value says: without its quotes, its references decoded as in attributes."""
    if written[:1] in {'"', "'"}:
        written = written[1:-1]
    return _REFERENCE.sub(_character, written) if "&" in written else written


def _character(reference: re.Match[str]) -> str:
    if reference[1][0] == "#":
        return html.unescape(reference[0]) or "\0"  # nothing: a control, of which only its being there matters
    return html5.get(reference[1], reference[0])
