import json

import pytest

from finews_spider.articles import fields
from finews_spider.errors import SourceError
from finews_spider.items import ArticleRef
from finews_spider.sources import LIST_SOURCES
from finews_spider.sources.javascript import Unread
from finews_spider.sources.rows import check_success, code_of, np_data, object_at, objects, read_rows

CODE, OTHER = "202609011234567890", "202609011234567891"


def read(row):
    return ArticleRef(
        code=fields.code(row.get("code")), title=fields.text(row.get("title")), time=fields.time(row.get("time"))
    )


FORMATS = {
    "webapi-roll": ("records", "infoCode", "url_w"),
    "webapi-media": ("nodeList", "infocode", ""),
    "webapi-market": ("record", "infoCode", ""),
    "kuaixun": ("LivesList", "newsid", "url_w"),
    "fastnews": ("fastNewsList", "code", ""),
    "columns": ("list", "code", "uniqueUrl"),
}
"""Kind → the names of its rows, of their code and of their link, if they have one."""
ELSEWHERE = ["https://acttg.eastmoney.com/pub/web_app", "//topic.eastmoney.com/x.html", "HTTP://ad.example"]


def listed(kind, *rows):
    """Return the page of a list of this *kind* with *rows* and ten articles."""
    key, code, _ = FORMATS[kind]
    held = {key: [*({code: str(int(CODE) + n), "title": "茶"} for n in range(10)), *rows]}
    page = LIST_SOURCES[kind](json.dumps(held | {"rc": 1, "code": 1, "data": held}).encode())
    assert len(page.refs) >= 10
    return page


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("empty", ["", " ", None, 0, "0", -1, "-"])
@pytest.mark.parametrize("link", ["", "javascript:void(0)", "/fund/", "fund.example/", "app://fund"])
def test_a_row_whose_code_the_upstream_left_empty_is_an_advertisement(kind, empty, link):
    page = listed(kind, {FORMATS[kind][1]: empty, "title": "理财节来了", FORMATS[kind][2] or "url": link})
    assert (len(page.adverts), page.problems) == (1, [])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("link", ELSEWHERE)
@pytest.mark.parametrize("code", [{}, {"code": "", "newsid": ""}, {"code": "AD7", "infoCode": "AD7", "newsid": "AD7"}])
def test_a_row_without_a_code_that_leads_elsewhere_is_an_advertisement(kind, link, code):
    page = listed(kind, {FORMATS[kind][2] or "url": link, **code})
    assert (len(page.adverts), page.problems) == (1, [])
    assert page.adverts[0].startswith("row 11 ")


@pytest.mark.parametrize("kind", FORMATS)
def test_other_rows_without_a_code_can_not_be_read(kind):
    _, code, link = FORMATS[kind]
    rows = [{}, {"title": "x"}, {code: ""}, {code: "a1", "title": "x"}, {code: 1.5, "title": "x"}, None, 7]
    rows += [{code: [], "title": "x"}, {link or "url": "javascript:alert(1)", "title": "x", code: "a1"}]
    page = listed(kind, *rows)
    assert (len(page.problems), page.adverts) == (len(rows), [])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("code", [{}, {"code": "", "infoCode": ""}])
def test_a_row_without_a_code_whose_link_names_an_article_names_that(kind, code):
    link = "http://finance.eastmoney.com/a/202609019999999999.html"
    page = listed(kind, {FORMATS[kind][2] or "url_m": link, "title": "x", **code})
    assert page.refs[-1].code == "202609019999999999"
    assert page.problems == page.adverts == []


@pytest.mark.parametrize(("articles", "adverts"), [(0, 1), (0, 5), (1, 6), (10, 11)])
def test_advertisements_alone_or_many_more_than_articles_are_a_changed_format(articles, adverts):
    rows = [{"code": str(int(CODE) + n)} for n in range(articles)] + [{"code": "", "title": "x"}] * adverts
    page = page_of(*rows)
    assert (len(page.refs), len(page.problems), page.adverts) == (articles, adverts, [])


def test_a_short_list_may_have_more_advertisements_than_articles():
    page = page_of({"code": CODE}, *[{"code": "", "title": "x"}] * 5)
    assert (len(page.refs), page.problems, len(page.adverts)) == (1, [], 5)


def page_of(*rows):
    return read_rows({"rows": list(rows)}, "rows", read)


