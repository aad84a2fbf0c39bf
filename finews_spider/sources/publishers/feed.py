"""The feed of any site: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed 1.x."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from finews_spider.articles import bounds, fields
from finews_spider.articles.links import CANONICAL, code_of_link, identity_code, web_code
from finews_spider.codes import publisher_name, publisher_of
from finews_spider.errors import SourceError
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.scrapy_internals import feeds
from finews_spider.sources.answer import read_json
from finews_spider.sources.html import MOST_TAGS, absolute, read_text
from finews_spider.sources.publishers.whole import paragraphs, whole_row
from finews_spider.sources.rows import Row, read_rows
from finews_spider.times import SHANGHAI

XML = {"content-type": "application/xml; charset=utf-8"}
WHOLE_TEXT = {"http://purl.org/rss/1.0/modules/content/", "http://www.w3.org/1999/xhtml"}
"""The namespaces of RSS's elements for a whole text. RSS's own description is a summary."""
TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
CUT = re.compile(
    r"(?:…|\.\.\.|阅读全文|查看全文|阅读原文|查看原文|继续阅读|read (?:more|on)|continue reading)[\s\W]*\Z",
    re.IGNORECASE,
)
"""The end of a text that goes on elsewhere."""
LONGEST_END, LONGEST_LABEL = 500, 100
"""The characters in which such an end and its link stand, and those of the end alone."""
PLAIN = "text/plain"
TEXT_TYPES = {PLAIN, "text/html", "application/xhtml+xml"}
URL = re.compile(r"https?://", re.IGNORECASE)
EASTMONEY = re.compile(r"https?://(?:[\w-]+\.)*eastmoney\.com[:/]", re.ASCII | re.IGNORECASE)


def feed(body: bytes, content_type: str = "") -> ListPage:
    """Return the articles of a feed. Items with their whole text hold the article.

    Names and mail addresses of authors aren't read.

    :param content_type: the HTTP header, which may name the encoding. What else it says doesn't matter.
    :raises SourceError: the answer is no feed.
    """
    is_json = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}
    rows, following = _json_feed(body) if is_json else _xml_feed(body, content_type)
    page = read_rows({"items": rows}, "items", _ref)
    page.next = following if rows else ""
    return page


def _xml_feed(body: bytes, content_type: str) -> tuple[list[Row], str]:
    """Return the items as rows, and the href of the next page (RFC 5005)."""
    text = read_text(body, content_type)
    if text.count("<") > MOST_TAGS:
        raise SourceError("the answer holds more tags than any feed", body)
    if bounds.is_too_deep(CDATA.sub("", text)):
        raise SourceError("the answer is nested deeper than any feed", body)
    # The parser opens a file or a URL if it is given the name of one, so it is given a stream.
    stream = BytesIO(text.encode("utf-8", "replace"))
    parsed = feeds.parse(stream, response_headers=XML, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        raise SourceError("the answer is no feed", body)
    channel = parsed.feed
    links = {link.get("rel"): link.get("href", "") for link in reversed(channel.get("links", []))}
    site = next(filter(URL.match, (links.get("alternate", ""), links.get("self", ""))), "")
    is_atom = parsed.version.startswith("atom")
    has_texts = is_atom or not WHOLE_TEXT.isdisjoint(parsed.namespaces.values())
    name = _line(channel, "title")
    rows = [_xml_item(entry, site, name, is_atom=is_atom, has_text=has_texts) for entry in parsed.entries]
    return rows, links.get("next", "")


def _xml_item(entry: Any, site: str, site_name: str, *, is_atom: bool, has_text: bool) -> Row:
    link = _joined(site, entry.get("link", ""))
    identity = entry.get("id", "")
    texts = [text for text in entry.get("content", ()) if has_text and text.get("type") in TEXT_TYPES]
    text = max(texts, key=lambda text: len(text.value), default=None)
    written = "" if text is None else text.value
    summary = entry.get("summary", "")
    return {
        "link": link,
        "id": identity,
        "is_unique": is_atom or bool(URL.match(identity)),
        "site": site,
        "site_name": site_name,
        "title": _line(entry, "title"),
        "source": _line(entry.get("source", {}), "title"),
        "text": written.strip(),
        "is_plain": text is not None and text.type == PLAIN,
        "base": (text and text.base) or link,
        "summary": "" if summary == written else summary,  # the parser copies a text if there is no summary
        "published": dict.get(entry, "published", ""),
        "updated": dict.get(entry, "updated", ""),
    }


def _json_feed(body: bytes) -> tuple[list[Row], str]:
    """Return the items as rows, and the URL of the next page."""
    answer = read_json(body)
    items = answer.get("items") or []
    if "jsonfeed.org/version" not in fields.text(answer.get("version")) or not isinstance(items, list):
        raise SourceError("the answer is JSON, but no JSON Feed", body)
    site = fields.text(answer.get("home_page_url")) or fields.text(answer.get("feed_url"))
    name = _text(answer.get("title"))
    rows = [_json_item(item if isinstance(item, dict) else {}, site, name) for item in items]
    return rows, fields.text(answer.get("next_url"))


def _json_item(item: Row, site: str, site_name: str) -> Row:
    names = ("url", "external_url", "id", "title", "summary", "date_published", "date_modified")
    values = {name: fields.text(item.get(name)) for name in (*names, "content_html", "content_text")}
    link = _joined(site, values["url"] or values["external_url"])
    return {
        "link": link,
        "id": values["id"],
        "is_unique": bool(URL.match(values["id"])),
        "site": site,
        "site_name": site_name,
        "title": " ".join(values["title"].split()),
        "source": "",
        "text": values["content_html"] or values["content_text"],
        "is_plain": not values["content_html"],
        "base": link,
        "summary": values["summary"],
        "published": values["date_published"],
        "updated": values["date_modified"],
    }


def _ref(row: Row) -> ArticleRef:
    published, updated = _time(row["published"]), _time(row["updated"])
    time = max(filter(None, (published, updated)), default=None)
    code = _code(row)
    publisher = publisher_of(code)
    is_whole = bool(publisher and row["text"]) and not _is_cut(row["text"])
    own_name = row["site_name"] if publisher in {"", "web"} else publisher_name(publisher)
    if not is_whole:
        return ArticleRef(
            code=code,
            title=row["title"],
            time=time,
            digest=_text(row["summary"] or row["text"]),
            media=row["source"] or own_name,
            url=row["link"],
        )
    make_article = partial(_article, row, code, published or updated, row["source"] or own_name)
    return whole_row(code, row["title"], row["text"], time, make_article)


def _article(row: Row, code: str, published: datetime | None, media: str) -> Article:
    return Article(
        code=code,
        title=row["title"],
        digest=_text(row["summary"]),
        body=paragraphs(row["text"]) if row["is_plain"] else absolute(row["text"], row["base"]),
        published_at=published,
        media=media,
        source_url=row["link"],
    )


def _code(row: Row) -> str:
    """Return the code of an item: that of a known publisher's article, else a hash of what always names the item.

    That is its id if no other site may use the same, else its link, else its id together with the feed's host.
    """
    urls = dict.fromkeys(url for url in (row["link"], row["id"]) if URL.match(url))
    known = ((url, code_of_link(url)) for url in urls)
    if code := next((code for url, code in known if publisher_of(code) or EASTMONEY.match(url)), ""):
        return code
    if row["id"] and row["is_unique"]:
        return web_code(row["id"]) or identity_code(row["id"])
    if row["link"] or not row["id"]:
        return web_code(row["link"])
    return identity_code(f"{row['site']} {row['id']}") if row["site"] else ""


def _is_cut(text: str) -> bool:
    """Return whether a text ends with what says that it goes on elsewhere."""
    end = TAG.sub("", text[-LONGEST_END:])[-LONGEST_LABEL:]
    return CUT.search(_text(end)) is not None


def _joined(site: str, link: str) -> str:
    if CANONICAL.fullmatch(link):
        return link
    try:
        return urljoin(site, link) if link else ""
    except ValueError:  # such as for a bracket in the host
        return ""


def _time(written: str) -> datetime | None:
    """Return the time of an item, in ISO 8601 or RFC 822; one without a zone is China's, and so is CST."""
    iso = fields.time(written) or fields.find_time(written) if written[:1].isdecimal() else None
    if iso or not written:
        return iso
    try:
        time = parsedate_to_datetime(written.replace("CST", "+0800"))
        return fields.plausible((time if time.tzinfo else time.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI))
    except (ValueError, OverflowError):
        return None


def _line(holder: Any, name: str) -> str:
    """Return a title on one line, without markup."""
    written = holder.get(name) or ""
    is_plain = holder.get(f"{name}_detail", {}).get("type") == PLAIN
    return " ".join(written.split()) if is_plain else _text(written)


def _text(written: object) -> str:
    """Return the text of HTML on one line."""
    return " ".join(fields.plain(TAG.sub("", fields.text(written))).split())
