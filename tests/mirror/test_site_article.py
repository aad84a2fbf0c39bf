"""The page of an article in a real browser: its stocks, charts, tables, lost pictures, headings and source."""

import json
import re
from contextlib import ExitStack
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.sample.images import chart
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served

expect.set_options(timeout=60_000)  # ms

KEYWORD = (
    '<span id="stock_1.600519"><a class="keytip" data-code="1,600519" target="_blank" '
    'href="http://quote.eastmoney.com/unify/r/1.600519">钢铁甲</a></span><span id="quote_1.600519"></span>'
)
BOARD = '<a class="keytip" data-code="90,BK0800" href="http://quote.eastmoney.com/unify/r/90.BK0800">某板块</a>'
PLAIN = '<a href="http://quote.eastmoney.com/unify/r/1.600519" target="_blank">钢铁甲</a>'
CHART = (
    '<p style="display:none;height:1px;overflow:hidden;"><br /></p><!-- EM_StockImg_Start -->'
    '<p style="text-align:center;"><a href="http://quote.eastmoney.com/unify/r/{market}.{ticker}" data-code="{ticker}|{market}|5" '
    'data-code2="{ticker}|{market}|3|" class="EmImageRemark" target="_blank"><img src="{pictures}/chart.png?{ticker}" border="0" '
    'alt="K图 {ticker}_0" data-code="K {ticker}|{market}|5" style="border:#d1d1d1 1px solid;" width="578" height="276" />'
    "</a></p><!-- EM_StockImg_End -->"
)
STOCKS = (("116", "00700"), ("105", "nvda"), ("100", "HSI"))
WORDS = ["证券简称", "融资余额（亿元）", "较前一日变动比例", "所属行业", "备注"]
LONG = "公司在公告中表示受原料价格影响第三季度营收同比增长超出市场此前的一致预期"
TABLE = "<table>" + "<tr>" + "".join(f"<td>{word}</td>" for word in [*WORDS, LONG]) + "</tr></table>"
BODY = (
    "{charts}<p>　　沪深两市低开高走。</p><h1>一</h1><p>" + KEYWORD + "，" + KEYWORD + "，" + BOARD + "</p>"
    '<h3 class="emh3">二</h3><H4>三</H4><table><tr><td>小</td><td>表</td></tr></table>' + TABLE + "<h1>四</h1>"
    '<p>图<img src="{pictures}/lost.png" width="600" height="300"></p><p id="after">图后</p>'
    '<p><img src="{pictures}/lost.png?2" width="100%"></p><p><img src="{pictures}/chart.png" width="578" height="276"></p>'
    '<p style="text-align:center;"><a href="https://acttg.eastmoney.com/pub/x"><img src="{pictures}/advertisement.png" '
    'class="em_handle_adv_close" /></a></p>'
)
PAGE = "/chenxingcaijingbao/2026/03/03/NW202603030000000001.html"
FLASH = "/emnews/2026/03/03/202603030000000002.html"
OTHER = "/emnews/2026/03/03/202603030000000003.html"
LEAD = '某公司称，"新品"将于下月发售 A&B。'


def article(code: str, hour: int, **fields) -> Article:
    made = Article(code=code, title=f"第{code[-1]}篇", **fields)
    made.published_at = datetime(2026, 3, 3, hour, tzinfo=SHANGHAI)
    return made


