"""An article → the text of its post, in the two layouts of the original mirror's last generation.

The layouts stand in docs/layouts.md; a clean article comes out byte for byte as the original wrote it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from finews_spider.items import Article
from finews_spider.mirror import categories, safe, sanitize
from finews_spider.stores.records import Alias, Post

POSTS, OLD_POSTS, ALIASES = "_posts", "old_post", "alias"
POST_FOLDERS = f"{POSTS}/", f"{OLD_POSTS}/"

ROLL_CATEGORY, ROLL_TAG = "emnews", "东财滚动新闻"
NO_MEDIA = "东方财富网"
"""Where an article doesn't name its publication: it is the site that published it."""
PLAIN_URL = re.compile(r"https?://[\w.:/?&=%#,~+@!;-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of a post lead."""

    site: str
    """The mirror's own root, such as ``//finews.withounder.com``."""
    share: str
    """Template of the share link, with ``{info_code}`` or ``{code}``."""
    page: str
    """Template of the article's page at the upstream."""

    @property
    def root(self) -> str:
        """The path at which the mirror lies on its host, empty or as in ``/news``."""
        return urlsplit(self.site).path

    @staticmethod
    def fill(template: str, article: Article) -> str:
        """Return *template* for *article*."""
        return template.format(info_code=article.info_code, code=article.code, now="")


def media_of(article: Article) -> str:
    """Return the publication that the post names."""
    return article.media or NO_MEDIA


def url_of(path: str, article: Article, category: str) -> str:
    """Return the URL, from the site's root on, at which Jekyll publishes the post at *path*."""
    return url_in(path, article, categories.words(category))


def url_in(path: str, article: Article, parts: Iterable[str]) -> str:
    """Return the URL of the post at *path*, which has the categories *parts*."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if not path.startswith(f"{POSTS}/"):
        return f"/{path.rpartition('/')[0]}/{stem}.html"
    return categories.url_below(parts, f"{article.published_at:%Y/%m/%d}/{stem[len('2026-01-02-') :]}.html")


def path_of(article: Article) -> str:
    """Return the post's path below the mirror folder; only digits of the article's own go into it."""
    assert article.published_at is not None
    name = article.code if article.layout == "roll" else article.info_code
    return f"{POSTS}/{article.published_at:%Y-%m-%d}-{name}.md"


def file_of(post: Post) -> str:
    """Return where the post's file lies: its path, or the same name in ``old_post``."""
    return post.path.replace(f"{POSTS}/", f"{OLD_POSTS}/", 1) if post.old else post.path


def tombstone_of(path: str) -> str:
    """Return where the page lies that stands in the place of the post at *path* when it is taken down."""
    return f"takedown/{path.rpartition('/')[2].rpartition('.')[0]}.html"


def alias_file(alias: Alias) -> str:
    """Return where the page lies that stands at *alias*."""
    return f"{ALIASES}/{hashlib.sha256(alias.url.encode()).hexdigest()[:16]}.html"


def render(
    article: Article,
    category: str,
    links: Links,
    *,
    home: str = "",
    permalink: str = "",
    images: Mapping[str, str] | None = None,
) -> str:
    """Return the post's text, which ends without a newline.

    :param home: its category's page, from the site's root on, where that isn't named as the category is.
    :param permalink: its URL, where Jekyll couldn't tell it from the file's folder and category.
    :param images: ``img src`` → path below the mirror of the copy that is shown instead.
    """
    revised = f"last_modified_at: {article.revised_at:%Y-%m-%d %H:%M:%S} +0800\n" if article.revised_at else ""
    fixed = f"permalink: {safe.quoted(permalink)}\n" if permalink else ""
    home = home or categories.place(category, is_roll=article.layout == "roll").link
    body = sanitize.body(article.body)
    if images:
        body = sanitize.with_images(body, {source: f"{links.root}/{path}" for source, path in images.items()})
    if article.layout == "roll":
        tag = article.tag or ROLL_TAG
        quote = _without_title(article.digest, article.title)
        lead = f"> {safe.markdown(quote)}\n\n" if quote else ""
        source = article.source_url if PLAIN_URL.fullmatch(article.source_url) else Links.fill(links.page, article)
    else:
        tag = article.tag or f"{media_of(article)}新闻"
        lead = ""
        source = Links.fill(links.share, article)
    return (
        "---\n"
        "layout: post\n"
        f"title: {safe.quoted(article.title)}\n"
        f"date: {article.published_at:%Y-%m-%d %H:%M:%S} +0800\n"
        f"categories: {safe.words(category)}\n"
        f"tags: {safe.scalar(tag)}\n"
        f"{revised}{fixed}"
        "---\n"
        f"{lead}{body}\n"
        "\n"
        f"<{source}>\n"
        "\n"
        f"[返回{safe.link_text(tag)}]({links.site}/{home})｜[返回首页]({links.site}/)"
    )


def render_category(media: str, slug: str, permalink: str = "", rows: Sequence[Sequence[str]] = ()) -> str:
    """Return the text of a publication's category page, which the post's footer links to.

    :param rows: its newest posts, as lists have them.
    """
    fixed = f"permalink: {safe.quoted(permalink)}\n" if permalink else ""
    lines = "".join(f"- {json.dumps(list(row), ensure_ascii=False)}\n" for row in rows)
    listed = f"rows:\n{lines}" if rows else ""
    return f"---\nlayout: category\ntitle: {safe.scalar(media)}\ncategory: {safe.words(slug)}\n{fixed}{listed}---"


def render_alias(permalink: str, url: str) -> str:
    """Return the text of the page that leads from *permalink*, where an article was once, to its post at *url*.

    It is a page of its own, so that it needs no theme.
    """
    return (
        f"---\npermalink: {safe.quoted(permalink)}\nmoved_to: {safe.quoted(url)}\nsitemap: false\n---\n"
        '{%- assign to = "/" | relative_url | append: page.moved_to | replace: "//", "/" | escape -%}\n'
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<meta name="robots" content="noindex">\n'
        '<meta http-equiv="refresh" content="0; url={{ to }}">\n<link rel="canonical" href="{{ to }}">\n'
        '<title>{{ to }}</title>\n</head>\n<body><a href="{{ to }}">{{ to }}</a></body>\n</html>\n'
    )


def render_tombstone(permalink: str) -> str:
    """Return the text of the page that says of a URL that its article was taken down, and nothing of the article."""
    return f"---\nlayout: tombstone\npermalink: {safe.quoted(permalink)}\nsitemap: false\n---\n"


def _without_title(digest: str, title: str) -> str:
    return digest.removeprefix(f"【{title}】").strip()
