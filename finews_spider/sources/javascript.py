"""Reads the literal in an answer that is JavaScript, such as a call or an assignment.

The text is parsed with the grammar of JavaScript and never run. The parser continues after an error, so that only the
broken element of an array is lost. Where the parser takes its neighbours for a part of it, the rows are split at the
key with which the first one begins, and each row is parsed alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

MOST_STEPS, MOST_STEPS_BROKEN = 4000, 1500
"""The most calls of the parser's progress callback, without and with an error. 1,000 rows take 1,200 calls. In a text
that was written to be hard to parse, each takes a millisecond and 40 KB. A row that is parsed alone counts as one."""
ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
# Any other escape is matched only so that a bad one can't begin inside of it.
BAD_ESCAPE = re.compile(r"\\(?:(x(?![0-9a-fA-F]{2})|u(?![0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\}))|.)", re.DOTALL)
CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"} | dict.fromkeys(
    ("\r\n", "\r", "\n", "\u2028", "\u2029"), ""
)
WORDS = {"true": True, "false": False}
ROWS = re.compile(r"\[\s*(?=\{)")
ROW = re.compile(r"""\{\s*["']?([\w$]+)["']?\s*:""")
"""The beginning of an object, with its first key."""
PLACE = "\ue000"
"""Takes the place of the rows, while the text around them is read."""

Steps = Iterator[int]
"""Counts the calls. Several texts may share one count."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Takes the place of an element that is no JavaScript."""

    source: str


def parses(text: str) -> bool:
    """Return whether *text* is a JavaScript program without an error."""
    return not _parse(text.encode(), count(1)).root_node.has_error


def read_literal(text: str) -> Any:
    """Return the longest array or object in the program *text*, or None if there is none.

    Inside of it, anything that is no literal, such as a call or ``undefined``, becomes None, and an element of an array
    that can't be parsed becomes :class:`Unread`. Lone surrogates and invalid escapes become U+FFFD.

    :raises ValueError: there is an error outside of an array's elements, or the text takes too long to parse.
    :raises RecursionError: the literal is nested too deeply.
    """
    text = BAD_ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)
    rows = ""
    try:
        value = _read(text, count(1))
    except ValueError as error:
        begin, end = ROWS.search(text), text.rfind("]")
        if not begin or end < begin.end():
            raise
        rows = text[begin.end() : end]
        try:
            value = _read(f"{text[: begin.end()]}'{PLACE}'{text[end:]}", count(1))
        except ValueError:
            raise error from None
    _recover(value, rows, count(1))
    return value


def _read(text: str, steps: Steps) -> Any:
    source = text.encode()
    root = _parse(source, steps).root_node
    first = next((child for child in root.children if child.type != "comment"), root)
    if source[first.start_byte : first.start_byte + 1] == b"{":  # a bare object would be read as a block
        root = _parse(b"x=" + source, steps).root_node
    literals = list(_literals(root))
    longest = max(literals, key=lambda node: node.end_byte - node.start_byte, default=None)
    return None if longest is None else _value(longest)


def _recover(value: Any, rows: str, steps: Steps) -> None:
    """Replace each :class:`Unread` in the lists of *value* by its rows, and PLACE by those in *rows*."""
    if isinstance(value, dict):
        for each in value.values():
            _recover(each, rows, steps)
    elif isinstance(value, list):
        for each in value:
            _recover(each, rows, steps)
        unread = (rows if each == PLACE else each.source if isinstance(each, Unread) else None for each in value)
        value[:] = chain.from_iterable(
            [each] if source is None else _rows(source, steps) for each, source in zip(value, unread, strict=True)
        )


def _rows(source: str, steps: Steps) -> Iterator[Any]:
    """Yield the elements of a list, each parsed alone. All begin with the key with which the first object begins."""
    first = ROW.search(source)
    beginning = rf"""\{{\s*["']?{re.escape(first[1])}["']?\s*:""" if first else r"\Z"
    begins = [match.start() for match in re.finditer(beginning, source)]
    parts = (source[begin:end].strip().removesuffix(",") for begin, end in pairwise([0, *begins, len(source)]))
    rows = list(filter(None, parts))
    for row in rows:
        try:
            read = _read(f"[{row}]", steps) if len(rows) > 1 and next(steps) <= MOST_STEPS else None
        except ValueError:
            read = None
        yield from read if isinstance(read, list) else [Unread(row)]


@cache
def _language() -> "Language":
    import tree_sitter_javascript  # imported here, because most answers are JSON
    from tree_sitter import Language

    return Language(tree_sitter_javascript.language())


def _parse(source: bytes, steps: Steps) -> "Tree":
    from tree_sitter import Parser

    def stop(_offset: int, has_error: bool) -> bool:  # noqa: FBT001 -- the parser's signature
        return next(steps) > (MOST_STEPS_BROKEN if has_error else MOST_STEPS)

    return Parser(_language()).parse(lambda offset, _point: source[offset : offset + 65536], progress_callback=stop)


def _literals(root: "Node") -> Iterator["Node"]:
    """Yield the arrays and objects that aren't inside of another one.

    :raises ValueError: there is an error outside of them.
    """
    nodes = [root]
    while nodes:
        node = nodes.pop()
        _check(node)
        if node.type in {"array", "object"}:
            yield node
        else:
            nodes += node.children


def _check(node: "Node") -> None:
    if node.is_error or node.is_missing:
        raise ValueError(f"no JavaScript at byte {node.start_byte}: {_text(node)[:40]!r}")


def _value(node: "Node") -> Any:
    """Return the value of *node*.

    :raises ValueError: there is an error in it, outside of an array's elements.
    """
    for child in node.children:
        if node.type != "array" or not child.is_error:
            _check(child)
    parts = [child for child in node.named_children if child.type != "comment"]
    value: Any = WORDS.get(node.type)
    match node.type:
        case "object":
            value = dict(filter(None, map(_pair, parts)))
        case "array":
            value = list(chain.from_iterable(map(_elements, parts)))
        case "string" | "template_string" if all(part.type != "template_substitution" for part in parts):
            value = _unescaped(_text(node)[1:-1])
        case "number":
            value = _number(_text(node))
        case "parenthesized_expression":
            value = _value(parts[0])
        case "unary_expression":
            value = _signed(_text(node.children[0]), _value(parts[-1]))
    return value


def _elements(node: "Node") -> Iterator[Any]:
    """Yield the value of an array's element, or :class:`Unread` if it has an error."""
    try:
        _check(node)
        yield _value(node)
    except ValueError:
        yield Unread(_text(node))


def _pair(node: "Node") -> tuple[str, Any] | None:
    _check(node)
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if node.type != "pair" or not key or not value or key.type == "computed_property_name":
        return None  # a method, or a key that only running the program would give
    for child in node.children:
        _check(child)
    return _unescaped(_text(key)) if key.type == "property_identifier" else str(_value(key)), _value(value)


def _signed(operator: str, value: Any) -> Any:
    if operator == "!" and isinstance(value, int | float):
        return not value
    if isinstance(value, int | float):
        return {"-": -value, "+": value}.get(operator)
    return None


def _number(text: str) -> int | float | None:
    for read in (lambda: int(text, 0), lambda: float(text)):
        try:
            return read()
        except ValueError:  # int() takes no fraction and only 4,300 digits
            continue
    return None


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return ESCAPE.sub(_character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    if number := escape[1] or escape[2] or escape[3]:
        return chr(min(int(number, 16), 0x10FFFF))
    return CONTROLS.get(escape[4], escape[4])


def _text(node: "Node") -> str:
    return (node.text or b"").decode("utf-8", "replace")
