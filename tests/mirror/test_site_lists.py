"""The built site's lists in a real browser: from home to any article, from page to page, by keys, and as news arrives."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from playwright.sync_api import Page, expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served
from tests.mirror.test_site_browser import MOVED, Site, faults_in_both

NOW = datetime(2026, 3, 3, 20, tzinfo=SHANGHAI)
expect.set_options(timeout=60_000)  # ms

TODAY, YESTERDAY, LAST_YEAR = 200, 150, 30
PAGES = [
    *("/", "/archive/", "/archive/2026.html", "/archive/2026-03-03/", "/archive/2026-03-03/1.html", "/stock/"),
    *("/stock/sh.html", "/stock/1.600519/", "/stock/1.600519/1.html", "/category/chenbao/", "/category/chenbao/1.html"),
]
HREF = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')


def articles() -> Iterator[Article]:
    """Give articles of today, one a three minutes, of yesterday, and of last year, one a day."""
    for number in range(TODAY + YESTERDAY + LAST_YEAR):
        if number < TODAY + YESTERDAY:
            at = number if number < TODAY else number - TODAY
            shown = NOW - timedelta(days=number >= TODAY, minutes=3 * at)
        else:
            shown = NOW - timedelta(days=300 + number)
        stock = '<a data-code="1.600519" href="//q.example">贵州茅台</a>' if number < 150 else ""
        stock += f'<a data-code="0.{300000 + number:06}" href="//q.example">0.{300000 + number:06}</a>'
        article = Article(code=f"{shown:%Y%m%d}{number:010}", title=f"题{number}", body=f"<p>文{number}{stock}</p>")
        article.published_at = shown
        article.layout = "roll" if number % 2 else "media"
        article.media = "" if number % 2 else "晨报"
        if number % 4 == 1:
            article.body += '<p class="em_media">（文章来源：上海<span id="bk_90.BK0473">证券</span>报）</p>'
        if number in {2, 4}:
            article.revised_at = shown + timedelta(minutes=30, days=number // 4)
        yield article


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    mirror = folder / "mirror"
    export(mirror, list(articles()))
    site.init(mirror, "//news.example")
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        yield mirror, browser


@pytest.fixture(scope="module")
def finews(stage):
    mirror, browser = stage
    with served(build(mirror, mirror.parent / "site")) as url:
        yield Site(browser, url, url)


@pytest.fixture(scope="module")
def below(stage):
    """Return the same site in a folder of its host."""
    mirror, browser = stage
    with served(build(mirror, mirror.parent / "below", "--baseurl", "/a b"), "/a%20b") as url:
        yield Site(browser, url, url)


@pytest.fixture(params=["finews", "below"])
def either(request):
    return request.getfixturevalue(request.param)


def clicks(built: Path, *kinds: str) -> dict[str, int]:
    """Return page → clicks from home by links alone, through pages whose path begins so or is no article's."""
    found, now = {"/": 0}, ["/"]
    while now:
        reached = []
        for page in now:
            path = built / unquote(page.lstrip("/"))
            text = (path / "index.html" if page.endswith("/") else path).read_text("utf-8")
            for link in HREF.findall(text):
                to = urljoin(page, link).partition("#")[0].partition("?")[0]
                if not to.startswith("/") or to.startswith("//") or to in found or not to.endswith(("/", ".html")):
                    continue
                found[to] = found[page] + 1
                if to.startswith(kinds):
                    reached.append(to)
        now = reached
    return found


def articles_of(built: Path) -> set[str]:
    return {f"/{path.relative_to(built)}" for path in built.glob("*/20[0-9][0-9]/*/*/*.html")}


def test_every_article_is_four_clicks_from_home(stage, finews):
    """By year, day and page of the day: so it is however many articles there are, for each of these leads to all of the next."""
    built = stage[0].parent / "site"
    wanted = articles_of(built)
    assert len(wanted) == TODAY + YESTERDAY + LAST_YEAR
    found = clicks(built, "/archive/20")
    assert {page: found.get(page) for page in wanted if found.get(page, 9) > 4} == {}


def test_every_stock_is_three_clicks_from_home(stage, finews):
    built = stage[0].parent / "site"
    stocks = {f"/{path.parent.relative_to(built)}/" for path in built.glob("stock/*.*/index.html")}
    assert len(stocks) == 1 + TODAY + YESTERDAY + LAST_YEAR
    found = clicks(built, "/stock/")
    assert {page for page in stocks if found.get(page, 9) > 3} == set()


def through(page: Page) -> list[tuple[str, list[str]]]:
    """Go from page to older page, and return the place and the times of each."""
    seen = []
    while True:
        expect(page.locator(".pages span")).to_be_visible()
        titles = page.locator(".rows a").all_inner_texts()
        seen.append((page.locator(".pages span").inner_text(), titles))
        older = page.locator(".pages [rel=next]")
        if not older.count():
            return seen
        older.click()
        expect(page.locator(".rows a").first).not_to_have_text(titles[0])


