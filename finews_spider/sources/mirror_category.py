"""A category page of a mirror that Jekyll made. It links to posts, whose file names usually are articles' codes."""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from parsel import Selector

from finews_spider.articles import fields
from finews_spider.articles.links import ref_of_link
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.html import links_of, next_page, read_html, text_of

POST = re.compile(r"/\d{4}/\d{2}/\d{2}/[^/]+/?$", re.ASCII)
LINK = re.compile(r"https?://[^\s<>\"']+")


def parse(body: bytes, content_type: str = "") -> ListPage:
    """Return the articles whose posts the page lists. Posts without a code in their name are in ``links``.

    :param content_type: the HTTP header, which may name the encoding.
    :raises SourceError: the answer is no web page, or links to no post.
    """
    page = read_html(body, content_type)
    refs: dict[str, ArticleRef] = {}
    links: dict[str, None] = {}
    for _, href in links_of(page):
        if code := _code_of_post(href):
            refs.setdefault(code, ArticleRef(code=code))
        elif POST.search(urlsplit(href).path):
            links[href] = None
    if not refs and not links:
        raise SourceError("the page links to no post", body)
    return ListPage(list(refs.values()), links=list(links), next=next_page(page))


def share_ref(body: bytes, content_type: str = "") -> ArticleRef | None:
    """Return the article to which a post links; a share link is preferred. None: it has no such link.

    :param content_type: the HTTP header, which may name the encoding.
    :raises SourceError: the answer is no web page.
    """
    page = read_html(body, content_type)
    links = [*page.xpath("//a/@href").getall(), *LINK.findall(text_of(Selector(root=page.root)))]
    links.sort(key=lambda link: "newsshare" not in link.lower())
    return next(filter(None, map(ref_of_link, links)), None)


def _code_of_post(href: str) -> str:
    name = PurePosixPath(urlsplit(href).path).name
    return fields.code(name.removesuffix(".html"))
