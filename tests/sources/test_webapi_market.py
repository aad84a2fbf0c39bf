import json
from datetime import datetime

from finews_spider.items import ArticleRef
from finews_spider.sources.webapi_market import parse
from finews_spider.times import SHANGHAI

ROW = {
    "medianame": "茶业日报",
    "infoCode": "NW202609011234567890",
    "title": "新茶上市",
    "datetime": "2026-09-01 12:30:05",
}


def test_a_row():
    assert parse(json.dumps({"record": [ROW]}).encode()).refs == [
        ArticleRef(
            code="202609011234567890",
            title="新茶上市",
            time=datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI),
            media="茶业日报",
        )
    ]


def test_recording(golden):
    page = parse((golden / "upstream/newmarket-37.json").read_bytes())
    assert page.problems == []
    assert [(ref.info_code, ref.media) for ref in page.refs] == [("NW202206012399294452", "新京报")]
    assert page.refs[0].time == datetime(2022, 6, 1, 15, 18, 19, tzinfo=SHANGHAI)
