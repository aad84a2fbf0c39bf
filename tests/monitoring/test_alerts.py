"""When something is told, and to whom."""

import pytest

from finews_spider.config.notifiers import Targets
from finews_spider.errors import ConfigError
from finews_spider.monitoring.alerts import notice, told_after
from finews_spider.monitoring.checks import Alarm

SILENT, SHORT = Alarm("channel_silent", "要闻", "要闻 is silent"), Alarm("text_short", "要闻", "要闻 is short")


def follow(*runs):
    """Return what is told in each of *runs*, which are the alarms of one after the other."""
    earlier, said = [], []
    for alarms in runs:
        now = notice(alarms, earlier, "news.example")
        told = told_after(earlier[0]["told"] if earlier else [], now)
        earlier.insert(0, {"alarms": alarms, "told": told})
        said.append(now and now.title.partition(": ")[2])
    return said


def test_it_is_told_when_a_run_turns_bad_when_more_is_and_when_all_is_well():
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


def test_an_alarm_that_comes_and_goes_is_told_once():
    flapping = [[SILENT], [], []] * 5
    assert follow(*flapping) == ["要闻 is silent", *[None] * 14]
    assert follow(*flapping, [], [SILENT])[-2:] == ["all is well again", "要闻 is silent"]


def test_a_notice_names_what_is_new_first():
    said = notice([SHORT, SILENT], [{"told": [SHORT.key]}], "news.example")
    assert said.text == "finews news.example: 要闻 is silent\n- 要闻 is silent\n- 要闻 is short"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SPIDERMON_SLACK_SENDER_TOKEN": "x"}, "SPIDERMON_SLACK_RECIPIENTS is empty"),
        ({"SPIDERMON_TELEGRAM_RECIPIENTS": "1"}, "SPIDERMON_TELEGRAM_SENDER_TOKEN is empty"),
        ({"SPIDERMON_SMTP_HOST": "h", "SPIDERMON_EMAIL_TO": "a"}, "SPIDERMON_EMAIL_SENDER is empty"),
        ({"SPIDERMON_SMTP_PORT": "smtp"}, "SPIDERMON_SMTP_PORT is no number"),
        ({"FINEWS_NOTIFY_WEBHOOK": "hooks.example/geheim"}, "FINEWS_NOTIFY_WEBHOOK is no http or https URL"),
    ],
)
def test_a_half_configured_notifier_is_said_without_its_secret(settings, said):
    with pytest.raises(ConfigError, match=said) as error:
        Targets.from_settings(settings)
    assert "geheim" not in str(error.value)


def test_nobody_is_told_unless_configured():
    from finews_spider.monitoring.notifiers import actions

    assert actions(Targets.from_settings({"SPIDERMON_SLACK_SENDER_NAME": "finews"})) == []
