"""When an alert is sent, and what it says."""

from finews_spider.monitoring.alerts import LONGEST, next_alert, notified_after
from finews_spider.monitoring.checks import Alarm

SILENT, SHORT = Alarm("channel_silent", "要闻", "要闻 is silent"), Alarm("text_short", "要闻", "要闻 is short")


def follow(*runs):
    """Return the alert of each of *runs*, which are given by their alarms, one after the other."""
    earlier, notified, titles = [], [], []
    for alarms in runs:
        alert = next_alert(alarms, notified, earlier, "news.example")
        notified = notified_after(notified, alert)
        earlier.insert(0, {"alarms": alarms})
        titles.append(alert and alert.title.partition(": ")[2])
    return titles


def test_an_alert_comes_when_a_run_turns_bad_when_an_alarm_joins_and_when_all_is_well():
    assert follow([], [SILENT], [SILENT], [SILENT, SHORT], [SHORT], [SHORT], [], [], [], []) == [
        None,
        "要闻 is silent",
        None,
        "要闻 is short",
        None,
        None,
        None,
        None,
        "all is well again",
        None,
    ]


def test_an_alarm_that_comes_and_goes_is_reported_once():
    flapping = [[SILENT], [], []] * 5
    assert follow(*flapping) == ["要闻 is silent", *[None] * 14]
    assert follow(*flapping, [], [SILENT])[-2:] == ["all is well again", "要闻 is silent"]


def test_an_alert_names_what_is_new_first():
    alert = next_alert([SHORT, SILENT], [SHORT.key], [], "news.example")
    assert alert.title == "finews news.example: 要闻 is silent"
    assert alert.lines() == ["要闻 is silent", "要闻 is short"]


def test_an_alert_of_many_alarms_is_short_enough_for_every_service():
    alert = next_alert([Alarm("channel_failing", str(n), f"频道 {n}" * 20) for n in range(30)], [], [], "news.example")
    *lines, last = alert.lines()
    assert 3 < len(lines) < 30
    assert last == f"and {30 - len(lines)} more: see finews status"
    assert len("\n- ".join([alert.title, *lines, last]).encode()) < LONGEST + 48  # WeCom's 2048


def test_one_alarm_is_always_in_its_alert():
    assert next_alert([Alarm("x", "", "长" * 1000)], [], [], "news.example").lines() == ["长" * 1000]
