"""A post's text → its article: the reverse of :mod:`finews_spider.mirror.post`.

It also reads the posts of the original mirror's four generations: with and without zone, quote, footer and share link.
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
from finews_spider.codes import FILE_STEM, publisher_name, publisher_of
from finews_spider.errors import MirrorError
from finews_spider.i18n import Message
from finews_spider.items import Article
from finews_spider.mirror.categories import (
    check_category,
    escape_path,
    is_free_url,
    jekyll_slug,
    post_url,
    split_category,
)
from finews_spider.mirror.kramdown import unshield
from finews_spider.mirror.post import (
    MEDIA_TAG_SUFFIX,
    OLD_POSTS,
    POSTS,
    ROLL_CATEGORY,
    ROLL_TAG,
    url_in_categories,
)
from finews_spider.stores.records import Alias, Post
from finews_spider.times import SHANGHAI

FILE_NAME = re.compile(rf"(?:\d{{4}}-\d{{2}}-\d{{2}})?-({FILE_STEM})\.(?:md|markdown|html)", re.ASCII)
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
FOOTER_LINK = re.compile(r"<([^<>\s]*)>\s*")
NO_LINK = Message(
    "it doesn't end with a link to its article, so it is another page of that site, which finews leaves alone"
)
BACK_LINK = "[返回"
"""The start of each line that may follow the footer's link."""
DIGEST_QUOTE = re.compile(r"> ([^\n]*)(?:\n\n|\Z)")
OWN_PATH = re.compile(rf"(?:_posts|old_post)/\d{{4}}-\d\d-\d\d-(?:{FILE_STEM})\.(?:md|markdown|html)", re.ASCII)
"""A path that names day and article, so that no other article can have it."""
PUBLISHED_FILE = re.compile(r".*/\d{2,4}-\d{1,2}-\d{1,2}-([^/]+)\.[^./]+", re.ASCII)
"""A file in ``_posts`` that Jekyll makes a page of."""
TITLE_LINE = re.compile(r'^title:[ \t]*"(.*)"[ \t]*$', re.MULTILINE)
ESCAPED_TITLE = re.compile(r'(?:[^"\\]|\\["\\])*')
"""A title, without its quotes, that finews wrote."""
TAGS_LINE = re.compile(r"^tags:[ \t]+([^\s\[\"'|>].*)", re.MULTILINE)
WHITE_SPACE = re.compile(r"[\t\n\v\f\r]")
FIELD_LINE = re.compile(r"(\w+):(?:[ \t]+(.*))?")
NULL_CATEGORY = re.compile(r"^categor(?:y|ies):[ \t]*(?:~|null|Null|NULL)[ \t]*$", re.MULTILINE)
"""A line that has no value to Ruby's YAML."""
IMAGE_COPY = re.compile(r'<img\b[^<>]*?\ssrc="([^"<>]*/images/([0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{3,4}))"')
TIME_WITH_ZONE = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)", re.ASCII)


def read_post(path: str, text: str) -> Post:
    """Return the post of a file with *text*.

    :param path: below the post's mirror, such as ``_posts/2022-06-01-NW202206012399294452.md``.
    :raises MirrorError: the file is no article's post; the message says why.
    """
    match = FRONT_MATTER.fullmatch(text.replace("\r\n", "\n"))
    if not match:
        raise MirrorError("it has no front matter")
    matter = _read_front_matter(match[1])
    text, link = _split_footer(match[2])
    name = FILE_NAME.fullmatch(path.rpartition("/")[2])
    code = code_of_link(name[1] if name else link)
    if not code:
        raise MirrorError("neither its name nor its link names an article")
    if name:
        is_roll = name[1].isdecimal()
    else:
        is_roll = ROLL_CATEGORY in (_field(matter, "categories"), _field(matter, "category"))
    article = normalize(_article(code, matter, text, link, is_roll=is_roll))
    if not article.published_at or not article.title or not article.body:
        raise MirrorError("it has no text, title or time, and its code gives none")
    category, names = _categories(matter, match[1])
    permalink = _field(matter, "permalink")
    is_old = bool(permalink) and path.startswith(f"{OLD_POSTS}/")
    own_path = path.replace(OLD_POSTS, POSTS, 1) if is_old else path
    # A file with another name gets the path that finews gives it, and its URL becomes an alias.
    own_path = own_path if OWN_PATH.fullmatch(own_path) else ""
    url = _url(path, permalink, article, names)
    return Post(article, path=own_path, category=category, old=is_old, aliases=(Alias(url, path),) if url else ())


def read_own(text: str) -> Article:
    """Return what a post that finews wrote shows of its article: title, digest, body, images, and the page it names.

    This reads neither YAML nor the body, and takes a tenth of the time of :func:`read_post`.

    :param text: of the post's file.
    :raises MirrorError: finews wrote no such post.
    """
    match = FRONT_MATTER.fullmatch(text)
    title = TITLE_LINE.search(match[1]) if match else None
    if not match or not title:
        raise MirrorError("it has no front matter with a title")
    shown, link = _split_footer(match[2])
    digest, shown = _split_digest(shown)
    body = unshield(shown.strip("\n"))
    images = _images_of(body)
    return Article(code="", title=_unquoted(title[1]), digest=digest, body=body, image_files=images, source_url=link)


