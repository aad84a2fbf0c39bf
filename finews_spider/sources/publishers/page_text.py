"""The text of an article's page without what the site has put into it."""

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from finews_spider.articles.body import without_markup
from finews_spider.articles.fields import plain
from finews_spider.sources.html import absolute, inner

_EDITORS = "(?:责任|本文|文字|图片|视觉|值班|执行|每经)?(?:编辑|责编|美编|编审|审核|校对|校审|监制|每经记者)"
_INLINE = r"<(?!/?(?:p|div|section|center|img)\b)[^<>]*>"
STAFF_WORDS = ("编辑", "责编", "美编", "编审", "审核", "校对", "校审", "监制", "每经记者")
"""One of these is in each match of LINE and CREDIT. Python finds a word in a tenth of the time of an expression."""
LINE = re.compile(
    rf"<(p|div|section|center)\b[^<>]*>(?:[\s（(【\[]|{_INLINE}){{0,60}}{_EDITORS}(?:[^<]|{_INLINE}){{1,150}}</\1>",
    re.IGNORECASE,
)
"""A short paragraph that begins as a line with the names of editors does."""
STAFF = re.compile(rf"[\s（(【\[]*{_EDITORS}\s*[:：|｜丨/].{{1,80}}", re.DOTALL)
"""Such a line without its markup."""
CREDIT = re.compile(r"[（(]\s*(?:责任编辑|责编|编辑)[:：\s][^（）()<>]{1,40}[)）]")
"""The name of an editor behind a text."""
VISIBLE = re.compile(r"(?:\A|>)\s*[^<\s]|<img", re.IGNORECASE)
"""The first text outside of tags, or an image."""
BLANK_LINES = re.compile(r"\n\s*\n")
DROPPED, BARE = "finews-dropped", "finews-bare"
"""Names that elements are given. All elements of one name can be removed in linear time."""
CODE_OF_NAME = re.compile(r"[(（][0-9A-Za-z.]{1,12}[)）]\Z")


def clean_text(node: Any, url: str, drop: Iterable[Any] = (), names: Iterable[Any] = ()) -> str:
    """Return the HTML of an article's text; empty if there is neither text nor image. *node* is changed.

    :param url: of the page, for relative links.
    :param drop: elements in *node* that are no text, besides scripts, comments and lines with the names of editors.
    :param names: links in *node* of which only the name stays, without a code in brackets.
    """
    for link in names:
        _to_bare_name(link)
    for part in drop:
        part.tag = DROPPED
    etree.strip_tags(node, BARE)
    etree.strip_elements(node, DROPPED, "script", "style", etree.Comment, with_tail=False)
    fragment = absolute(inner(node), url)
    if any(word in fragment for word in STAFF_WORDS):
        fragment = LINE.sub(_unless_staff, CREDIT.sub("", fragment))
    return BLANK_LINES.sub("\n", fragment) if VISIBLE.search(fragment) else ""


def _unless_staff(line: re.Match[str]) -> str:
    return "" if STAFF.fullmatch(plain(without_markup(line[0]))) else line[0]


def _to_bare_name(link: Any) -> None:
    """Make a link on a name in the text hold the name alone, without the code behind it, in BARE tags."""
    link.text = CODE_OF_NAME.sub("", link.xpath("string()").strip())
    del link[:]
    link.tag = BARE
