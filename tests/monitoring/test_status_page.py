"""The data of the mirror's status page, which is only written when a reader sees a difference."""

import json
from datetime import datetime, timedelta

import pytest

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.monitoring import status_page as status
from finews_spider.monitoring.overview import Overview
from finews_spider.stores.records import ChannelState, Summary
from finews_spider.times import SHANGHAI
from tests.browsing import put

NOW = datetime(2026, 3, 3, 12, tzinfo=SHANGHAI)
TICK = timedelta(minutes=5)
EMPTY = Summary(articles=0, duplicates=0, stories=0, revisions=0, pending=0, today={}, failed={})


@pytest.fixture
def folder(tmp_path):
    put(tmp_path / status.PAGE, "")
    return MirrorFolder(tmp_path)


def overview(ticks=0, alarms=(), **state):
    now = NOW + ticks * TICK
    known = {"newest": NOW, "succeeded_at": now} | state
    states = {"要闻": ChannelState("要闻", **known), "关": ChannelState("关", succeeded_at=NOW)}
    run = {"spider": "feed", "alarms": [{"monitor": monitor, "channel": "要闻"} for monitor in alarms]}
    return Overview(now, ["要闻", "新", "关"], ["要闻", "新"], states, EMPTY, [run])


def shown_channels(folder):
    return json.loads(folder.read(status.DATA))["channels"]


def test_the_page_shows_the_channels_that_are_enabled_or_were_polled(folder):
    assert status.write(folder, overview())
    when = "2026-03-03T12:00:00+08:00"
    assert shown_channels(folder) == [{"name": "要闻", "newest": when, "read": when, "trouble": ""}]


def test_a_tick_that_finds_nothing_writes_nothing(folder):
    status.write(folder, overview())
    before = folder.read(status.DATA)
    assert not any(status.write(folder, overview(ticks)) for ticks in range(1, 72))
    assert folder.read(status.DATA) == before
    assert status.write(folder, overview(72))  # six hours
    assert shown_channels(folder)[0]["read"] == "2026-03-03T18:00:00+08:00"


@pytest.mark.parametrize(
    ("news", "trouble"),
    [
        ({"newest": NOW + TICK}, ""),
        ({"failures": 3, "error": "\x1b<b>"}, "failing"),
        ({"alarms": ["channel_silent"]}, "silent"),
    ],
)
def test_news_and_trouble_are_written(folder, news, trouble):
    status.write(folder, overview())
    assert status.write(folder, overview(1, **news))
    assert shown_channels(folder)[0]["trouble"] == trouble
    assert "<b>" not in folder.read(status.DATA)
    assert status.write(folder, overview(2)) == bool(news)
    assert not status.write(folder, overview(3))


def test_one_failure_is_no_trouble(folder):
    status.write(folder, overview())
    assert not status.write(folder, overview(1, failures=1))
    assert not status.write(folder, overview(2, alarms=["text_short"]))


def test_without_the_site_nothing_is_written(tmp_path):
    assert not status.write(MirrorFolder(tmp_path), overview())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoiled", ["", "[]", "{", '{"written": "x", "channels": 1}', '{"written": null}'])
def test_a_damaged_file_is_written_again(folder, spoiled):
    put(folder.root / status.DATA, spoiled)
    assert status.write(folder, overview())
    assert shown_channels(folder)
