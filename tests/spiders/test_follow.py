"""Links inside articles, and articles that the upstream has deleted."""

import pytest

from tests.misbehave import MisbehavingUpstream


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=30, seed=12) as upstream:
        yield upstream


def newsshare(finews, code, *arguments, exit_code=0):
    return finews(
        "scrapy", "crawl", "newsshare", "-a", f"links=NW{code}", *(f"-a{each}" for each in arguments), code=exit_code
    )


def link(upstream, source, *targets, host="127.0.0.1"):
    """Let the article *source* link to *targets*."""
    links = "".join(f'<a href="http://{host}/a/{target}.html">见</a>' for target in targets)
    body = f'{{"Title": "题{source}", "Date": "2026-03-02 10:00:00", "text": "<p>{links.replace(chr(34), chr(92) + chr(34))}</p>"}}'
    upstream.answers(f"GetNewsText.do.id=NW{source}", body.encode())


@pytest.mark.parametrize(("follow", "reached"), [("0", 1), ("1", 3), ("2", 4), ("9", 4)])
def test_links_are_followed_for_the_given_number_of_steps(finews, upstream, follow, reached):
    a, b, c, d = upstream.news.codes[:4]
    link(upstream, a, b, c, a)
    link(upstream, b, d)
    link(upstream, d, a, b)
    link(upstream, c)
    newsshare(finews, a, f"follow={follow}")
    assert finews.summary().articles == reached
    assert upstream.requests["text"] == reached


def test_links_to_other_hosts_are_not_followed(finews, upstream):
    a, b = upstream.news.codes[:2]
    link(upstream, a, b, host="elsewhere.example")
    newsshare(finews, a, "follow=3")
    assert finews.summary().articles == 1


@pytest.mark.parametrize("page", ["404", "away"])
def test_an_article_that_the_upstream_deleted_stays_and_is_marked_gone(finews, upstream, page):
    finews("run")
    code = upstream.news.codes[-1]
    before = finews.article(code)
    upstream.advance(revised=1)
    for pattern in (f"GetNewsText.*{code}", f"api/article/{code}"):
        upstream.answers(pattern, b'{"data": null}')
    upstream.misbehave(f"^/a/{code}", page)
    upstream.reset_counts()
    done = finews("run")
    assert f"NW{code} is gone" in done.stderr
    after = finews.article(code)
    assert after.gone_at
    assert after.body == before.body
    assert any(code in name for name in finews.posts())
    upstream.reset_counts()
    finews("run")
    assert not upstream.requests["page"], "its changed row is not news for ever"


def test_a_deleted_article_in_many_channels_is_requested_once(finews, upstream):
    finews("run")
    upstream.advance(revised=4)
    codes = upstream.news.codes[-4:]
    for code in codes:
        upstream.misbehave(code, "404")
    finews("run")
    assert all(finews.article(code).gone_at and len(finews.article(code).listings) > 1 for code in codes)
    upstream.advance(new=4)
    upstream.reset_counts()
    finews("run")
    assert upstream.requests["text"] == 4, "those that are new"


def test_an_article_that_failed_is_not_gone(finews, upstream):
    code = upstream.news.codes[0]
    finews("run")
    upstream.misbehave("text", "html")
    upstream.misbehave("article", "null")
    upstream.misbehave("page", "404")
    newsshare(finews, code, "refresh=1", exit_code=1)
    assert finews.article(code).gone_at is None


def test_the_page_is_the_third_source(finews, upstream):
    code = upstream.news.codes[5]
    newsshare(finews, code)
    expected = finews.article(code)
    upstream.misbehave("text", "500")
    upstream.misbehave("article", "null")
    upstream.reset_counts()
    newsshare(finews, code, "refresh=1")
    assert upstream.requests["page"] == 1
    read = finews.article(code)
    assert (read.title, read.media, read.text_hash) == (expected.title, expected.media, expected.text_hash)
    assert read.published_at == expected.published_at
