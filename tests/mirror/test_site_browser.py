"""The built site in a real browser: it is read, searched, typed through, looked at in the dark, and asks nobody else."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.sample import news
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, put, sample_articles, served
from tests.images import GREY

expect.set_options(timeout=60_000)  # ms

TITLE = "<script>alert(1)</script> & \"引\"'号' ＡＩ芯片 {{ x }}"
BODY = (
    "<p>　　沪深两市低开高走。</p>"
    '<p style="color:#000000">黑字</p><p><font color="black">黑色的字</font></p>'
    f"<p>{'长' * 80}{'x' * 300}</p>"
    "<table><tr>" + '<td style="width:120px">12,345.67</td>' * 20 + "</tr></table>"
    '<h1>正文里的标题</h1><center><img src="{pictures}/a.png" width="900" height="300"></center>'
)
ODD = Article(code="202603030000000001", title=TITLE, media="晨星财经报", layout="media")
ODD.published_at = datetime(2026, 3, 3, 8, 0, tzinfo=SHANGHAI)
ODD.revised_at = datetime(2026, 3, 3, 9, 30, tzinfo=SHANGHAI)
ODD_PAGE = "/chenxingcaijingbao/2026/03/03/NW202603030000000001.html"
STOCK = "/stock/116.00001/"
PAGES = [
    "/",
    ODD_PAGE,
    "/emnews/",
    "/category/",
    "/category/emnews/",
    "/stock/",
    STOCK,
    "/archive/",
    "/archive/2026.html",
    "/archive/2026-03-02/",
    "/search/",
    "/status/",
    "/no",
]


CHANNELS = [
    {"name": "<b>要闻</b>", "newest": "2026-03-03T11:53:00+08:00", "read": "2026-03-03T11:55:00+08:00", "trouble": ""},
    {
        "name": "全球直播",
        "newest": "2026-03-01T08:00:00+08:00",
        "read": "2026-03-03T07:00:00+08:00",
        "trouble": "failing",
    },
    {"name": "财经导读", "newest": "", "read": "2026-03-03T11:55:00+08:00", "trouble": "silent"},
]


@dataclass
class Site:
    """A built site, where it and its pictures are served, and the requests and the errors of the page opened last."""

    browser: Browser
    url: str
    pictures: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, *, wide=1280, **context) -> Page:
        for context_before in self.browser.contexts:
            context_before.close()
        self.requests.clear()
        self.complaints.clear()
        page = self.browser.new_context(viewport={"width": wide, "height": 800}, **context).new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda line: self.complaints.append(line.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.url + path)
        return page


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Return the folder of a mirror, what serves its pictures, and the browser."""
    folder = tmp_path_factory.mktemp("browsed")
    (folder / "pictures").mkdir()
    (folder / "pictures/404.html").touch()
    (folder / "pictures/a.png").write_bytes(GREY)
    mirror = folder / "mirror"
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        pictures = stack.enter_context(served(folder / "pictures"))
        stack.enter_context(mock.patch.object(news, "SPACING", timedelta(minutes=40)))
        ODD.body = BODY.replace("{pictures}", pictures)
        articles = list(sample_articles(138, pictures))
        for article in articles:
            article.body += '<p><a data-code="116,00001" href="//quote.example">一只股票</a></p>'
        export(mirror, [*articles, ODD])
        site.init(mirror, "//news.example")
        put(mirror / "_data/status.json", json.dumps({"written": "2026-03-03T11:55:00+08:00", "channels": CHANNELS}))
        config = mirror / "_config.yml"
        config.write_text(f"{config.read_text('utf-8')}  - {pictures}\n", encoding="utf-8")
        yield mirror, pictures, browser


@pytest.fixture(scope="module")
def finews(stage):
    mirror, pictures, browser = stage
    with served(build(mirror, mirror.parent / "site")) as url:
        yield Site(browser, url, pictures)


@pytest.fixture(scope="module")
def below(stage):
    """Return the same site in a folder of its host."""
    mirror, pictures, browser = stage
    with served(build(mirror, mirror.parent / "below", "--baseurl", "/a b"), "/a%20b") as url:
        yield Site(browser, url, pictures)


@pytest.fixture(params=["finews", "below"])
def either(request):
    return request.getfixturevalue(request.param)


def found(page: Page, words: str) -> Page:
    page.get_by_role("searchbox").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("找到")
    return page


def faults(page: Page, **options) -> list[tuple[str, str]]:
    """Return what axe finds wrong or against best practice: the rule, and the first element that breaks it."""
    violations = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(entry["id"], entry["nodes"][0]["html"]) for entry in violations]


