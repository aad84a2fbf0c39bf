"""An article → the text of its post, in the two layouts of the original mirror's last generation.

The layouts stand in docs/layouts.md; a clean article comes out byte for byte as the original wrote it.
"""

import re
from dataclasses import dataclass

from finews_spider.items import Article
from finews_spider.mirror import safe

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

    @staticmethod
    def fill(template: str, article: Article) -> str:
        """Return *template* for *article*."""
        return template.format(info_code=article.info_code, code=article.code, now="")


def media_of(article: Article) -> str:
    """Return the publication that the post names."""
    return article.media or NO_MEDIA


def path_of(article: Article) -> str:
    """Return the post's path below the mirror folder; only digits of the article's own go into it."""
    assert article.published_at is not None
    name = article.code if article.layout == "roll" else article.info_code
    return f"_posts/{article.published_at:%Y-%m-%d}-{name}.md"


def render(article: Article, category: str, links: Links) -> str:
    """Return the post's text, which ends without a newline."""
    if article.layout == "roll":
        tag, home = article.tag or ROLL_TAG, f"{category}/"
        quote = _without_title(article.digest, article.title)
        lead = f"> {safe.markdown(quote)}\n\n" if quote else ""
        source = article.source_url if PLAIN_URL.fullmatch(article.source_url) else Links.fill(links.page, article)
    else:
        tag, home = article.tag or f"{media_of(article)}新闻", f"category/{category}.html"
        lead = ""
        source = Links.fill(links.share, article)
    return (
        "---\n"
        "layout: post\n"
        f"title: {safe.quoted(article.title)}\n"
        f"date: {article.published_at:%Y-%m-%d %H:%M:%S} +0800\n"
        f"categories: {safe.scalar(category)}\n"
        f"tags: {safe.scalar(tag)}\n"
        "---\n"
        f"{lead}{safe.body(article.body)}\n"
        "\n"
        f"<{source}>\n"
        "\n"
        f"[返回{safe.markdown(tag)}]({links.site}/{home})｜[返回首页]({links.site}/)"
    )


def render_category(media: str, slug: str) -> str:
    """Return the text of a publication's category page, which the post's footer links to."""
    return f"---\nlayout: category\ntitle: {safe.scalar(media)}\ncategory: {safe.scalar(slug)}\n---"


def _without_title(digest: str, title: str) -> str:
    return digest.removeprefix(f"【{title}】").strip()
