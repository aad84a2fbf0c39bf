"""The bounds of an article's length and nesting, which are checked before any parser reads the article.

The time and memory of a parser grow with the square of the nesting, and with the number of formatting elements that
are open where a paragraph begins. docs/reliability.md has the figures and says how they were measured. All functions
here take linear time.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

from finews_spider.articles.tokens import ANY_TAG, ATTRIBUTE, START, VOID

LONGEST_BODY = 500_000
LONGEST_ROW = 10_000
"""Characters of a paragraph, where an article is kept as text."""
LONGEST_TITLE = 500
LONGEST_DIGEST = 10_000
LONGEST_NAME = 100
"""Characters of a publication's name."""
DEEPEST = 200
"""The deepest nesting of elements in an article."""
DEEPEST_IN_PAGE = 2_000
MOST_REOPENED = 1_000_000
"""Characters of the formatting elements that a parser opens again: at each block, all that are open around it."""
MOST_ATTRIBUTES = 200
"""The most attributes of one tag. Parsers compare each of them with each other."""
MOST_REFERENCES = 50_000
"""The most ampersands in an article."""
MOST_MARKS = 30
"""The most combining marks in a row (Unicode's stream-safe text). To sort more of them takes quadratic time."""
NOTE = "<p>（原文的排版过长或过深，这里只保留了文字。）</p>"

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)([^<>]*)")
# Two levels of elements without children don't matter to a count of hundreds.
_LEAF = re.compile(r"<([A-Za-z]\w*)\b[^<>]*>[^<>]*</\1\s*>")
# A tag with few attributes that ends at the same place for every parser. Most tags are such tags.
_SHORT_TAG = re.compile(
    r"""<[A-Za-z](?=[^<>]{0,300}>)[^<>"'=]*(?:=(?:"[^"'<>]*"|'[^"'<>]*'|[^\s"'<>=]+(?=[\s>]))[^<>"'=]*)*>""",
)
_FORMATTING = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
_CELLS = {"caption", "td", "th"}
_TABLE = _CELLS | {"colgroup", "table", "tbody", "tfoot", "thead", "tr"}
_BLOCKS = _TABLE | {
    "address", "article", "aside", "blockquote", "body", "button", "center", "dd", "details", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "html", "iframe", "li", "listing", "main", "marquee", "menu", "nav", "object", "ol", "p", "pre",
    "section", "select", "summary", "template", "ul",
}  # fmt: skip
_ITEMS = {"dd", "dt", "li", "p"}
# Start tag → the elements that it closes if it is in one of them, maybe with a paragraph between.
_CLOSES = {"p": {"p"}, "li": {"li"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}, "td": {"td", "th"}, "th": {"td", "th"}}
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/?(?:p|div|tr|li|h[1-6]|section|blockquote))\b[^<>]*>", re.IGNORECASE)
# The blocks without combining marks. Most articles have no others, which is found out in no time.
_NO_MARKS = (
    r"\0-\u02ff\u2000-\u20cf\u2100-\u2bff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ufb1d\ufb1f-\ufe1f\ufe30-\uffff"
)
_MAY_BE_MARKS = re.compile(f"[^{_NO_MARKS}][^{_NO_MARKS}]{{{MOST_MARKS},}}")


def cut(text: str, longest: int) -> str:
    """Return *text*, shortened to *longest* characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def few_marks(text: str) -> str:
    """Return *text* with at most MOST_MARKS combining marks in a row."""
    return _MAY_BE_MARKS.sub(_few_marks, text)


def body(fragment: str) -> str:
    """Return an article's HTML. If it is too long or too complex, return its text and NOTE instead."""
    if len(fragment) <= LONGEST_BODY and fragment.count("&") <= MOST_REFERENCES and not is_too_complex(fragment):
        return fragment
    rows, left = [], LONGEST_BODY - len(NOTE)
    for text in _rows(fragment):
        row = f"<p>{html.escape(text, quote=False)}</p>"
        left -= len(row) + row.count("&") * LONGEST_BODY // MOST_REFERENCES
        if left < 0:
            break
        rows.append(row)
    return "".join([*rows, NOTE])


