"""What a run learns of a channel: rows, texts, and how long it is silent."""

from datetime import datetime, timedelta

from finews_spider.items import ArticleRef, ListPage
from finews_spider.stats.channels import ChannelFigures, with_silence
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI

NOW = datetime(2026, 3, 3, 12, tzinfo=SHANGHAI)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def rows(*times):
    return ListPage([ArticleRef(code=str(number), title="题", time=time) for number, time in enumerate(times)])


def test_rows_texts_and_what_is_missing():
    figures = ChannelFigures()
    page = rows(NOW, None)
    page.refs.append(ArticleRef(code="3", title="题", time=NOW, media="报"))
    page.problems += ["row 3 names no article", "row 4 names no article"]
    figures.add_page(page, None, NOW)
    for body in ("<p>一二 三</p>", "<p>一</p>", "<b>一二三四五</b>"):
        figures.add_article(body, is_new=body != "<p>一</p>")
    missing = {"code": 2, "time": 1, "media": 2, "digest": 3, "url": 3}
    assert figures.record() == {"rows": 5, "new": 2, "missing": missing, "texts": 3, "text_median": 3}


def test_a_text_of_only_angle_brackets_takes_little_time():
    figures = ChannelFigures()
    figures.add_article("<" * 8_000_000, is_new=True)
    assert figures.lengths == [8_000_000]


def test_the_newest_and_the_gap_before_it():
    figures = ChannelFigures()
    assert figures.add_page(rows(NOW - HOUR, NOW - 3 * HOUR), None, NOW) == NOW - HOUR
    assert figures.gap is None
    assert figures.add_page(rows(NOW - MINUTE, NOW - 20 * MINUTE, NOW - HOUR), NOW - HOUR, NOW) == NOW - MINUTE
    assert figures.gap == 40 * MINUTE


def test_a_row_of_the_far_future_is_not_the_newest():
    figures, future = ChannelFigures(), NOW + timedelta(days=900)
    assert figures.add_page(rows(future, NOW - HOUR), None, NOW) == NOW - HOUR
    assert figures.add_page(rows(NOW), future, NOW) == NOW  # an earlier version accepted it
    assert figures.gap is None


def watch(state, step, gap=None):
    now = (state.succeeded_at or NOW) + step
    state = with_silence(state, gap, now)
    state.succeeded_at = now
    return state


def test_silence_is_the_time_between_runs_that_find_nothing():
    state = watch(ChannelState("要闻"), HOUR)
    for _ in range(12):
        state = watch(state, 5 * MINUTE)
    assert (state.watched, state.silent, state.longest_silence) == (3600, 3600, 0)
    state = watch(state, 5 * MINUTE, 62 * MINUTE)
    assert (state.watched, state.silent, state.longest_silence) == (3900, 0, 62 * 60)
    state = watch(state, 5 * MINUTE, MINUTE)
    assert state.longest_silence == 62 * 60


def test_a_pause_between_our_runs_is_not_silence_of_the_channel():
    state = watch(ChannelState("要闻", succeeded_at=NOW), timedelta(days=30), 5 * MINUTE)
    assert (state.watched, state.longest_silence) == (86400, 300)


def test_a_gap_in_the_showtimes_during_our_pause_does_not_count():
    state = watch(ChannelState("要闻", succeeded_at=NOW), 5 * MINUTE, timedelta(days=2000))
    assert state.longest_silence == 300
