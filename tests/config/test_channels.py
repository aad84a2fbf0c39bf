import re

import pytest

from finews_spider.config.channels import KINDS, choose, load_channels
from finews_spider.errors import ConfigError, SourceError
from finews_spider.sources import LIST_PAGES, LIST_SOURCES
from tests.running import Runner

GOOD = '[[channel]]\nname = "甲"\nkind = "kuaixun"\nurl = "https://lists.example/{count}_{page}?{now}"\n'
COLUMN = '[[channel]]\nname = "导读"\nkind = "columns"\ncolumn = 344\n'


def load(tmp_path, text):
    path = tmp_path / "channels.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_channels(path)


def test_the_shipped_channels_load_and_some_are_enabled():
    channels = load_channels()
    assert {channel.kind for channel in channels} <= set(KINDS)
    assert 0 < len(choose(channels, "")) < len(channels)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"json"}))  # tests/sources/test_json_list.py
def test_every_kind_has_a_source(kind):
    with pytest.raises(SourceError):
        LIST_SOURCES[kind](b"") if kind in LIST_SOURCES else LIST_PAGES[kind](b"", "")


def test_a_cursor_that_the_first_page_does_not_have(tmp_path):
    (channel,) = load(
        tmp_path, '[[channel]]\nname = "a"\nkind = "wscn-lives"\nurl = "https://l.example/?a=1{&cursor}&n={count}"'
    )
    assert (channel.paged, channel.has_cursor, channel.publisher) == (True, True, "wscn")
    assert channel.list_url() == "https://l.example/?a=1&n=100"
    assert channel.list_url(cursor="17") == "https://l.example/?a=1&cursor=17&n=100"
    assert all(channel.lists(url) for url in (channel.list_url(), channel.list_url(cursor="17")))
    assert not channel.lists("https://l.example/?a=2&n=100")


def test_a_list_of_cls_is_signed(tmp_path):
    url = "https://l.example/?app=CailianpressWeb&os=web&last_time={cursor}&sv=8.7.9&sign={sign}"
    (channel,) = load(tmp_path, f'[[channel]]\nname = "a"\nkind = "cls-telegraph"\nurl = "{url}"')
    assert channel.list_url().endswith("&sign=b02d8f7bc4c45eeb3e86904203597da2")  # the vector of public clients
    assert channel.list_url(cursor="1").partition("sign=")[2] != "b02d8f7bc4c45eeb3e86904203597da2"
    assert channel.lists(channel.list_url(cursor="1"))


