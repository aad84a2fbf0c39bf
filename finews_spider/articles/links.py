"""Finds the code of an article in any link to it."""

import re
from collections.abc import Collection
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

from finews_spider.articles import fields
from finews_spider.codes import PUBLISHERS, is_code, publisher_of
from finews_spider.items import ArticleRef

HREF = re.compile(r"""<a\s[^<>]*?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
SCHEME = re.compile(r"\A(?:https?:)?//", re.IGNORECASE)
PAGES = re.compile(
    r"[^/]*/a/([0-9]+)\.html"
    r"|[^/]*/news/[0-9]+,([0-9]+)\.html"
    r"|caifuhao\.eastmoney\.com/news/([0-9]+)"
    r"|[^/]*/(?:news/)?info/detail/([0-9]+)"
    r"|[^/]*/3g/news/article,(?:[0-9]+,){1,5}([0-9]+)\.shtml"
    r"|[^/]*/kuaixun/v2/api/article/([0-9]+)"
)
_SINA = r"(?:finance|tech|news)\.sina\.(?:com\.)?cn/(?!7x24/)[^?#]*"
_THS = r"(?:news|m)\.10jqka\.com\.cn"
PUBLISHER_PAGES = {
    r"(?:(?:www|m)\.)?wallstreetcn\.com/(?:premium/)?articles/([0-9]{1,12})": "wscn-",
    r"(?:(?:www|m)\.)?wallstreetcn\.com/livenews/([0-9]{1,12})": "wscn-live-",
    r"(?:(?:www|m)\.)?cls\.cn/detail/([0-9]{1,12})": "cls-",
    r"api3\.cls\.cn/share/article/([0-9]{1,12})": "cls-",
    rf"{_SINA}/doc-i([a-z]{{4,12}}[0-9]{{4,12}})\.shtml": "sina-",
    rf"{_SINA}/detail-i([a-z]{{4,12}}[0-9]{{4,12}})\.d\.html": "sina-",
    rf"{_THS}/[0-9]{{8}}/c([0-9]{{6,18}})\.shtml": "ths-",
    rf"{_THS}/m([0-9]{{6,18}})(?:_[0-9]+)?": "ths-",
    r"news\.10jqka\.com\.cn/tapp/news/share/([0-9]{6,18})": "ths-",
    r"(?:(?:www|m)\.)?gelonghui\.com/live/([0-9]{1,12})": "gelonghui-",
    r"(?:(?:www|m)\.)?nbd\.com\.cn/articles/[0-9]{4}-[0-9]{2}-[0-9]{2}/([0-9]{1,12})\.html": "nbd-",
    r"(?:(?:www|m)\.)?nbd\.com\.cn/rss/\w+/articles/([0-9]{1,12})\.html": "nbd-",
}
"""Host and path of an article's page, with its id as the only group → what its code begins with. Recorded in 2026-09,
but for 每日经济新闻's pages for other sites (``/rss/``) and 同花顺's ``m{id}_{number}``, which others' texts link to. A
page of 新浪's 7x24 names no code: the id of its row isn't in the URL."""
PREFIXES = ("", *PUBLISHER_PAGES.values())
"""The number of a group in OF_PUBLISHER → what the code begins with."""
OF_PUBLISHER = re.compile("|".join(PUBLISHER_PAGES))
CANONICAL = re.compile(r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/(?!\.)[\w.,-]*)+", re.ASCII)
"""URLs that are canonical as they are. Nearly all are, and w3lib takes 0.1 ms to find that out."""
BARE = re.compile(rf"{CANONICAL.pattern}(?<![.,])", re.ASCII)
"""Such URLs without punctuation behind them."""
PARAMETERS = (
    (re.compile(r"[^/]*/html_News/\w+\.html", re.ASCII), "infocode"),
    (re.compile(r"[^/]*/NewsData/GetNewsText\.do"), "id"),
    (re.compile(r"[^/]*/kuaixun/v[12]/api/content(?:/getnews)?"), "newsid"),
)
HASH = re.compile(r"(?=[a-f]{0,15}[0-9])[0-9a-f]{16}")
"""What a code has of a hash. A code has a digit."""
TRACKING = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""Parameters that say where a reader comes from."""
HALF_WIDTH = {code: half for code, half in fields.FULL_WIDTH.items() if chr(half).isalnum() or chr(half) in "/.="}
"""The full-width letters, digits and signs that people type into a link for ASCII."""
AROUND = " \t\r\n\u3000\u200b\ufeff<>《》〈〉（）【】「」『』“”‘’,，、;；:：。.！？"
"""Blanks and punctuation that people put around a link. No link begins or ends with one of these."""
FULL_WIDTH_SCHEME = re.compile(r"\b(https?)[：:](?://|／／)", re.IGNORECASE)
OTHER_CODE = rf"(?:{'|'.join(PUBLISHERS)})-[0-9a-z]"
"""How the code of another publisher's article begins."""
# An article's URL may hold a comma itself (/news/1345,{code}.html). So a comma separates two links only where the
# second begins as a link does.
BETWEEN = re.compile(
    r"[\s\u200b\ufeff<>《》〈〉()（）\[\]【】「」『』\"'“”‘’，、；：。！？*|]+"
    rf"|[,;](?=\s|NW|https?:|//|\d{{12,24}}(?:[,;\s]|\Z)|{OTHER_CODE}|\Z)",
    re.IGNORECASE,
)
LIKE_LINK = re.compile(
    rf"\w+://|//\w|NW\d|\d{{12}}|{OTHER_CODE}|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{{2,}}/",
    re.IGNORECASE | re.ASCII,
)


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
    link, page, query = _split(text)
    if code := _of_eastmoney(link, page, query):
        return code
    return link.lower() if is_code(link.lower()) else _of_publisher(page)


def any_code(text: str) -> str:
    """Return what :func:`code_of_link` does, or the code of an article of any other site if *text* is a URL."""
    return code_of_link(text) or web_code(text)


def eastmoney_code(text: str) -> str:
    """Return what :func:`code_of_link` does, for an article of Eastmoney alone."""
    return _of_eastmoney(*_split(text))


def web_code(url: str) -> str:
    """Return the code of an article of any other site: ``web-`` and a hash of its *url*; empty if it is no http URL.

    Scheme, fragment, order of the parameters and those of tracking don't matter, nor does what is around it.
    """
    link, _, _ = _split(url)
    page = canonical(url_query_cleaner(link, TRACKING, remove=True) if "utm_" in link else link)
    return identity_code(SCHEME.sub("", page)) if page else ""


def identity_code(identity: str) -> str:
    """Return ``web-`` and the first 16 hexadecimal digits of the SHA-256 of *identity*, which no other article has."""
    match = HASH.search(sha256(identity.encode("utf-8", "replace")).hexdigest())
    return f"web-{match[0]}" if match else ""


def ref_of_link(text: str) -> ArticleRef | None:
    """Return the article that *text* names, with the URL of its page if *text* is that of another publisher; else None.

    The pages of some publishers have a day in their URL, so the code alone doesn't lead there.
    """
    code = code_of_link(text)
    if not code:
        return None
    link, page, _ = _split(text)
    is_page = publisher_of(code) and "/" in page
    return ArticleRef(code=code, url=canonical(link if SCHEME.match(link) else f"https://{link}") if is_page else "")


def _split(text: str) -> tuple[str, str, str]:
    """Return a link that people pasted, without what is around it; its host with its path; and its query.

    The second and the third are empty if it is no URL.
    """
    if BARE.fullmatch(text):
        return text, text.partition("//")[2], ""
    link = FULL_WIDTH_SCHEME.sub(r"\1://", fields.plain(text).translate(HALF_WIDTH)).strip(AROUND)
    try:
        parts = urlsplit("//" + SCHEME.sub("", link))
        return link, (parts.hostname or "") + parts.path, parts.query
    except ValueError:  # such as for a bracket in the host
        return link, "", ""


def canonical(link: str) -> str:
    """Return the URL of an article's page in canonical form, without fragment; empty if it is no http URL.

    If the path contains the code, all parameters are for tracking and are removed.
    """
    if CANONICAL.fullmatch(link):
        return link
    try:
        url = canonicalize_url(f"http:{link}" if link.startswith("//") else link)
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    page = parts.hostname + parts.path
    return url_query_cleaner(url) if _in_path(page) or _of_publisher(page) else url


def refs_in(fragment: str, hosts: Collection[str]) -> list[ArticleRef]:
    """Return the articles on *hosts* to which *fragment* links, in order, each once.

    :param fragment: HTML.
    """
    links = (fields.plain(double or single) for double, single in HREF.findall(fragment))
    found = (ref_of_link(link) for link in links if host_of(link) in hosts)
    refs: dict[str, ArticleRef] = {}
    for ref in filter(None, found):
        refs.setdefault(ref.code, ref)
    return list(refs.values())


def host_of(link: str) -> str:
    """Return the host of a URL; empty if it has none, or is no URL."""
    try:
        return urlsplit(link, "http").hostname or ""
    except ValueError:
        return ""


def _of_eastmoney(link: str, page: str, query: str) -> str:
    return fields.code(link) or _in_path(page) or (_in_query(page, query) if query else "")


def _in_path(page: str) -> str:
    match = PAGES.fullmatch(page)
    return fields.code(match[match.lastindex]) if match and match.lastindex else ""


def _of_publisher(page: str) -> str:
    match = OF_PUBLISHER.fullmatch(page.rstrip("/"))
    return f"{PREFIXES[match.lastindex]}{match[match.lastindex]}" if match and match.lastindex else ""


def _in_query(page: str, query: str) -> str:
    names = {parameter for pattern, parameter in PARAMETERS if pattern.fullmatch(page)}
    codes = (fields.code(value) for name, value in parse_qsl(query) if name.lower() in names)
    return next(filter(None, codes), "")
