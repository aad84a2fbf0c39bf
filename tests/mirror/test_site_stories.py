"""Stories on the built site: a row for each story, the reprints behind it, and each article's page names the others."""

import re
from contextlib import ExitStack
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served
from tests.mirror.test_site_browser import MOVED, Site, faults_in_both

expect.set_options(timeout=60_000)  # ms

STOCK = '<a data-code="1.600519" href="//q.example">贵州茅台</a>'
REPORT = (
    "公司昨日晚间在交易所网站发布公告称，董事会已经审议通过关于回购股份的议案，拟使用自有资金以集中竞价的方式回购公司股份，"
    "回购的价格不超过每股一千八百元，资金总额不低于三十亿元，也不超过六十亿元，期限为股东大会通过之日起十二个月。"
    "独立董事认为，这次回购有利于维护广大投资者的利益，也表明管理层对公司未来的发展充满信心。"
)
OTHER = (
    "国家统计部门今天公布的数据显示，上个月全国规模以上工业企业的利润继续恢复，装备制造业的贡献最大，"
    "分析人士认为，随着一系列稳增长政策逐步落地，企业的经营状况有望在下半年进一步改善，市场的预期也在好转。"
)


def article(number: int, shown: str, media: str, title: str, body: str = REPORT, **fields) -> Article:
    code = f"{shown[:10].replace('-', '')}{number:010}"
    made = Article(code=code, title=title, media=media, body=f"<p>{body}{STOCK}</p>", **fields)
    made.published_at = datetime.fromisoformat(shown).replace(tzinfo=SHANGHAI)
    return made


ARTICLES = [
    article(1, "2026-03-02 23:40", "晨报", "茅台拟回购股份"),
    article(2, "2026-03-02 23:50", "商报", "最高六十亿元！茅台抛出回购方案"),
    article(3, "2026-03-02 23:55", "晨报", "茅台回购方案出炉"),
    article(4, "2026-03-03 00:10", "日报", "茅台回购，独董这样说"),
    article(5, "2026-03-03 00:20", "周刊", "茅台回购股份：更新", revised_at=datetime(2026, 3, 3, 1, tzinfo=SHANGHAI)),
    article(6, "2026-03-03 08:00", "日报", "工业企业利润恢复", OTHER),
]
FIRST, SECOND, SAME, LATE, LATER, ALONE = ARTICLES
DAY, NEXT_DAY, STOCK_PAGE = "/archive/2026-03-02/", "/archive/2026-03-03/", "/stock/1.600519/"
CHENBAO = "/category/chenbao/"


def path_of(article: Article) -> str:
    slug = {"晨报": "chenbao", "商报": "shangbao", "日报": "ribao", "周刊": "zhoukan"}[article.media]
    return f"/{slug}/{article.published_at:%Y/%m/%d}/NW{article.code}.html"


@pytest.fixture(scope="module")
def finews(tmp_path_factory):
    mirror = tmp_path_factory.mktemp("stories") / "mirror"
    urls = export(mirror, ARTICLES)
    assert urls == {each.code: path_of(each) for each in ARTICLES}
    site.init(mirror, "//news.example/a b")
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        url = stack.enter_context(served(build(mirror, mirror.parent / "site"), "/a%20b"))
        yield Site(browser, url, url)


def titles(page: Page) -> list[str]:
    return page.locator(".rows > li > a").all_inner_texts()


@pytest.mark.parametrize("path", ["/", DAY, STOCK_PAGE])
def test_a_list_shows_a_story_once_and_opens_the_rest_without_a_script(finews, path):
    page = finews.open(path, java_script_enabled=False)
    assert titles(page)[-1] == FIRST.title
    rest = [each for each in (SECOND, SAME, LATE, LATER) if path != DAY or each in (SECOND, SAME)]
    others = page.locator("details li")
    expect(others).to_have_count(len(rest))
    expect(others.first).to_be_hidden()
    summary = page.get_by_text("等 2 家" if path == DAY else "等 4 家")
    summary.focus()
    page.keyboard.press("Enter")
    shown = [re.sub(r"\s+", " ", text) for text in others.all_inner_texts()]
    days = [f"{each.published_at:%-m月%-d日} " if each in (LATE, LATER) else "" for each in rest]
    assert shown == [
        f"{day}{each.published_at:%H:%M} {each.media} {each.title}" for day, each in zip(days, rest, strict=True)
    ]
    page.get_by_role("link", name=SECOND.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SECOND.title)


