"""A crawl over all lists of all publishers, by the real command, against the sample upstream."""

import asyncio
import json
import urllib.request
from collections import Counter

import yaml

from finews_spider.articles.body import text_of
from finews_spider.articles.links import web_code
from finews_spider.sample.publishers import CHANNELS as SAMPLE_CHANNELS
from finews_spider.sample.publishers import FEEDS
from finews_spider.sample.publishers.articles import FIRST_IDS
from tests.publishers.expected import CODES, WITH_TEXTS, articles

LISTS = {"list", "column", "feed"}
"""Kinds of requests for lists; the others are for texts, pages and robots.txt."""
CHANNELS = 17
ITS_OWN = ("/NewsData", "/kuaixun/v2", "/robots.txt")
"""How the requests begin that aren't for texts of other publishers."""


def stored(finews, codes):
    async def get(store):
        return dict(zip(codes, await asyncio.gather(*map(store.get, codes)), strict=True))

    return finews.ask(get)


def front_matter(post: bytes) -> dict:
    return yaml.safe_load(post.decode().split("---")[1])


def texts(upstream) -> Counter[str]:
    """Return the requests for texts of other publishers."""
    return Counter(path for kind, path in upstream.log if kind not in LISTS and not path.startswith(ITS_OWN))


def test_the_articles_of_every_publisher_are_stored(crawled):
    finews, upstream = crawled
    expected = list(articles(upstream))
    found = stored(finews, [each.code for each in expected])
    for each in expected:
        article, piece = found[each.code], each.piece
        assert article, each
        assert article.published_at == piece.published, each
        assert article.media == each.media, each
        assert article.source_url == each.url, each
        assert set(each.stocks) <= set(article.stocks), each
        assert each.has_text(article.body), (each, article.body)
        assert article.title
        assert article.title == piece.title or not piece.title, each
        assert article.partial == each.is_partial, each
        assert article.extracted == (each.kind == "feed-summaries"), each
    assert finews.summary().articles == len(expected) + len(upstream.news.codes)


def test_their_posts_bear_their_codes_and_name_their_pages(crawled):
    finews, upstream = crawled
    posts = finews.posts()
    expected = list(articles(upstream))
    duplicates = {
        code for code, article in stored(finews, [each.code for each in expected]).items() if article.duplicate_of
    }
    for each in expected:
        if each.code in duplicates:
            continue
        post = posts[f"{each.piece.published:%Y-%m-%d}-{each.code}.md"]
        assert f"\n<{each.url}>\n" in post.decode(), each
        shown = front_matter(post)
        assert shown["tags"] == f"{each.media}新闻", each
        assert shown.get("partial", False) == each.is_partial, each
        assert shown.get("extracted", False) == (each.kind == "feed-summaries"), each


def test_a_cut_text_is_never_passed_off_as_whole(crawled):
    finews, upstream = crawled
    cut = {each.code for each in articles(upstream) if each.is_partial}
    assert len(cut) >= 3
    exported = [json.loads(line) for line in finews("export", "--format", "jsonl").stdout.splitlines()]
    assert {each["code"] for each in exported if each.get("partial")} == cut
    shown = finews("show", min(cut), "--json").stdout
    assert json.loads(shown)["partial"] is True
    whole = next(each.code for each in articles(upstream) if not each.is_partial)
    assert json.loads(finews("show", whole, "--json").stdout)["partial"] is False


def test_personal_data_is_dropped(crawled):
    finews, _ = crawled
    exported = finews("export", "--format", "jsonl").stdout
    everything = exported + "".join(post.decode() for post in finews.posts().values())
    assert "样本股份" in everything
    for each in ("小样", "editor@example.com", "读者的评论"):
        assert each not in everything


def test_a_row_with_its_whole_text_needs_no_second_request(crawled):
    _, upstream = crawled
    fetched = [each for each in articles(upstream) if each.kind not in WITH_TEXTS]
    assert set(texts(upstream).values()) == {1}
    assert len(texts(upstream)) == len(fetched)


