"""How far a channel's list was read, and the state that the next run begins with."""

from collections import defaultdict
from datetime import datetime

import pytest
from scrapy.http import Response

from finews_spider.config.channels import Channel
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef, ListPage
from finews_spider.spiders.channel_poll import ChannelPoll
from finews_spider.stats.channels import ChannelFigures
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI

NOW = datetime(2026, 9, 1, 12, tzinfo=SHANGHAI)
CHANNEL = Channel(name="甲", kind="columns", url="https://a.example/?page={page}", pages=3)
ANSWER = Response("https://a.example/?page=1", headers={"ETag": '"1"'})
ROWS = [ArticleRef(code="202609010000000001", title="题", time=NOW)]


def poll(*, complete=True, reads_all=False, validators=None):
    state = ChannelState("甲", complete=complete, failures=2, error="HTTP 500", validators=validators or {})
    return ChannelPoll(CHANNEL, state, defaultdict(ChannelFigures), NOW, most_pages=3, reads_all=reads_all)


@pytest.mark.parametrize("behind", [False, True])
def test_a_list_that_was_read_is_complete_unless_an_article_of_it_is_outstanding(behind):
    each = poll()
    assert each.is_reading
    each.record_page(1, ListPage(ROWS), ANSWER)
    each.finish()
    assert not each.is_reading
    state = each.final_state(is_behind=behind)
    assert (state.complete, state.failures, state.error, state.succeeded_at) == (not behind, 0, "", NOW)
    assert (state.newest, state.validators) == (NOW, {"https://a.example/?page=1": {"If-None-Match": '"1"'}})


def test_a_list_that_failed_counts_its_failures():
    each = poll()
    each.fail("HTTP 404", "http_404")
    assert not each.is_reading
    state = each.final_state(is_behind=False)
    assert (state.complete, state.failures, state.error, state.succeeded_at) == (False, 3, "HTTP 404", None)


def test_a_list_that_a_stopped_crawl_did_not_read_is_as_before_but_incomplete():
    state = poll().final_state(is_behind=False)
    assert (state.complete, state.failures, state.error, state.asked_at) == (False, 2, "HTTP 500", NOW)


def test_only_a_channel_that_the_last_run_completed_gets_a_conditional_request():
    validators = {"https://a.example/?page=1": {"If-None-Match": '"1"'}}
    assert poll(validators=validators).conditional_headers() == {"If-None-Match": '"1"'}
    assert poll(validators=validators, complete=False).conditional_headers() == {}
    assert poll(validators=validators, reads_all=True).conditional_headers() == {}


@pytest.mark.parametrize(
    ("page", "unseen", "new", "complete", "goes_on"),
    [
        (1, True, True, True, True),
        (1, True, False, True, False),  # nothing new, and the last run read the pages after it
        (1, True, False, False, True),
        (1, False, False, False, False),  # it repeats the page before
        (3, True, True, True, False),  # the last page that may be requested
    ],
)
def test_pages_are_read_while_they_bring_something(page, unseen, new, complete, goes_on):
    each = poll(complete=complete)
    assert each.has_next_page(page, ListPage(ROWS), any_unseen=unseen, any_new=new) == goes_on


def test_a_row_of_an_earlier_page_is_not_seen_again():
    each = poll()
    assert [ref.channel for ref in each.unseen(ROWS)] == ["甲"]
    assert each.unseen(ROWS) == []


@pytest.mark.parametrize("written", ["http://[x/", "javascript:alert(1)", "ftp://a.example/2"])
def test_a_next_page_that_is_no_url_is_an_error_of_the_list(written):
    with pytest.raises(SourceError, match="is no http URL"):
        poll().next_url(1, ListPage(ROWS, next=written), ANSWER)


def test_the_next_page_is_relative_to_the_page():
    assert poll().next_url(1, ListPage(ROWS, next="/b?page=2"), ANSWER) == "https://a.example/b?page=2"
