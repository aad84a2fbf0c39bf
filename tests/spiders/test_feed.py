"""The feed spider, run as users run it, against the sample upstream."""

import json
import re

import pytest

from tests.misbehave import MisbehavingUpstream
from tests.running import withhold


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=60, seed=3) as upstream:
        yield upstream


def asked_texts(upstream):
    return [path for kind, path in upstream.log if kind == "text"]


def test_a_first_tick_stores_every_listed_article_once(finews, upstream):
    finews("run")
    texts = asked_texts(upstream)
    assert len(texts) == len(set(texts)) > 0
    summary = finews.summary()
    assert summary.articles == len(texts)
    assert summary.pending == 0
    assert len(finews.posts()) == summary.articles - summary.duplicates
    assert all(b'title: ""' not in post and b"date:  " not in post for post in finews.posts().values())


def test_an_article_belongs_to_the_first_channel_of_the_file_that_lists_it(finews, upstream):
    upstream.misbehave("type=102", "503", times=1, seconds=1)
    finews("run")
    rolled = {upstream.news.codes[number] for number in range(0, 60, 2)} - {upstream.news.codes[10]}
    assert rolled <= {name[11:-3] for name in finews.posts()}, "滚动新闻 stands first, though others answered before it"


def test_an_unchanged_upstream_needs_only_requests_for_lists_and_changes_no_byte(finews, upstream):
    finews("run")
    lists = [path for kind, path in upstream.log if kind == "list"]
    before = finews.state()
    upstream.reset_counts()
    finews("run")
    assert upstream.requests["text"] == upstream.requests["article"] == 0
    assert upstream.requests["list"] <= len(lists)
    assert finews.state() == before


def test_a_tick_requests_the_lists_and_what_is_new_or_revised(finews, upstream):
    finews("run")
    upstream.reset_counts()
    upstream.advance(new=4, revised=3)
    finews("run")
    assert upstream.requests["text"] == 7
    assert upstream.requests["article"] == upstream.requests["page"] == 0
    assert finews.summary().revisions == 3
    upstream.reset_counts()
    finews("run")
    assert upstream.requests["text"] == 0


def test_the_record_of_a_run_counts_the_stories_that_readers_see(finews):
    finews("run")
    (run,) = finews.ask(lambda store: store.runs(1))
    seen = set(re.findall(rb'^story: "(.+)"$', b"\n".join(finews.posts().values()), re.MULTILINE))
    assert run["duplicates"] > 0
    assert run["stories"] == finews.summary().stories == len(seen) > 0


def test_a_list_gets_a_conditional_request_when_the_last_run_completed_it(finews, upstream):
    finews("run")
    finews("run")
    (run,) = finews.ask(lambda store: store.runs(1))
    assert run["stats"]["finews/lists/not_modified"] >= 1


def last_run(finews):
    (run,) = finews.ask(lambda store: store.runs(1))
    return run


def test_a_304_to_an_unconditional_request_is_a_failed_list_until_there_are_rows(finews, upstream):
    upstream.misbehave("type=102", "304")
    for _ in range(2):
        done = finews("run", code=1, LOG_LEVEL="WARNING")
        message = r"channel 滚动新闻 failed: http://\S+type=102\S* HTTP 304, though the request was not conditional"
        assert len(re.findall(message, done.stderr)) == 1
        run = last_run(finews)
        assert run["channels"]["滚动新闻"]["failed"] == "http_304"
        assert (run["lists_failed"], run["failures"]) == (1, {"http_304": 1})
    upstream.misbehave("type=102", "ok")
    finews("run")
    assert finews.summary().today["滚动新闻"] == 30


def test_a_304_to_a_second_page_is_a_failed_list(finews, upstream):
    upstream.misbehave("page_index=2", "304")
    channels = one_channel(finews, upstream, "columns", 5)
    finews("run", code=1, FINEWS_CHANNELS=channels)
    assert last_run(finews)["failures"] == {"http_304": 1}
    finews("run", code=1, FINEWS_CHANNELS=channels)  # not caught up yet, so the request isn't conditional
    assert last_run(finews)["failures"] == {"http_304": 1}


def test_a_channel_can_disable_conditional_requests(finews, upstream):
    channels = finews.folder / "channels.toml"
    text = channels.read_text("utf-8")
    finews("run")
    channels.write_text(text.replace('layout = "', 'conditional = false\nlayout = "'), encoding="utf-8")
    finews("run")
    assert "finews/lists/not_modified" not in last_run(finews)["stats"]
    channels.write_text(text, encoding="utf-8")
    finews("run")
    assert last_run(finews)["stats"]["finews/lists/not_modified"] >= 1


ADVERT = {"infoCode": "", "id": "88", "title": "理财节来了", "url_w": "https://acttg.eastmoney.com/pub/web_app"}


