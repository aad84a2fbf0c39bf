"""Posts read back, the original mirror's generations among them; all texts are our own."""

import time
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finews_spider.articles import bounds
from finews_spider.errors import MirrorError
from finews_spider.mirror.reader import read_post
from finews_spider.times import SHANGHAI

CODE = "202203043000000001"
LINK = f"<http://finance.eastmoney.com/news/1351,{CODE}.html>"
MATTER = '---\nlayout: post\ntitle: "{title}"\ndate: {date}\ncategories: {category}\ntags: {tag}\n---\n'
ROLL = MATTER.format(title="题目", date="2022-03-04 10:37:25 +0800", category="emnews", tag="东财滚动新闻")
MEDIA = MATTER.format(title="题目", date="2022-03-04 10:37:25 +0800", category="chenbao", tag="晨报新闻")
SHOWN = datetime(2022, 3, 4, 10, 37, 25, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        f"{ROLL}\n正文。\n\n{LINK}",
        f"{ROLL.replace(' +0800', '')}\n正文。\n\n{LINK}\n\n[返回东财滚动新闻](../emnews/)\n[返回首页](../)",
        f"{ROLL}\n正文。\n\n{LINK}\n\n[返回东财滚动新闻](//x.example/emnews/)｜[返回首页](//x.example/)\n",
        f"{ROLL}> 摘要 &#42; &amp;\n\n正文。\n\n{LINK}\n\n[返回东财滚动新闻](//x/emnews/)｜[返回首页](//x/)",
        f"{ROLL}正文。\n\n{LINK}".replace("\n", "\r\n"),
    ],
    ids=["first", "second", "third", "last", "crlf"],
)
def test_a_roll_post_of_every_generation(text):
    post = read_post(f"_posts/2022-03-04-{CODE}.md", text)
    article = post.article
    assert (post.path, post.category) == (f"_posts/2022-03-04-{CODE}.md", "emnews")
    assert (article.code, article.title, article.body, article.published_at) == (CODE, "题目", "正文。", SHOWN)
    assert (article.layout, article.media, article.tag, article.source_url) == ("roll", "", "", LINK.strip("<>"))
    assert article.digest == ("摘要 * &" if "摘要" in text else "")


def test_a_media_post():
    share = f"<http://x.example/html_News/NewsShare.html?infoCode=NW{CODE}>"
    text = f"{MEDIA}<p>正文。</p>\n\n{share}\n\n[返回晨报新闻](//x/category/chenbao.html)｜[返回首页](//x/)"
    post = read_post(f"old_post/2022-03-04-NW{CODE}.md", text)
    assert (post.article.media, post.article.layout, post.category) == ("晨报", "media", "chenbao")
    assert post.article.body == "<p>正文。</p>"


def test_several_categories_stay_as_the_url_has_them():
    text = f"{ROLL.replace('emnews', '[a, b]')}\n正文。\n\n{LINK}"
    assert read_post(f"_posts/2022-03-04-{CODE}.md", text).category == "a b"


def test_the_names_of_fields_that_jekyll_knows_too():
    matter = MEDIA.replace("categories: chenbao", "category: chen bao").replace("tags:", "tag:")
    post = read_post(f"_posts/2022-03-04-NW{CODE}.md", f"{matter}<p>正文。</p>\n\n{LINK}")
    assert (post.category, post.article.media) == ("chen bao", "晨报")
    assert [alias.url for alias in post.aliases] == [f"/chen%20bao/2022/03/04/NW{CODE}.html"]
    assert (
        read_post(f"_posts/2022-03-04-NW{CODE}.md", f"{ROLL.replace('emnews', '~')}\n正文。\n\n{LINK}").category == ""
    )


def test_a_tag_of_several_lines_is_one():
    matter = ROLL.replace("东财滚动新闻", '"滚动\\n\\n# 题\u202e"')
    assert read_post(f"_posts/2022-03-04-{CODE}.md", f"{matter}\n正文。\n\n{LINK}").article.tag == "滚动 # 题"


def test_an_empty_record_is_filled_from_its_code_and_digest():
    matter = MATTER.format(title="", date=" +0800", category="emnews", tag="东财滚动新闻")
    article = read_post(
        f"_posts/-{CODE}.md", f"{matter}> 摘要第一句。第二句。\n\n<p>正文。</p>\n\n<>\n\n[返回首页](//x/)"
    ).article
    assert (article.title, article.published_at) == ("摘要第一句", datetime(2022, 3, 4, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("title: 12:30", "12:30"),
        ("title: 0x" + "f" * 20_000, bounds.cut("0x" + "f" * 20_000, bounds.LONGEST_TITLE)),
        ("title: " + "59:" * 50_000 + "59", bounds.cut("59:" * 50_000, bounds.LONGEST_TITLE)),
        ("title: null", "null"),
        ("title: 2026-01-01", "2026-01-01"),
    ],
    ids=lambda text: text[:20],
)
def test_a_title_is_no_number(written, read_as):
    text = f"{ROLL}正文\n\n{LINK}".replace('title: "题目"', written)
    assert read_post(f"_posts/2022-03-04-{CODE}.md", text).article.title == bounds.cut(read_as, bounds.LONGEST_TITLE)


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2022-03-04T02:37:25Z", SHOWN),
        ("2022-03-04 02:37:25 +00:00", SHOWN),
        ("2022-03-04 10:37:25+08:00", SHOWN),
        ("2022-03-04 10:37:25 +9900", datetime(2022, 3, 4, tzinfo=SHANGHAI)),
        ("nonsense", datetime(2022, 3, 4, tzinfo=SHANGHAI)),
    ],
)
def test_a_date_in_another_zone_is_the_same_moment(date, shown):
    text = f"{ROLL.replace('2022-03-04 10:37:25 +0800', date)}正文\n\n{LINK}"
    assert read_post(f"_posts/2022-03-04-{CODE}.md", text).article.published_at == shown


