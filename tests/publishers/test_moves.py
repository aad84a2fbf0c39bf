"""Articles of other publishers on their way into other stores, through a cluster, and onto the site."""

from collections import Counter
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.browsing import build
from tests.publishers.conftest import first_run, sample, with_publishers
from tests.publishers.expected import articles
from tests.publishers.test_crawl import texts
from tests.running import Runner, wait_for


@pytest.fixture
def other_url(tmp_path, mongodb_url):
    """Return the URL of an empty MongoDB store."""
    return urlsplit(mongodb_url)._replace(path=f"/finews-test-{uuid4().hex[:12]}").geturl()


@pytest.fixture
def few():
    """Return a sample with few articles: FerretDB takes longer with every document there is."""
    with sample(5) as upstream:
        yield upstream


def marks(finews, upstream):
    """Return what of each article is marked, and that it is stored."""
    found = {each.code: finews.article(each.code) for each in articles(upstream)}
    return {code: (article.partial, article.extracted, article.text_hash) for code, article in found.items()}


@pytest.mark.parametrize("kind", ["sqlite", "mongodb"])
def test_an_exported_mirror_gives_the_same_posts_from_an_empty_store(tmp_path, few, kind, request):
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = first_run(Runner(tmp_path / "old", few), few)
    store = {} if kind == "sqlite" else {"store": request.getfixturevalue("mongodb_url")}
    new = with_publishers(Runner(tmp_path / "new", few, **store), few)
    done = new("import", str(old.mirror))
    assert f"imported {len(old.posts())}, stored already 0, unreadable 0" in done.stdout
    new("export")
    assert new.posts() == old.posts()
    few.reset_counts()
    new("run")
    assert not texts(few), "what was imported isn't fetched again"
    assert new.posts() == old.posts()
    assert new.summary().revisions == 0


def test_a_backup_keeps_the_marks_from_either_store_into_the_other(tmp_path, few, mongodb_url):
    first = first_run(Runner(tmp_path, few), few)
    before = marks(first, few)
    assert {partial for partial, *_ in before.values()} == {True, False}
    assert {extracted for _, extracted, _ in before.values()} == {True, False}
    first("backup", "one.backup")
    second = with_publishers(Runner(tmp_path, few, store=mongodb_url), few)
    second("restore", "one.backup")
    assert marks(second, few) == before
    second("backup", "two.backup")
    third = with_publishers(Runner(tmp_path, few, store=f"sqlite:///{tmp_path}/third.db"), few)
    third("restore", "two.backup")
    assert marks(third, few) == before
    few.reset_counts()
    third("run")
    assert not texts(few)


@pytest.mark.parametrize("kind", ["sqlite", "mongodb"])
def test_two_workers_share_the_articles_of_all_publishers(tmp_path, redis_url, kind, request):
    store = {} if kind == "sqlite" else {"store": request.getfixturevalue("mongodb_url")}
    with sample(12 if kind == "sqlite" else 5) as upstream:
        finews = with_publishers(Runner(tmp_path, upstream, FINEWS_CLUSTER=redis_url, **store), upstream)
        upstream.delay = 0.3
        first = finews.start("scrapy", "crawl", "feed")
        wait_for(lambda: upstream.requests["list"])
        second = finews.start("scrapy", "crawl", "feed")
        wait_for(lambda: len(texts(upstream)) > 3)
        upstream.delay = 0.02
        for worker in (first, second):
            _, err = worker.communicate(timeout=120)
            assert worker.returncode == 0, err
        assert set(texts(upstream).values()) == {1}
        for each in articles(upstream):
            article = finews.article(each.code)
            assert article, each
            assert each.has_text(article.body), each
            assert article.partial == each.is_partial, each


def test_the_site_has_a_page_for_each(tmp_path, finews, upstream):
    finews("site", "init", "mirror")
    finews("run")
    built = build(finews.mirror, tmp_path / "site")
    pages = Counter(path.stem for path in built.rglob("20??/??/??/*.html"))
    assert pages == Counter(name[11:-3] for name in finews.posts())
    assert {f"{name}-2690005" for name in ("wscn-live", "cls", "sina", "gelonghui")} <= pages.keys()
    (page,) = built.rglob("wscn-3690004.html")
    text = page.read_text("utf-8")
    assert "https://wallstreetcn.com/premium/articles/3690004" in text
    assert "本文不完整" in text