def rolling(*rows):
    return json.dumps({"records": rows}).encode()


def test_an_advertisement_is_counted_and_the_run_does_not_fail(finews, upstream):
    codes = upstream.news.codes[:3]
    upstream.answers("type=102", rolling(*({"infoCode": f"NW{code}", "title": "茶"} for code in codes), ADVERT))
    finews("run", "--channels", "滚动新闻")
    assert last_run(finews)["stats"]["finews/lists/rows_without_article"] == 1
    assert last_run(finews)["channels"]["滚动新闻"]["missing"]["code"] == 1
    assert finews.summary().articles == 3
    finews("run", "--channels", "滚动新闻")
    assert last_run(finews)["stats"]["finews/lists/not_modified"] == 1


def test_a_list_whose_rows_have_all_lost_their_code_is_a_failed_one(finews, upstream):
    upstream.answers("type=102", rolling(*[ADVERT] * 5))
    done = finews("run", "--channels", "滚动新闻", code=1, LOG_LEVEL="WARNING")
    assert "none of its 5 rows names an article" in done.stderr
    assert last_run(finews)["channels"]["滚动新闻"]["failed"] == "answer"


def test_a_row_that_cannot_be_read_fails_each_run_until_it_can(finews, upstream):
    good = {"infoCode": f"NW{upstream.news.codes[0]}", "title": "茶"}
    upstream.answers("type=102", rolling(good, {"infoCode": "?", "title": "x"}))
    for _ in range(2):  # the request isn't conditional: a 304 would hide the row
        finews("run", "--channels", "滚动新闻", code=1)
        assert last_run(finews)["stats"]["finews/lists/rows_unreadable"] == 1


def test_every_channel_that_lists_an_article_is_known(finews, upstream):
    finews("run")
    codes = [re.search(r"id=NW(\d+)", path)[1] for path in asked_texts(upstream)]
    channels = [set(finews.article(code).listings) for code in codes]
    assert any(len(names) > 1 for names in channels)
    assert all(channels)


def test_when_the_first_text_source_fails_the_next_is_requested(finews, upstream):
    upstream.misbehave("text", "404")
    finews("run")
    assert upstream.requests["article"] == finews.summary().articles > 0


@pytest.mark.parametrize("behaviour", ["500", "cut", "null", "reset"])
def test_an_article_that_no_source_gives_is_tried_again(finews, upstream, behaviour):
    withhold(upstream, behaviour)
    finews("run", code=1, RETRY_TIMES="0", FINEWS_CHANNELS=one_channel(finews, upstream))
    failed = finews.summary().failed
    assert sum(failed.values()) > 0
    assert finews.posts() == {}
    withhold(upstream, "ok")
    finews("run", FINEWS_CHANNELS=one_channel(finews, upstream))
    summary = finews.summary()
    assert summary.articles == sum(failed.values())
    assert summary.failed == {}


def test_a_list_that_cannot_be_read_is_named_and_the_others_are_read(finews, upstream):
    upstream.misbehave(r"type=102", "html")
    done = finews("run", code=1, LOG_LEVEL="WARNING")
    assert re.search(r"channel 滚动新闻 failed: http://127\S+type=102\S* .*begins b'<", done.stderr)
    assert "Traceback" not in done.stderr
    assert finews.posts()
    status = finews("status").stdout
    assert "1 in a row" in status


def test_a_failed_article_is_requested_again_even_when_no_list_names_it_any_more(finews, upstream):
    withhold(upstream, "404")
    finews("run", "--channels", "市场新闻37", code=1)
    withhold(upstream, "ok")
    upstream.advance(new=500)
    lost = sum(finews.summary().failed.values())
    finews("run", "--channels", "市场新闻37")
    assert lost > 0
    assert finews.summary().failed == {}


def test_pages_are_read_until_nothing_is_new(finews, upstream):
    finews(
        "run", "--channels", "全球直播", "--pages", "50", FINEWS_CHANNELS=one_channel(finews, upstream, "fastnews", 5)
    )
    deep = upstream.requests["list"]
    assert deep > 2
    upstream.reset_counts()
    finews(
        "run", "--channels", "全球直播", "--pages", "50", FINEWS_CHANNELS=one_channel(finews, upstream, "fastnews", 5)
    )
    assert upstream.requests["list"] == 1


def one_channel(finews, upstream, kind="webapi-roll", count=20):
    """Write a channels file with the one channel of *kind*, and return its path."""
    tables = upstream.channels_toml().split("[[channel]]")[1:]
    table = next(table for table in tables if f'kind = "{kind}"' in table)
    path = finews.folder / "one.toml"
    path.write_text("[[channel]]" + re.sub(r"count = \d+", f"count = {count}", table), encoding="utf-8")
    return str(path)
