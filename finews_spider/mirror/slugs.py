"""The name of a publication → the slug that its category page and its posts' URLs bear."""

import re
import unicodedata

LONGEST, LONGEST_NAME = 60, 200
RESERVED = {
    "index",  # the page of all publications
    "emnews",  # the roll's category
    *("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))),  # Windows' devices
}
"""No file of these names, whatever their case, can be a publication's page."""


def slug_for(name: str) -> str:
    """Return pinyin run together, Latin letters and digits as they are: safe in a URL and as a file name.

    The store gives slugs away (``slug_of``): a name keeps its first one, and no two names share one.
    """
    from pypinyin import lazy_pinyin  # its dictionary takes half a second to load, and most exports meet no new name

    syllables = "".join(lazy_pinyin(unicodedata.normalize("NFKC", name[:LONGEST_NAME]), errors="default"))
    slug = re.sub(r"[^A-Za-z0-9-]+", "", syllables)[:LONGEST].strip("-") or "media"
    return f"{slug}-media" if slug.lower() in RESERVED else slug
