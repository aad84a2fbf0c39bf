"""A post's text → its article: the way back from what :mod:`finews_spider.mirror.post` writes.

It reads the original mirror's four generations too: with and without zone, quote mark, footer and share link.
"""

import html
import re
from datetime import datetime
from typing import Any

import yaml

from finews_spider.errors import MirrorError
from finews_spider.items import SHANGHAI, Article
from finews_spider.mirror.kramdown import unshielded
from finews_spider.mirror.post import NO_MEDIA, OLD_POSTS, POSTS, ROLL_CATEGORY, ROLL_TAG
from finews_spider.pipelines.normalize import normalize
from finews_spider.sources import fields
from finews_spider.sources.links import code_of_link
from finews_spider.stores.base import Post

NAME = re.compile(r"(?:\d{4}-\d{2}-\d{2})?-((?:NW)?\d+)\.(?:md|markdown|html)", re.ASCII)
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
FOOTER = re.compile(r"(?:\A|\n)<([^<>\s]*)>\s*(?:\[返回[^\n]*\s*)*\Z")
LEAD = re.compile(r"> ([^\n]*)(?:\n\n|\Z)")
CATEGORY = re.compile(r"\w(?:[\w .-]{0,98}[\w-])?")
DATED = re.compile(r"(?:_posts|old_post)/\d{4}-\d{2}-\d{2}-", re.ASCII)
COPY = re.compile(r'<img\b[^<>]*?\ssrc="([^"<>]*/images/([0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{3,4}))"')
ZONED = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)", re.ASCII)
SUFFIX = "新闻"


def read(path: str, text: str) -> Post:
    """Return the post that *text* is.

    :param path: where it lies below its mirror, as in ``_posts/2022-06-01-NW202206012399294452.md``.
    :raises MirrorError: it is no article's post; the message says why.
    """
    name = NAME.fullmatch(path.rpartition("/")[2])
    matter = FRONT_MATTER.fullmatch(text.replace("\r\n", "\n"))
    footer = matter and FOOTER.search(matter[2])
    if not matter:
        raise MirrorError("it has no front matter")
    told = _front_matter(matter[1])
    if not footer:
        raise MirrorError("it has no link to its article")
    code = fields.code(name[1]) if name else code_of_link(footer[1])
    if not code:
        raise MirrorError("neither its name nor its link names an article")
    is_roll = not name[1].startswith("NW") if name else _text(told, "categories") == ROLL_CATEGORY
    article = normalize(_article(code, told, footer, is_roll=is_roll))
    if not article.published_at or not article.title or not article.body:
        raise MirrorError("it has no text, title or time, and its code tells none")
    is_old = bool(_text(told, "permalink")) and path.startswith(f"{OLD_POSTS}/")
    if is_old:
        path = path.replace(OLD_POSTS, POSTS, 1)
    # Without a date in its name Jekyll never made a page of it: it gets a path that has one.
    return Post(article, path=path if DATED.match(path) else "", category=_category(told), old=is_old)


def _article(code: str, told: dict[str, Any], footer: re.Match[str], *, is_roll: bool) -> Article:
    text = footer.string[: footer.start()]
    lead = LEAD.match(text) if is_roll else None
    tag = _text(told, "tags")
    media = "" if is_roll or tag == NO_MEDIA + SUFFIX else tag.removesuffix(SUFFIX)
    usual = ROLL_TAG if is_roll else f"{media or NO_MEDIA}{SUFFIX}"
    body = unshielded((text[lead.end() :] if lead else text).strip("\n"))
    return Article(
        code=code,
        title=_text(told, "title"),
        digest=html.unescape(lead[1]) if lead else "",
        body=body,
        image_files={source: f"images/{copy}" for source, copy in COPY.findall(body)},
        published_at=_time(_text(told, "date")),
        revised_at=_time(_text(told, "last_modified_at")),
        media=media,
        channel="import",
        source_url=footer[1] if is_roll else "",
        layout="roll" if is_roll else "media",
        tag="" if tag == usual else tag,
    )


def _category(told: dict[str, Any]) -> str:
    """Return the categories as Jekyll parts them, at blanks.

    :raises MirrorError: they can't be a part of a path.
    """
    value = told.get("categories")
    category = " ".join(fields.text(each) for each in (value if isinstance(value, list) else [value]))
    if category and not CATEGORY.fullmatch(category):
        raise MirrorError(f"its category {fields.line(category)!r} can't be a folder's name")
    return category


def _front_matter(text: str) -> dict[str, Any]:
    """Return the fields as they are written: a title of digits is no number, and none costs the time to make it one."""
    try:
        told = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 -- they know only text
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise MirrorError(f"its front matter can't be read: {reason}") from None
    if not isinstance(told, dict):
        raise MirrorError("its front matter holds no fields")
    return told


def _text(told: dict[str, Any], key: str) -> str:
    """Return a field's text; of a list, which keeps blanks together, its only one."""
    value = told.get(key)
    return fields.text(value[0] if isinstance(value, list) and value else value)


def _time(written: str) -> datetime | None:
    """Return the time of a ``date``; without a zone it is China's. None for no time."""
    zoned = ZONED.fullmatch(written)
    moment = fields.time(zoned[1] if zoned else written)
    if not moment or not zoned or zoned[2] in {"+0800", "+08:00"}:
        return moment
    try:
        return datetime.strptime(f"{moment:%F %T}{zoned[2]}", "%Y-%m-%d %H:%M:%S%z").astimezone(SHANGHAI)
    except ValueError:  # a zone of a hundred hours
        return None