def test_a_reader_goes_from_home_by_a_medium_to_an_article(either):
    page = either.open("/")
    page.get_by_role("navigation").get_by_role("link", name="媒体").click()
    page.get_by_role("link", name="晨星财经报").click()
    page.get_by_role("link", name="全部文章").click()
    expect(page).to_have_url(f"{either.url}/category/chenxingcaijingbao/")
    page.get_by_role("link", name="AI", exact=False).or_(page.get_by_role("link", name="ＡＩ芯片")).first.click()
    expect(page).to_have_url(either.url + ODD_PAGE)
    expect(page.get_by_role("heading", level=1).first).to_have_text(TITLE)
    assert page.title().startswith(TITLE)
    about = page.locator(".about")
    expect(about).to_have_text("2026年3月3日 08:00 晨星财经报 更新于 09:30")
    page.get_by_role("link", name="当天的文章").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-03/")
    page.go_back()
    page.locator(".about").get_by_role("link").click()
    expect(page).to_have_url(f"{either.url}/category/chenxingcaijingbao.html")


def test_a_reader_goes_back_in_time(either):
    page = either.open("/")
    page.get_by_role("navigation").get_by_role("link", name="归档").click()
    page.get_by_role("link", name="3月1日 36篇").click()
    expect(page).to_have_url(f"{either.url}/archive/2026-03-01/")
    expect(page.locator(".rows li")).to_have_count(36)
    page.get_by_role("link", name="2026年", exact=True).click()
    expect(page).to_have_url(f"{either.url}/archive/2026.html")
    page.goto(either.url + STOCK)
    page.get_by_role("link", name="更早").click()
    expect(page).to_have_url(f"{either.url}{STOCK}1.html")
    page.get_by_role("link", name="较新").click()
    expect(page).to_have_url(either.url + STOCK)


def test_any_part_of_a_word_finds_the_article(either):
    page = either.open("/search/")
    for words in ("芯片", "AI芯", "ａｉ", "两市低", "晨星 高走", "片"):
        expect(found(page, words).locator("#results a").first, words).to_have_text(TITLE)
    expect(page).to_have_url(f"{either.url}/search/?q=%E7%89%87")
    page.locator("#results a").first.click()
    expect(page).to_have_url(either.url + ODD_PAGE)


def test_a_link_to_a_search_shows_thirty_and_then_more(finews):
    page = finews.open("/search/?q=公告")
    more = page.get_by_role("button", name="再看一些")
    expect(more).to_be_visible()
    expect(page.locator("#results li")).to_have_count(30)
    times = page.locator("#results time").all_inner_texts()
    assert times == sorted(times, reverse=True)
    more.click()
    expect(page.locator("#results li")).to_have_count(60)
    expect(page.locator("#results a").nth(30)).to_be_focused()
    for count in (90, 120, 136):
        more.click()
        expect(page.locator("#results li")).to_have_count(count)
    expect(page.get_by_role("status")).to_have_text("共找到 136 篇，已全部查完。")
    expect(more).to_be_hidden()


def test_words_are_marked_and_markup_in_a_title_is_text(finews):
    page = found(finews.open("/search/"), "ai芯 alert")
    expect(page.locator("#results mark")).to_have_text(["alert", "ＡＩ芯"])
    assert page.locator("#results script").count() == 0
    assert not finews.complaints


