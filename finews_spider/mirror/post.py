"""An article → the text of its post, in the two layouts of the original mirror's last generation.

docs/layouts.md shows the layouts. The post of a clean article has the same bytes as the original's.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from finews_spider.codes import publisher_name, publisher_of
from finews_spider.items import Article
from finews_spider.mirror import categories, escape, sanitize
from finews_spider.stores.records import Alias, Post

POSTS, OLD_POSTS, ALIASES = "_posts", "old_post", "alias"
POST_FOLDERS = f"{POSTS}/", f"{OLD_POSTS}/"

ROLL_CATEGORY, ROLL_TAG = "emnews", "东财滚动新闻"
MEDIA_TAG_SUFFIX = "新闻"
"""Follows the publication's name in a post's tag."""
PLAIN_URL = re.compile(r"https?://[\w.:/?&=%#,~+@!;-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class LinkTargets:
    """Where the links of a post lead."""

    site: str
    """The mirror's root, such as ``//finews.withounder.com``."""
    share: str
    """Template of the share link, with ``{info_code}`` or ``{code}``."""
    page: str
    """Template of the article's page at the upstream."""

    @property
    def root(self) -> str:
        """The path of the mirror on its host: empty, or such as ``/news``."""
        return urlsplit(self.site).path

    def source_of(self, article: Article) -> str:
        """Return the link that stands below *article*."""
        if publisher_of(article.code):
            return article.source_url if PLAIN_URL.fullmatch(article.source_url) else f"{self.site}/"
        if article.layout != "roll":
            return _fill(self.share, article)
        return article.source_url if PLAIN_URL.fullmatch(article.source_url) else _fill(self.page, article)


def _fill(template: str, article: Article) -> str:
    return template.format(info_code=article.info_code, code=article.code, now="")


def media_of(article: Article) -> str:
    """Return the publication that the post names."""
    return article.media or publisher_name(publisher_of(article.code))


def url_of(path: str, article: Article, category: str) -> str:
    """Return the URL, from the site's root on, at which Jekyll publishes the post at *path*."""
    return url_in_categories(path, article, categories.split_category(category))


def url_in_categories(path: str, article: Article, names: Iterable[str]) -> str:
    """Return the URL of the post at *path*, which has the categories *names*."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if not path.startswith(f"{POSTS}/"):
        return f"/{path.rpartition('/')[0]}/{stem}.html"
    return categories.post_url(names, f"{article.published_at:%Y/%m/%d}/{stem[len('2026-01-02-') :]}.html")


def path_of(article: Article) -> str:
    """Return the path of the post below the mirror folder. Of the article's own text it holds only the code."""
    assert article.published_at is not None
    name = article.code if article.layout == "roll" else article.info_code
    return f"{POSTS}/{article.published_at:%Y-%m-%d}-{name}.md"


def file_of(post: Post) -> str:
    """Return the path of the post's file: the post's path, or the same name in ``old_post``."""
    return post.path.replace(f"{POSTS}/", f"{OLD_POSTS}/", 1) if post.old else post.path


def tombstone_of(path: str) -> str:
    """Return the path of the page that replaces the post at *path* when it is taken down."""
    return f"takedown/{path.rpartition('/')[2].rpartition('.')[0]}.html"


def alias_file(alias: Alias) -> str:
    """Return the path of the page that stands at the URL of *alias*."""
    return f"{ALIASES}/{hashlib.sha256(alias.url.encode()).hexdigest()[:16]}.html"


def render(
    article: Article,
    category: str,
    links: LinkTargets,
    *,
    home: str = "",
    permalink: str = "",
    images: Mapping[str, str] | None = None,
) -> str:
    """Return the post's text, which ends without a newline.

    :param home: the page of its category, from the site's root on, unless it is named as the category is.
    :param permalink: its URL, unless Jekyll derives it from the file's folder and category.
    :param images: ``img src`` → path below the mirror of the copy that is shown instead.
    """
    home = home or categories.category_page(category, is_roll=article.layout == "roll").link
    tag = article.tag or (ROLL_TAG if article.layout == "roll" else f"{media_of(article)}{MEDIA_TAG_SUFFIX}")
    body = sanitize.body(article.body)
    if images:
        body = sanitize.with_images(body, {source: f"{links.root}/{path}" for source, path in images.items()})
    revised = f"last_modified_at: {article.revised_at:%Y-%m-%d %H:%M:%S} +0800\n" if article.revised_at else ""
    story = f'story: "{article.story}"\n' if article.story not in {"", article.code} else ""
    marks = "".join(f"{name}: true\n" for name in ("partial", "extracted") if getattr(article, name))
    return (
        "---\n"
        "layout: post\n"
        f"title: {escape.yaml_string(article.title)}\n"
        f"date: {article.published_at:%Y-%m-%d %H:%M:%S} +0800\n"
        f"categories: {escape.yaml_category(category)}\n"
        f"tags: {escape.yaml_tag(tag)}\n"
        f"{revised}{story}{marks}{_permalink_line(permalink)}"
        "---\n"
        f"{_digest_quote(article)}{body}\n"
        "\n"
        f"<{links.source_of(article)}>\n"
        "\n"
        f"[返回{escape.link_text(tag)}]({links.site}/{home})｜[返回首页]({links.site}/)"
    )


def _digest_quote(article: Article) -> str:
    """Return the quote before the body: in roll layout the digest without its leading title, else nothing."""
    digest = article.digest.removeprefix(f"【{article.title}】").strip() if article.layout == "roll" else ""
    return f"> {escape.markdown(digest)}\n\n" if digest else ""


def _permalink_line(permalink: str) -> str:
    return f"permalink: {escape.yaml_string(permalink)}\n" if permalink else ""


def render_category(name: str, category: str, permalink: str = "", rows: Sequence[Sequence[str]] = ()) -> str:
    """Return the text of the page of *category*, to which the posts' footers link.

    :param name: of the publication.
    :param rows: its newest posts, as lists have them.
    """
    lines = "".join(f"- {json.dumps(list(row), ensure_ascii=False)}\n" for row in rows)
    names = "names: true\n" if len({row[3] for row in rows}) > 1 else ""  # the posts are of several publications
    listed = f"{names}rows:\n{lines}" if rows else ""
    return (
        f"---\nlayout: category\ntitle: {escape.yaml_tag(name)}\ncategory: {escape.yaml_category(category)}\n"
        f"{_permalink_line(permalink)}{listed}---"
    )


def render_alias(permalink: str, url: str) -> str:
    """Return the text of the page at *permalink*, an article's former URL, which leads to its post at *url*.

    The page needs no layout, so it works without the theme.
    """
    return (
        f"---\n{_permalink_line(permalink)}moved_to: {escape.yaml_string(url)}\nsitemap: false\n---\n"
        '{%- assign to = "/" | relative_url | append: page.moved_to | replace: "//", "/" | escape -%}\n'
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<meta name="robots" content="noindex">\n'
        '<meta http-equiv="refresh" content="0; url={{ to }}">\n<link rel="canonical" href="{{ to }}">\n'
        '<title>{{ to }}</title>\n</head>\n<body><a href="{{ to }}">{{ to }}</a></body>\n</html>\n'
    )


def render_tombstone(permalink: str) -> str:
    """Return the text of the page which says that the article at *permalink* was taken down, and nothing else of it."""
    return f"---\nlayout: tombstone\n{_permalink_line(permalink)}sitemap: false\n---\n"
