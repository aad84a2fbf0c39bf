"""The hash that duplicates share. Every version of Python makes the same hash.

Two articles are duplicates if they have the same title, text and images and appeared on the same day. The hash is made
of title, text and images. The store compares the day, in China, of ``published_at``, which a revision doesn't change.

The hash ignores differences of form: HTML and its entities, blanks and invisible characters, full or half width, the
captions of live charts and the line with the source. Of an image's URL it ignores the scheme, the fragment and the
parameters that change between two page views (a token, a time). It ignores nothing else, because a duplicate that is
published is less harmful than another article that is hidden. An article without a text is compared by its title and
images. An article with neither text nor image has no duplicates.

The hash doesn't use Python's Unicode tables, because they differ between versions. ``html.unescape`` uses HTML's
entities, which no longer change.
"""

import hashlib
import re

from finews_spider.articles import body, fields

UNSEEN = re.compile(f"[{body.BLANKS}\xad\u034f\u061c\u180b-\u180e\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
"""Blanks and invisible characters."""
SOURCE = re.compile(
    r"""[\s"'/](?:(?:data-[\w-]{0,20}?)?(?:src|srcset|original)|poster|background)\s*="""
    r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""",
    re.ASCII | re.IGNORECASE,
)
"""The URL of an image, or of something else that a tag shows. A script loads those in ``data-`` later."""
HOST = re.compile(r"(?:https?:)?//([^/?#]*)", re.ASCII | re.IGNORECASE)
CHANGING = re.compile(r"(?:token|at|rt|ts|timestamp|rnd|rand|random|_)=[^&]*", re.ASCII | re.IGNORECASE)


def text_hash(title: str, fragment: str) -> str:
    """Return the SHA-256 of title, text and images in hexadecimal; empty if there is neither text nor image.

    :param fragment: the article's HTML.
    """
    text, images = UNSEEN.sub("", body.half_width_lines(fragment)), images_of(fragment)
    if not text and not images:
        return ""
    parts = (UNSEEN.sub("", fields.half_width(fields.plain(title))), text, *images)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def images_of(fragment: str) -> list[str]:
    """Return the URLs of all images and media in *fragment*, in order, each once, in the form that twins share."""
    tags = (tag for tag in dict.fromkeys(body.MARKUP.findall(fragment)) if "=" in tag and not tag.startswith("<!--"))
    found = (next(filter(None, match), "") for tag in tags if _may_show(tag.lower()) for match in SOURCE.findall(tag))
    return list(dict.fromkeys(filter(None, map(_address, found))))


def _may_show(tag: str) -> bool:
    """Return whether a tag in lower case has one of the names that SOURCE looks for, which takes longer."""
    return "src" in tag or "original" in tag or "poster" in tag or "background" in tag


def _address(written: str) -> str:
    address = fields.plain(written)
    host = HOST.match(address)
    if not host:  # a path, or a data: URL
        return address
    path, _, query = address[host.end() :].partition("#")[0].partition("?")
    lasting = "&".join(part for part in query.split("&") if not CHANGING.fullmatch(part))
    return f"//{host[1].lower()}{path}?{lasting}"
