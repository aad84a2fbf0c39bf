"""The time and the publication in a page, among other texts."""

from datetime import datetime

import pytest

from finews_spider.sources import page, rendered
from finews_spider.times import SHANGHAI

CODE = "202206013000000001"
SHOWN = datetime(2022, 6, 1, 9, 20, tzinfo=SHANGHAI)
TEXT = "".join(f"<p>第{n}段，公司在公告中表示产能利用率保持平稳。</p>" for n in range(5))
AUTHOR, EDIT, COMMENTS = "作者：李茶", '<a href="/edit">编辑</a>', '<span class="num ml5">12</span>人评论'


def now(*items):
    """Return a page of today's template with these items in its head."""
    cells = "".join(f'<div class=" item">{item}</div>' for item in items)
    return (
        f'<div class="contentwrap"><div id="topbox"><div class="title">资金来源：题目</div><div class="sublab">原标题：'
        f'2020年1月2日 10:00 来源：旧题</div><div class="tipbox"><div class="infos">{cells}</div><div class="aboutctrl">分享'
        f'</div></div></div><div class="txtinfos" id="ContentBody">{TEXT}</div></div>'
    )


def before(*items):
    """Return a page of the template of 2017 to 2021."""
    return (
        f'<div class="newsContent"><h1>题目</h1><div class="Info"><div class="time-source">{"".join(items)}</div></div>'
        f'<div class="b-review">来源：摘要</div><div id="ContentBody" class="Body">{TEXT}</div><p class="res-edit">'
        "（责任编辑：DF1）</p></div>"
    )


def mobile(*items):
    return (
        f'<div class="atitle">题目</div><div class="time">{" ".join(items)}</div><article id="zwtext">{TEXT}</article>'
    )


def shared(*items):
    """Return a page as a script fills it, with meaningless classes."""
    cells = "".join(f"<span>{item}</span>" for item in items)
    return f"<h1>题目</h1><div>{cells}</div><div>{TEXT}</div>"


TEMPLATES = [now, before, mobile, shared]


def parse(template, *items):
    reader = rendered if template is shared else page
    return reader.parse(f"<html><head></head><body>{template(*items)}</body></html>".encode(), CODE)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "written",
    [
        "2022.06.01 09:20",
        "2022-06-01T09:20:00",
        "2022-06-01T01:20:00Z",
        "2022-06-01 09：20",
        "2022年06月01日 星期三 09:20",
        "2022年6月1日（周三） 9:20",
        "2022/6/1 9:20:00",
        "2022年06月01日　09时20分",
        "２０２２年０６月０１日 ０９：２０",
        "发布时间：2022-06-01 09:20",
        "2022-06-01 | 09:20",
        "2022年06月01日 · 09:20",
        "2022年<b>06</b>月<b>01</b>日 <i>09:20</i>",
        "06月01日 09:20",
        "06-01 09:20:00",
    ],
)
def test_a_time_keeps_its_hour_and_minute(template, written):
    assert parse(template, f"<span>{written}</span>", "<span>来源：晨星财经报</span>").published_at == SHOWN


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_day_and_its_hour_may_stand_apart(template):
    item = "<div><span>2022-06-01</span><span>09:20</span></div>"
    assert parse(template, item).published_at == SHOWN
    assert parse(template, "<b>2022-06-01</b>").published_at == SHOWN.replace(hour=0, minute=0)


NAMES = [
    "晨星财经报",
    "安信国际证券(香港)",
    "东海证券（上海）",
    "Career In 投行PEVC",
    "A|B",
    "21世纪茶业报道  南财理财通",
    "36茶",
    "甲·乙周刊",
    "《茶》周刊",
]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "item",
    [
        "来源：{}",
        "来源: {}",
        "来源 ：{}",
        "文章来源：<a href='/x'>{}</a>",
        "<b>来源：</b>{}",
        "（来源：{}）",
        "来源：\n   {}\n  ",
        "<!-- x -->来源：<!-- y -->{}",
    ],
)
def test_a_publication_is_the_whole_text_behind_the_label(template, name, item):
    items = [
        "<div>2022-06-01 09:20</div>",
        f"<div>{item.format(name)}</div>",
        f"<div>{AUTHOR}</div>",
        f"<div>{EDIT}</div>",
    ]
    assert parse(template, *items).media == name
    assert parse(template, *reversed(items)).media == name


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    "item",
    [
        "来源：晨星 财经报 作者：李茶",
        "2022-06-01 09:20 来源：晨星 财经报",
        "来源：晨星 财经报 2022-06-01 09:20",
        "来源：晨星 财经报 12条评论",
        "作者：李茶 来源：晨星 财经报 编辑：王茶",
        "来源：晨星 财经报 | 责任编辑：王茶",
        f"来源：晨星 财经报 {EDIT}",
        f"来源：<a>晨星 财经报</a> {EDIT}",
        f"来源：<a>晨星 财经报</a>{COMMENTS}",
        "来源：<a>晨星 财经</a>报",
        "来源：<a>晨星 财经报</a>，作者：李茶",
        "来源：晨星 财经报<div>2022-06-01</div>",
    ],
)
def test_what_follows_a_publication_is_no_part_of_it(template, item):
    assert parse(template, f"<div>{item}</div>").media == "晨星 财经报"


NOTHING = [
    "来源：",
    "来源： ",
    "<span>来源：</span>",
    "来源：<div></div>",
    "来源：|",
    "来源：2022-06-01 09:20",
    "来源：<i>12</i>",
    "来源：" + "长" * 99,
]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("item", NOTHING)
@pytest.mark.parametrize("neighbour", ["2022-06-01 09:20", AUTHOR, EDIT, COMMENTS, "原标题：旧题", "晚报"])
def test_a_neighbour_is_no_publication(template, item, neighbour):
    wrapped = f"<div>{item}</div>", f"<div>{neighbour}</div>"
    assert parse(template, *wrapped).media == ""
    assert parse(template, *reversed(wrapped)).media == ""


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("item", NOTHING)
def test_without_a_text_the_attribute_names_it_else_the_logo(template, item):
    logo = '<a href="/x"><img src="//x/logo.png" alt="海棠商报"></a>'
    other = f'<div class="author">{AUTHOR}<img src="//x/face.png" alt="李茶"></div>'
    assert (
        parse(template, other, f'<div class="source" data-source="晨星 财经报">{item}{logo}</div>').media
        == "晨星 财经报"
    )
    assert parse(template, other, f'<div class="source">{item}{logo}</div>').media == "海棠商报"
    assert parse(template, other, '<div data-source="2022-06-01">来源：</div>').media == ""


@pytest.mark.parametrize("template", TEMPLATES)
def test_other_sources_than_the_articles_are_none(template):
    assert parse(template, "<div>数据来源：海棠数据</div>", "<div>资金来源：自有</div>").media == ""


def test_the_text_may_name_the_publication_in_a_rendered_page():
    keyword = '（文章来源：上海<span id="bk_90.BK0473"><a>证券</a></span><span id="bkquote_90.BK0473"></span>报(海外)）'
    content = f"<h1>题目</h1><div>{TEXT}<p>（来源：公司公告）</p><p>{keyword}</p></div>"
    assert rendered.parse(content.encode(), CODE).media == "上海证券报(海外)"
