import re
import runpy
from pathlib import Path

import pytest

from finews_spider import settings
from finews_spider.config.config import IMAGE_HOSTS, Config
from finews_spider.errors import ConfigError
from finews_spider.stores import open_store
from tests.running import make_crawler

DEFAULTS = {name: value for name, value in vars(settings).items() if name.startswith("FINEWS_")}


def test_the_defaults_make_sense():
    config = Config.from_settings(DEFAULTS)
    hosts = config.hosts(config.channels())
    assert "np-listapi.eastmoney.com" in hosts
    assert "newsinfo.eastmoney.com" in hosts


def test_hosts_can_be_added():
    config = Config.from_settings(DEFAULTS | {"FINEWS_ALLOWED_HOSTS": "one.example, two.example"})
    assert {"one.example", "two.example"} <= set(config.hosts([]))


def test_image_hosts_are_reached_for_copies_of_eastmoney_s_articles_only():
    for images in ("remote", "local"):
        config = Config.from_settings(DEFAULTS | {"FINEWS_IMAGES": images})
        assert (set(IMAGE_HOSTS) <= set(config.hosts(config.channels()))) == (images == "local")
    elsewhere = {name: "http://news.example/{code}" for name in DEFAULTS if name.endswith("_URL")}
    config = Config.from_settings(DEFAULTS | elsewhere | {"FINEWS_SITE_URL": "//x.example", "FINEWS_IMAGES": "local"})
    assert config.hosts([]) == ["news.example"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINEWS_STORE", ""),
        ("FINEWS_MIRROR_DIR", " "),
        ("FINEWS_TEXT_URL", "http://x.example/{infocode}"),
        ("FINEWS_TEXT_URL", "http://x.example/{code.__class__}"),
        ("FINEWS_TEXT_URL", "http://x.example/{code"),
        ("FINEWS_ARTICLE_URL", "http://x.example/article"),
        ("FINEWS_PAGE_URL", "ftp://x.example/{code}"),
        ("FINEWS_SHARE_URL", "{code}"),
        ("FINEWS_SITE_URL", "mirror.example"),
        ("FINEWS_SITE_URL", "//mirror.example/)[x](y"),
        ("FINEWS_CHROMIUM", "/no/such/chromium"),
        ("FINEWS_IMAGES", ""),
        ("FINEWS_IMAGES", "Local"),
        ("FINEWS_IMAGES_LARGEST", "5MiB"),
        ("FINEWS_IMAGES_LARGEST", "0"),
        ("FINEWS_RENDER_SECONDS", "soon"),
        ("FINEWS_RENDER_SECONDS", "0"),
    ],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(ConfigError, match=name):
        Config.from_settings(DEFAULTS | {name: value})


@pytest.mark.parametrize("url", ["postgres://x/y", "news.db", "sqlite://x.db", "sqlite:///"])
def test_a_store_that_finews_does_not_have_is_refused(url):
    with pytest.raises(ConfigError, match="FINEWS_STORE"):
        open_store(url)


def test_every_setting_of_ours_is_documented_and_every_documented_one_exists():
    text = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(FINEWS_\w+)`", text)) == set(DEFAULTS)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FINEWS_STORE_BATCH", "0", "a whole number from 1 to 99999"),
        ("FINEWS_STORE_BATCH", "2.5", "a whole number from 1 to 99999"),
        ("FINEWS_STORE_BATCH", "-1", "a whole number from 1 to 99999"),
        ("FINEWS_STORE_SECONDS", "soon", "a number, 0 or more"),
        ("FINEWS_RETRY_SECONDS", "nan", "a number, 0 or more"),
        ("FINEWS_RETRY_AFTER_LONGEST", "inf", "a number, 0 or more"),
        ("FINEWS_RETENTION_DAYS", "999999", "a whole number from 0 to 99999"),
        ("FINEWS_RETENTION_DAYS", "-1", "a whole number from 0 to 99999"),
        ("FINEWS_FAST", "maybe", "on or off"),
        ("FINEWS_IMAGES", "all", "remote or local"),
    ],
)
def test_an_error_has_the_name_the_value_and_what_is_allowed(name, value, allowed):
    with pytest.raises(ConfigError) as caught:
        Config.from_settings(DEFAULTS | {name: value})
    assert str(caught.value) == f"{name}: {value!r} should be {allowed}"


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_of_ours_can_come_from_the_environment(name, monkeypatch):
    monkeypatch.setenv(name, "given")
    assert runpy.run_path(settings.__file__)[name] == "given"


@pytest.mark.parametrize(
    ("value", "on"),
    [
        ("on", True),
        ("YES", True),
        ("1", True),
        (True, True),
        ("Off", False),
        ("no", False),
        ("false", False),
        ("0", False),
    ],
)
def test_a_switch_has_many_spellings(value, on):
    assert Config.from_settings(DEFAULTS | {"FINEWS_FAST": value}).fast is on
    assert Config.from_settings(DEFAULTS | {"FINEWS_CHROMIUM": value}).chromium == ("" if on else "off")


def test_an_empty_variable_keeps_all_posts():
    assert Config.from_settings(DEFAULTS | {"FINEWS_RETENTION_DAYS": ""}).retention_days == 0


def test_a_crawler_has_one_config():
    crawler = make_crawler(FINEWS_STORE_BATCH="7")
    assert Config.of(crawler) is Config.of(crawler)
    assert Config.of(crawler).store_batch == 7