def is_too_complex(fragment: str) -> bool:
    """Return whether *fragment* is nested deeper, or takes more work to parse, than any real article."""
    return has_many_attributes(fragment) or is_too_deep(fragment) or _reopens_too_much(fragment)


def has_many_attributes(markup: str) -> bool:
    """Return whether a tag has more than MOST_ATTRIBUTES."""
    longer = _SHORT_TAG.sub("", markup)
    for start in START.finditer(longer):
        position = start.end()
        for _ in range(MOST_ATTRIBUTES + 1):
            if not (attribute := ATTRIBUTE.match(longer, position)):
                break
            position = attribute.end()
        else:
            return True
    return False


def is_too_deep(markup: str, deepest: int = DEEPEST) -> bool:
    """Return whether the elements of *markup* are nested deeper than *deepest*.

    The count is never lower than an HTML parser's: an element counts as open if that is unclear.
    """
    if markup.count("<") <= deepest:
        return False
    branches = _LEAF.sub("", _LEAF.sub("", markup))
    if branches.count("<") <= deepest:
        return False
    opened: list[str] = []
    for closing, name, _ in _tags(branches):
        if closing:
            _close(opened, name)
        else:
            _make_room(opened, name)
            opened.append(name)
            if len(opened) > deepest:
                return True
    return False


def _tags(markup: str) -> Iterator[tuple[bool, str, int]]:
    """Yield whether it is an end tag, name and size in characters, for each tag of an element with content."""
    for closing, written, attributes in _TAG.findall(markup):
        if (name := written.lower()) not in VOID:
            yield bool(closing), name, 2 * len(name) + len(attributes)


def _rows(fragment: str) -> Iterator[str]:
    """Yield the text of *fragment*: a row for each block, or several rows for an extremely long block."""
    for row in ANY_TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", fragment))).split("\n"):
        for start in range(0, len(row), LONGEST_ROW):
            if text := html.unescape(row[start : start + LONGEST_ROW]).strip():
                yield text


def _reopens_too_much(fragment: str) -> bool:
    if 2 * len(fragment) * fragment.count("<") <= MOST_REOPENED:  # even if all tags were open at each tag
        return False
    formatting: dict[str, list[int]] = {name: [] for name in _FORMATTING}
    around = reopened = 0
    for closing, name, size in _tags(fragment):
        if name in _FORMATTING:
            if formatting[name] and (closing or name == "a"):  # a link ends the previous link
                around -= formatting[name].pop()
            if not closing:
                formatting[name].append(size)
                around += size
        elif name in _BLOCKS:
            reopened += around
    return reopened > MOST_REOPENED


def _make_room(opened: list[str], name: str) -> None:
    """Remove from *opened* what a start tag closes."""
    closes = _CLOSES.get(name, ())
    if name == "tr":
        last = len(opened) - 1
        while last >= 0 and opened[last] in {"p", "td", "th"}:
            last -= 1
        if last >= 0 and opened[last] == "tr":
            del opened[last:]
    elif closes:
        last = len(opened) - (2 if opened[-1:] == ["p"] and name != "p" else 1)
        if last >= 0 and opened[last] in closes:
            del opened[last:]


def _close(opened: list[str], name: str) -> None:
    """Remove from *opened* what an end tag closes."""
    for index in range(len(opened) - 1, -1, -1):
        each = opened[index]
        if each == name:
            del opened[index : index + 1 if name in _FORMATTING else None]
            return
        if not _reaches_over(name, each):
            return


def _reaches_over(name: str, each: str) -> bool:
    """Return whether the end tag of *name* also closes the open element *each* inside of it."""
    if name in _FORMATTING:
        return each not in _TABLE
    if name in _TABLE:
        return each != "table" and (each not in _BLOCKS or each in _ITEMS or each in _TABLE)
    if name in _BLOCKS:
        return each not in _BLOCKS or each in _ITEMS
    return each not in _BLOCKS


def _few_marks(match: re.Match[str]) -> str:
    kept, run = [], 0
    for character in match[0]:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
