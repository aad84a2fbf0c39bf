import json
from datetime import datetime

import pytest

from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article
from finews_spider.sources.getnewstext import parse
from finews_spider.times import SHANGHAI

CODE = "202609011234567890"
ANSWER = {
    "Id": f"NW{CODE}",
    "newsid": CODE,
    "Author": [],
    "Date": "2026-09-01 12:30:05",
    "From": "茶业网",
    "medianame": "茶业日报",
    "Order": 0,
    "Title": "新茶上市&quot;开门红&quot;",
    "docreader": "产区今日开秤。",
    "reletecodes": ["00001.HK", "600001.SH", "600001.SH"],
    "relkey": "",
    "url": f"http://finance.eastmoney.com/a/{CODE}.html",
    "text": "<p>产区今日开秤。</p>",
}
ARTICLE = Article(
    code=CODE,
    title='新茶上市"开门红"',
    digest="产区今日开秤。",
    body="<p>产区今日开秤。</p>",
    published_at=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
    media="茶业日报",
    source_url=f"http://finance.eastmoney.com/a/{CODE}.html",
    stocks=("116.00001", "1.600001"),
)


def article(**changes):
    return parse(json.dumps(ANSWER | changes).encode(), CODE)


def test_an_article():
    assert article() == ARTICLE


def test_keys_in_another_case():
    for spell in (str.upper, str.lower):
        answer = {spell(key): value for key, value in ANSWER.items()}
        assert parse(json.dumps(answer).encode(), CODE) == ARTICLE


@pytest.mark.parametrize(
    ("text", "content", "body"),
    [
        ("<p>甲</p>", "甲，没有标签但更长的正文", "<p>甲</p>"),
        ("甲，没有标签但更长的正文", "<p>甲</p>", "<p>甲</p>"),
        ("<p>甲</p>", "<p>甲乙</p>", "<p>甲乙</p>"),
        ("甲乙", "甲", "甲乙"),
        ("", "甲", "甲"),
        (None, "<p>甲</p>", "<p>甲</p>"),
        ("<p>甲</p>", None, "<p>甲</p>"),
        ("3 < 5 的长篇文字", "<P>甲</P>", "<P>甲</P>"),
    ],
)
def test_text_or_content(text, content, body):
    assert article(text=text, content=content).body == body


@pytest.mark.parametrize("text", [None, "", "  \u3000", [], {}, False])
def test_without_text_it_is_gone(text):
    with pytest.raises(ArticleGone, match=CODE):
        article(text=text)


@pytest.mark.parametrize("body", [b"{}", b'{"text":null,"content":null}', b'{"Title":"t","message":"not found"}'])
def test_an_object_without_text_is_gone(body):
    with pytest.raises(ArticleGone):
        parse(body, CODE)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("12:30", None),
        ("", None),
        ("2026-09-01", datetime(2026, 9, 1, tzinfo=SHANGHAI)),
        ("2026-09-01 12:30", datetime(2026, 9, 1, 12, 30, tzinfo=SHANGHAI)),
    ],
)
def test_dates(date, time):
    assert article(Date=date).published_at == time


def test_media():
    assert article(medianame="").media == "茶业网"
    assert article(medianame=None, From=None).media == ""


def test_related_codes_of_another_shape():
    assert article(reletecodes=None).stocks == ()
    assert article(reletecodes="00001.HK").stocks == ("116.00001",)
    assert article(reletecodes=[None, {}, "90.BK0001"]).stocks == ()


@pytest.mark.parametrize("own", [{"Id": "", "newsid": ""}, {"Id": None, "newsid": "x"}, {"Id": "NW202609019999999999"}])
def test_an_answer_that_names_no_other_article_is_accepted(own):
    assert article(**own) == ARTICLE


@pytest.mark.parametrize("own", [{"newsid": ""}, {"newsid": "202609019999999999"}])
def test_another_article(own):
    with pytest.raises(SourceError, match=f"asked for {CODE}, got 202609019999999999") as refusal:
        article(Id="NW202609019999999999", **own)
    assert not isinstance(refusal.value, ArticleGone)


def test_recording(golden):
    body = (golden / "upstream/GetNewsText-NW202206012399294452.json").read_bytes()
    article = parse(body, "202206012399294452")
    assert article.media == "新京报"
    assert article.stocks == ("116.09988",)
    assert article.published_at == datetime(2022, 6, 1, 15, 18, 19, tzinfo=SHANGHAI)
    assert article.body == json.loads(body)["text"]
