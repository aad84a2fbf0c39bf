"""Makes an article's HTML harmless, and keeps its harmless parts byte for byte.

First, everything that isn't allowed is removed where it stands. Then nh3 parses the rest twice: within its page, with
every value checked, and alone, with every value accepted. If both give the same tree, nothing remains that nh3 would
remove, and nothing that reaches out of the article. Otherwise the post gets the HTML that nh3 writes.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import nh3

from finews_spider.articles import bounds
from finews_spider.articles.tokens import ANY_TAG, ATTRIBUTE, IMAGE, VOID, Token, attributes_of, tokens_of, value_of
from finews_spider.mirror import allowed
from finews_spider.mirror.kramdown import leaves_alone, shield

EMPTY = "<div></div>"

_BEFORE, _AFTER = "<article><div>", "<p>.</p></div><footer>.</footer></article>"
"""The page around an article. An article must not change it."""
# A reference that may stand for a control character or for a change of the writing direction.
_REFERENCE = re.compile(r"&(?:#[xX]?[0-9a-fA-F]+;?|[lr]lm;)")
_COMMENT = re.compile(r"<!--(?!-?>)(?![ \t\n]*(?:more|excerpt|break)\b)[^-<>\[]*(?:-(?!-)[^-<>\[]*)*-->", re.IGNORECASE)
_END = re.compile(r"</[A-Za-z0-9]+[ \t]*(?:\n[ \t]*)?>")
_BLANK_LINES = re.compile(r"\n[ \t\n]*\n")
_LIQUID = re.compile(r"\{(?=[{%])")
_CLOSED_BY_OTHERS = {
    "caption",
    "colgroup",
    "dd",
    "dt",
    "li",
    "p",
    "rp",
    "rt",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
}


def body(fragment: str) -> str:
    """Return *fragment* without anything that could run a script, fetch by itself or break out of its post."""
    fragment = bounds.body(fragment)
    fragment = allowed.CONTROLS.sub("", fragment.replace("\r\n", "\n").replace("\r", "\n"))
    tokens = list(_allowed_tokens(_REFERENCE.sub(_unless_control, fragment)))
    if not _is_harmless(tokens):
        tokens = list(_allowed_tokens(allowed.CONTROLS.sub("", _STRICT.clean(_source(tokens)))))
        if not _is_harmless(tokens):
            tokens = [Token("text", html.escape(ANY_TAG.sub("", fragment), quote=False))]
    source = _source(tokens).strip("\n")
    if not source.strip():
        return EMPTY
    return _LIQUID.sub("&#123;", source if leaves_alone(tokens) else shield(source))


def with_images(safe_body: str, copies: Mapping[str, str]) -> str:
    """Return *safe_body*, which :func:`body` made, with the copies of images in place of the originals.

    :param copies: ``img src`` → URL of the copy.
    """

    def with_copy(attribute: re.Match[str]) -> str:
        copy = copies.get(value_of(attribute[2] or "")) if attribute[1].lower() == "src" else None
        return attribute[0].removesuffix(attribute[2]) + f'"{html.escape(copy)}"' if copy else attribute[0]

    return IMAGE.sub(lambda image: image[0][:4] + ATTRIBUTE.sub(with_copy, image[0][4:]), safe_body)


def _unless_control(reference: re.Match[str]) -> str:
    character = html.unescape(reference[0])
    return "" if not character or allowed.CONTROLS.search(character) else reference[0]


def _allowed_tokens(fragment: str) -> Iterator[Token]:
    """Give the allowed tokens of *fragment*, and close the elements that are open at its end."""
    opened: list[str] = []
    for token in tokens_of(fragment):
        if allowed_token := _allowed_part(token, opened):
            yield allowed_token
    for name in reversed(opened):
        if name not in _CLOSED_BY_OTHERS:
            yield Token("end", f"</{name}>", name)


def _allowed_part(token: Token, opened: list[str]) -> Token | None:
    """Return the part of *token* that is allowed, or None.

    :param opened: the names of the elements that are open; brought up to date.
    """
    if token.kind == "text":
        return token
    if token.kind == "comment":
        return token._replace(source=_BLANK_LINES.sub("\n", token.source)) if _COMMENT.fullmatch(token.source) else None
    name = token.name.lower()
    if name not in allowed.TAGS:
        return None
    if token.kind == "tag":
        if name not in VOID:
            opened.append(name)
        return _clean_tag(token)
    if name in opened:
        opened.reverse()
        opened.remove(name)
        opened.reverse()
    elif name not in {"br", "p"}:  # for a browser, these end tags make an element even where none is open
        return None
    return token if _END.fullmatch(token.source) else token._replace(source=f"</{token.name}>")


@lru_cache(maxsize=4096)
def _clean_tag(tag: Token) -> Token:
    """Return a start tag with only the attributes that are allowed."""
    name, source = tag.name.lower(), tag.source
    seen: set[str] = set()
    parts = [source[: 1 + len(tag.name)]]
    for attribute in attributes_of(tag):
        value = None if attribute.name in seen else allowed.value_of(name, attribute.name, attribute.value)
        seen.add(attribute.name)
        if value == attribute.value and "<" not in attribute.written:
            parts.append(attribute.source)
        elif value is not None:
            parts.append(attribute.source.removesuffix(attribute.written) + f'"{html.escape(value)}"')
    end = source[1 + len(tag.name) + sum(len(each.source) for each in attributes_of(tag)) :]
    return tag._replace(source=_BLANK_LINES.sub("\n", "".join([*parts, end])))


def _source(tokens: list[Token]) -> str:
    return "".join([token.source for token in tokens])


def _is_harmless(tokens: list[Token]) -> bool:
    """Whether nh3 reads *tokens* within their page, with every value checked, as it reads them alone and unchecked."""
    source = _source(tokens)
    names = frozenset([each.name for token in tokens if token.kind == "tag" for each in attributes_of(token)])
    alone = _cleaner(names, None).clean(source)
    whole = _cleaner(names, allowed.value_of).clean(f"{_BEFORE}{source}{_AFTER}")
    return whole == f"{_BEFORE}{alone}{_AFTER}" and not allowed.CONTROLS.search(whole)


@lru_cache(maxsize=512)
def _cleaner(
    names: frozenset[str], check: Callable[[str, str, str], str | None] | None, *, comments: bool = True
) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(allowed.TAGS),
        attributes={"*": set(names)},
        attribute_filter=check,
        url_schemes=allowed.SCHEMES,
        link_rel=None,
        strip_comments=not comments,
    )


_STRICT = _cleaner(allowed.NAMES, allowed.value_of, comments=False)
