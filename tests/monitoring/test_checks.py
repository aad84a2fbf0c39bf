"""Each check by itself, with given records of runs and states of channels."""

from datetime import datetime, timedelta

import pytest

from finews_spider.monitoring import checks
from finews_spider.monitoring.checks import HISTORY, CheckInput, run_checks
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI

NOW = datetime(2026, 3, 3, 12, tzinfo=SHANGHAI)
HOUR, DAY = 3600.0, 86400.0
NEWS = "要闻 2/3"


def run(number=0, **figures):
    """Return the record of the run *number* ticks ago."""
    plain = {"new": 3, "revised": 0, "failed": 0, "lists_failed": 0, "failures": {}, "alarms": [], "pending": 0}
    began = (NOW - timedelta(minutes=5 * number)).isoformat()
    return {
        "started_at": began,
        "channels": {NEWS: {"rows": 20, "new": 3}},
        "export": {"written": 3},
        **plain,
        **figures,
    }


def channel(**figures):
    return {"channels": {NEWS: figures}}


def alarms(check, now, *earlier, **state):
    states = {NEWS: ChannelState(NEWS, **state)}
    return list(check(CheckInput(now, earlier, [NEWS], states, feeds=[NEWS])))


def past(count=10, **figures):
    return [run(number, **figures) for number in range(1, count + 1)]


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_a_first_run_and_a_good_one_are_not_bad(check):
    now = run(
        **channel(rows=20, new=20, missing={"media": 20}, texts=20, text_median=3), failed=9, failures={"timeout": 9}
    )
    assert list(check(CheckInput(now, (), [NEWS], {}))) == []
    assert alarms(check, run(), *past(), watched=30 * DAY, silent=HOUR, longest_silence=2 * DAY) == []


@pytest.mark.parametrize(
    ("watched", "silent", "longest", "is_bad"),
    [
        (30 * DAY, 2 * HOUR, 0.5 * HOUR, True),
        (30 * DAY, 1.7 * HOUR, 0.5 * HOUR, False),
        (30 * DAY, 62 * HOUR, 60 * HOUR, False),  # a weekend, and last week's
        (30 * DAY, 92 * HOUR, 60 * HOUR, True),
        (6 * DAY, 60 * HOUR, 10 * HOUR, False),  # the first weekend
    ],
)
def test_a_channel_is_silent_for_longer_than_ever_before(watched, silent, longest, is_bad):
    found = alarms(checks.channel_silent, run(), watched=watched, silent=silent, longest_silence=longest)
    assert [alarm.channel for alarm in found] == [NEWS] * is_bad
    assert all(alarm.text.startswith(f"channel {NEWS} has been silent for") for alarm in found)


def test_the_owner_sets_how_long_a_channel_may_be_silent():
    states = {NEWS: ChannelState(NEWS, watched=30 * DAY, silent=5 * HOUR, longest_silence=2 * HOUR)}
    assert list(checks.channel_silent(CheckInput(run(), (), [NEWS], states)))
    assert not list(checks.channel_silent(CheckInput(run(), (), [NEWS], states, silence=4)))


@pytest.mark.parametrize(
    ("age", "state", "is_bad"),
    [
        (31, {}, True),
        (542, {"watched": 6 * DAY, "silent": 6 * DAY}, True),
        (29, {}, False),
        (31, {"watched": 7 * DAY, "silent": 7 * DAY}, False),  # its silence is checked from now on
        (31, {"watched": 3 * DAY, "longest_silence": 2 * DAY}, False),  # it had new articles since
    ],
)
def test_a_new_feed_lists_old_articles_only(age, state, is_bad):
    found = alarms(checks.channel_stale, run(), newest=NOW - timedelta(days=age), **state)
    assert [alarm.channel for alarm in found] == [NEWS] * is_bad
    assert all(f"its newest article is of {NOW - timedelta(days=age):%Y-%m-%d}" in alarm.text for alarm in found)
    assert alarms(checks.channel_stale, run(), **state) == []  # its rows have no times


def test_a_channel_that_is_disabled_or_was_never_polled_raises_no_alarm():
    states = {"关": ChannelState("关", failures=99, watched=30 * DAY, silent=30 * DAY)}
    facts = CheckInput(run(), past(), [NEWS], states)
    assert [list(check(facts)) for check in checks.CHECKS] == [[]] * len(checks.CHECKS)


def test_a_channel_that_cannot_be_read_for_some_time():
    an_hour_ago = NOW - timedelta(hours=1)
    (alarm,) = alarms(checks.channel_failing, run(), failures=6, succeeded_at=an_hour_ago, error="HTTP 403")
    assert alarm.text == f"channel {NEWS} couldn't be read 6 times in a row, last 60 min ago: HTTP 403"
    assert not alarms(checks.channel_failing, run(), failures=5, succeeded_at=an_hour_ago)
    assert not alarms(checks.channel_failing, run(), failures=6, succeeded_at=NOW - timedelta(minutes=30))
    assert alarms(checks.channel_failing, run(), failures=6)


def test_all_channels_failed():
    failed = {"a": {"rows": 0, "failed": "timeout"}, "b": {"rows": 0, "failed": "http_403"}}
    (alarm,) = alarms(checks.channels_failed, run(channels=failed, lists_failed=2))
    assert alarm.text == "none of the 2 polled channels could be read: http_403, timeout"
    assert not alarms(checks.channels_failed, run(channels=failed | {"c": {"rows": 0}}, lists_failed=2))
    assert not alarms(checks.channels_failed, run(channels={}))


