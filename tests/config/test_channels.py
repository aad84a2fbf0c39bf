import pytest

from finews_spider.config.channels import KINDS, choose, load_channels
from finews_spider.errors import ConfigError
from finews_spider.sources import LIST_PAGES, LIST_SOURCES

GOOD = '[[channel]]\nname = "甲"\nkind = "kuaixun"\nurl = "https://lists.example/{count}_{page}?{now}"\n'


def load(tmp_path, text):
    path = tmp_path / "channels.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_channels(path)


def test_the_shipped_channels_load_and_some_are_on():
    channels = load_channels()
    assert {channel.kind for channel in channels} <= set(KINDS)
    assert 0 < len(choose(channels, "")) < len(channels)


def test_every_kind_has_a_source():
    assert set(KINDS) == set(LIST_SOURCES | LIST_PAGES)


def test_defaults_and_urls(tmp_path):
    (channel,) = load(tmp_path, GOOD)
    assert (channel.count, channel.layout, channel.enabled, channel.pages) == (100, "media", True, 1)
    assert channel.list_url(page=3, now=7) == "https://lists.example/100_3?7"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[[channel]\n", "line 1", "]]"),
        (GOOD + "\n" + GOOD, "line 6", "second channel"),
        (GOOD.replace("kuaixun", "rss"), "line 1", "'rss' is no kind"),
        (GOOD.replace("{page}", "{pge}"), "line 1", "{pge} is no placeholder"),
        (GOOD.replace("https", "file"), "line 1", "no http"),
        (GOOD + "layout = 'wide'\n", "line 1", "'wide' is no layout"),
        (GOOD + "every = '15'\n", "line 1", "'15' is no length of time"),
        (GOOD + "every = 15\n", "line 1", "every = 15 should be str"),
        (GOOD + "count = '20'\n", "line 1", "should be a number"),
        (GOOD + "count = 0\n", "line 1", "1 or more"),
        (GOOD + "colour = 'red'\n", "line 1", "'colour'"),
        ("# first\n\n" + GOOD.replace('name = "甲"', ""), "line 3", "without 'name'"),
        (GOOD.replace("甲", "甲,乙"), "line 1", "comma"),
        (GOOD + "category = '../x'\n", "line 1", "URL"),
        ("", "channels.toml", "no [[channel]]"),
        (GOOD.encode("gb18030"), "line 2", "not UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, line, said):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert line in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_channels(tmp_path / "nowhere.toml")


def test_choosing(tmp_path):
    channels = load(tmp_path, GOOD + GOOD.replace("甲", "乙") + "enabled = false\n")
    assert [channel.name for channel in choose(channels, "")] == ["甲"]
    assert [channel.name for channel in choose(channels, " 乙, 甲,乙")] == ["乙", "甲"]
    with pytest.raises(ConfigError, match="丙"):
        choose(channels, "甲,丙")