def test_a_reader_goes_through_the_parts_of_home_and_back(either):
    page = either.open("/")
    expect(page.get_by_role("heading", name="2026年3月3日")).to_be_visible()
    seen = through(page)
    titles = [title for _, part in seen for title in part]
    assert titles[:TODAY] == [f"题{number}" for number in range(TODAY)]
    assert len(titles) == len(set(titles)) >= TODAY + 80  # 24 hours
    assert [place for place, _ in seen] == [f"{number} / {len(seen)}" for number in range(1, len(seen) + 1)]
    expect(page.get_by_role("link", name="更早的文章在归档里")).to_be_visible()
    page.get_by_role("link", name="较新").click()
    expect(page.locator(".pages span")).to_have_text(seen[-2][0])
    page.get_by_role("link", name="最新", exact=True).click()
    expect(page).to_have_url(f"{either.url}/")
    assert not either.complaints


@pytest.mark.parametrize("path", ["/archive/2026-03-03/", "/stock/1.600519/", "/category/chenbao/"])
def test_a_reader_goes_through_a_list_and_back(either, path):
    page = either.open(path)
    seen = through(page)
    assert len(seen) >= 2
    assert [place for place, _ in seen] == [f"{number} / {len(seen)}" for number in range(1, len(seen) + 1)]
    for place, _ in seen[-2::-1]:
        page.get_by_role("link", name="较新").click()
        expect(page.locator(".pages span")).to_have_text(place)
    expect(page).to_have_url(either.url + path)


def test_without_scripts_the_pages_lead_on_and_say_their_hours(finews):
    page = finews.open("/archive/2026-03-03/", java_script_enabled=False)
    expect(page.locator(".pages span")).to_have_text("1 / 3")
    page.get_by_role("link", name="更早").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年3月3日 周二 13:03–16:00")
    expect(page.locator(".pages span")).to_have_count(0)
    page.get_by_role("link", name="较新").click()
    expect(page).to_have_url(f"{finews.url}/archive/2026-03-03/")


def test_a_head_that_is_not_there_leaves_the_links(finews):
    page = finews.open("/archive/2026-03-03/")
    page.route("**/archive/2026-03-03/", lambda route: route.fulfill(status=500, body="x"))
    page.goto(f"{finews.url}/archive/2026-03-03/1.html")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".pages span")).to_have_count(0)
    expect(page.get_by_role("link", name="较新")).to_be_visible()


def test_a_day_leads_to_its_hours_its_pages_and_the_days_beside_it(either):
    page = either.open("/archive/2026-03-03/")
    hours = page.get_by_role("navigation", name="按小时跳转")
    expect(hours.get_by_role("link")).to_have_count(11)
    expect(hours.get_by_role("link").first).to_have_text("20时 1")
    hours.get_by_role("link", name="12时").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-03/1.html#h12")
    expect(page.locator(":target time")).to_have_text("12:57")
    page.go_back()
    hours.get_by_role("link", name="18时").click()
    expect(page.locator(":target time")).to_have_text("18:57")
    expect(page.locator(":target")).to_be_in_viewport()
    page.get_by_role("navigation", name="各页").get_by_role("link", name="3").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-03/1.html")
    page.goto(f"{either.url}/archive/2026-03-03/")
    page.get_by_role("link", name="前一天 3月2日").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-02/")
    page.get_by_role("link", name="前一天").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2024年")
    page.get_by_role("link", name="后一天 3月2日").click()
    page.get_by_role("link", name="后一天 3月3日").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-03/")


def test_rows_mark_updates_and_name_the_true_publication(finews):
    page = finews.open("/")
    rows = page.locator(".rows li")
    expect(rows.nth(1)).to_have_text("19:57 上海证券报 题1")
    expect(rows.nth(2)).to_have_text("19:54 晨报 题2 更新 20:24")
    expect(rows.nth(3)).to_have_text("19:51 东财滚动 题3")
    expect(rows.nth(4)).to_have_text("19:48 晨报 题4 更新 3月4日 20:18")
    for path in ("/emnews/", "/category/emnews/"):
        page.goto(finews.url + path)
        expect(rows.first).to_have_text("19:57 上海证券报 题1")
    page.goto(f"{finews.url}/category/chenbao.html")
    expect(rows.nth(1)).to_have_text("19:54 题2 更新 20:24")


def test_the_calendar_has_weekdays(finews):
    page = finews.open("/archive/")
    week = page.locator(".week").first
    expect(week).to_have_text("一二三四五六日")
    tuesday, day = week.locator("span").nth(1), page.get_by_role("link", name="3月3日 200篇")
    middle = "element => { const box = element.getBoundingClientRect(); return Math.round(box.left + box.width / 2); }"
    assert tuesday.evaluate(middle) == day.evaluate(middle)


