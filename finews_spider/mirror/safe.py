"""What makes an article's text harmless in a page, and leaves harmless text as it is."""

import html
import json
import re
from collections.abc import Mapping
from functools import lru_cache

import nh3

from finews_spider.items import UNWANTED

TAGS = nh3.ALLOWED_TAGS | {"center", "font", "section", "u"}
ATTRIBUTES = {
    "*": {"align", "class", "data-code", "data-code2", "height", "id", "style", "title", "width", "web"},
    "a": {"href", "target", "textvalue"},
    "img": {"alt", "border", "src"},
    "span": {"href"},
    "font": {"color", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "valign"},
    "th": {"colspan", "rowspan", "valign"},
    "ol": {"start"},
}
SCHEMES = {"http", "https", "mailto"}
# The ids that Eastmoney gives quotes and keywords; any other could take the place of one of the page's own.
IDS = re.compile(r"(?:stock|quote|bk|bkquote|Info)[_.][\w.]{1,40}")
# Declarations that can't fetch anything nor lay themselves over the page.
STYLE = re.compile(
    r"(?:\s*(?:display|overflow|text-(?:align|indent|decoration)|font-(?:size|weight|style)|line-height|color"
    r"|background-color|border|border-collapse|vertical-align|(?:max-|min-)?(?:width|height)"
    r"|(?:margin|padding)(?:-(?:top|right|bottom|left))?)\s*:(?![^;]*-[\d.])[#\w.%\- ]*(?:;|$))*\s*"
)
LONGEST_STYLE = 400

_STEERING = re.compile(f"{UNWANTED.pattern}|\r")
_NAME = r"[A-Za-z][A-Za-z0-9-]*"
# HTML so plainly written that every parser reads the same: one that could be read in two ways is no token.
_TOKEN = re.compile(
    rf"""<!--(?P<comment>[\w ]*)-->|<(?P<end>/)?(?P<tag>{_NAME})(?P<attributes>(?:\s+{_NAME}="[^"<>]*")*)\s*/?>"""
    r"|(?P<text>[^<\r\0]+)"
)
_ATTRIBUTE = re.compile(rf'({_NAME})="([^"<>]*)"')
_IMAGE = re.compile(r'(<img\b[^<>]*?\ssrc=")([^"<>]*)(")', re.IGNORECASE)
_VOID = {"br", "hr", "img", "col", "wbr"}
# Kramdown takes these, at the start of a line or behind one another, for HTML and leaves their insides alone.
_BLOCKS = {"blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "section", "table", "ul"}
_LIQUID = re.compile(r"\{(?=[{%])")
# What kramdown would make markup or typography of, anywhere or at the start of a line.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]{}|$~^\"'<>&]|^[#+=:-]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=-)-|-(?=-)|\.(?=\.\.)|(?<=\.)\.(?=\.)|(?<=\.\.)\."
)
_MARKUP = re.compile(r"[\\`*_\[\]{}|$~^<>]|&(?=#?[\w:][\w:.-]*;)")
# Plain text that every YAML reads as text: it begins as a word does, and no sign in it means anything.
_PLAIN = re.compile(r"(?:[^\W_]|[(《（【「『“])(?:(?! #|: |:\Z)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff])*")
# Words and numbers that one YAML or another reads as something else, whatever their case: 1e5, 0o7, 12:30, 2026-01-02.
_OTHER = re.compile(r"y|n|yes|no|on|off|true|false|null|nil|nan|inf|[\d][\da-fox_.,:+\-tz ]*", re.IGNORECASE)

Token = tuple[str, str, tuple[tuple[str, str], ...]]


