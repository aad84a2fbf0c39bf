import json
from datetime import datetime

import pytest

from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article
from finews_spider.sources.newsinfo import parse
from finews_spider.times import SHANGHAI

CODE = "202609011234567890"
TIPS = [
    {"Type": 999, "Code": "0.300001"},
    {"Type": 1001, "Code": "90.BK0001,90.BK0002"},
    {"Type": "1005", "Code": "105.ABCD,106.EFGH"},
    {"Type": 1002, "Code": "1.600009"},
]
DATA = {
    "Art_Code": CODE,
    "Art_Title": "新茶上市&quot;开门红&quot;",
    "Art_ShowTime": "2026/09/01 12:30:05",
    "Art_OrderTime": "2026/09/01 08:00:00",
    "Art_Content": "<p>产区今日开秤。</p>",
    "Art_Description": "产区开秤。",
    "Art_Digest": "产区今日开秤，茶农说行情不错。",
    "Art_Media_Name": "茶业日报",
    "Art_UniqueUrl": f"http://finance.eastmoney.com/a/{CODE}.html",
    "Art_Url": f"http://finance.eastmoney.com/news/1345,{CODE}.html",
    "Art_Tip_Info": json.dumps(TIPS),
    "TopStocks": '["1.600001","0.300001"]',
    "Extend": "[Null]",
}


def article(**changes):
    envelope = {"data": DATA | changes, "errorcode": 0, "id": "0", "message": "", "success": 1}
    return parse(json.dumps(envelope).encode(), CODE)


def test_an_article():
    assert article() == Article(
        code=CODE,
        title='新茶上市"开门红"',
        digest="产区开秤。",
        body="<p>产区今日开秤。</p>",
        published_at=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
        media="茶业日报",
        source_url=f"http://finance.eastmoney.com/a/{CODE}.html",
        stocks=("0.300001", "105.ABCD", "106.EFGH", "1.600001"),
    )


def test_second_choices():
    second = article(Art_Description="", Art_UniqueUrl="")
    assert second.digest == "产区今日开秤，茶农说行情不错。"
    assert second.source_url == f"http://finance.eastmoney.com/news/1345,{CODE}.html"


@pytest.mark.parametrize(
    "broken",
    ["", "[Null]", "[{", "{}", "null", "7", "[" * 100_000, None, 7, [], '["text"]', '[{"Type":999}]',
     '[{"Code":"1.6"}]', '[{"Type":999,"Code":["0.300001"]}]', '[{"Type":[999],"Code":"0.300001"}]'],
)  # fmt: skip
def test_broken_lists_of_stocks_are_passed_over(broken):
    assert article(Art_Tip_Info=broken).stocks == ("1.600001", "0.300001")
    assert article(Art_Tip_Info=broken, TopStocks=broken if broken != '["text"]' else "").stocks == ()


@pytest.mark.parametrize("body", [b'{"data":null}', b'{"data":null,"errorcode":0,"message":"","success":1}'])
def test_null_data_is_gone(body):
    with pytest.raises(ArticleGone, match=CODE):
        parse(body, CODE)


def test_the_message_of_the_upstream_is_in_the_error():
    with pytest.raises(ArticleGone, match="文章 已下架"):
        parse('{"data":null,"message":"文章\\n已下架"}'.encode(), CODE)


@pytest.mark.parametrize("text", [None, "", " \u3000", []])
def test_without_text_it_is_gone(text):
    with pytest.raises(ArticleGone):
        article(Art_Content=text)


@pytest.mark.parametrize("body", [b"{}", b'{"data":[]}', b'{"data":"x"}', b'{"rc":0,"me":"error"}'])
def test_no_data_is_an_error(body):
    with pytest.raises(SourceError, match="no data") as refusal:
        parse(body, CODE)
    assert not isinstance(refusal.value, ArticleGone)


def test_another_article():
    with pytest.raises(SourceError, match=f"asked for {CODE}, got 202609019999999999"):
        article(Art_Code="202609019999999999")


@pytest.mark.parametrize("own", ["", None, 202609011234567890, f"NW{CODE}"])
def test_its_own_code_in_another_spelling_or_none(own):
    assert article(Art_Code=own).code == CODE


def test_recording(golden):
    body = (golden / "captured/newsinfo-article-202609183878840472.json").read_bytes()
    article = parse(body, "202609183878840472")
    data = json.loads(body)["data"]
    assert article.title == data["Art_Title"]
    assert article.body == data["Art_Content"]
    assert article.media == "东方财富Choice数据"
    assert article.stocks == ("0.300024", "105.NVDA", "105.TSLA", "105.AMZN")
    assert article.published_at == datetime(2026, 9, 19, 1, 9, 8, tzinfo=SHANGHAI)
    assert article.source_url == "http://finance.eastmoney.com/a/202609183878840472.html"


def test_the_digest_is_the_summary_of_the_list(golden):
    rows = json.loads((golden / "captured/getNewsByColumns-344.json").read_bytes())["data"]["list"]
    body = (golden / "captured/newsinfo-article-202609183878840472.json").read_bytes()
    assert parse(body, "202609183878840472").digest == rows[0]["summary"]