def _read_front_matter(text: str) -> dict[str, Any]:
    """Return the fields as text, so that a title of digits stays text and isn't converted, which may take long.

    The original escaped nothing: it wrote every title between quotes, and the other fields without quotes.
    """
    matter: Any
    title = TITLE_LINE.search(text)
    rest = TITLE_LINE.sub("", text)
    try:
        matter = _yaml(rest) or {}
    except MirrorError:
        lines = filter(None, map(FIELD_LINE.fullmatch, rest.split("\n")))
        matter = {line[1]: _value(line[0], line[2] or "") for line in lines}
        if not matter:
            raise
    if not isinstance(matter, dict):
        raise MirrorError("its front matter holds no fields")
    if title:
        matter["title"] = _unquoted(title[1])
    if tags := TAGS_LINE.search(rest):
        matter["tags"] = tags[1].rstrip()
    return matter


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 -- makes only text
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise MirrorError("its front matter can't be read: {reason}", reason=reason) from None


def _value(line: str, written: str) -> Any:
    """Return the value in one *line*: the text as *written* there where the line isn't YAML."""
    try:
        return next(iter(_yaml(line).values()))
    except (MirrorError, AttributeError, StopIteration):
        return written.strip()


def _unquoted(text: str) -> str:
    """Return the title between two quotes: without the escapes of finews, or as the original wrote it."""
    return re.sub(r"\\(.)", r"\1", text) if ESCAPED_TITLE.fullmatch(text) else text


def _field(matter: dict[str, Any], key: str) -> str:
    """Return a field's text. A text with blanks may be a list of one."""
    value = matter.get(key)
    return fields.text(value[0] if isinstance(value, list) and value else value)


def _split_footer(text: str) -> tuple[str, str]:
    """Return the text before the footer, and the footer's link.

    :raises MirrorError: there is no footer.
    """
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith(BACK_LINK)):
        lines.pop()
    link = FOOTER_LINK.fullmatch(lines[-1]) if lines else None
    if not link:
        raise MirrorError(NO_LINK)
    return "\n".join(lines[:-1]), link[1]


def _article(code: str, matter: dict[str, Any], text: str, link: str, *, is_roll: bool) -> Article:
    digest, text = _split_digest(text) if is_roll else ("", text)
    tag = _field(matter, "tags") or _field(matter, "tag")
    site = publisher_name(publisher_of(code))
    media = "" if is_roll or tag == site + MEDIA_TAG_SUFFIX else tag.removesuffix(MEDIA_TAG_SUFFIX)
    usual_tag = ROLL_TAG if is_roll else f"{media or site}{MEDIA_TAG_SUFFIX}"
    body = unshield(text.strip("\n"))
    return Article(
        code=code,
        title=_field(matter, "title"),
        digest=digest,
        body=body,
        image_files=_images_of(body),
        published_at=_time_of(_field(matter, "date")),
        revised_at=_time_of(_field(matter, "last_modified_at")),
        media=media,
        channel="import",
        source_url=link if is_roll or publisher_of(code) else "",
        layout="roll" if is_roll else "media",
        tag="" if tag == usual_tag else tag,
        partial=_field(matter, "partial") == "true",
        extracted=_field(matter, "extracted") == "true",
    )


def _split_digest(text: str) -> tuple[str, str]:
    """Return the digest of a post in roll layout, empty where it has none, and the text behind it."""
    quote = DIGEST_QUOTE.match(text)
    return (html.unescape(quote[1]), text[quote.end() :]) if quote else ("", text)


def _images_of(body: str) -> dict[str, str]:
    return {source: f"images/{copy}" for source, copy in IMAGE_COPY.findall(body)}


def _time_of(written: str) -> datetime | None:
    """Return the time of a ``date``, or None where it isn't a time. A time without a zone is China's."""
    zoned = TIME_WITH_ZONE.fullmatch(written)
    moment = fields.time(zoned[1] if zoned else written)
    if not moment or not zoned or zoned[2] in {"+0800", "+08:00"}:
        return moment
    try:
        return datetime.strptime(f"{moment:%F %T}{zoned[2]}", "%Y-%m-%d %H:%M:%S%z").astimezone(SHANGHAI)
    except ValueError:  # no zone is a hundred hours away
        return None


def _categories(matter: dict[str, Any], text: str) -> tuple[str, list[str]]:
    """Return the category, and the names of the categories that Jekyll reads in the front matter *text*.

    To Jekyll a plain number, date or boolean is no category; here it is a text like any other.

    :raises MirrorError: the category can't be a part of a path.
    """
    value = matter.get("categories") or [matter.get("category")]  # Jekyll splits ``categories``, and not ``category``
    if NULL_CATEGORY.search(text):
        value = ""
    if isinstance(value, list):
        names = [name for name in map(fields.text, value) if name]
        return check_category(WHITE_SPACE.sub(" ", " ".join(names))), names
    category = fields.text(value)
    return check_category(WHITE_SPACE.sub(" ", category)), split_category(category)


def _url(path: str, permalink: str, article: Article, names: list[str]) -> str:
    """Return the URL at which Jekyll published the post at *path*; empty where Jekyll can't have published it.

    :raises MirrorError: another page of the site has that URL.
    """
    if permalink.startswith("/") and ":" not in permalink:
        url = escape_path(unquote(permalink))
        if not is_free_url(url):
            raise MirrorError("its permalink {permalink} is a page of the site", permalink=fields.line(permalink))
        return url
    name = PUBLISHED_FILE.fullmatch(path)
    if not path.startswith(f"{POSTS}/"):
        return escape_path(url_in_categories(path, article, names))
    return post_url(names, f"{article.published_at:%Y/%m/%d}/{jekyll_slug(name[1])}.html") if name else ""
