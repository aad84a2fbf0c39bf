import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.articles import fields
from finews_spider.times import SHANGHAI

NOON = datetime(2026, 9, 1, 12, 30, 5, tzinfo=SHANGHAI)
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({})


@pytest.mark.parametrize(
    ("value", "text"),
    [("  标题\u3000\n", "标题"), ("", ""), (None, ""), (12, "12"), (1.5, "1.5"), (True, ""), ([1], ""), ({"a": 1}, "")],
)
def test_text(value, text):
    assert fields.text(value) == text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("&quot;新品&quot; A&amp;B", '"新品" A&B'),
        ("&nbsp;&#20013;&#x56fd; ", "中国"),
        ("Q&A &copyright R&D", "Q&A &copyright R&D"),
        ("&amp;lt;", "&lt;"),
        ("&unknown;&#0;", "&unknown;\ufffd"),
        (None, ""),
    ],
)
def test_plain(value, plain):
    assert fields.plain(value) == plain


def test_line():
    assert fields.line(" a\r\n b\u2028c ") == "a b c"
    assert len(fields.line("很长" * 1000)) == 200


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("20170401725887367", "20170401725887367"),
        ("202609011234567890", "202609011234567890"),
        ("20260901101113747001360", "20260901101113747001360"),
        ("NW202609011234567890", "202609011234567890"),
        (" nw202609011234567890 ", "202609011234567890"),
        (202609011234567890, "202609011234567890"),
        ("202609011234", "202609011234"),
        ("2" * 24, "2" * 24),
        ("20260901123", ""),
        ("2" * 25, ""),
        ("AN202609011234567890", ""),
        ("202609011234567890.html", ""),
        ("２０２６０９０１１２３４５６７８９０", ""),
        (2.02609011234567890e17, ""),
        (-202609011234567890, ""),
        (True, ""),
        (None, ""),
        (["202609011234567890"], ""),
    ],
)
def test_code(value, code):
    assert fields.code(value) == code


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-01 12:30:05",
        " 2026/09/01 12:30:05 ",
        "2026/9/1  12:30:05",
        "2026年09月01日 12:30:05",
        "2026年9月1日12:30:05",
        "2026-09-01T12:30:05",
        "2026-09-01 12:30:05.987654",
        "2026.09.01 12:30:05",
        "2026-09-01T12:30:05+08:00",
        "2026-09-01T04:30:05Z",
        "2026-09-01T04:30:05.123+0000",
        "2026年9月1日 星期二 12:30:05",
        "2026年9月1日（周二）12：30：05",
        "2026年9月1日 下午12:30:05",
        "2026 年 9 月 1 日 12时30分05秒",
        "２０２６－０９－０１　１２：３０：０５",
        1788237005,
        "1788237005",
        1788237005987,
        "1788237005987",
    ],
)
def test_time_to_the_second(value):
    time = fields.time(value)
    assert time == NOON
    assert time.utcoffset() == timedelta(hours=8)
    assert time.microsecond == 0


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-01 12:30",
        "2026.9.1 12:30",
        "2026年9月1日 周二 12：30",
        "2026/09/01 12:30",
        "2026年09月01日 12:30",
        "2026-09-01T12:30",
    ],
)
def test_time_to_the_minute(value):
    assert fields.time(value) == NOON.replace(second=0)


@pytest.mark.parametrize("value", ["2026-09-01", "2026/9/1", "2026年09月01日"])
def test_time_of_a_date(value):
    assert fields.time(value) == NOON.replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(
    "value",
    [
        "", "12:30", "今天 12:30", "2026-02-30 12:30:05", "2026-13-01", "2026-09-01 24:00:00", "2026-09-01 12:60",
        "2026-09-0112:30", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "1989-12-31", "2101-01-01", "20260901",
        "2026-09-01 12:30:05 extra", "2026-09-01 12:30 +9900", "09-01 12:30", "1788237005.5", 1788237005.0, math.nan, 0, 17882370, "9999999999",
        True, None, [], {},
    ],
)  # fmt: skip
def test_no_time(value):
    assert fields.time(value) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("于2026-09-01 12:30:05发布", NOON),
        ("2026-08-31 至 2026-09-01 12:30:05", NOON),
        ("2026-99-99 2026年9月1日（周二） 12:30:05", NOON),
        ("1234.2026.09.01 12:30", None),
        ("09-01 12:30", None),
    ],
)
def test_a_time_in_a_text(text, shown):
    assert fields.find_time(text) == shown


def test_code_date():
    midnight = NOON.replace(hour=0, minute=0, second=0)
    assert fields.code_date("202609011234567890") == midnight
    assert fields.code_date("20260901101113747001360") == midnight


