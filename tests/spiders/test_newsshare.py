"""The newsshare spider, run as users run it, and how it reads its links."""

import pytest

from finews_spider.errors import ConfigError
from finews_spider.sample import SampleUpstream
from finews_spider.spiders.newsshare import NewsshareSpider, read_links

ONE, TWO, THREE = "202609183878840472", "20171101797350781", "20260702101113747001360"


@pytest.fixture
def upstream():
    with SampleUpstream(articles=40, seed=5) as upstream:
        yield upstream


@pytest.mark.parametrize(
    ("given", "links"),
    [
        (f"NW{ONE},{TWO}", [f"NW{ONE}", TWO]),
        (f"{ONE},{TWO},NW{THREE}", [ONE, TWO, f"NW{THREE}"]),
        (f"http://finance.eastmoney.com/news/1345,{ONE}.html", [f"http://finance.eastmoney.com/news/1345,{ONE}.html"]),
        (
            f"http://finance.eastmoney.com/news/1345,{ONE}.html,//wap.eastmoney.com/a/{TWO}.html",
            [f"http://finance.eastmoney.com/news/1345,{ONE}.html", f"//wap.eastmoney.com/a/{TWO}.html"],
        ),
        (
            f"http://wap.eastmoney.com/3g/news/article,8,344,1,{ONE}.shtml NW{TWO}\n",
            [f"http://wap.eastmoney.com/3g/news/article,8,344,1,{ONE}.shtml", f"NW{TWO}"],
        ),
        (f"NW{ONE},NW{ONE}", [f"NW{ONE}"]),
        (f"\ufeffNW{ONE}，{TWO}；NW{THREE}。", [f"NW{ONE}", TWO, f"NW{THREE}"]),
        (f"ＮＷ{ONE}、 “{TWO}”", [f"NW{ONE}", TWO]),
        (
            f"今天的文章：\n1、《新茶上市》（https：//finance.eastmoney.com/a/{ONE}.html），2026-09-01 12:30\n2. NW{TWO} 谢谢！",
            [f"https://finance.eastmoney.com/a/{ONE}.html", f"NW{TWO}"],
        ),
        (
            f"- [新茶](http://wap.eastmoney.com/a/{ONE}.html)\n- <{TWO}>",
            [f"http://wap.eastmoney.com/a/{ONE}.html", TWO],
        ),
        (f"NW{ONE} NW12 https://example.com/", [f"NW{ONE}", "NW12", "https://example.com/"]),
        ("没有链接", ["没有链接"]),
        ("", []),
    ],
)
def test_links_are_separated(given, links):
    assert read_links(given) == links


def test_links_from_a_file(tmp_path):
    path = tmp_path / "links.txt"
    path.write_text(f"\ufeffNW{ONE}\n题目\nhttps://finance.eastmoney.com/a/{TWO}.html，\n", encoding="utf-8")
    assert read_links(f"@{path},NW{THREE}") == [
        f"NW{ONE}",
        f"https://finance.eastmoney.com/a/{TWO}.html",
        f"NW{THREE}",
    ]
    with pytest.raises(ConfigError, match=r"nowhere\.txt"):
        read_links("@nowhere.txt")


def test_all_links_to_one_article_are_one_article(finews):
    links = f"NW{ONE} {ONE} https://finance.eastmoney.com/a/{ONE}.html http://wap.eastmoney.com/a/{ONE}.html"
    assert list(NewsshareSpider(finews.config(), links=links).refs) == [ONE]


@pytest.mark.parametrize("links", ["", "foo", "http://example.com/"])
def test_without_an_article_there_is_nothing_to_crawl(finews, links):
    with pytest.raises(ConfigError):
        NewsshareSpider(finews.config(), links=links)


def test_articles_are_fetched_once_from_arguments_and_standard_input(finews, upstream):
    one, two, three = upstream.news.codes[3:6]
    finews("scrapy", "crawl", "newsshare", "-a", f"links=NW{one},{upstream.url}/a/{two}.html,-", stdin=f"NW{three}\n")
    assert upstream.requests["text"] == 3
    article = finews.article(two)
    sample = upstream.news.find(two)
    assert (article.title, article.media, article.published_at) == (sample.title, sample.media, sample.shown)
    assert article.channel == "newsshare"

    finews("scrapy", "crawl", "newsshare", "-a", f"links={one} {two}")
    assert upstream.requests["text"] == 3
    finews("scrapy", "crawl", "newsshare", "-a", f"links={one}", "-a", "refresh=1")
    assert upstream.requests["text"] == 4

    finews("export")
    assert f"2026-03-02-NW{two}.md" in finews.posts()


def test_a_link_that_is_no_article_is_named_and_the_others_are_fetched(finews, upstream):
    code = upstream.news.codes[0]
    done = finews("scrapy", "crawl", "newsshare", "-a", f"links=http://example.com/x,NW{code}", code=2)
    assert "'http://example.com/x' is not an article" in done.stderr
    assert finews.article(code)


def test_an_article_that_is_gone_fails_and_the_feed_tries_it_again(finews, upstream):
    done = finews("scrapy", "crawl", "newsshare", "-a", f"links=NW{ONE}", code=1)
    assert f"NW{ONE} is gone" in done.stderr
    assert finews.summary().failed == {"newsshare": 1}
    upstream.reset_counts()
    finews("run", "--channels", "快讯101", code=1)
    assert sum(ONE in path for _, path in upstream.log) == 3


@pytest.mark.parametrize("argument", ["bogus=1", "links=foo"])
def test_a_wrong_argument_is_one_line(finews, argument):
    done = finews("scrapy", "crawl", "newsshare", "-a", argument, "-L", "ERROR", code=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("finews: ")