def test_stocks_have_their_market_their_name_and_their_count(either):
    page = either.open("/stock/")
    page.get_by_text("沪市主板 1只").click()
    page.get_by_role("link", name="全部 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("沪市主板")
    expect(page.locator(".stocks li")).to_have_text("贵州茅台 600519 150篇 2026-03-03")
    page.get_by_role("link", name="股票").last.click()
    page.get_by_text("创业板 380只").click()
    page.get_by_role("link", name="3002", exact=False).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("创业板 3002")
    page.get_by_role("link", name="300200", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("300200")
    assert "0.300200" not in page.locator("main").inner_text()
    assert page.title().startswith("300200 ·")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent")


def test_keys_go_through_the_rows_open_search_and_help(either):
    page = either.open("/")
    page.keyboard.press("j")
    assert focused(page) == "题0"
    for key, title in zip("jjkkkj", ("题1", "题2", "题1", "题0", "题0", "题1"), strict=True):
        page.keyboard.press(key)
        assert focused(page) == title
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="键盘快捷键")
    expect(help_).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    assert focused(page) == "题1"
    page.keyboard.press("Control+k")
    page.keyboard.press("Alt+j")
    assert focused(page) == "题1"
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("题1")
    page.keyboard.press("/")
    expect(page).to_have_url(f"{either.url}/search/")
    field = page.get_by_role("searchbox")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("jk?/o")
    expect(field).to_have_value("jk?/o")
    assert not either.complaints


def test_j_begins_where_the_reader_looks(finews):
    page = finews.open("/")
    page.locator(".rows li").nth(40).evaluate("row => row.scrollIntoView({block: 'start'})")
    page.keyboard.press("j")
    assert focused(page) in {"题40", "题41"}
    expect(page.locator(".rows a:focus")).to_be_in_viewport()


def newest(*more: str, of: Path) -> str:
    data = json.loads((of / "latest/newest.json").read_text("utf-8"))
    return json.dumps({**data, "home": [*more, *data["home"]][: len(data["home"])]})


def test_new_articles_are_announced_while_the_page_is_looked_at(stage, either):
    built = stage[0].parent / "site"
    page = either.open("/")
    answers = {"text": newest(of=built)}
    asked = []

    def answer(route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, body=answers["text"], content_type="application/json")

    page.route("**/latest/newest.json", answer)
    page.clock.install(time=NOW)
    page.reload()
    note = page.get_by_role("status")
    page.clock.run_for(59_000)
    assert asked == []
    with page.expect_request("**/latest/newest.json"):
        page.clock.run_for(2_000)
    expect(note).to_be_empty()
    answers["text"] = newest("/x/a.html", "/x/b.html", "/x/c.html", of=built)
    page.clock.run_for(61_000)
    expect(note).to_have_text("3 条新文章")
    answers["text"] = json.dumps({"home": [f"/x/{number}.html" for number in range(90)], "parts": []})
    page.clock.run_for(61_000)
    expect(note).to_have_text("超过 90 条新文章")
    assert len(asked) == 3
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    page.clock.run_for(300_000)
    assert len(asked) == 3
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => false, configurable: true})")
    with page.expect_request("**/latest/newest.json"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("window.before = true")
    note.get_by_role("link").click()
    page.wait_for_function("!window.before")
    expect(page.locator(".rows a").first).to_have_text("题0")


def test_older_articles_that_come_to_the_home_page_are_not_new(stage, finews):
    """A page of yesterday is on the home page again, because an article of today was taken down."""
    data = json.loads((stage[0].parent / "site/latest/newest.json").read_text("utf-8"))
    page = finews.open("/")
    text = json.dumps({"home": ["/x/new.html", *data["home"][1:], *(f"/x/{number}.html" for number in range(60))]})
    page.route("**/latest/newest.json", lambda route: route.fulfill(body=text, content_type="application/json"))
    page.clock.install(time=NOW)
    page.reload()
    page.clock.run_for(61_000)
    expect(page.get_by_role("status")).to_have_text("1 条新文章")


@pytest.mark.parametrize("wide", [320, 390, 1280])
def test_pages_keep_still_and_within_the_screen(finews, wide):
    page = finews.open("/", wide=wide)
    for path in PAGES:
        page.goto(finews.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(MOVED) == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, path
    assert not finews.complaints


def test_lists_of_stocks_keep_within_a_narrow_screen_with_text_of_twice_the_size(finews):
    page = finews.open("/", wide=320)
    for path in ("/stock/", "/stock/chinext.html"):
        page.goto(finews.url + path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_axe_finds_nothing(finews):
    page = finews.open("/", wide=390)
    for path in PAGES:
        page.goto(finews.url + path)
        assert faults_in_both(page) == [], path
    page.keyboard.press("?")
    assert faults_in_both(page) == []
