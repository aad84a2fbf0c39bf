"""What two articles have in common that are duplicates: the same hash, on whichever Python it is made.

Two articles are duplicates when title, text and images are the same and they appeared on the same day. The hash is of
the first three; the store compares the day, in China, of ``published_at``, which stays when an article is revised.

*The same* leaves out what is dress: HTML and its entities, blanks and invisible characters, full or half width, live
charts' captions and the line that names the source. An image is its URL without scheme and fragment and without what
changes from one page view to the next (a token, a time). Nothing else is left out: to publish an article twice is a
blemish, to hide a different one is a loss. An article without a text is compared by its title and images, one without
either has no twin.

No table of Unicode's is asked, for Pythons have different ones; ``html.unescape`` knows HTML's entities, which don't
change any more.
"""

import hashlib
import re

from finews_spider.articles import body, fields

FULL_WIDTH = re.compile("[\uff01-\uff5e]")
UNSEEN = re.compile(f"[{body.BLANKS}\xad\u034f\u061c\u180b-\u180e\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
"""Blanks and what is invisible."""
SOURCE = re.compile(
    r"""[\s"'/](?:(?:data-[\w-]{0,20}?)?(?:src|srcset|original)|poster|background)\s*="""
    r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""",
    re.ASCII | re.IGNORECASE,
)
"""The address of a picture, or of what else a tag shows; ``data-`` where a script is to load it later."""
HOST = re.compile(r"(?:https?:)?//([^/?#]*)", re.ASCII | re.IGNORECASE)
CHANGING = re.compile(r"(?:token|at|rt|ts|timestamp|rnd|rand|random|_)=[^&]*", re.ASCII | re.IGNORECASE)


def text_hash(title: str, fragment: str) -> str:
    """Return the SHA-256 of title, text and images; nothing where there is neither text nor image."""
    text, images = _bare(body.text_of(fragment)), images_of(fragment)
    if not text and not images:
        return ""
    parts = (_bare(fields.plain(title)), text, *images)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def images_of(fragment: str) -> list[str]:
    """Return the address of everything that *fragment* shows, in order, each once, as two twins have it."""
    tags = (tag for tag in body.MARKUP.findall(fragment) if "=" in tag and not tag.startswith("<!--"))
    found = (next(filter(None, match), "") for tag in tags for match in SOURCE.findall(tag))
    return list(dict.fromkeys(filter(None, map(_address, found))))


def _bare(text: str) -> str:
    """Return *text* without what isn't seen, and without full width."""
    return FULL_WIDTH.sub(lambda match: chr(ord(match[0]) - 0xFEE0), UNSEEN.sub("", text))


def _address(written: str) -> str:
    address = fields.plain(written)
    host = HOST.match(address)
    if not host:  # a path, or the picture itself
        return address
    path, _, query = address[host.end() :].partition("#")[0].partition("?")
    lasting = "&".join(part for part in query.split("&") if not CHANGING.fullmatch(part))
    return f"//{host[1].lower()}{path}?{lasting}"
