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

from finews_spider.sources import body, fields

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
INVISIBLE = dict.fromkeys((
    *(0xAD, 0x34F, 0x61C, 0xFEFF), *range(0x180B, 0x180F), *range(0x200B, 0x2010), *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
))  # fmt: skip
DRESS = body.BLANKS | INVISIBLE | FULL_WIDTH
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
    text, images = body.text_of(fragment).translate(DRESS), images_of(fragment)
    if not text and not images:
        return ""
    parts = (fields.plain(title).translate(DRESS), text, *images)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def images_of(fragment: str) -> list[str]:
    """Return the address of everything that *fragment* shows, in order, each once, as two twins have it."""
    tags = (tag[0] for tag in body.MARKUP.finditer(fragment) if not tag[0].startswith("<!--"))
    found = (next(filter(None, match), "") for tag in tags for match in SOURCE.findall(tag))
    return list(dict.fromkeys(filter(None, map(_address, found))))


def _address(written: str) -> str:
    address = fields.plain(written)
    host = HOST.match(address)
    if not host:  # a path, or the picture itself
        return address
    path, _, query = address[host.end() :].partition("#")[0].partition("?")
    lasting = "&".join(part for part in query.split("&") if not CHANGING.fullmatch(part))
    return f"//{host[1].lower()}{path}?{lasting}"
