"""A post's categories → its URL, as Jekyll makes it; and where the page and the list of a category lie.

A category is the text behind ``categories:`` in a post. Jekyll parts it at its blanks.
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
"""Bytes of a file's name that leave room for an extension and for what an unfinished file is called."""
LONGEST_SEGMENT = 255
"""Bytes of a folder's name that a file system takes."""
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""No file can have one of these names on Windows, with or without an extension."""
TAKEN = {
    *("alias", "archive", "assets", "category", "images", "old_post", "search", "status", "stock", "takedown"),
    *("node_modules", "vendor"),
}
"""Folders of the mirror that belong to the theme or to the exporter, or that Jekyll passes over."""
PLAIN = re.compile(r"(?!.*\.\.)(?:[^\W_]|[《（【(])(?:[\w ()《》【】（）·、，&+,;!'@$.-]*[\w()《》【】（）·&+!-])?")
"""A category that names its page's file as it is: nothing that a file system, a URL or Jekyll takes for a sign."""
FILES = {"404.html", "cname", "favicon.ico", "feed.xml", "index.html", "robots.txt", "sitemap.xml"}
"""Files of the site, none of which can be a folder of a post's URL too."""
FILE = re.compile(r"\.(?:css|html?|js|json|png|svg|txt|xml|ya?ml)\Z", re.IGNORECASE)
"""Ends the names of files in the site's folders, which can't be folders either."""
OF_A_POST = re.compile(r"/(?:.*/)?\d{4}/\d\d/\d\d/[^/]+\.html|/old_post/.+\.html", re.ASCII)
"""A URL that Jekyll gives to posts only."""

_SPACE = re.compile(r"[ \t\n\v\f\r]+")
# Jekyll 4 takes what stands before a colon for a URL's scheme, and stops where it can be none.
_SCHEME = re.compile(r"[a-z][a-z0-9.+-]*:[^:/]+")
# What kramdown takes for a link's destination as it is written.
_DESTINATION = re.compile(r"""(?:[^\s()<>\[\]{}\\`|*$^]|[ \u3000\xa0](?!["'])|\([^\s()<>\[\]{}\\`|*$^]*\))*""")


class Place(NamedTuple):
    """Where the page of a category lies, and what leads to it."""

    file: str
    """Path below the mirror folder."""
    link: str
    """What the footers of posts write behind the site's root: as the original did, where kramdown leaves that alone."""
    permalink: str = ""
    """The page's URL where Jekyll couldn't tell it from the file."""


def words(category: str) -> list[str]:
    """Return the parts of *category*, as Ruby's ``split`` finds them: at ASCII blanks only."""
    return [word for word in _SPACE.split(category) if word]


def escape(path: str) -> str:
    """Return *path* as a URL's: with all but what a path may hold percent-encoded."""
    return quote(path, safe="/+!$&'()*,;=@~")


def url_below(categories: Iterable[str], rest: str) -> str:
    """Return the URL of a post as Jekyll has it, with ``:`` and ``?`` escaped too.

    :param rest: what follows the categories, as ``2026/01/02/NW202601020000000001.html``.
    """
    # Without the context that Python looks at: a final sigma is one like any other to Ruby.
    low = ("".join(letter.lower() for letter in each) for each in categories)
    joined = f"/{'/'.join(dict.fromkeys(low))}/{rest}"
    joined = joined.replace("..", "/").replace("./", "")
    return escape(re.sub(r"/+", "/", joined))


def slugified(name: str) -> str:
    """Return what Jekyll makes of a post's file name, without its day and extension."""
    letters = (
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" or letter in "._~!$&'()+,;=@" else "-"
        for letter in name.rstrip(".")
    )
    return re.sub(r"\A-|-\Z", "", re.sub("-+", "-", "".join(letters)))


def is_free(url: str) -> bool:
    """Whether *url* is written as :func:`escape` does it, and an imported post there takes no other page's place."""
    said = unquote(url)
    if not url.startswith("/") or url != escape(said) or "//" in said or ".." in said:
        return False
    first, *below = said.strip("/").split("/")
    if below and _is_a_file([first, *below[:-1]]):
        return False
    if OF_A_POST.fullmatch(said):
        return True
    is_ours = fold(first) in TAKEN or first == "emnews" or first[:1] in {"_", "."}
    return bool(below) and not is_ours and below[-1] not in {"", "index.html"}


def _is_a_file(folders: list[str]) -> bool:
    """Whether one of these *folders*, each within the one before, would be in the place of a file of the site."""
    first, *below = folders
    return fold(first) in FILES or any(map(FILE.search, below))


def needs_permalink(category: str) -> bool:
    """Whether Jekyll 4 would stop at the post: it reads *category* as a URL, which some colons make invalid."""
    joined = "/".join(words(category.lower()))
    return ":" in joined and not _SCHEME.fullmatch(joined)


def check(category: str) -> str:
    """Return *category*.

    :raises MirrorError: a post of it would lie outside of its site, below one of its files, or nowhere.
    """
    said = "".join(letter if letter.isprintable() else " " for letter in category)[:60]
    parts = re.split(r"[/\\\s]+", category)
    if ".." in parts or _is_a_file([*filter(None, parts), ""]) or UNWANTED.search(category):
        raise MirrorError(f"its category {said!r} can't be a folder's name")
    if any(len(part.lower().encode()) > LONGEST_SEGMENT for part in parts):
        raise MirrorError(f"its category {said!r} is longer than a folder's name can be")
    return category


def file_name(key: str) -> str:
    """Return the name of the files of the category *key*, without an extension: one that every file system takes.

    Where *key* itself isn't one, it is made of a digest. No *key* that is a name begins with ``=``.
    """
    is_name = (
        PLAIN.fullmatch(key)
        and len(key.encode()) <= LONGEST_NAME
        and unicodedata.is_normalized("NFC", key)
        and key.partition(".")[0].lower().rstrip() not in DEVICES
        and fold(key) != "index"
    )
    return key if is_name else f"={hashlib.sha256(key.encode()).hexdigest()[:16]}"


def place(key: str, *, is_roll: bool) -> Place:
    """Return where the page of the category *key* is.

    :param is_roll: of a channel in roll layout, whose page is ``/{key}/``; a publication's is ``/category/{key}.html``.
    """
    name = file_name(key)
    if is_roll and name == key and "." not in key and fold(key) not in TAKEN:
        return Place(f"{key}/index.html", link(f"{key}/"))
    file, wanted = f"category/{name}.html", f"category/{key}.html"
    fits = len(key.encode()) <= LONGEST_NAME and fold(key) != "index" and not re.search(r"[/\\]|\.\.|\.\Z", key)
    if name == key or not fits:
        return Place(file, link(file))
    return Place(file, link(wanted), f"/{escape(wanted)}")


def link(path: str) -> str:
    """Return *path* for a Markdown link: as it is where kramdown reads it so, else escaped."""
    return path if _DESTINATION.fullmatch(path) else escape(path).replace("(", "%28").replace(")", "%29")
