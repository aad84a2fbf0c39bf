"""Finds the code of an article in any link to it."""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, parse_qsl, urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

from finews_spider.articles import fields

HREF = re.compile(r"""<a\s[^<>]*?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
SCHEME = re.compile(r"\A(?:https?:)?//", re.IGNORECASE)
PAGES = (
    re.compile(r"[^/]*/a/([0-9]+)\.html"),
    re.compile(r"[^/]*/news/[0-9]+,([0-9]+)\.html"),
    re.compile(r"caifuhao\.eastmoney\.com/news/([0-9]+)"),
    re.compile(r"[^/]*/(?:news/)?info/detail/([0-9]+)"),
    re.compile(r"[^/]*/3g/news/article,(?:[0-9]+,){1,5}([0-9]+)\.shtml"),
    re.compile(r"[^/]*/kuaixun/v2/api/article/([0-9]+)"),
)
PARAMETERS = (
    (re.compile(r"[^/]*/html_News/\w+\.html", re.ASCII), "infocode"),
    (re.compile(r"[^/]*/NewsData/GetNewsText\.do"), "id"),
    (re.compile(r"[^/]*/kuaixun/v[12]/api/content(?:/getnews)?"), "newsid"),
)

HALF_WIDTH = {code: half for code, half in fields.FULL_WIDTH.items() if chr(half).isalnum() or chr(half) in "/.="}
"""The full-width letters, digits and signs that people type into a link for ASCII."""
AROUND = " \t\r\n\u3000\u200b\ufeff<>《》〈〉（）【】「」『』“”‘’,，、;；:：。.！？"
"""Blanks and punctuation that people put around a link. No link begins or ends with one of these."""
FULL_WIDTH_SCHEME = re.compile(r"\b(https?)[：:](?://|／／)", re.IGNORECASE)
# An article's URL may hold a comma itself (/news/1345,{code}.html). So a comma separates two links only where the
# second begins as a link does.
BETWEEN = re.compile(
    r"[\s\u200b\ufeff<>《》〈〉()（）\[\]【】「」『』\"'“”‘’，、；：。！？*|]+|[,;](?=\s|NW|https?:|//|\d{12,24}(?:[,;\s]|\Z)|\Z)",
    re.IGNORECASE,
)
LIKE_LINK = re.compile(r"\w+://|//\w|NW\d|\d{12}|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}/", re.IGNORECASE | re.ASCII)


def links_in(text: str) -> list[str]:
    """Return the links to articles in a text as people write or paste it, and what looks like a link and isn't one.

    Other words are left out, unless there is no link at all: then the first word is returned, for a message.
    """
    text = FULL_WIDTH_SCHEME.sub(r"\1://", text.translate(HALF_WIDTH))
    words = [word for each in BETWEEN.split(text) if (word := each.strip(AROUND))]
    return [word for word in words if LIKE_LINK.match(word)] or words[:1]


def code_of_link(text: str) -> str:
    """Return the code of the article that *text* names; empty if it names none.

    :param text: a code, an infoCode, or any known URL, with or without scheme and tracking parameters. Blanks,
        brackets and punctuation around it don't matter.
    """
    link, parts = split_link(text)
    page = (parts.hostname or "") + parts.path
    return fields.code(link) or _in_path(page) or _in_query(page, parts.query)


def split_link(text: str) -> tuple[str, SplitResult]:
    """Return a link that people pasted, without what is around it, and its parts, which are empty if it is no URL."""
    link = FULL_WIDTH_SCHEME.sub(r"\1://", fields.plain(text).translate(HALF_WIDTH)).strip(AROUND)
    try:
        return link, urlsplit("//" + SCHEME.sub("", link))
    except ValueError:  # such as for a bracket in the host
        return link, urlsplit("")


def canonical(link: str) -> str:
    """Return the URL of an article's page in canonical form, without fragment; empty if it is no http URL.

    If the path contains the code, all parameters are for tracking and are removed.
    """
    try:
        url = canonicalize_url(f"http:{link}" if link.startswith("//") else link)
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return url_query_cleaner(url) if _in_path(parts.hostname + parts.path) else url


def codes_in(fragment: str, hosts: Collection[str]) -> list[str]:
    """Return the codes of the articles on *hosts* to which *fragment* links, in order, each once.

    :param fragment: HTML.
    """
    links = (fields.plain(double or single) for double, single in HREF.findall(fragment))
    return list(dict.fromkeys(filter(None, (code_of_link(link) for link in links if _host(link) in hosts))))


def _host(link: str) -> str:
    try:
        return urlsplit(link, "http").hostname or ""
    except ValueError:
        return ""


def _in_path(page: str) -> str:
    match = next(filter(None, (pattern.fullmatch(page) for pattern in PAGES)), None)
    return fields.code(match[1]) if match else ""


def _in_query(page: str, query: str) -> str:
    names = {parameter for pattern, parameter in PARAMETERS if pattern.fullmatch(page)}
    codes = (fields.code(value) for name, value in parse_qsl(query) if name.lower() in names)
    return next(filter(None, codes), "")
