"""What kramdown, Jekyll's Markdown, makes of a post: which HTML it leaves alone, and how to keep it from the rest.

``tests/mirror/test_kramdown.py`` asks kramdown itself whether this is true.
"""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from html.entities import html5

from finews_spider.articles.tokens import VOID, Token, attributes_of

# At the start of a line or behind another block, kramdown takes these for HTML and leaves all within them alone. It
# does so with some inline elements too, but parts them by newlines.
_BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "nav", "ol", "p", "pre", "section",
    "summary", "table", "ul",
}  # fmt: skip
# Elements that kramdown doesn't know: it takes upper and lower case for two names.
_STRANGERS = {"bdi", "center", "data", "font", "s", "strike", "time"}
MOST_WORK = 500_000_000
"""Bytes of a line times its tags: at each tag, kramdown's time grows with the line. These take it about two seconds."""

_GAP = re.compile(r"(?:[ \t\n]*\n)? {0,3}")
_GAP_OF_COMMENT = re.compile(r"(?:[ \t\n]*\n)?")
_TAG = re.compile(
    r"""<[A-Za-z][A-Za-z0-9]*(?:[ \t\n]+[A-Za-z_][A-Za-z0-9._-]*"""
    r"""(?:[ \t\n]*=[ \t\n]*(?:"[^"]*"|'[^']*'|\w+(?=[ \t\n>])))?)*[ \t\n]*/?>"""
)
_END = re.compile(r"</[A-Za-z0-9]+[ \t\n]*>")
# A reference that kramdown takes for text, though browsers may decode it.
_LOOSE = re.compile(
    r"&(?!(?:[\w:][\w.:-]*|#[0-9]+|#x[0-9a-fA-F]+);)(#[0-9]|#[xX][0-9a-fA-F]|[A-Za-z][A-Za-z0-9]*=?)", re.ASCII
)
# Kramdown's names begin with a letter of any script, a browser's with one of A to Z.
_OPENING = re.compile(r"<[^\W\d]|<[^\x00-\x7f]")
_SECOND_NEWLINE = re.compile(r"(?<=\n)\n")
_EXTENSION = re.compile(r"\{(?=:[:/])")
# With such a line below it, the first line of a shield would be a heading.
_UNDERLINE = re.compile(r"\A[-=](?=[-=]*[ \t]*(?:\n|\Z))")
_WRAPPED = re.compile(r"\{::nomarkdown\}\n(.*)\n\{:/nomarkdown\}", re.DOTALL)


def leaves_alone(tokens: Sequence[Token]) -> bool:
    """Tell whether kramdown gives HTML back as it is, and soon, going through it as kramdown does."""
    opened: list[str] = []
    gap = ""
    for token in tokens:
        if not opened:
            if token.kind == "text":
                gap += token.source
                continue
            if not _may_begin(token, gap):
                return False
            gap = ""
        if not _goes_on(token, opened):
            return False
    return not opened and not gap.strip(" \t\n") and not _takes_long("".join([token.source for token in tokens]))


def _takes_long(source: str) -> bool:
    return any(len(line.encode()) * line.count("<") > MOST_WORK for line in source.split("\n"))


def _may_begin(token: Token, gap: str) -> bool:
    """Tell whether kramdown takes a token that stands in no element for a block, *gap* behind the block before."""
    if token.kind == "comment":
        return bool(_GAP_OF_COMMENT.fullmatch(gap))
    name = token.name.lower()
    is_open = token.kind == "tag" and (name in VOID or not token.source.endswith("/>"))
    return is_open and name in _BLOCKS and bool(_GAP.fullmatch(gap))


def _goes_on(token: Token, opened: list[str]) -> bool:
    """Tell whether kramdown reads a token within an element as it is meant, and note what is open after it."""
    kind, source, name = token
    if kind == "text":
        return _is_plain(source)
    if kind == "end":
        return bool(_END.fullmatch(source)) and opened.pop() == _known(name)
    if kind == "tag":
        if not _is_plain_tag(token):
            return False
        if name.lower() not in VOID and not source.endswith("/>"):
            opened.append(_known(name))
    return True


def shielded(fragment: str) -> str:
    """Return *fragment* so written that kramdown prints it as it is, whatever it holds.

    No blank line stands in it, at which Jekyll would cut an excerpt.
    """
    inside = _SECOND_NEWLINE.sub("&#10;", _EXTENSION.sub("&#123;", fragment))
    inside = _UNDERLINE.sub(lambda sign: f"&#{ord(sign[0])};", inside)
    return f"{{::nomarkdown}}\n{inside}\n{{:/nomarkdown}}"


def unshielded(text: str) -> str:
    """Return what :func:`shielded` was given, or any other text as it is."""
    match = _WRAPPED.fullmatch(text)
    return match[1] if match else text


def _known(name: str) -> str:
    return name if name.lower() in _STRANGERS else name.lower()


def _is_plain(text: str) -> bool:
    if "<" in text and _OPENING.search(text):
        return False
    return "&" not in text or all(html.unescape(f"&{loose}") == f"&{loose}" for loose in _LOOSE.findall(text))


@lru_cache(maxsize=4096)
def _is_plain_tag(tag: Token) -> bool:
    if not _TAG.fullmatch(tag.source):
        return False
    return "&" not in tag.source or not any(
        loose[0] == "#" or loose in html5 for each in attributes_of(tag) for loose in _LOOSE.findall(each.written)
    )