def test_a_store_that_failed():
    (alarm,) = alarms(checks.store_failed, run(stats={"finews/store_failed": "it is full"}))
    assert (alarm.key, alarm.text) == ("store_failed::", "it is full")


def test_fields_that_went_missing():
    now = run(**channel(rows=20, missing={"title": 15, "media": 20}))
    (alarm,) = alarms(checks.fields_missing, now, *past(**channel(rows=20, missing={"title": 2, "media": 20})))
    assert alarm.text == f"channel {NEWS}: 15 of 20 rows lack title; before, 10% did"
    assert (alarm.channel, alarm.field) == (NEWS, "title")


@pytest.mark.parametrize(
    ("now", "earlier"),
    [
        (channel(rows=4, missing={"title": 4}), past()),  # few rows
        (channel(rows=20, missing={"title": 20}), past(2)),  # no history
        (channel(rows=20, missing={"title": 9}), past()),  # not many more
    ],
)
def test_fields_that_may_be_missing(now, earlier):
    assert not alarms(checks.fields_missing, run(**now), *earlier)


def alarmed(count, monitor, field="", **figures):
    alarm = {"monitor": monitor, "channel": NEWS, "field": field, "text": "", "key": f"{monitor}:{NEWS}:{field}"}
    return past(count, alarms=[alarm], **figures)


def test_a_broken_state_counts_as_normal_only_after_a_day():
    broken = channel(rows=20, missing={"title": 20})
    bad = alarmed(HISTORY - 20, "fields_missing", "title", **broken)
    assert alarms(checks.fields_missing, run(**broken), *bad, *past())
    assert not alarms(checks.fields_missing, run(**broken), *alarmed(HISTORY, "fields_missing", "title", **broken))


@pytest.mark.parametrize("monitor", [checks.fields_missing, checks.text_short])
def test_an_alarm_stays_while_nothing_is_learned_of_the_channel(monitor):
    (alarm,) = alarms(monitor, run(**channel(rows=0)), *alarmed(1, monitor.__name__, "title"))
    assert alarm.key == f"{monitor.__name__}:{NEWS}:title"
    assert not alarms(monitor, run(**channel(rows=0)), *past())


def test_more_fails_than_before():
    failing = {"failed": 8, "failures": {"http_404": 5, "timeout": 3}}
    (alarm,) = alarms(checks.failures_rising, run(**failing), *past())
    assert alarm.text == "8 of 12 articles and lists failed (5 http_404, 3 timeout); before, 0% did"
    assert not alarms(checks.failures_rising, run(failed=4, failures={"timeout": 4}), *past())  # few
    assert not alarms(
        checks.failures_rising,
        run(
            **failing,
        ),
        *past(failed=3),
    )  # as ever
    assert not alarms(checks.failures_rising, run(new=100, failed=8), *past())  # among many


def test_texts_that_became_short():
    usual = channel(rows=20, texts=4, text_median=1000)
    (alarm,) = alarms(checks.text_short, run(**channel(rows=20, texts=5, text_median=399)), *past(**usual))
    assert alarm.text == f"channel {NEWS}: its texts have 399 characters; before, they had 1000"
    assert not alarms(checks.text_short, run(**channel(rows=20, texts=5, text_median=401)), *past(**usual))
    assert not alarms(checks.text_short, run(**channel(rows=20, texts=5, text_median=1)), *past(2, **usual))


def test_few_texts_are_checked_together_with_earlier_ones():
    one = channel(rows=20, texts=1, text_median=50)
    usual = [run(number, **channel(rows=20, texts=4, text_median=1000)) for number in range(5, 15)]
    assert not alarms(checks.text_short, run(**one), run(1, **one), *usual)
    assert alarms(checks.text_short, run(**one), *(run(number, **one) for number in range(1, 5)), *usual)


WAITING = {"pending": 7, "export": {"written": 0, "error": "the disk is full"}}


def test_nothing_is_exported():
    (alarm,) = alarms(checks.nothing_exported, run(**WAITING), *past(2, **WAITING), *past())
    assert alarm.text == "7 posts wait for export, and none was written in 3 runs: the disk is full"
    assert not alarms(checks.nothing_exported, run(**WAITING), *past(1, **WAITING), *past()[1:])
    assert not alarms(checks.nothing_exported, run(pending=7), *past(5, **WAITING))
    assert not alarms(checks.nothing_exported, run(), *past(5, **WAITING))


def test_an_export_that_is_left_to_others_may_take_a_day():
    waiting = {"pending": 7, "export": None}
    assert not alarms(checks.nothing_exported, run(**waiting), *past(200, **waiting))
    assert alarms(checks.nothing_exported, run(**waiting), *past(288, **waiting))
    fewer = [*past(100, **waiting), *(run(number, pending=9, export=None) for number in range(101, 290))]
    assert not alarms(checks.nothing_exported, run(**waiting), *fewer)


def test_a_check_that_fails_is_an_error_in_the_log_and_the_others_run(caplog):
    broken = run(started_at=None, pending=1, export=None, stats={"finews/store_failed": "it is full"})
    alarms = run_checks(CheckInput(broken, (), [], {}))
    assert [alarm.monitor for alarm in alarms] == ["store_failed"]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("the check nothing_exported failed: an error of finews itself, TypeError at checks.py")
