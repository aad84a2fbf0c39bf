"""A category page of a mirror, made by Jekyll: links to posts, whose file names mostly are their articles' codes."""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from parsel import Selector

from finews_spider.articles import fields
from finews_spider.articles.links import code_of_link
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.sources.html import links_of, next_page, read_html, text_of

POST = re.compile(r"/\d{4}/\d{2}/\d{2}/[^/]+/?$", re.ASCII)
LINK = re.compile(r"https?://[^\s<>\"']+")


def parse(body: bytes, content_type: str = "") -> ListPage:
    """Return the articles whose posts the page lists; posts that name none come as ``links``.

    :raises SourceError: no web page, or none that links to a post.
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


def share_code(body: bytes, content_type: str = "") -> str:
    """Return the code of the article that a post leads to, by its share link before any other; nothing if by none.

    :raises SourceError: no web page.
    """
    page = read_html(body, content_type)
    links = [*page.xpath("//a/@href").getall(), *LINK.findall(text_of(Selector(root=page.root)))]
    links.sort(key=lambda link: "newsshare" not in link.lower())
    return next(filter(None, map(code_of_link, links)), "")


def _code_of_post(href: str) -> str:
    name = PurePosixPath(urlsplit(href).path).name
    return fields.code(name.removesuffix(".html"))