def articles(pictures: str) -> list[Article]:
    charts = "".join(
        CHART.replace("{market}", market).replace("{ticker}", ticker).replace("{pictures}", pictures)
        for market, ticker in STOCKS
    )
    first = article("202603030000000001", 8, body=BODY.replace("{charts}", charts).replace("{pictures}", pictures))
    first.media, first.layout = "晨星财经报", "media"
    first.revised_at = datetime(2026, 3, 3, 9, 30, tzinfo=SHANGHAI)
    flash = article(
        "202603030000000002", 9, body=f"<p>　　{LEAD.replace('&', '&amp;')}</p>", digest=f"【第2篇】{LEAD}（某社）"
    )
    flash.layout, flash.stocks = "roll", ("1.600519", "105.NVDA", "90.BK0428")
    flash.source_url = "http://finance.eastmoney.com/a/202603030000000002.html"
    flash.revised_at = datetime(2026, 3, 4, 7, 5, tzinfo=SHANGHAI)
    other = article(
        "202603030000000003", 10, body=f"<p>正文另有所说。{PLAIN}</p>", digest="摘要说的不同。", layout="roll"
    )
    other.stocks = ("116.00700",)
    naming = article("202603030000000004", 11, layout="roll")
    naming.body = '<p><a class="keytip" data-code="116,00700" href="//q.example/">某网络公司</a></p>'
    return [first, flash, other, naming]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Give the browser, the URL of the built site, the folder of the mirror, and how to open a page."""
    folder = tmp_path_factory.mktemp("articles")
    (folder / "pictures").mkdir()
    (folder / "pictures/404.html").touch()
    (folder / "pictures/chart.png").write_bytes(chart("1"))
    (folder / "pictures/advertisement.png").write_bytes(chart("2"))
    mirror = folder / "mirror"
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        pictures = stack.enter_context(served(folder / "pictures"))
        export(mirror, articles(pictures))
        site.init(mirror, "//news.example")
        config = mirror / "_config.yml"
        config.write_text(f"{config.read_text('utf-8')}  - {pictures}\n", encoding="utf-8")
        url = stack.enter_context(served(build(mirror, folder / "site", "--baseurl", "/a b"), "/a%20b"))

        def opened(path: str, wide: int = 1280, **context) -> Page:
            for before in browser.contexts:
                before.close()
            page = browser.new_context(viewport={"width": wide, "height": 800}, **context).new_page()
            page.set_default_timeout(60_000)
            page.goto(url + path)
            return page

        yield mirror, opened


@pytest.fixture(scope="module")
def opened(stage):
    return stage[1]


def test_an_article_names_its_stocks_and_leads_to_their_pages(opened):
    page = opened(PAGE, java_script_enabled=False)
    links = page.locator(".named a")
    expect(links).to_have_text(["00700", "NVDA", "HSI", "钢铁甲 600519"])
    links.last.click()
    expect(page).to_have_url(re.compile("/a%20b/stock/1.600519/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("钢铁甲")


def test_stocks_that_only_a_list_named_and_names_from_other_articles_are_added(opened):
    page = opened(FLASH)
    expect(page.locator(".named a")).to_have_text(["钢铁甲 600519", "NVDA"])
    page.locator(".named a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("钢铁甲")
    page = opened(PAGE)
    expect(page.locator(".named a")).to_have_text(["某网络公司 00700", "NVDA", "HSI", "钢铁甲 600519"])
    page.locator(".named a").nth(1).click()
    expect(page.locator(".rows li")).to_have_count(2)


@pytest.mark.parametrize("wide", [320, 390, 1280])
def test_the_text_stays_where_it_is_when_the_stocks_arrive(opened, wide):
    page = opened(OTHER, wide)
    held = []
    page.route("**/stocks.json", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request("**/stocks.json"):
        page.reload()
    before = round(page.locator(".body").bounding_box()["y"])
    expect(page.locator(".named a")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(".named a")).to_have_text(["钢铁甲 600519", "某网络公司 00700"])
    assert round(page.locator(".body").bounding_box()["y"]) == before


def test_keywords_of_stocks_lead_to_our_pages_and_others_stay(opened):
    page = opened(PAGE, java_script_enabled=False)
    links = page.locator(".body").get_by_role("link", name="钢铁甲")
    expect(links).to_have_count(2)
    for link in links.all():
        assert link.evaluate("link => [new URL(link.href).pathname, link.target]") == ["/a%20b/stock/1.600519/", ""]
    board = page.locator(".body").get_by_role("link", name="某板块")
    expect(board).to_have_attribute("href", "http://quote.eastmoney.com/unify/r/90.BK0800")


def test_the_script_finds_keywords_without_the_usual_mark(opened):
    link = opened(OTHER).locator(".body").get_by_role("link", name="钢铁甲")
    expect(link).to_have_attribute("href", re.compile("/a%20b/stock/1.600519/$"))
    expect(link).to_have_attribute("target", "")


def test_the_data_of_a_day_has_only_what_bodies_do_not_show(stage):
    mirror, _ = stage
    assert json.loads((mirror / "archive/2026-03-03/stocks.json").read_text("utf-8")) == {
        "202603030000000002": ["1.600519", "105.NVDA"],
        "202603030000000003": ["1.600519", "116.00700"],
    }
    assert json.loads((mirror / "stock/names/116.007.json").read_text("utf-8")) == {"116.00700": "某网络公司"}


@pytest.mark.parametrize(("wide", "columns"), [(320, 2), (390, 2), (1280, 3)])
def test_charts_stand_side_by_side(opened, wide, columns):
    page = opened(PAGE, wide)
    boxes = [chart.bounding_box() for chart in page.locator(".EmImageRemark img").all()]
    assert len({round(box["y"]) for box in boxes[:columns]}) == 1
    text = page.get_by_text("沪深两市低开高走").bounding_box()
    assert max(box["y"] + box["height"] for box in boxes) <= text["y"] < 700


@pytest.mark.parametrize("wide", [320, 390])
def test_a_table_keeps_words_whole_and_shows_that_it_goes_on(opened, wide):
    page = opened(PAGE, wide)
    small, large = page.locator(".body .wide").all()
    height = "cell => cell.getBoundingClientRect().height"
    one_line = small.locator("td").first.evaluate(height)
    assert large.get_by_text("所属行业").locator("xpath=self::td").count() == 1
    lines = large.locator("td").evaluate_all(
        "cells => cells.map(cell => { const range = document.createRange();"
        "range.selectNodeContents(cell); return new Set([...range.getClientRects()].map(box => box.top)).size; })"
    )
    assert lines == [1, 2, 1, 1, 1, 3]
    assert one_line < 50
    fades = "box => getComputedStyle(box).maskImage !== 'none'"
    assert [small.evaluate(fades), large.evaluate(fades)] == [False, True]
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    assert page.locator(".body").evaluate("body => body.scrollWidth - body.clientWidth") == 0
    expect(small).not_to_have_attribute("tabindex", "0")
    large.focus()
    page.keyboard.press("ArrowRight")
    expect(large).to_have_class("wide after before")
    large.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    expect(large).to_have_class("wide before")
    expect(large).to_have_accessible_name("表格，可左右滚动")


def test_a_lost_picture_becomes_words_of_its_size_and_others_show(opened):
    page = opened(PAGE)
    lost = page.locator(".lost")
    expect(lost).to_have_text(["图片已失效"] * 2)
    assert page.locator(".body > p > img").evaluate("picture => picture.naturalWidth") == 578
    box = lost.first.bounding_box()
    assert (round(box["width"]), round(box["height"])) == (600, 240)


def test_a_picture_that_fails_before_the_script_runs_is_replaced_too(opened):
    page = opened("/")
    page.route("**/article.js", lambda route: (page.wait_for_timeout(500), route.continue_()))
    page.goto(page.url.rstrip("/") + PAGE)
    expect(page.locator(".lost")).to_have_count(2)


def test_headings_follow_the_title_and_no_id_is_there_twice(opened):
    page = opened(PAGE, java_script_enabled=False)
    levels = page.locator("main :is(h1, h2, h3, h4, h5, h6)").evaluate_all("all => all.map(one => one.tagName)")
    assert levels == ["H1", "H2", "H3", "H4", "H2"]
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    rules = Axe().run(
        opened(PAGE), options={"runOnly": ["heading-order", "duplicate-id", "scrollable-region-focusable"]}
    )
    assert rules.response["violations"] == []


def test_the_advertisement_is_gone(opened):
    page = opened(PAGE)
    expect(page.locator(".body")).not_to_contain_text("acttg")
    assert page.locator(".em_handle_adv_close").count() == 0


def test_the_digest_is_said_once(opened):
    page = opened(FLASH, java_script_enabled=False)
    expect(page.locator("blockquote")).to_have_count(0)
    expect(page.get_by_text(LEAD)).to_have_count(1)
    page = opened(OTHER, java_script_enabled=False)
    expect(page.locator("blockquote")).to_have_text("摘要说的不同。")


def test_the_source_is_the_article_by_https(opened):
    for path in (PAGE, FLASH):
        page = opened(path, java_script_enabled=False)
        link = page.get_by_role("link", name="原文", exact=True)
        code = re.search(r"\d{18}", path)[0]
        expect(link).to_have_attribute("href", f"https://finance.eastmoney.com/a/{code}.html")
        expect(page.locator("main")).not_to_contain_text("http")


def test_an_update_of_the_same_day_shows_its_time_alone(opened):
    expect(opened(PAGE).locator(".about span")).to_have_text("更新于 09:30")
    expect(opened(FLASH).locator(".about span")).to_have_text("更新于 2026年3月4日 07:05")
