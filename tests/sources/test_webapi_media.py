import json
from datetime import datetime

from finews_spider.items import ArticleRef
from finews_spider.sources.webapi_media import parse
from finews_spider.times import SHANGHAI

ROW = {
    "from": "茶业日报",
    "infocode": "NW202609011234567890",
    "title": "新茶上市",
    "showtime": "2026-09-01 12:30:05",
    "simtitle": "新茶",
    "simdigest": "产区今日开秤。",
}


def test_a_row():
    assert parse(json.dumps({"nodeList": [ROW]}).encode()).refs == [
        ArticleRef(
            code="202609011234567890",
            title="新茶上市",
            time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
            digest="产区今日开秤。",
            media="茶业日报",
        )
    ]


def test_the_sibling_feeds_spelling_of_info_code():
    row = {"infoCode": "NW202609011234567890", "from": "S&amp;P"}
    [ref] = parse(json.dumps({"nodeList": [row]}).encode()).refs
    assert (ref.code, ref.media) == ("202609011234567890", "S&P")
