from dataclasses import replace
from datetime import datetime

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article, FailedRef
from finews_spider.pipelines.normalize import NormalizePipeline
from finews_spider.times import SHANGHAI

CODE = "202601021234567890"
SHOWN = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI)
ARTICLE = Article(code=CODE, title="油价上涨", body="<p>　　今日油价上涨。</p>", published_at=SHOWN)


def test_pairs_of_ideographic_spaces_are_removed_and_single_ones_stay():
    article = normalize(replace(ARTICLE, body="<p>　　一　二　　　三</p>"))
    assert article.body == "<p>一　二　三</p>"


@pytest.mark.parametrize(
    ("title", "digest", "body", "filled"),
    [
        ("油价上涨", "【别的】题", "<p>文</p>", "油价上涨"),
        ("", "【金价下跌】国际金价今日下跌。", "<p>文</p>", "金价下跌"),
        (" 　 ", "国际金价今日下跌。明日再看。", "<p>文</p>", "国际金价今日下跌"),
        ("", "", "<p>　　<strong>铜价</strong>持平！后市看涨。</p>", "铜价持平"),
        ("", "", "<p>Blue Whale 公布 1 份公告。</p><p>另</p>", "Blue Whale 公布 1 份公告"),
        ("换\n行\t与\u202e方向\x00", "", "<p>文</p>", "换 行 与方向"),
    ],
)
def test_an_empty_title_is_filled(title, digest, body, filled):
    assert normalize(replace(ARTICLE, title=title, digest=digest, body=body)).title == filled


def test_an_empty_time_is_filled_from_the_code():
    assert normalize(replace(ARTICLE, published_at=None)).published_at == datetime(2026, 1, 2, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({"code": "999999991234567890", "published_at": None}, "published_at"),
        ({"title": "", "digest": "", "body": "<p><img src='http://x/y.png'></p>"}, "title"),
        ({"body": "\x00"}, "body"),
    ],
)
def test_an_article_that_lacks_a_field_is_a_failure_and_no_post(change, lacking):
    result = NormalizePipeline().process_item(replace(ARTICLE, source_url="https://news.example/1.html", **change))
    assert isinstance(result, FailedRef)
    assert result.ref.url == "https://news.example/1.html"
    assert lacking in result.reason
    assert result.ref.code == change.get("code", CODE)


def test_stocks_and_images_come_from_the_body_and_the_answer():
    body = (
        '<p><a data-code="09988|116|5"><img src="https://pic.example/k.png"></a>'
        '<span data-code="1,600160">x</span><img src="https://pic.example/k.png"></p>'
    )
    article = normalize(replace(ARTICLE, body=body, stocks=("1.600160", "105.NVDA")))
    assert article.stocks == ("116.09988", "1.600160", "105.NVDA")
    assert article.images == ("https://pic.example/k.png",)


def test_the_advertisement_is_removed_and_other_pictures_stay():
    picture = '<p><a href="http://x.example/"><img src="//x.example/a.png" class="{}" /></a></p>'
    body = f"<p>文</p>{picture.format('em_handle_adv_close')}{picture.format('em_pic')}"
    article = normalize(replace(ARTICLE, body=body))
    assert article.body == f"<p>文</p>{picture.format('em_pic')}"
    own = "<p>文<a><img class='em_handle_adv_close'></a></p>"
    assert normalize(replace(ARTICLE, body=own)).body == own


def test_another_title_body_or_time_gives_another_content_hash():
    variants = [
        ARTICLE,
        replace(ARTICLE, title="油价下跌"),
        replace(ARTICLE, body="<p>今日油价下跌。</p>"),
        replace(ARTICLE, published_at=SHOWN.replace(minute=31)),
    ]
    assert len({normalize(article).content_hash for article in variants}) == len(variants)


def test_the_text_hash_is_of_title_text_and_images():
    plain = normalize(ARTICLE).text_hash
    body = "<div><p>今日 <b>油价</b>上涨。</p><!-- x --></div>"
    assert normalize(replace(ARTICLE, code="202601021234567891", body=body)).text_hash == plain
    image = "<p><img src='//x/y.png'></p>"
    others = ({"title": "别题"}, {"body": "<p>别文</p>"}, {"body": ARTICLE.body + image}, {"body": image})
    assert len({plain, *(normalize(replace(ARTICLE, **change)).text_hash for change in others)}) == len(others) + 1


def test_lone_surrogates_and_control_characters_are_removed():
    article = normalize(replace(ARTICLE, title="a\ud800b", body="<p>c\udfff\x00\x1bd\n</p>", media="e\x07f"))
    assert (article.title, article.body, article.media) == ("ab", "<p>cd\n</p>", "ef")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("21世纪  南财", "21世纪  南财"),
        ("  两端  ", "两端"),
        ("一\n 二\t\t三\r\n四", "一 二 三 四"),
        ("一\x00\u202e 二", "一 二"),
        ("一　　二", "一　　二"),
        (" \n ", ""),
    ],
)
def test_blanks_inside_a_line_stay_and_breaks_become_one(written, kept):
    article = normalize(replace(ARTICLE, media=written))
    assert article.media == kept
