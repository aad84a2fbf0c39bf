from dataclasses import replace
from datetime import datetime

import yaml

from finews_spider.items import Article
from finews_spider.mirror.post import LinkTargets, path_of, render
from finews_spider.times import SHANGHAI

LINKS = LinkTargets(
    "//mirror.example", "http://share.example/?infoCode={info_code}", "https://page.example/a/{code}.html"
)
MEDIA = Article(
    code="202601021234567890",
    title="油价上涨",
    body="<p>今日油价上涨。</p>",
    media="晨报",
    published_at=datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI),
)
ROLL = replace(MEDIA, layout="roll", digest="【油价上涨】国际油价上涨2%。", source_url="http://x.example/news/1,2.html")


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_the_media_layout():
    assert path_of(MEDIA) == "_posts/2026-01-02-NW202601021234567890.md"
    assert render(MEDIA, "chenbao", LINKS) == (
        '---\nlayout: post\ntitle: "油价上涨"\ndate: 2026-01-02 09:30:00 +0800\ncategories: chenbao\ntags: 晨报新闻\n---\n'
        "<p>今日油价上涨。</p>\n\n<http://share.example/?infoCode=NW202601021234567890>\n\n"
        "[返回晨报新闻](//mirror.example/category/chenbao.html)｜[返回首页](//mirror.example/)"
    )


def test_the_roll_layout():
    assert path_of(ROLL) == "_posts/2026-01-02-202601021234567890.md"
    assert render(ROLL, "emnews", LINKS) == (
        '---\nlayout: post\ntitle: "油价上涨"\ndate: 2026-01-02 09:30:00 +0800\ncategories: emnews\ntags: 东财滚动新闻\n---\n'
        "> 国际油价上涨2%。\n\n<p>今日油价上涨。</p>\n\n<http://x.example/news/1,2.html>\n\n"
        "[返回东财滚动新闻](//mirror.example/emnews/)｜[返回首页](//mirror.example/)"
    )


def test_no_digest_no_quote_and_no_url_the_article_page():
    text = render(replace(ROLL, digest="【油价上涨】", source_url=""), "emnews", LINKS)
    assert "\n---\n<p>今日" in text
    assert "\n<https://page.example/a/202601021234567890.html>\n" in text


def test_a_url_that_would_leave_its_brackets_is_replaced():
    hostile = replace(ROLL, source_url="http://x/>\n{% include x %}")
    assert "<https://page.example/a/202601021234567890.html>" in render(hostile, "emnews", LINKS)


def test_titles_of_every_kind_are_read_back():
    for title in ('"引号"', "反\\斜", "冒号: 与 #", "{{ 液体 }}", "😀", "题" * 10_000, "- 列表", "'"):
        assert front_matter(render(replace(MEDIA, title=title), "chenbao", LINKS))["title"] == title


def test_a_media_name_with_blanks_stays_as_the_original_wrote_it():
    text = render(replace(MEDIA, media="Career In 投行PEVC"), "CareerIntouxingPEVC", LINKS)
    assert "\ntags: Career In 投行PEVC新闻\n" in text


def test_an_article_without_a_publication_names_the_site():
    assert "tags: 东方财富网新闻\n" in render(replace(MEDIA, media=""), "dongfangcaifuwang", LINKS)


def test_a_channel_may_set_category_and_tag():
    text = render(replace(ROLL, category="kuaixun", tag="快讯"), "kuaixun", LINKS)
    assert "categories: kuaixun\ntags: 快讯\n" in text
    assert "[返回快讯](//mirror.example/kuaixun/)" in text


def test_a_digest_cannot_become_markup():
    text = render(replace(ROLL, digest="*ST甲与*ST乙 <b>x</b> [a](b) {{ c }} `d` 1--2"), "emnews", LINKS)
    quote = next(line for line in text.splitlines() if line.startswith("> "))
    assert not set("*<[]`{") & set(quote[2:])
