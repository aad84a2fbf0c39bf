"""Which articles wait, which are outstanding, and what travels with the request for one."""

from dataclasses import replace
from datetime import datetime

from finews_spider.items import Article, ArticleRef, Listing
from finews_spider.spiders.backlog import Backlog
from finews_spider.times import SHANGHAI

A, B, C = "202601020000000001", "202601020000000002", "202601020000000003"
TIME = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI)


def ref(code, channel="要闻"):
    return ArticleRef(code=code, channel=channel, title=f"{channel}题", time=TIME)


def test_of_several_channels_an_article_belongs_to_the_first_one_of_the_file():
    backlog = Backlog(["要闻", "股市"])
    backlog.enqueue([ref(A, "股市"), ref(A, "要闻"), ref(A, "股市")])
    assert [fetch.ref.channel for fetch in backlog.take()] == ["要闻"]


def test_an_article_is_requested_once():
    backlog = Backlog(["要闻"])
    backlog.enqueue([ref(A)])
    assert len(list(backlog.take())) == 1
    backlog.enqueue([ref(A)])
    backlog.settle(A)
    backlog.enqueue([ref(A)])
    assert not backlog.has_waiting
    assert backlog.requested == {A}
    assert not backlog.outstanding


def test_what_rows_say_travels_with_the_request_unless_it_was_made_before():
    backlog = Backlog(["要闻", "股市"])
    assert backlog.record_listings([ref(A, "股市"), ref(A, "要闻")]) == []
    (fetch,) = backlog.take()
    assert fetch.listings == {"要闻": Listing(TIME, "要闻题"), "股市": Listing(TIME, "股市题")}
    late = ref(A, "股市")
    assert backlog.record_listings([late]) == [late]


def test_no_more_articles_are_taken_than_the_limit_until_some_are_settled():
    backlog = Backlog(["要闻"])
    backlog.enqueue([ref(A), ref(B), ref(C)])
    assert [fetch.ref.code for fetch in backlog.take(2)] == [A, B]
    assert list(backlog.take(2)) == []
    backlog.settle(B)
    assert [fetch.ref.code for fetch in backlog.take(2)] == [C]
    assert [outstanding.code for outstanding in backlog.outstanding] == [A, C]


def test_a_link_is_as_far_away_as_where_it_was_found_first():
    backlog = Backlog([])
    backlog.enqueue([ref(A)])
    backlog.enqueue([ref(A), ref(B)], link_depth=2)
    assert [fetch.link_depth for fetch in backlog.take()] == [0, 2]


def test_a_row_with_the_text_replaces_what_is_stored_of_a_failed_article():
    backlog = Backlog(["要闻", "股市"])
    whole = replace(ref(A), make_article=lambda: Article(code=A))
    backlog.record_listings([ref(A)])
    backlog.record_listings([whole])
    backlog.record_listings([replace(whole, channel="股市"), ref(A)])
    (fetch,) = backlog.take()
    assert fetch.ref is whole