@pytest.mark.parametrize("bad", [None, 7, "text", [CODE], {}, {"code": ""}, {"code": "a\nb"}, {"title": "无" * 9999}])
def test_a_bad_row_is_a_problem_and_the_other_rows_are_read(bad):
    page = page_of({"code": CODE}, bad, {"code": OTHER})
    assert [ref.code for ref in page.refs] == [CODE, OTHER]
    assert len(page.problems) == 1
    assert page.problems[0].startswith("row 2 ")
    assert "\n" not in page.problems[0]
    assert len(page.problems[0]) < 200


def test_a_row_that_is_no_javascript_is_shown():
    page = page_of({"code": CODE}, Unread('{"code": "x" y}' + "长" * 999))
    assert [ref.code for ref in page.refs] == [CODE]
    [problem] = page.problems
    assert problem.startswith("""row 2 can't be read: '{"code": "x" y}""")
    assert len(problem) < 150


def test_the_first_of_two_rows_of_an_article_stays():
    page = page_of(
        {"code": CODE, "title": "先", "time": "2026-09-01 10:00:00"},
        {"code": OTHER},
        {"code": CODE, "title": "后", "time": "2026-09-01 10:00:00"},
        {"code": CODE, "title": "无时"},
    )
    assert [(ref.code, ref.title) for ref in page.refs] == [(CODE, "先"), (OTHER, "")]
    assert page.problems == []


@pytest.mark.parametrize("first", [{}, {"time": "2026-09-01 10:00:00"}])
def test_a_later_time_replaces_an_earlier_one_in_its_place(first):
    page = page_of(
        {"code": CODE, **first}, {"code": OTHER}, {"code": CODE, "title": "后", "time": "2026-09-01 11:00:00"}
    )
    assert [(ref.code, ref.title) for ref in page.refs] == [(CODE, "后"), (OTHER, "")]


@pytest.mark.parametrize("rows", [None, [], ""])
def test_no_rows(rows):
    assert read_rows({"rows": rows}, "rows", read).refs == []


@pytest.mark.parametrize("holder", [{}, {"list": []}, {"rows": {"0": 1}}, {"rows": "text"}, {"rows": 7}])
def test_refused(holder):
    with pytest.raises(SourceError, match="rows"):
        read_rows(holder, "rows", read)


def test_code_of_takes_the_first_that_is_a_code():
    assert code_of({"a": "", "b": 1.5, "c": f"NW{CODE}", "d": OTHER}, "missing", "a", "b", "c", "d") == CODE
    assert code_of({"a": "x"}, "a") == ""


@pytest.mark.parametrize("status", [1, "1", " 1 "])
def test_success(status):
    check_success({"rc": status}, "rc", "me")


@pytest.mark.parametrize("answer", [{}, {"rc": 0}, {"rc": "0"}, {"rc": None}, {"rc": True}, {"rc": 1.0}])
def test_no_success(answer):
    with pytest.raises(SourceError, match=r"error: \{"):
        check_success(answer, "rc", "me")
    with pytest.raises(SourceError, match=r"error: 参数 有误$"):
        check_success({**answer, "me": "参数\n有误"}, "rc", "me")


def test_np_data():
    assert np_data({"code": "1", "data": {"list": []}}) == {"list": []}
    assert np_data({"code": 1, "data": None}) is None


@pytest.mark.parametrize("data", [{}, {"data": []}, {"data": "x"}, {"data": 0}])
def test_np_data_refused(data):
    with pytest.raises(SourceError, match="data is no object"):
        np_data({"code": "1", **data})


def test_another_value_may_mean_success():
    check_success({"errno": 0}, "errno", "msg", success="0")
    with pytest.raises(SourceError, match=r"error: 签名错误$"):
        check_success({"errno": 1, "msg": "签名错误"}, "errno", "msg", success="0")


def test_object_at():
    assert object_at({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}


@pytest.mark.parametrize("answer", [{}, {"a": None}, {"a": [{"b": {}}]}, {"a": {"b": 7}}, {"a": {"c": {}}}])
def test_no_object_at_a_path(answer):
    with pytest.raises(SourceError, match=r"no object [ab], only "):
        object_at(answer, "a", "b")


@pytest.mark.parametrize(
    ("values", "found"), [(None, []), ({"a": 1}, []), ("ab", []), ([{"a": 1}, None, [], {}], [{"a": 1}, {}])]
)
def test_objects(values, found):
    assert objects(values) == found
