"""A post's category → the post's URL, as Jekyll makes it, and the path of the category's page.

A category is the text behind ``categories:`` in a post. Jekyll splits it at its blanks into several categories.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from finews_spider.errors import MirrorError
from finews_spider.items import UNWANTED
from finews_spider.stores.rules import fold

LONGEST_NAME = 200
"""Bytes of a file's name that leave room for an extension and for the additions of an unfinished file's name."""
LONGEST_SEGMENT = 255
"""Bytes of the longest folder name that a file system takes."""
WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""On Windows no file can have one of these names, with or without an extension."""
RESERVED_FOLDERS = {
    *("alias", "archive", "assets", "category", "images", "latest", "old_post", "search", "sitemap", "status"),
    *("stock", "takedown", "node_modules", "vendor"),
}
"""Folders of the mirror that belong to the theme or to the exporter, or that Jekyll ignores."""
SAFE_NAME = re.compile(r"(?!.*\.\.)(?:[^\W_]|[《（【(])(?:[\w ()《》【】（）·、，&+,;!'@$.-]*[\w()《》【】（）·&+!-])?")
"""A category that can be the name of its page's file: no character has a meaning in a path, in a URL or to Jekyll."""
SITE_FILES = {
    *("404.html", "cname", "favicon.ico", "feed.json", "feed.xml", "feeds.opml", "index.html", "robots.txt"),
    "sitemap.xml",
}
"""Files at the top of the site. A folder of a post's URL can't have one of these names."""
SITE_FILE_NAME = re.compile(r"\.(?:css|html?|js|json|opml|png|svg|txt|xml|ya?ml)\Z", re.IGNORECASE)
"""The end of a name of a file in the site's folders, which can't be a folder's name either."""
POST_URL = re.compile(r"/(?:.*/)?\d{4}/\d\d/\d\d/[^/]+\.html|/old_post/.+\.html", re.ASCII)
"""A URL that Jekyll gives only to posts."""

_SPACE = re.compile(r"[ \t\n\v\f\r]+")
# Jekyll 4 takes the text before a colon for a URL's scheme, and stops where that isn't a valid scheme.
_SCHEME = re.compile(r"[a-z][a-z0-9.+-]*:[^:/]+")
# A link's destination that kramdown reads unchanged.
_DESTINATION = re.compile(r"""(?:[^\s()<>\[\]{}\\`|*$^]|[ \u3000\xa0](?!["'])|\([^\s()<>\[\]{}\\`|*$^]*\))*""")


class CategoryPage(NamedTuple):
    """The page of a category."""

    file: str
    """Path below the mirror folder."""
    link: str
    """The target of links in the posts' footers, from the site's root on: unescaped where kramdown reads it so."""
    permalink: str = ""
    """The page's URL, where Jekyll wouldn't derive it from the file's path."""


def split_category(category: str) -> list[str]:
    """Split *category* at its ASCII blanks, as Ruby's ``split`` does."""
    return [word for word in _SPACE.split(category) if word]


def escape_path(path: str) -> str:
    """Percent-encode *path* for a URL."""
    return quote(path, safe="/+!$&'()*,;=@~")


def post_url(categories: Iterable[str], rest: str) -> str:
    """Return the URL of a post as Jekyll makes it, but with ``:`` and ``?`` escaped too.

    :param rest: the part after the categories, such as ``2026/01/02/NW202601020000000001.html``.
    """
    # Letter by letter, as Ruby does it: Python lowers a sigma at the end of a word to another letter.
    low = ("".join(letter.lower() for letter in each) for each in categories)
    joined = f"/{'/'.join(dict.fromkeys(low))}/{rest}"
    joined = joined.replace("..", "/").replace("./", "")
    return escape_path(re.sub(r"/+", "/", joined))


def jekyll_slug(name: str) -> str:
    """Return Jekyll's slug for *name*, which is a post's file name without its day and extension."""
    letters = (
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" or letter in "._~!$&'()+,;=@" else "-"
        for letter in name.rstrip(".")
    )
    return re.sub(r"\A-|-\Z", "", re.sub("-+", "-", "".join(letters)))


def is_free_url(url: str) -> bool:
    """Whether an imported post can have *url*: it is escaped as by :func:`escape_path`, and no other page has it."""
    decoded = unquote(url)
    if not url.startswith("/") or url != escape_path(decoded) or "//" in decoded or ".." in decoded:
        return False
    first, *below = decoded.strip("/").split("/")
    if below and _is_site_file([first, *below[:-1]]):
        return False
    if POST_URL.fullmatch(decoded):
        return True
    is_ours = fold(first) in RESERVED_FOLDERS or first == "emnews" or first[:1] in {"_", "."}
    return bool(below) and not is_ours and below[-1] not in {"", "index.html"}


def _is_site_file(folders: list[str]) -> bool:
    """Whether one of *folders*, each of which lies in the one before, would have the path of a file of the site."""
    first, *below = folders
    return fold(first) in SITE_FILES or any(map(SITE_FILE_NAME.search, below))


def needs_permalink(category: str) -> bool:
    """Whether Jekyll 4 would stop at a post of *category*, which it reads as a URL; some colons are invalid there."""
    joined = "/".join(split_category(category.lower()))
    return ":" in joined and not _SCHEME.fullmatch(joined)


def check_category(category: str) -> str:
    """Return *category* itself if a post can have it.

    :raises MirrorError: the post would lie outside of the site, below one of the site's files, or nowhere.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in category)[:60]
    parts = re.split(r"[/\\\s]+", category)
    if ".." in parts or _is_site_file([*filter(None, parts), ""]) or UNWANTED.search(category):
        raise MirrorError("its category {category!r} can't be a folder's name", category=printable)
    if any(len(part.lower().encode()) > LONGEST_SEGMENT for part in parts):
        raise MirrorError("its category {category!r} is longer than a folder's name can be", category=printable)
    return category


def file_name(key: str) -> str:
    """Return a file name, without an extension, for the category *key*; every file system takes it.

    It is *key* itself, or else ``=`` and a digest. No *key* that is a valid name begins with ``=``.
    """
    is_name = (
        SAFE_NAME.fullmatch(key)
        and len(key.encode()) <= LONGEST_NAME
        and unicodedata.is_normalized("NFC", key)
        and key.partition(".")[0].lower().rstrip() not in WINDOWS_DEVICES
        and fold(key) != "index"
    )
    return key if is_name else f"={hashlib.sha256(key.encode()).hexdigest()[:16]}"


def category_page(key: str, *, is_roll: bool) -> CategoryPage:
    """Return the page of the category *key*.

    :param is_roll: the category is a channel's in roll layout. Its page is ``/{key}/``; that of a publication is
        ``/category/{key}.html``.
    """
    name = file_name(key)
    if is_roll and name == key and "." not in key and fold(key) not in RESERVED_FOLDERS:
        return CategoryPage(f"{key}/index.html", link_destination(f"{key}/"))
    file, wanted = f"category/{name}.html", f"category/{key}.html"
    fits = len(key.encode()) <= LONGEST_NAME and fold(key) != "index" and not re.search(r"[/\\]|\.\.|\.\Z", key)
    if name == key or not fits:
        return CategoryPage(file, link_destination(file))
    return CategoryPage(file, link_destination(wanted), f"/{escape_path(wanted)}")


def link_destination(path: str) -> str:
    """Return *path* for a Markdown link: unchanged where kramdown reads it unchanged, else escaped."""
    return path if _DESTINATION.fullmatch(path) else escape_path(path).replace("(", "%28").replace(")", "%29")
