"""Single articles of other publishers, named by links and codes."""

import json

import pytest

from finews_spider.articles.links import web_code
from tests.publishers.expected import articles


def one(upstream, kind, number=5):
    return next(each for each in articles(upstream, [kind]) if each.piece.number == number)


@pytest.mark.parametrize("kind", ["wscn-articles", "wscn-lives", "cls-telegraph", "cls-depth", "ths-list"])
@pytest.mark.parametrize("by", ["link", "code"])
def test_an_article_is_fetched_from_where_the_channels_file_says(finews, upstream, kind, by):
    each = one(upstream, kind)
    finews("fetch", each.url if by == "link" else each.code)
    article = finews.article(each.code)
    assert article.published_at == each.piece.published
    assert each.has_text(article.body)
    assert article.source_url == each.url or (by == "code" and kind.startswith("ths"))
    assert any(name.endswith(f"-{each.code}.md") for name in finews.posts())
    assert [kind for kind, _ in upstream.log if kind != "robots"] in (["text"], ["page"])


def test_a_link_with_a_day_in_it_is_fetched_too(finews, upstream):
    each = one(upstream, "sina-roll")
    finews("fetch", f"{each.url}?cre=tianyi&utm_source=x")
    assert finews.article(each.code).source_url == each.url


def test_flash_news_that_only_a_list_holds_is_named_in_one_line(finews, upstream):
    each = one(upstream, "gelonghui-lives")
    done = finews("fetch", each.url, code=1)
    assert "its publisher has the text in its lists alone" in done.stdout + done.stderr
    assert finews.article(each.code) is None


def test_a_code_that_leads_to_no_page_is_refused_and_not_tried_again(finews, upstream):
    code, other = "web-1234567890abcdef", one(upstream, "wscn-articles")
    refusal = f"{code} alone doesn't lead to its page; give the URL of the page\n"
    assert finews("fetch", code, code=2).stderr == f"finews: {refusal}"
    assert upstream.log == []
    done = finews("fetch", code, other.code, code=2)
    assert done.stderr.endswith(refusal)
    assert "tries again" not in done.stdout
    assert finews.article(other.code)
    assert finews.summary().failed == {}


def test_a_stored_article_is_fetched_again_by_its_code_from_the_url_that_the_store_has(finews, upstream):
    each = one(upstream, "feed")
    finews("run", "--channels", "样本站全文")
    assert "is stored already" in finews("fetch", each.code).stdout
    upstream.reset_counts()
    done = finews("fetch", each.code, "--refresh", code=1, FINEWS_ALLOWED_HOSTS="127.0.0.1")
    assert done.stderr.endswith(f"{each.code} failed: no source gives it a published_at\n")
    assert [path for kind, path in upstream.log if kind == "page"] == [f"/site/{each.piece.id}.html"]
    assert finews("fetch", each.code, "--refresh", code=2).stderr.startswith(f"finews: {each.code} alone")


def test_an_article_that_its_publisher_deleted_is_gone(finews, upstream):
    done = finews("fetch", "wscn-1234567", code=1)
    assert "is gone" in done.stdout + done.stderr


def test_a_takedown_by_link_removes_the_post_and_bars_the_article(finews, upstream):
    each = one(upstream, "wscn-articles")
    twin = f"cls-{each.piece.id}"
    finews("run")
    before = finews.posts()
    name = f"{each.piece.published:%Y-%m-%d}-{each.code}.md"
    assert name in before
    taken = finews("takedown", each.url, "--reason", "出版方要求")
    assert taken.stdout.splitlines()[0] == f"{each.code} is taken down"
    assert finews.posts().keys() == before.keys() - {name}
    assert finews.article(twin), "the same number of another publisher stays"
    upstream.reset_counts()
    upstream.advance(revised=1)
    finews("run")
    finews("fetch", each.url, code=None)
    assert name not in finews.posts()
    assert not any(f"/apiv1/content/articles/{each.piece.id}" in path for _, path in upstream.log)
    listed = json.loads(finews("takedown", "--list", "--json").stdout.splitlines()[0])
    assert each.code in listed.values()
    finews("takedown", "--undo", each.url)
    assert finews.posts()[name] == before[name]


def test_an_article_of_any_site_is_named_by_its_url(finews, upstream):
    each = one(upstream, "feed")
    finews("run", "--channels", "样本站全文")
    assert each.has_text(finews("show", each.url, "--text").stdout)
    finews("takedown", each.url, "--reason", "x")
    assert not any(each.code in name for name in finews.posts())
    unknown = "https://news.example/2026/1.html"
    assert finews("show", unknown, code=2).stderr == f"finews: {web_code(unknown)} isn't stored\n"
    assert finews("fetch", unknown, code=2).stderr == f"finews: {unknown!r} is not an article\n"