@pytest.mark.parametrize(
    "code", ["", "202609", "20260901", "202613011234567890", "000000001234567890", "99990101123456789"]
)
def test_no_code_date(code):
    assert fields.code_date(code) is None


@pytest.mark.parametrize(
    ("quote", "stock"),
    [
        ("116.09988", "116.09988"),
        ("105.NVDA", "105.NVDA"),
        ("0.300024", "0.300024"),
        ("106.BRK_B", "106.BRK_B"),
        ("09988|116|5", "116.09988"),
        ("MSTR|105|7", "105.MSTR"),
        ("DJIA|100|_UI", "100.DJIA"),
        ("K 09988|116|5", "116.09988"),
        ("R MSTR|105", "105.MSTR"),
        ("1,600160", "1.600160"),
        ("09988.HK", "116.09988"),
        ("600519.SH", "1.600519"),
        ("300024.SZ", "0.300024"),
        ("830799.BJ", "0.830799"),
        (" 1.600519 ", "1.600519"),
        ("100.HSI", "100.HSI"),
        ("100.DJIA_UI", "100.DJIA_UI"),
        ("124.HSTECH", "124.HSTECH"),
        ("2.930050", "2.930050"),
        ("2.H30533", "2.H30533"),
        ("113.cu2609", "113.cu2609"),
        ("8.040120", "8.040120"),
        ("101.GC00Y", "101.GC00Y"),
        ("119.EURUSD", "119.EURUSD"),
        ("120.USDCNYC", "120.USDCNYC"),
        ("133.USDCNH", "133.USDCNH"),
        ("171.US10Y", "171.US10Y"),
        ("155.HSBA", "155.HSBA"),
        ("176.285A", "176.285A"),
        ("177.005930", "177.005930"),
        ("153.TCEHY", "153.TCEHY"),
        ("150.000001", "150.000001"),
        ("107.SH", "107.SH"),
    ],
)
def test_stocks(quote, stock):
    assert fields.stocks([quote]) == (stock,)
    assert fields.stocks(quote) == (stock,)


@pytest.mark.parametrize(
    "quote",
    ["90.BK0428", "90,BK0428", "BK0428|90|2", "", "600519", "NVDA.O", "1.", ".600519", "1.600 519", "1.贵州", 1.600519,
     "1.s0", "1.60051", "0.ABCDEF", "116.0700", "116.007000", "105.", "105.TOOLONG", "777.ABC", "999.600519", "7.600519",
     "1.６００５１９", "100.ABCDEFGHIJKLM", "2.CSI300",
     600519, None, True, {"Code": "1.600519"}, ["1.600519"]],
)  # fmt: skip
def test_no_stocks(quote):
    assert fields.stocks([quote]) == ()


def test_an_article_has_at_most_200_stocks():
    assert len(fields.stocks([f"1.{number:06}" for number in range(201)])) == 200


def test_stocks_keep_their_order_and_come_once():
    assert fields.stocks(["105.NVDA", "90.BK0428", "1,600160", "NVDA|105|7", None, "0.300024"]) == (
        "105.NVDA",
        "1.600160",
        "0.300024",
    )


@given(ANYTHING)
@settings(max_examples=200, derandomize=True)
def test_no_reader_raises(value):
    assert isinstance(fields.text(value), str)
    assert isinstance(fields.plain(value), str)
    assert isinstance(fields.code(value), str)
    assert fields.time(value) is None or fields.time(value).tzinfo is SHANGHAI
    assert isinstance(fields.stocks(value), tuple)


DAY = r"(19|20|21|00)[0-9]{2}-[01][0-9]-[0-3][0-9]"
CLOCK = r"[ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:?[0-7][0-9])?"


@given(st.from_regex(DAY, fullmatch=True), st.from_regex(CLOCK, fullmatch=True))
@settings(max_examples=500, derandomize=True)
def test_the_usual_form_of_a_time_means_what_the_others_mean(day, clock):
    time = fields.time(day + clock)
    assert time == fields.time(day.replace("-", "/") + clock)
    assert fields.find_time(day + clock) == fields.find_time(day.replace("-", "/") + clock)
    assert time is None or time.tzinfo is SHANGHAI


@pytest.mark.parametrize(
    ("published", "updated", "later"),
    [
        (1788237005, 1788237005, NOON),
        (1788237005, 1788237010, NOON.replace(second=10)),
        ("1788237005", "1788237000", NOON),
        ("2026-09-01 12:30:05", None, NOON),
        (None, "2026-09-01 12:30:05", NOON),
        ("", [], None),
    ],
)
def test_the_later_of_two_times(published, updated, later):
    assert fields.later(published, updated) == later