@pytest.mark.parametrize(
    ("kind", "text_url", "message"),
    [
        ("wscn-articles", "https://t.example/", "with the placeholder {id}"),
        ("wscn-articles", "https://t.example/{id}/{code}", "with the placeholder {id}"),
        ("wscn-articles", "https://t.example/?a=1{&id}", "with the placeholder {id}"),
        ("wscn-articles", "https://t.example/{id}/{", "with the placeholder {id}"),
        ("wscn-articles", "ftp://t.example/{id}", "should be an http or https URL"),
        ("columns", "https://t.example/{id}", "text_url isn't for the kind 'columns'"),
        ("feed", "https://t.example/{id}", "text_url isn't for the kind 'feed'"),
        ("gelonghui-lives", "https://t.example/{id}", "text_url isn't for the kind 'gelonghui-lives'"),
    ],
)
def test_a_wrong_place_of_texts(tmp_path, kind, text_url, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(tmp_path, f'[[channel]]\nname = "a"\nkind = "{kind}"\nurl = "https://l.example/"\ntext_url = "{text_url}"')


def test_a_columns_url_is_made_from_its_number(tmp_path):
    (channel,) = load(tmp_path, COLUMN)
    assert channel.url == (
        "https://np-listapi.eastmoney.com/comm/web/getNewsByColumns?client=web&biz=web_news_col&column=344&order=1&needInteractData=0&page_index={page}&page_size={count}&req_trace={now}&fields=code,showTime,title,mediaName,summary,image,url,uniqueUrl,Np_dst&types=1,20"
    )
    shipped = {channel.name: channel for channel in load_channels()}
    assert shipped["财经导读"].url == channel.url
    (own,) = load(tmp_path, COLUMN.replace("column = 344", 'url = "https://lists.example/{page}"'))
    assert (own.url, own.column) == ("https://lists.example/{page}", 0)


def test_defaults_and_urls(tmp_path):
    (channel,) = load(tmp_path, GOOD)
    assert (channel.count, channel.layout, channel.enabled, channel.pages) == (100, "media", True, 1)
    assert channel.list_url(page=3, now=7) == "https://lists.example/100_3?7"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[[channel]\n", "line 1", "]]"),
        (GOOD + "\n" + GOOD, "line 6", "second channel"),
        (GOOD.replace("kuaixun", "rss"), "line 1", "'rss' is not a kind"),
        (GOOD.replace("{page}", "{pge}"), "line 1", "{pge} is not a placeholder"),
        (GOOD.replace("https", "file"), "line 1", "not an http"),
        (GOOD + "layout = 'wide'\n", "line 1", "'wide' is not a layout"),
        (GOOD + "every = '15'\n", "line 1", "'15' is not a valid duration"),
        (GOOD + "every = 15\n", "line 1", "every = 15 should be text in quotes"),
        (GOOD + "count = '20'\n", "line 1", "should be a whole number"),
        (GOOD + "count = 0\n", "line 1", "1 or more"),
        (GOOD + "colour = 'red'\n", "line 1", "'colour'"),
        ("# first\n\n" + GOOD.replace('name = "甲"', ""), "line 3", "no 'name'"),
        (GOOD.replace("甲", "甲,乙"), "line 1", "comma"),
        (GOOD + "category = '../x'\n", "line 1", "URL"),
        (GOOD.replace("url =", "page ="), "line 1", "no 'url'"),
        (GOOD + "column = 344\n", "line 1", "column = 344 is for the kind 'columns'; a 'kuaixun' list needs a 'url'"),
        (COLUMN.replace("column = 344", ""), "line 1", "no 'url' and no 'column'"),
        (COLUMN + "url = 'https://lists.example/'\n", "line 1", "'url' and 'column'; remove one"),
        (COLUMN.replace("344", "0"), "line 1", "column = 0 should be 1 or more"),
        (COLUMN.replace("344", "'344'"), "line 1", "column = '344' should be a whole number"),
        ("", "channels.toml", "no [[channel]]"),
        (GOOD.encode("gb18030"), "line 2", "not UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, line, message):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert line in str(caught.value)
    assert message in str(caught.value)
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


def test_the_shipped_file_is_copied_once(tmp_path):
    finews = Runner(tmp_path)
    assert (
        finews("channels", "copy", "my.toml").stdout == "Wrote my.toml; finews reads it with FINEWS_CHANNELS=my.toml\n"
    )
    assert load_channels(tmp_path / "my.toml") == load_channels()
    (tmp_path / "my.toml").write_text("mine", encoding="utf-8")
    done = finews("channels", "copy", "my.toml", code=2)
    assert done.stderr == "finews: my.toml exists already; choose another name\n"
    assert (tmp_path / "my.toml").read_text(encoding="utf-8") == "mine"
    done = finews("channels", "copy", "nowhere/my.toml", code=2)
    assert done.stderr == "finews: the channels file nowhere/my.toml can't be written: No such file or directory\n"


def test_a_file_as_an_input_method_writes_it(tmp_path):
    text = '\ufeff# “频道”，一个\n[[channel]]\nname　＝　“甲，乙” # 好，“的”\nkind ＝ "kuaixun"\nurl = " https://lists.example/a，b "\ncount＝5\n'
    (channel,) = load(tmp_path, text)
    assert (channel.name, channel.url, channel.count) == ("甲，乙", "https://lists.example/a，b", 5)
    with pytest.raises(ConfigError, match=r"Expected '=' .*\(at line 2, column"):
        load(tmp_path, "[[channel]]\nname： “甲”\n")


def test_names_may_be_separated_by_the_signs_of_chinese(tmp_path):
    channels = load(tmp_path, GOOD + GOOD.replace("甲", "乙") + GOOD.replace("甲", "丙，丁"))
    assert [channel.name for channel in choose(channels, "乙，甲")] == ["乙", "甲"]
    assert [channel.name for channel in choose(channels, "丙，丁,甲、乙")] == ["丙，丁", "甲", "乙"]
    with pytest.raises(ConfigError, match="there is no channel '戊'"):
        choose(channels, "甲，戊")
