"""Finds the time and the publication of an article in the elements around its text."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from lxml import etree

from finews_spider.articles import fields

LONGEST = 60
"""The most characters of a publication's name."""
SEARCHED = 500
"""How many characters of an element's text are searched for a time."""
MOST, NEAR = 1000, 50
"""How many elements are read, and how many parts of one element."""
INLINE = frozenset({"a", "b", "em", "font", "i", "label", "span", "strong", "u"})
SOURCE = re.compile(r"(?:^|[\s|丨·(（\[【])(?:文章|稿件|新闻|信息|本文)?来源 ?[：:]")
CREDIT = re.compile(r"(?:文章|稿件)来源 ?[：:](.{1,200})", re.DOTALL)
# What may follow the publication in the same text.
FOLLOWING = re.compile(
    r"(?:^|[\s|丨·(（，,])(?:作者|责任编辑|编辑|责编|记者|原标题|发布时间|更新时间|时间|日期|字号|阅读|评论|分享)[：:]"
    r"|(?<!\d)\d{4} ?[-/.年] ?\d{1,2} ?[-/.月]"
    r"|(?:^|\s)\d+ ?[条人次]?(?:评论|跟帖|参与|阅读|浏览)"
)
LABEL = re.compile(r"\A\s*[\u4e00-\u9fff]{2,4}[：:]")


def find_time(elements: Iterable[etree._Element], code: str) -> datetime | None:
    """Return the time of an element that holds nothing else, else a time inside of a text, else None.

    A time of day is preferred to a bare date. A time without a year is completed by the date of *code*.
    """
    texts = [_text(element, " ")[:SEARCHED] for element in islice(elements, MOST)]
    bare = (fields.time(LABEL.sub("", text, count=1)) for text in texts)
    found = chain(bare, map(fields.find_time, texts), (fields.guess_time(text, code) for text in texts))
    moments = [moment for moment in found if moment]
    return next((moment for moment in moments if moment.hour or moment.minute), next(iter(moments), None))


def find_media(elements: Iterable[etree._Element]) -> str:
    """Return the publication after 来源：, else in ``@data-source``, else in the ``alt`` of a logo; empty if none."""
    few = list(islice(elements, MOST))
    named = chain.from_iterable(map(_behind_source, few))
    stored = (element.get("data-source") or "" for element in few)
    logos = (element.get("alt") or "" for element in few if element.tag == "img" and _is_logo(element))
    return next(filter(None, map(_publication, chain(named, stored, logos))), "")


def find_credit(text: str) -> str:
    """Return the publication after 文章来源 or 稿件来源 in an article's text; empty if there is none."""
    match = CREDIT.search(text)
    return _publication(match[1]) if match else ""


def _behind_source(element: etree._Element) -> Iterator[str]:
    """Yield the text after each 来源： in an element's own text. The text of its neighbours is never used."""
    parts: list[etree._Element | str] = _parts(element)
    if element.tag in INLINE:
        parts.append(element.tail or "")
    for number, part in enumerate(parts):
        match = SOURCE.search(part) if isinstance(part, str) else None
        if match:
            yield _name([match.string[match.end() :], *parts[number + 1 : number + NEAR]])


def _name(parts: list[etree._Element | str]) -> str:
    """Return the text of the first part with a text, together with the text right after it."""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if (name := _shown(part)).strip():
            adjoins = isinstance(following, str) and not following[:1].isspace()
            return f"{name}{following}" if adjoins else name
    return ""


def _parts(element: etree._Element) -> list[etree._Element | str]:
    """Return the texts and the child elements of an element, in order."""
    parts: list[etree._Element | str] = [element.text or ""]
    for child in element:
        parts += (child, child.tail or "")
    return parts


def _shown(part: etree._Element | str) -> str:
    """Return the text of a part. A block becomes a colon, because it ends the text before it."""
    if isinstance(part, str):
        return part
    if not isinstance(part.tag, str):  # a comment
        return ""
    return _text(part) if part.tag in INLINE or part.tag == "img" else ":"


def _is_logo(image: etree._Element) -> bool:
    return any(
        "source" in (holder.get("class") or "").split()
        or any(isinstance(part, str) and SOURCE.search(part) for part in _parts(holder)[:NEAR])
        for holder in islice(image.iterancestors(), 2)
    )


def _publication(text: str) -> str:
    """Return the name of a publication at the beginning of *text*; empty if there is none."""
    # A name may contain two blanks, but no line break.
    text = " ".join(filter(None, map(str.strip, re.split(r"[\r\n\t]", text.strip()[:200]))))
    following = FOLLOWING.search(text)
    name = _balanced(text[: following.start()] if following else text).strip().strip("|丨·,，;；:：").strip()
    return name if len(name) <= LONGEST and any(map(str.isalpha, name)) else ""


def _balanced(text: str) -> str:
    """Return *text* up to the first closing bracket without an opening one."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "(（") - (character in ")）")
        if depth < 0:
            return text[:place]
    return text


def _text(element: etree._Element, between: str = "") -> str:
    return between.join(map(str, islice(element.itertext(), NEAR)))
