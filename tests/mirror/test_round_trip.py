"""An article → its post → an article: nothing that a post tells is lost, whatever the article holds."""

from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.articles.normalize import normalize
from finews_spider.errors import MirrorError
from finews_spider.items import UNWANTED
from finews_spider.mirror import sanitize
from finews_spider.mirror.categories import check_category
from finews_spider.mirror.kramdown import unshield
from finews_spider.mirror.post import PLAIN_URL, path_of, render
from finews_spider.mirror.reader import read_post
from tests.browsing import LINKS
from tests.hostile import BODIES, articles
from tests.mirror.unusual_categories import CATEGORIES as ODD


def is_kept(category):
    """Tell whether an import takes *category*."""
    try:
        return check_category(category) == category
    except MirrorError:
        return False


CATEGORIES = st.sampled_from([*filter(is_kept, ODD)]) | st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40
).map(str.strip).filter(is_kept)
thorough = settings(max_examples=300, derandomize=True)


def as_read(article):
    """Return the article that is read from the post of *article*: sanitized, without its channel, with its tag or its media."""
    is_roll = article.layout == "roll"
    media = article.tag.removesuffix("新闻") if article.tag else article.media
    page = article.source_url if PLAIN_URL.fullmatch(article.source_url) else LINKS.page.format(code=article.code)
    return replace(
        article,
        body=unshield(sanitize.body(article.body)),
        digest=article.digest.removeprefix(f"【{article.title}】").strip() if is_roll else "",
        media="" if is_roll or media == "东方财富网" else media,
        tag="" if article.tag == ("东财滚动新闻" if is_roll else f"{media or '东方财富网'}新闻") else article.tag,
        source_url=page if is_roll else "",
        channel="import",
    )


@given(articles(), CATEGORIES)
@thorough
def test_a_post_is_read_back_as_its_article(article, category):
    path = path_of(article)
    text = render(article, category, LINKS)
    post = read_post(path, text)
    assert post.article == normalize(as_read(article))
    assert (post.path, post.category) == (path, category)
    assert render(post.article, category, LINKS) == text


@given(BODIES.map(partial(UNWANTED.sub, "")))
@thorough
def test_what_is_safe_stays_as_it_is(body):
    once = sanitize.body(body)
    assert sanitize.body(unshield(once)) == once