def test_the_same_digits_under_several_publishers_are_several_articles(crawled):
    finews, _ = crawled
    number = 2_690_000 + 5
    codes = [f"{name}-{number}" for name in ("wscn-live", "cls", "sina", "gelonghui")]
    found = stored(finews, codes)
    assert all(found.values())
    assert len({article.source_url for article in found.values()}) == len(codes)
    assert len([name for name in finews.posts() if name.endswith(f"-{number}.md")]) == len(codes)


def test_the_same_report_of_two_publishers_is_one_story(crawled):
    finews, upstream = crawled
    number = 4
    shared = [
        each.code
        for each in articles(upstream)
        if each.piece.number == number and not each.is_partial and upstream.publishers.is_shared(each.kind, number)
    ]
    assert len({code.partition("-")[0] for code in shared}) == 3
    found = stored(finews, [upstream.news.codes[number], *shared])
    assert len({article.story for article in found.values()}) == 1, found
    assert not any(article.duplicate_of for article in found.values())
    assert len({article.title for article in found.values()}) > 1


def test_search_stocks_and_status_know_each_publisher(crawled):
    finews, upstream = crawled
    for kind in CODES:
        each = next(each for each in articles(upstream, [kind]) if each.piece.number == 5)
        words = each.piece.lines[0].removesuffix("。")
        assert each.code in finews("search", words, "--json").stdout, each
    for kind in ("cls-telegraph", "sina-live", "ths-flash", "gelonghui-lives"):
        each = next(each for each in articles(upstream, [kind]) if each.stocks)
        assert each.code in finews("list", "--stock", each.piece.stock, "--json").stdout, each
        assert each.code in (finews.mirror / f"stock/{each.piece.stock}/index.html").read_text("utf-8"), each
    channels = {each["name"]: each for each in json.loads(finews("status", "--json").stdout)["channels"]}
    for name, *_ in (*SAMPLE_CHANNELS, *FEEDS):
        assert (channels[name]["failures"], channels[name]["waiting"]) == (0, 0)
        assert channels[name]["succeeded_at"]


def test_the_next_run_requests_the_lists_and_what_is_new(changing):
    finews, upstream = changing
    before = finews.state()
    upstream.reset_counts()
    finews("run")
    assert finews.state() == before
    assert Counter(kind in LISTS for kind, _ in upstream.log if kind != "robots") == {True: CHANNELS}

    known = {each.code for each in articles(upstream)}
    upstream.reset_counts()
    upstream.advance(new=2)
    finews("run")
    new = [each for each in articles(upstream) if each.code not in known]
    assert {each.kind for each in new} == set(FIRST_IDS)
    assert all(stored(finews, [each.code for each in new]).values())
    assert set(texts(upstream).values()) == {1}
    assert len(texts(upstream)) == len([each for each in new if each.kind not in WITH_TEXTS])
    assert upstream.requests["text"] - len([1 for each in new if each.kind == "wscn-articles"]) == 2, "Eastmoney's"
    assert finews.summary().revisions == 0, "a row that got its URL is no revision"


def test_a_summary_is_stored_as_cut_where_the_pages_are_on_a_host_that_is_not_named(finews, upstream):
    with urllib.request.urlopen(f"{upstream.url}/rss/summaries.xml") as answer:
        feed = answer.read().replace(upstream.url.encode(), b"http://elsewhere.example")
    upstream.answers("/rss/summaries.xml", feed)
    upstream.reset_counts()
    finews("run", "--channels", "样本站摘要")
    assert [path for kind, path in upstream.log if kind != "robots"] == ["/rss/summaries.xml"]
    for piece in upstream.publishers.listed("feed-summaries"):
        article = finews.article(web_code(f"http://elsewhere.example/site/{piece.id}.html"))
        assert article.partial
        assert not article.extracted
        assert text_of(article.body) == text_of(piece.lines[0])


def test_a_changed_row_is_a_revision(changing):
    finews, upstream = changing
    upstream.advance(revised=1)
    finews("run")
    revised = [each for each in articles(upstream) if each.piece.updated > each.piece.published]
    assert len(revised) == 11
    for each in revised:
        article = finews.article(each.code)
        assert article.revision == 1, each
        assert each.has_text(article.body), each
        assert article.published_at == each.piece.published, each
    assert revised[0].piece.lines[-1] in finews("history", revised[0].code).stdout
