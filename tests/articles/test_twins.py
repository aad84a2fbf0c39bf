"""What makes two articles duplicates: the same hash on every Python, a different one for different articles."""

from dataclasses import replace
from datetime import datetime
from time import perf_counter

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.articles.twins import text_hash
from finews_spider.items import Article
from finews_spider.times import SHANGHAI

TITLE, BODY = "甲茶业：收到监管函", '<p>公司今日收到监管函。</p><img src="https://img.test/1.png">'
CHART = '<a class="EmImageRemark" data-code="00001|116|5"><img src="https://charts.test/pic?nid={}&imageType=k&token={}&at=1"></a>'
TWINS = {
    "blanks": (" 甲茶业：\u3000收到\u200b监管函\xa0", '<p>\u3000\u3000公司今日\n收到&nbsp;监管函。</p>\t<img src="https://img.test/1.png">'),
    "invisible": (f"\u2063{TITLE}\ufe0f", BODY.replace("今日", "今\u034f日\u2066")),
    "width": ("甲茶业:收到监管函", BODY),
    "entities": ("甲茶业：收到&#30417;管函", BODY.replace("今日", "&#20170;&#x65e5;")),
    "dress": (TITLE, f'<div class="x">{BODY.replace("监管函", "<b>监管函</b>")}<!-- 注 --></div>'),
    "scheme": (TITLE, BODY.replace("https:", "http:")),
    "no scheme": (TITLE, BODY.replace("https:", "").replace("img.test", "IMG.test")),
    "fragment": (TITLE, BODY.replace("1.png", "1.png?rt=1712#x")),
    "quotes": (TITLE, BODY.replace('"', "'").replace("<img", "<IMG  alt='x' data-y")),
    "source line": (TITLE, BODY + '<p class="em_media">（文章来源：某报）</p>'),
    "the same picture twice": (TITLE, BODY + '<img src="https://img.test/1.png">'),
}  # fmt: skip
OTHERS = {
    "title": ("乙茶业：收到监管函", BODY),
    "text": (TITLE, BODY.replace("今日", "昨日")),
    "case": ("甲茶业：收到监管函a", BODY),
    "other case": ("甲茶业：收到监管函A", BODY),
    "picture": (TITLE, BODY.replace("1.png", "2.png")),
    "no picture": (TITLE, "<p>公司今日收到监管函。</p>"),
    "one picture more": (TITLE, BODY + '<img src="https://img.test/2.png">'),
    "picture by its query": (TITLE, BODY.replace("1.png", "1.png?id=2")),
    "picture by its path": (TITLE, BODY.replace("https://img.test/1.png", "/a/1.png")),
    "another path": (TITLE, BODY.replace("https://img.test/1.png", "/a/2.png")),
    "picture in the page": (TITLE, BODY.replace("https://img.test/1.png", "data:image/png;base64,AAAA")),
    "another in the page": (TITLE, BODY.replace("https://img.test/1.png", "data:image/png;base64,AAAB")),
    "picture loaded later": (TITLE, BODY.replace("src=", 'src="//img.test/wait.gif" data-src=')),
    "another loaded later": (
        TITLE,
        BODY.replace("src=", 'src="//img.test/wait.gif" data-original=').replace("1.png", "2.png"),
    ),
    "loaded later by another script": (TITLE, BODY.replace("src=", "data-lazy-src=").replace("1.png", "6.png")),
    "another so": (TITLE, BODY.replace("src=", "data-lazy-src=").replace("1.png", "7.png")),
    "poster": (TITLE, BODY + "<video poster='//img.test/8.png'></video>"),
    "another poster": (TITLE, BODY + "<video poster='//img.test/4.png'></video>"),
    "background": (TITLE, BODY + "<table background=//img.test/9.png></table>"),
    "another background": (TITLE, BODY + "<table background=//img.test/5.png></table>"),
    "film": (TITLE, "<p>公司今日收到监管函。</p><video src='//img.test/1.mp4'></video>"),
    "another film": (TITLE, "<p>公司今日收到监管函。</p><video src='//img.test/2.mp4'></video>"),
    "chart": (TITLE, BODY + CHART.format("116.00001", 1)),
    "another stock's chart": (TITLE, BODY + CHART.format("116.00002", 1)),
    "pictures alone": (TITLE, '<img src="//img.test/1.png">'),
    "other pictures alone": (TITLE, '<img src="//img.test/2.png">'),
}


@pytest.mark.parametrize("name", TWINS)
def test_differences_of_form_give_the_same_hash(name):
    assert text_hash(*TWINS[name]) == text_hash(TITLE, BODY)


def test_another_title_text_or_picture_gives_another_hash():
    assert len({text_hash(*each) for each in [(TITLE, BODY), *OTHERS.values()]}) == len(OTHERS) + 1


def test_a_live_chart_is_the_same_whatever_its_token():
    charts = {text_hash(TITLE, BODY + CHART.format("116.00001", token)) for token in (1, 2)}
    assert len(charts) == 1


def test_articles_without_text_are_compared_by_pictures_and_empty_ones_not_at_all():
    assert text_hash("图集", '<img src="//img.test/1.png">') == text_hash(
        "图集", '<p><img src="http://img.test/1.png"></p>'
    )
    assert text_hash("图集", '<p><br/></p><img><!-- <img src="//img.test/1.png"> -->') == ""
    assert text_hash("", "<p>文</p>") != ""


def test_the_hash_is_the_same_on_every_python():
    """Existing stores compare with these hashes, so only a migration may change them."""
    pinned = {
        (TITLE, BODY): "f15addb495ae1f894ef1db32ff9effd912d53cb6314a72023f445e2278f90921",
        (
            "Ａ股收评&amp;Ｂ股：“三连涨”",
            "<p>\u3000\u3000沪指涨１％，报3,000.5点。<br/>ǅ ß İ ﬁ ㈱ 𠮷 😀</p>",
        ): "a433bb3cb19c8a47c346456531db53b98f2def1e6d73743bf703397114a5b9cb",
        (
            "图集",
            '<p><img data-src="//IMG.test/a.png?x=1&amp;token=2"></p>',
        ): "f47cc2a8f19b4a65edd326f2dd0a0bab0b22879d5e63709a8f80e42639906ce0",
    }
    assert {text_hash(*each): hashed for each, hashed in pinned.items()} == {
        hashed: hashed for hashed in pinned.values()
    }


def test_the_article_is_hashed_as_it_is_stored():
    """A migration hashes what is stored: title and body after they were cleaned."""
    shown = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI)
    article = Article(
        code="202601021234567890", title=" 题\u202e目 ", body="<p>\u3000\u3000一\x00</p>", published_at=shown
    )
    made = normalize(article)
    assert made.text_hash == text_hash(made.title, made.body)
    filled = normalize(replace(article, title="", digest="【题目】导语"))
    assert filled.text_hash == made.text_hash


@pytest.mark.parametrize("part", ["<!--", "<img src=", '<img src="', " src=", "data-src ", " data-data-", " data-src-src", "<a EmImageRemark>", "<a", "&#", "<!-->", "？", "src=''"])  # fmt: skip
@pytest.mark.parametrize("opening", ["", "<img ", "<p em_media ", "<a EmImageRemark"])
def test_a_hostile_body_takes_linear_time(opening, part):
    began = perf_counter()
    text_hash(part * 20_000, opening + part * 50_000)
    assert perf_counter() - began < 3  # a quadratic one takes far longer
