"""The many links to one article."""

import re
from urllib.parse import parse_qsl, urlsplit

from finews_spider.sources import fields

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


def code_of_link(text: str) -> str:
    """Return the code of the article that *text* names, nothing where it names none.

    *text* is a code, an infoCode or any URL of the article that was seen in the wild, with or without scheme,
    ``<>`` and tracking parameters.
    """
    link = fields.plain(text).strip("<>").strip()
    try:
        parts = urlsplit("//" + SCHEME.sub("", link))
    except ValueError:  # such as a bracket in the host
        return ""
    page = (parts.hostname or "") + parts.path
    return fields.code(link) or _in_path(page) or _in_query(page, parts.query)


def _in_path(page: str) -> str:
    match = next(filter(None, (pattern.fullmatch(page) for pattern in PAGES)), None)
    return fields.code(match[1]) if match else ""


def _in_query(page: str, query: str) -> str:
    wanted = {parameter for pattern, parameter in PARAMETERS if pattern.fullmatch(page)}
    codes = (fields.code(value) for name, value in parse_qsl(query) if name.lower() in wanted)
    return next(filter(None, codes), "")
