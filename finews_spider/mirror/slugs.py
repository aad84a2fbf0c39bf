"""The name of a publication → its slug, for the URLs of its posts and of its category page."""

import re
import unicodedata

from finews_spider.mirror.categories import WINDOWS_DEVICES

LONGEST_SLUG, LONGEST_NAME = 60, 200
RESERVED = {
    "index",  # the page of all publications
    "emnews",  # the roll's category
    *WINDOWS_DEVICES,
}
"""A publication's page can't have one of these names, in any case."""


def slug_for(name: str) -> str:
    """Return the pinyin of *name* without blanks, for a URL and a file name; Latin letters and digits stay.

    The store decides which slug a name gets (``slug_of``): a name keeps its first slug, and no two names share one.
    """
    from pypinyin import lazy_pinyin  # loading its dictionary takes half a second, and most exports meet no new name

    syllables = "".join(lazy_pinyin(unicodedata.normalize("NFKC", name[:LONGEST_NAME]), errors="default"))
    slug = re.sub(r"[^A-Za-z0-9-]+", "", syllables)[:LONGEST_SLUG].strip("-") or "media"
    return f"{slug}-media" if slug.lower() in RESERVED else slug
