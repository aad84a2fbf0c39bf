"""The search page in a real browser: filters, snippets, stocks, and what it offers where nothing is found."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served

expect.set_options(timeout=60_000)  # ms
FILLER = "<p>大盘全天震荡整理，成交清淡。</p>" * 8
MOUTAI = '<p>盘后公告：<a data-code="1,600519" href="//quote.example">贵州茅台</a>拟每股派现。</p>'
SPIRITS = '<p><a data-code="0,000858" href="//quote.example">五粮液</a>白酒涨价</p>'


def article(number, title, body, media):
    article = Article(code=f"2026{number:014}", title=title, media=media, layout="media", body=body)
    article.published_at = datetime(2026, 1, 30, 9, tzinfo=SHANGHAI) + timedelta(days=number)
    return article


ARTICLES = [
    article(1, "白酒板块走强", FILLER + MOUTAI, "晨星财经报"),
    article(2, "白酒新规出台", SPIRITS, "望江日报"),
    article(3, "降息预期升温", FILLER + SPIRITS, "晨星财经报"),
    article(4, "<b>白酒</b>点评", "<p>{{ 茅台镇 }}</p>", "望江证券报"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    export(folder / "mirror", ARTICLES)
    site.init(folder / "mirror", "//news.example")
    with served(build(folder / "mirror", folder / "site")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def search(url, browser):
    """Return a function that opens the search page with a query."""
    with ExitStack() as stack:

        def search(query, **context):
            opened = browser.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN", **context)
            stack.callback(opened.close)
            page = opened.new_page()
            page.set_default_timeout(60_000)
            complaints = []
            page.on("console", lambda line: complaints.append(line.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{url}/search/{query}")
            stack.callback(lambda: complaints and pytest.fail(str(complaints)))
            return page

        yield search


def titles(page):
    expect(page.get_by_role("status")).to_contain_text("已全部查完")
    return page.locator("#results a").all_inner_texts()


def test_a_stock_s_name_or_code_or_a_part_offers_its_page_first(search, url):
    for query in ("贵州茅台", "600519", "6005", "州茅", "贵州茅台 派现"):
        page = search(f"?q={query}")
        stock = page.get_by_role("list", name="相关股票").get_by_role("link")
        expect(stock, query).to_have_text(["贵州茅台 600519 →"])
    stock.click()
    expect(page).to_have_url(f"{url}/stock/1.600519/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("贵州茅台")
    page = search("?q=白酒")
    assert len(titles(page)) == 4
    expect(page.locator("#stocks")).to_be_hidden()


def test_a_match_in_the_text_shows_in_a_snippet(search):
    page = search("?q=每股派现")
    snippet = page.locator("#results li > p")
    expect(snippet).to_contain_text("盘后公告：贵州茅台拟每股派现。")
    expect(snippet.locator("mark")).to_have_text(["每股派现"])
    assert snippet.inner_text().startswith("…")
    page = search("?q=茅台镇")
    expect(page.locator("#results li > p")).to_have_text("{{ 茅台镇 }}")
    expect(page.locator("#results a")).to_have_text("<b>白酒</b>点评")


def test_snippets_are_fetched_for_what_is_on_the_screen(search, url):
    page = search("?q=茅台")
    expect(page.locator("#results li > p mark")).to_have_count(2)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    assert sum("/2026/" in name for name in loaded) == 2
    assert not [name for name in loaded if "block" in name]


def test_filters_leave_what_they_say(search):
    assert len(titles(search("?q=白酒"))) == 4
    assert titles(search("?q=白酒&title=1")) == ["<b>白酒</b>点评", "白酒新规出台", "白酒板块走强"]
    assert titles(search("?q=白酒&media=晨星财经报")) == ["降息预期升温", "白酒板块走强"]
    assert titles(search("?q=白酒&media=望江")) == ["<b>白酒</b>点评", "白酒新规出台"]
    assert titles(search("?q=白酒&stock=000858")) == ["降息预期升温", "白酒新规出台"]
    assert titles(search("?q=白酒&stock=茅台")) == ["白酒板块走强"]
    assert titles(search("?q=白酒&from=2026-02-01&to=2026-02-02")) == ["降息预期升温", "白酒新规出台"]
    assert titles(search("?q=白酒&to=2026-01-31")) == ["白酒板块走强"]
    assert titles(search("?media=晨星")) == ["降息预期升温", "白酒板块走强"]


def test_filters_are_set_by_keyboard_and_stay_in_the_url(search):
    page = search("?q=白酒")
    page.get_by_role("button", name="搜索").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("媒体")).to_be_focused()
    page.keyboard.type("望江")
    page.get_by_label("从").fill("2026-02-02")
    page.get_by_label("只搜标题").press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#results a")).to_have_text(["<b>白酒</b>点评"])
    address = unquote(page.url).partition("?")[2]
    assert address == "q=白酒&media=望江&from=2026-02-02&title=1"
    page.reload()
    expect(page.locator("#results a")).to_have_text(["<b>白酒</b>点评"])
    expect(page.get_by_label("媒体")).to_have_value("望江")
    expect(page.get_by_label("只搜标题")).to_be_checked()


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("?q=贵州茅台酒价", ["贵州茅台"]),
        ("?q=白酒 火箭", ["白酒"]),
        ("?q=降息&media=望江&title=1", ["降息（不加筛选）"]),
        ("?q=白酒&media=望江晚报", ["白酒（不加筛选）", "白酒（媒体：望江证券报）", "白酒（媒体：望江日报）"]),
        ("?media=晨星时报", ["晨星财经报"]),
        ("?q=望江晚报", ["望江", "望江证券报", "望江日报"]),
    ],
)
def test_where_nothing_is_found_shorter_queries_and_similar_publications_are_offered(search, query, offered):
    page = search(query)
    links = page.get_by_role("region", name="换个说法试试").get_by_role("link")
    expect(links).to_have_text(offered)
    links.first.click()
    expect(page.locator("#results a").first).to_be_visible()


def test_axe_finds_nothing_with_filters_stocks_and_suggestions(search):
    for query in ("?q=茅台&from=2026-01-01", "?q=贵州茅台酒价&title=1"):
        page = search(query)
        expect(page.get_by_role("status")).to_contain_text("已全部查完")
        violations = Axe().run(page).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations] == []


def test_where_no_part_is_found_nothing_is_offered(search):
    page = search("?q=火箭")
    expect(page.get_by_role("status")).to_have_text("共找到 0 篇，已全部查完。")
    expect(page.get_by_role("region", name="换个说法试试")).to_be_hidden()
