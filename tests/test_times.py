from datetime import timedelta

import pytest

from finews_spider.errors import ConfigError
from finews_spider.times import duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("100d", timedelta(days=100)),
    ],
)
def test_a_duration_as_people_write_it(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "0s", "0h00m", "1.5h", "5min", "５m", "1m\n", "9999999d"])
def test_a_text_that_is_no_duration_is_refused(text):
    with pytest.raises(ConfigError, match="not a valid duration"):
        duration(text)