def test_the_button_says_to_a_screen_reader_whose_article_it_is(finews):
    page = finews.open("/")
    expect(page.locator("summary")).to_have_accessible_name("晨报等 4 家")
    page = finews.open(CHENBAO)
    expect(page.locator("summary")).to_have_text("共 2 篇")
    expect(page.locator("summary")).to_have_accessible_name("晨报共 2 篇")


def test_a_list_without_the_first_article_shows_its_earliest(finews):
    page = finews.open(NEXT_DAY)
    assert titles(page) == [ALONE.title, LATE.title]
    expect(page.locator("summary")).to_have_text("等 2 家")
    expect(page.get_by_role("navigation", name="按小时跳转").get_by_role("link")).to_have_text(["8时 1", "0时 2"])
    page = finews.open("/category/ribao/")
    assert titles(page) == [ALONE.title, LATE.title]
    expect(page.locator("summary")).to_have_count(0)


def test_numbers_count_articles(finews):
    page = finews.open("/archive/")
    expect(page.get_by_role("link", name="3月2日 3篇")).to_be_visible()
    page = finews.open("/stock/sh.html")
    expect(page.locator(".stocks small")).to_have_text("6篇")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent")


def test_keys_pass_over_reprints_until_they_are_opened(finews):
    page = finews.open(STOCK_PAGE)
    for _ in range(3):
        page.keyboard.press("j")
    assert focused(page) == FIRST.title
    page.locator("summary").click()
    page.get_by_role("link", name=FIRST.title).focus()
    page.keyboard.press("j")
    assert focused(page) == SECOND.title


def others_of(page: Page) -> list[str]:
    rows = page.get_by_role("region", name="另见").get_by_role("listitem")
    expect(rows.first).to_be_visible()
    return [re.sub(r"\s+", " ", text) for text in rows.all_inner_texts()]


def test_a_reprint_names_the_first_article_and_the_others(finews):
    page = finews.open(path_of(SECOND))
    assert others_of(page) == ["晨报 3月2日 23:40 首发", "晨报 3月2日 23:55", "日报 3月3日 00:10", "周刊 3月3日 00:20"]
    page.get_by_role("region", name="另见").get_by_role("link", name="日报").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LATE.title)
    assert others_of(page)[0] == "晨报 3月2日 23:40 首发"
    page.get_by_role("link", name="转载").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST.title)
    assert finews.complaints == []


def test_the_first_article_names_its_reprints_and_one_that_is_alone_names_none(finews):
    page = finews.open(path_of(FIRST))
    assert others_of(page) == ["商报 3月2日 23:50", "晨报 3月2日 23:55", "日报 3月3日 00:10", "周刊 3月3日 00:20"]
    expect(page.get_by_text("转载")).to_have_count(0)
    page.goto(finews.url + path_of(ALONE))
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("另见")).to_be_hidden()
    assert finews.complaints == []


def test_without_a_script_a_reprint_says_that_it_is_one(finews):
    page = finews.open(path_of(SECOND), java_script_enabled=False)
    expect(page.locator(".about")).to_have_text("2026年3月2日 23:50 商报 转载")
    expect(page.get_by_text("另见")).to_be_hidden()


def test_search_engines_see_a_reprint_as_a_page_of_its_own(finews):
    page = finews.open(path_of(SECOND))
    expect(page.locator("link[rel=canonical]")).to_have_attribute("href", re.compile(f"/a%20b{path_of(SECOND)}$"))


def test_the_feed_has_the_first_article_alone(finews):
    page = finews.open("/feed.json")
    items = page.evaluate("fetch('feed.json').then(answer => answer.json()).then(feed => feed.items)")
    assert [item["title"] for item in items] == [ALONE.title, FIRST.title]


@pytest.mark.parametrize("wide", [320, 390, 768, 1280])
def test_pages_keep_within_the_screen_and_axe_finds_nothing(finews, wide):
    page = finews.open("/", wide=wide)
    for path in ("/", DAY, STOCK_PAGE, CHENBAO, path_of(FIRST), path_of(LATER)):
        page.goto(finews.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(MOVED) == 0, path
        for summary in page.locator(".rows summary").all():
            summary.click()
            assert summary.bounding_box()["height"] >= 24
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, path
        assert faults_in_both(page) == [], path