def test_a_tag_that_a_channel_set_comes_back():
    text = f"{MEDIA.replace('晨报新闻', '财经')}<p>正文。</p>\n\n{LINK}"
    article = read_post(f"_posts/2022-03-04-NW{CODE}.md", text).article
    assert (article.media, article.tag) == ("财经", "财经")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.md", "no front matter", "no front matter"),
        (f"2022-03-04-{CODE}.md", f"---\n[\n---\n正文\n\n{LINK}", "front matter can't be read"),
        ("2022-03-04-init.md", MEDIA + "祝贺", "doesn't end with a link to its article"),
        ("2022-03-04-about.md", MEDIA + "正文\n\n<http://x.example/>", "names an article"),
        (f"2022-03-04-{CODE}.md", f"{ROLL}\n\n{LINK}", "no text"),
        (f"2022-03-04-{CODE}.md", ROLL.replace("emnews", "../../x") + f"正文\n\n{LINK}", "can't be a folder"),
        (f"2022-03-04-{CODE}.md", f"---\n- a\n---\n正文\n\n{LINK}", "no fields"),
    ],
)
def test_what_is_no_articles_post_says_why(name, text, reason):
    with pytest.raises(MirrorError, match=reason):
        read_post(f"_posts/{name}", text)


@given(st.text(max_size=200))
@example("[" * 5000)
@example("date: 2022-99-99 10:00:00")
def test_whatever_comes_it_is_a_post_or_an_error(text):
    for content in (text, f"---\n{text}\n---\n正文\n\n{LINK}", f"{ROLL}{text}\n\n{LINK}"):
        with suppress(MirrorError):
            assert read_post(f"_posts/2022-03-04-{CODE}.md", content).article.code == CODE


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (f"2022-03-04-{CODE}.md", ""),
        ("2022-03-04-about tea.md", "/emnews/2022/03/04/about-tea.html"),
        ("2022-03-04-茶 与 酒!.md", "/emnews/2022/03/04/%E8%8C%B6-%E4%B8%8E-%E9%85%92!.html"),
        ("22-3-4-x.y.markdown", "/emnews/2022/03/04/x.y.html"),
    ],
)
def test_a_file_that_does_not_name_its_article_gets_a_path_that_does_and_keeps_its_url(name, url):
    post = read_post(f"_posts/{name}", f"{ROLL}正文。\n\n{LINK}")
    assert post.path == ("" if url else f"_posts/{name}")
    assert [alias.url for alias in post.aliases] == [url or f"/emnews/2022/03/04/{CODE}.html"]


@pytest.mark.parametrize(
    "url", ["/", "/index.html", "/feed.xml", "/search/", "/search/x.html", "/_layouts/x.html", "/a/../b.html"]
)
def test_a_permalink_that_is_a_page_of_the_site_is_refused(url):
    text = f"{ROLL}正文。\n\n{LINK}".replace("\n---\n", f'\npermalink: "{url}"\n---\n', 1)
    with pytest.raises(MirrorError, match="is a page of the site"):
        read_post(f"_posts/2022-03-04-{CODE}.md", text)


BIG = 200_000


@pytest.mark.parametrize(
    "text",
    [
        "[返回" * BIG,
        "[返回 " * BIG,
        "[返回\n" * BIG,
        f"{LINK}\n\n" + "[返回 \n" * BIG + "x",
        "<" * BIG,
        f"{LINK}\n" * (BIG // 10),
        " " * BIG,
        "\n" * BIG,
        "> " * BIG,
    ],
    ids=range(9),
)
def test_every_footer_takes_linear_time(text):
    began = time.process_time()
    for whole in (f"{ROLL}{text}", f"{ROLL}正文。\n\n{text}\n\n{LINK}"):
        with suppress(MirrorError):
            read_post(f"_posts/2022-03-04-{CODE}.md", whole)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("key", ["title", "date", "categories", "tags", "permalink", "last_modified_at", "x"])
@pytest.mark.parametrize(
    "value", ['"', '" ', " x", "1 ", "a: ", "- ", "[", "{", "&a ", "*a ", "!", "\\", "中 ", "1_", ".", "#", "'"]
)
def test_every_front_matter_takes_linear_time(key, value):
    began = time.process_time()
    for written in (value * 50_000, f"{value * 50_000}x", f'"{value * 50_000}"'):
        with suppress(MirrorError):
            matter = "".join(line for line in ROLL.splitlines(keepends=True) if not line.startswith(f"{key}:"))
            text = matter.replace("---\n", f"---\n{key}: {written}\n", 1)
            read_post(f"_posts/2022-03-04-{CODE}.md", f"{text}正文。\n\n{LINK}")
    assert time.process_time() - began < 5


FOOTERS = st.lists(
    st.sampled_from(
        ["[返回", "](", ")", "｜", "\n", "\n\n", " ", "<", ">", "http://x.example/", LINK, "首页", "返回", "//x/", "> "]
    ),
    max_size=30,
).map("".join)


@given(FOOTERS, st.text(max_size=60), st.text(max_size=60))
def test_whatever_footer_category_and_tag_come_it_is_a_post_or_an_error(footer, category, tag):
    matter = MATTER.format(title="题目", date="2022-03-04 10:37:25 +0800", category=category, tag=tag)
    with suppress(MirrorError):
        post = read_post(f"_posts/2022-03-04-{CODE}.md", f"{matter}正文。\n\n{footer}")
        assert (post.article.code, post.path) == (CODE, f"_posts/2022-03-04-{CODE}.md")
