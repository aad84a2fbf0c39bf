"""kramdown, which is Jekyll's Markdown: which HTML it leaves unchanged, and how to shield other HTML from it.

``tests/mirror/test_kramdown.py`` compares this with kramdown itself.
"""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from html.entities import html5

from finews_spider.articles.tokens import VOID, Token, attributes_of

# At the start of a line or directly after another block, kramdown reads these elements as HTML and leaves their content
# unchanged. It does so with some inline elements too, but adds newlines around them.
_BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "nav", "ol", "p", "pre", "section",
    "summary", "table", "ul",
}  # fmt: skip
# Elements that kramdown doesn't know: to kramdown, their names in upper and in lower case differ.
_UNKNOWN_ELEMENTS = {"bdi", "center", "data", "font", "s", "strike", "time"}
MOST_WORK = 500_000_000
"""Bytes of a line times its tags; kramdown then needs about two seconds, for at each tag it reads the whole line."""

_GAP = re.compile(r"(?:[ \t\n]*\n)? {0,3}")
_GAP_OF_COMMENT = re.compile(r"(?:[ \t\n]*\n)?")
_TAG = re.compile(
    r"""<[A-Za-z][A-Za-z0-9]*(?:[ \t\n]+[A-Za-z_][A-Za-z0-9._-]*"""
    r"""(?:[ \t\n]*=[ \t\n]*(?:"[^"]*"|'[^']*'|\w+(?=[ \t\n>])))?)*[ \t\n]*/?>"""
)
_END = re.compile(r"</[A-Za-z0-9]+[ \t\n]*>")
# The start of a character reference that kramdown takes for text, although a browser may decode it.
_LOOSE_REFERENCE = re.compile(
    r"&(?!(?:[\w:][\w.:-]*|#[0-9]+|#x[0-9a-fA-F]+);)(#[0-9]|#[xX][0-9a-fA-F]|[A-Za-z][A-Za-z0-9]*=?)", re.ASCII
)
# To kramdown a tag's name begins with a letter of any script, to a browser with one of A to Z.
_OPENING = re.compile(r"<[^\W\d]|<[^\x00-\x7f]")
_SECOND_NEWLINE = re.compile(r"(?<=\n)\n")
_EXTENSION = re.compile(r"\{(?=:[:/])")
# Below the first line of a shield, such a line would make that line a heading.
_UNDERLINE = re.compile(r"\A[-=](?=[-=]*[ \t]*(?:\n|\Z))")
_SHIELDED = re.compile(r"\{::nomarkdown\}\n(.*)\n\{:/nomarkdown\}", re.DOTALL)


def leaves_alone(tokens: Sequence[Token]) -> bool:
    """Whether kramdown returns this HTML unchanged, and in reasonable time. This reads the tokens as kramdown does."""
    opened: list[str] = []
    gap = ""
    for token in tokens:
        if not opened:
            if token.kind == "text":
                gap += token.source
                continue
            if not _begins_block(token, gap):
                return False
            gap = ""
        if not _reads_as_meant(token, opened):
            return False
    return not opened and not gap.strip(" \t\n") and not _takes_long("".join([token.source for token in tokens]))


def _takes_long(source: str) -> bool:
    return any(len(line.encode()) * line.count("<") > MOST_WORK for line in source.split("\n"))


def _begins_block(token: Token, gap: str) -> bool:
    """Whether kramdown reads a token outside of all elements as the start of a block.

    :param gap: the text between the token and the block before.
    """
    if token.kind == "comment":
        return bool(_GAP_OF_COMMENT.fullmatch(gap))
    name = token.name.lower()
    is_open = token.kind == "tag" and (name in VOID or not token.source.endswith("/>"))
    return is_open and name in _BLOCKS and bool(_GAP.fullmatch(gap))


def _reads_as_meant(token: Token, opened: list[str]) -> bool:
    """Whether kramdown reads a token within an element as a browser does.

    :param opened: the names of the elements that are open; brought up to date.
    """
    kind, source, name = token
    if kind == "text":
        return _is_plain(source)
    if kind == "end":
        return bool(_END.fullmatch(source)) and opened.pop() == _name_in_kramdown(name)
    if kind == "tag":
        if not _is_plain_tag(token):
            return False
        if name.lower() not in VOID and not source.endswith("/>"):
            opened.append(_name_in_kramdown(name))
    return True


def shield(fragment: str) -> str:
    """Return *fragment* in a form that kramdown prints unchanged, whatever it holds.

    The form has no blank line, for Jekyll would end an excerpt there.
    """
    inside = _SECOND_NEWLINE.sub("&#10;", _EXTENSION.sub("&#123;", fragment))
    inside = _UNDERLINE.sub(lambda sign: f"&#{ord(sign[0])};", inside)
    return f"{{::nomarkdown}}\n{inside}\n{{:/nomarkdown}}"


def unshield(text: str) -> str:
    """Return the fragment that :func:`shield` was given, or any other text unchanged."""
    match = _SHIELDED.fullmatch(text)
    return match[1] if match else text


def _name_in_kramdown(name: str) -> str:
    return name if name.lower() in _UNKNOWN_ELEMENTS else name.lower()


def _is_plain(text: str) -> bool:
    if "<" in text and _OPENING.search(text):
        return False
    return "&" not in text or all(html.unescape(f"&{loose}") == f"&{loose}" for loose in _LOOSE_REFERENCE.findall(text))


@lru_cache(maxsize=4096)
def _is_plain_tag(tag: Token) -> bool:
    if not _TAG.fullmatch(tag.source):
        return False
    return "&" not in tag.source or not any(
        loose[0] == "#" or loose in html5
        for attribute in attributes_of(tag)
        for loose in _LOOSE_REFERENCE.findall(attribute.written)
    )