def test_nothing_is_loaded_until_asked_and_then_little(finews):
    page = finews.open("/search/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in finews.requests if "/search/data/" in url]
    finews.requests.clear()
    found(page, "芯片")
    loaded = [url.partition("/data/")[2] for url in finews.requests]
    assert sum(name.endswith("index.json") for name in loaded) == 1
    assert sum("rows-" in name for name in loaded) == 1


def test_a_file_that_fails_is_said_and_the_search_goes_on(finews):
    page = finews.open("/search/")
    page.route("**/data/2026-*/rows-2.json", lambda route: route.fulfill(status=500))
    found(page, "公告")
    expect(page.get_by_role("status")).to_contain_text("个索引文件没有读到")
    expect(page.locator("#results li")).to_have_count(30)
    page.route("**/data/index.json", lambda route: route.abort())
    page.goto(f"{finews.url}/search/?q=油价")
    expect(page.get_by_role("status")).to_have_text("索引没有读到，请稍后再试。")


def test_a_new_search_takes_the_place_of_one_under_way(finews):
    page = finews.open("/search/")
    held = []
    page.route("**/data/2026-*/*.json", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request("**/data/2026-*/*.json"):
        page.goto(f"{finews.url}/search/?q=公告&to=2026-02-28")
    page.unroute("**/data/2026-*/*.json")
    page.get_by_label("到").fill("")
    found(page, "芯片")
    for route in held:
        route.continue_()
    expect(page.locator("#results li")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("共找到 1 篇，已全部查完。")
    page.get_by_role("searchbox").fill("！？")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("请输入要找的词。")
    expect(page.locator("#results li")).to_have_count(0)


def test_the_keyboard_skips_to_the_text(finews):
    page = finews.open(ODD_PAGE)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".about a")).to_be_focused()
    assert page.locator(".about a").evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_the_dark_keeps_black_words_readable(finews):
    page = finews.open(ODD_PAGE, color_scheme="dark")
    colour = "element => getComputedStyle(element).color"
    assert page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(21, 22, 24)"
    for words in ("黑字", "黑色的字"):
        assert page.get_by_text(words, exact=True).evaluate(colour) == page.locator("body").evaluate(colour)
    page.emulate_media(color_scheme="dark", media="print")
    assert page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_role("navigation").first.is_visible()


MOVED = """() => new Promise(tell => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => tell(sum), 100);
})"""


@pytest.mark.parametrize("wide", [320, 390, 1280])
def test_pages_keep_still_keep_within_the_screen_and_ask_nobody_else(finews, wide):
    page = finews.open("/", wide=wide)
    for path in PAGES:
        page.goto(finews.url + path)
        assert page.evaluate(MOVED) == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, path
    assert finews.complaints == ["Failed to load resource: the server responded with a status of 404 (Not Found)"]
    hosts = tuple(f"{url}/" for url in (finews.url, finews.pictures))
    assert [url for url in finews.requests if not url.startswith(hosts)] == []


def test_pictures_show_and_have_words_but_from_nowhere_else(finews):
    page = finews.open(ODD_PAGE)
    assert page.locator(".body img").evaluate("picture => [picture.naturalWidth, picture.alt]") == [1, TITLE]
    with page.expect_console_message(lambda line: "Content Security Policy" in line.text):
        page.evaluate("url => { new Image().src = url }", finews.url.replace("127.0.0.1", "localhost"))


def faults_in_both(page: Page) -> list[tuple[str, str]]:
    """Return the faults of *page* by day and by night, when nothing differs but the colours."""
    page.emulate_media(color_scheme="light")
    by_day = faults(page)
    page.emulate_media(color_scheme="dark")
    return by_day + faults(page, runOnly=["color-contrast"])


@pytest.mark.parametrize("wide", [320, 1280])
def test_axe_finds_nothing(finews, wide):
    page = finews.open("/", wide=wide)
    for path in PAGES:
        page.goto(finews.url + path)
        assert faults_in_both(page) == [], path
    page.goto(f"{finews.url}/search/")
    assert faults_in_both(found(page, "公告")) == []


def test_pages_are_light(stage, finews):
    built = Path(stage[0].parent / "site")

    def sizes(paths, scripts):
        frame = sum((built / f"assets/{name}").stat().st_size for name in ("site.css", "keys.js", *scripts))
        return {frame + path.stat().st_size: path for path in paths}

    search = sizes([built / "search/index.html"], ["search.js", "search-index.js"])
    others = sizes(built.rglob("*.html"), ["article.js"])
    assert max(others) < 50_000, others[max(others)]
    assert max(search) < 52_000


def test_the_status_page_tells_each_channel_s_freshness(finews):
    page = finews.open("/")
    page.get_by_role("link", name="运行状态").click()
    page.clock.set_fixed_time(datetime(2026, 3, 3, 12, tzinfo=SHANGHAI))
    page.reload()
    rows = page.locator("#channels tbody tr")
    expect(rows).to_have_text(
        [
            "<b>要闻</b> 正常 7 分钟前 5 分钟前",
            "全球直播 读取失败 2 天前 5 小时前",
            "财经导读 异常沉默 尚无 5 分钟前",
        ]
    )
    assert not finews.complaints
    page = finews.open("/status/", wide=320)
    for label in ("最新文章", "上次读取"):
        labels = page.locator(f"#channels [data-label={label}]")
        assert (
            labels.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
            == [f'"{label}"'] * 3
        )
    for cell in page.locator("#channels tbody :is(th, td)").all():
        expect(cell).to_be_in_viewport(ratio=1)
    page = finews.open("/status/", java_script_enabled=False)
    expect(page.locator("#channels time").first).to_have_text("2026年3月3日 11:53")


def test_without_scripts_search_points_elsewhere(finews):
    page = finews.open("/search/?q=公告", java_script_enabled=False)
    page.locator("noscript a").click()
    expect(page).to_have_url(f"{finews.url}/archive/")
