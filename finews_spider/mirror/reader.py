"""A post's text → its article: the way back from what :mod:`finews_spider.mirror.post` writes.

It reads the original mirror's four generations too: with and without zone, quote mark, footer and share link.
"""

import html
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import yaml

from finews_spider.articles import fields
from finews_spider.articles.links import code_of_link
from finews_spider.articles.normalize import normalize
from finews_spider.errors import MirrorError
from finews_spider.items import Article
from finews_spider.mirror.categories import check, escape, is_free, slugified, url_below, words
from finews_spider.mirror.kramdown import unshielded
from finews_spider.mirror.post import NO_MEDIA, OLD_POSTS, POSTS, ROLL_CATEGORY, ROLL_TAG, url_in
from finews_spider.stores.records import Alias, Post
from finews_spider.times import SHANGHAI

NAME = re.compile(r"(?:\d{4}-\d{2}-\d{2})?-((?:NW)?\d+)\.(?:md|markdown|html)", re.ASCII)
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
FOOTER = re.compile(r"<([^<>\s]*)>\s*")
BACK = "[返回"
"""Begins each line that may follow the footer's link."""
LEAD = re.compile(r"> ([^\n]*)(?:\n\n|\Z)")
FIXED = re.compile(r"(?:_posts|old_post)/\d{4}-\d\d-\d\d-(?:NW)?\d{1,40}\.(?:md|markdown|html)", re.ASCII)
"""A path that names the day and the article, so that no other article can have it."""
PUBLISHED = re.compile(r".*/\d{2,4}-\d{1,2}-\d{1,2}-([^/]+)\.[^./]+", re.ASCII)
"""Jekyll makes a page of a file in ``_posts`` that is called so."""
TITLE = re.compile(r'^title:[ \t]*"(.*)"[ \t]*$', re.MULTILINE)
WRITTEN = re.compile(r'(?:[^"\\]|\\["\\])*')
"""What stands between the quotes of a title that finews wrote."""
TAGS = re.compile(r"^tags:[ \t]+([^\s\[\"'|>].*)", re.MULTILINE)
BLANK = re.compile(r"[\t\n\v\f\r]")
LINE = re.compile(r"(\w+):(?:[ \t]+(.*))?")
NO_CATEGORY = re.compile(r"^categor(?:y|ies):[ \t]*(?:~|null|Null|NULL)[ \t]*$", re.MULTILINE)
"""Holds what Ruby's YAML reads as no value."""
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
    if not matter:
        raise MirrorError("it has no front matter")
    told = _front_matter(matter[1])
    text, link = _footer(matter[2])
    code = fields.code(name[1]) if name else code_of_link(link)
    if not code:
        raise MirrorError("neither its name nor its link names an article")
    is_roll = (
        not name[1].startswith("NW") if name else ROLL_CATEGORY in (_text(told, "categories"), _text(told, "category"))
    )
    article = normalize(_article(code, told, text, link, is_roll=is_roll))
    if not article.published_at or not article.title or not article.body:
        raise MirrorError("it has no text, title or time, and its code tells none")
    category, parts = _categories(told, matter[1])
    is_old = bool(_text(told, "permalink")) and path.startswith(f"{OLD_POSTS}/")
    fixed = path.replace(OLD_POSTS, POSTS, 1) if is_old else path
    # Any other gets the path that finews gives it, and its URL becomes an alias.
    fixed = fixed if FIXED.fullmatch(fixed) else ""
    url = _url(path, _text(told, "permalink"), article, parts)
    return Post(article, path=fixed, category=category, old=is_old, aliases=(Alias(url, path),) if url else ())


def _footer(text: str) -> tuple[str, str]:
    """Return what stands before the footer, and the footer's link.

    :raises MirrorError: there is none.
    """
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith(BACK)):
        lines.pop()
    link = FOOTER.fullmatch(lines[-1]) if lines else None
    if not link:
        raise MirrorError("it has no link to its article")
    return "\n".join(lines[:-1]), link[1]


def _url(path: str, permalink: str, article: Article, parts: list[str]) -> str:
    """Return where Jekyll published the post at *path*, nothing where it can't have.

    :raises MirrorError: it would take another page's place.
    """
    if permalink.startswith("/") and ":" not in permalink:
        url = escape(unquote(permalink))
        if not is_free(url):
            raise MirrorError(f"its permalink {fields.line(permalink)} is a page of the site")
        return url
    name = PUBLISHED.fullmatch(path)
    if not path.startswith(f"{POSTS}/"):
        return escape(url_in(path, article, parts))
    return url_below(parts, f"{article.published_at:%Y/%m/%d}/{slugified(name[1])}.html") if name else ""


def _article(code: str, told: dict[str, Any], text: str, link: str, *, is_roll: bool) -> Article:
    lead = LEAD.match(text) if is_roll else None
    tag = _text(told, "tags") or _text(told, "tag")
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
        source_url=link if is_roll else "",
        layout="roll" if is_roll else "media",
        tag="" if tag == usual else tag,
    )


def _categories(told: dict[str, Any], text: str) -> tuple[str, list[str]]:
    """Return the category, and the parts that Jekyll reads in the front matter *text*.

    Jekyll gives no URL to a post whose category is a plain number, date or truth value; here it is text like any other.

    :raises MirrorError: it can't be a part of a path.
    """
    value = told.get("categories") or [told.get("category")]  # Jekyll parts only the first at its blanks
    if NO_CATEGORY.search(text):
        value = ""
    if isinstance(value, list):
        parts = [each for each in map(fields.text, value) if each]
        return check(BLANK.sub(" ", " ".join(parts))), parts
    category = fields.text(value)
    return check(BLANK.sub(" ", category)), words(category)


def _front_matter(text: str) -> dict[str, Any]:
    """Return the fields as they are written: a title of digits is no number, and none costs the time to make it one.

    The original wrote every text as it was: a title between quotes, whatever is in it, and the rest without any.
    """
    told: Any
    title = TITLE.search(text)
    rest = TITLE.sub("", text)
    try:
        told = _yaml(rest) or {}
    except MirrorError:
        found = filter(None, map(LINE.fullmatch, rest.split("\n")))
        told = {line[1]: _value(line[0], line[2] or "") for line in found}
        if not told:
            raise
    if not isinstance(told, dict):
        raise MirrorError("its front matter holds no fields")
    tags = TAGS.search(rest)
    return told | ({"title": _unquoted(title[1])} if title else {}) | ({"tags": tags[1].rstrip()} if tags else {})


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 -- they know only text
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise MirrorError(f"its front matter can't be read: {reason}") from None


def _value(line: str, written: str) -> Any:
    """Return the value in one *line*, or what is *written* there where it is no YAML."""
    try:
        return next(iter(_yaml(line).values()))
    except (MirrorError, AttributeError, StopIteration):
        return written.strip()


def _unquoted(text: str) -> str:
    """Return the title that stands between two quotes: as finews escapes it, else as it is."""
    return re.sub(r"\\(.)", r"\1", text) if WRITTEN.fullmatch(text) else text


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