def body(fragment: str) -> str:
    """Return *fragment* without anything that could run, fetch unasked or break out of its post.

    The bytes stay as they are where nothing had to be taken away, and what is safe already stays as it is.
    """
    fragment = fragment.strip("\n")
    tokens = _tokens(fragment)
    clean = _CLEANER.clean(fragment)
    if tokens is None or (clean != fragment and tokens != _tokens(clean)):
        # Entities are characters now: of controls, only those of texts are left, for no attribute may hold one.
        fragment = _STEERING.sub("", _COMMENT_CLEANER.clean(fragment)).strip("\n")
        tokens = _tokens(fragment)
    if not tokens or _has_loose_text(tokens):
        fragment = f"<div>{fragment}</div>"
    return _LIQUID.sub("&#123;", fragment)


def with_images(safe_body: str, copies: Mapping[str, str]) -> str:
    """Return a body that :func:`body` made, with the images that have one shown from their copy.

    :param copies: ``img src`` → URL of the copy.
    """

    def with_copy(match: re.Match[str]) -> str:
        copy = copies.get(html.unescape(match[2]))
        return f"{match[1]}{html.escape(copy)}{match[3]}" if copy else match[0]

    return _IMAGE.sub(with_copy, safe_body)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if _STEERING.search(value):
        return None
    if name == "style":
        return value if len(value) <= LONGEST_STYLE and STYLE.fullmatch(value) else None
    if name == "id":
        return value if IDS.fullmatch(value) else None
    return value


def _cleaner(*, strip_comments: bool) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=strip_comments,
    )


_CLEANER, _COMMENT_CLEANER = _cleaner(strip_comments=False), _cleaner(strip_comments=True)


def _tokens(fragment: str) -> list[Token] | None:
    """Return what *fragment* says, however it is written, or None where parsers could disagree on that."""
    tokens: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(fragment):
        if match.start() != position:
            return None
        position = match.end()
        tokens.append(token := _token(match))
        if _STEERING.search(token[1]):
            return None
    return tokens if position == len(fragment) else None


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup
    if kind == "text":
        return ("text", html.unescape(match[0]), ())
    if kind == "comment":
        return ("comment", match["comment"], ())
    end, tag, written = match.group("end", "tag", "attributes")
    attributes = tuple([(name.lower(), html.unescape(value)) for name, value in _ATTRIBUTE.findall(written)])
    return ("end" if end else "tag", tag.lower(), attributes)


def _has_loose_text(tokens: list[Token]) -> bool:
    """Whether something stands outside the blocks, where kramdown would read it as Markdown."""
    depth = 0
    for kind, value, _ in tokens:
        if depth == 0 and ((kind == "text" and value not in {" ", "\n"}) or (kind == "tag" and value not in _BLOCKS)):
            return True
        if kind == "tag" and value not in _VOID:
            depth += 1
        elif kind == "end":
            depth -= 1
    return depth != 0


def markdown(text: str) -> str:
    """Return one line of plain *text* so that kramdown and Liquid print it as it is."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)


def link_text(text: str) -> str:
    """Return *text* for a link: only what could end it or be markup is escaped, not what a typographer would change."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def quoted(text: str) -> str:
    """Return *text* as a double-quoted YAML scalar."""
    # JSON's strings are YAML's, as long as no control character is left in them; normalize takes those out.
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def scalar(text: str) -> str:
    """Return *text* for a tag: plain where every YAML reads it as this one text, else a list of it.

    Jekyll parts a plain text at its blanks, as it did in the original; the theme joins it again.
    """
    return text if is_plain(text) else f"[{quoted(text)}]"


@lru_cache(maxsize=4096)
def words(category: str) -> str:
    """Return *category* so that Jekyll parts it at its blanks; empty for none, as the original wrote it."""
    if not re.search(r"[ \t]", category):
        return scalar(category) if category else ""
    return category if is_plain(category) else quoted(category)


def is_plain(text: str) -> bool:
    """Whether *text* needs no quotes to be read as itself, by Ruby or anybody else."""
    return bool(_PLAIN.fullmatch(text)) and text == text.strip() and not _OTHER.fullmatch(text)
