"""What search engines, chats and browsers read in a page's head: description, Open Graph, JSON-LD, canonical, assets."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import html

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, export, put
from tests.hostile import BYPASSES, MARKUP, NAUGHTY
from tests.running import Runner

CHART = (
    '<!-- EM_StockImg_Start --><p><a href="http://quote.example/1"><img src="https://chart.eastmoney.com/k.png"></a></p>'
    "<!-- EM_StockImg_End -->"
)
PICTURE = "https://pic.eastmoney.com/a.jpg?w=9&amp;h=8"
TEXT = "沪深两市低开高走，成交额较上一日放大。" * 12
BODY = f'{CHART}<p>【题】A&amp;B&nbsp;说“{TEXT}”</p><p>尾声</p><center><img alt="" src="{PICTURE}"></center>'
MEDIA = "晨星新闻晨报"
NOON = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)
HOSTILE = [
    '</script><script>alert(1)</script><!-- <script> " \\',
    *(text for text in (*MARKUP, *NAUGHTY, *BYPASSES)[:160] if text.strip()),
]
URL = "https://news.example/a%20b"


def article(number: int, title: str = "题", body: str = BODY, **fields) -> Article:
    made = Article(
        code=f"20260302{number:010}", title=title, body=body, **{"media": MEDIA, "layout": "media", **fields}
    )
    made.published_at = NOON + timedelta(minutes=number)
    return made


ARTICLES = [
    article(0, revised_at=NOON + timedelta(hours=3)),
    article(
        1, "滚动", "<p>短讯。</p>", layout="roll", digest="摘要。", source_url="http://finance.example/a/1.html?x=1&y=2"
    ),
    article(2, "别处的图", f'<p>一</p><img src="https://eastmoney.com.evil.example/b.jpg"><p>{TEXT}</p>'),
    article(3, "没有字", f'<p><img src="{PICTURE}"></p>', media="「<新闻> & 周刊」"),
    *(article(10 + number, title, f"<p>{number} {title}</p>") for number, title in enumerate(HOSTILE)),
]


class Head:
    """The head of a built page."""

    def __init__(self, file: Path) -> None:
        self.text = file.read_text("utf-8")
        # As bytes: lxml takes the encoding from the page.
        self.page = html.fromstring(file.read_bytes())
        self.meta = {
            meta.get("name") or meta.get("property"): meta.get("content")
            for meta in self.page.iterfind("head/meta")
            if meta.get("media") is None and (meta.get("name") or meta.get("property"))
        }

    @property
    def data(self):
        (script,) = self.page.xpath('//script[@type="application/ld+json"]')
        return json.loads(script.text)

    @property
    def canonical(self) -> list[str]:
        return self.page.xpath('/html/head/link[@rel="canonical"]/@href')


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    """Return a mirror, and code → URL of its articles."""
    folder = tmp_path_factory.mktemp("head") / "mirror"
    urls = export(folder, ARTICLES)
    site.init(folder, "//news.example/a b")
    return folder, urls


@pytest.fixture(scope="module")
def head(mirror, tmp_path_factory):
    """Return a function that gives the head of the page at a URL, or of an article."""
    folder, urls = mirror
    built = build(folder, tmp_path_factory.mktemp("built"))

    def head_of(page: str | Article) -> Head:
        url = urls[page.code] if isinstance(page, Article) else page
        return Head(built / url.lstrip("/"))

    head_of.built = built
    return head_of


def test_an_article_says_what_it_is(head, mirror):
    page = head(ARTICLES[0])
    url = f"{URL}{mirror[1][ARTICLES[0].code]}"
    description = page.meta["description"]
    assert re.fullmatch(r"A&B 说“沪深两市低开高走，.*…", description), "without the title, charts and entities"
    assert 120 <= len(description) <= 160
    shown = {
        "type": "article",
        "title": "题",
        "description": description,
        "url": url,
        "site_name": "财经新闻镜像",
        "locale": "zh_CN",
        "image": "https://pic.eastmoney.com/a.jpg?w=9&h=8",
    }
    assert {name.removeprefix("og:"): text for name, text in page.meta.items() if name.startswith("og:")} == shown
    assert page.meta["article:published_time"] == "2026-03-02T12:00:00+08:00"
    assert page.meta["article:modified_time"] == "2026-03-02T15:00:00+08:00"
    organization = {"@type": "Organization", "name": MEDIA}
    assert page.data == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "题",
        "description": description,
        "datePublished": "2026-03-02T12:00:00+08:00",
        "dateModified": "2026-03-02T15:00:00+08:00",
        "inLanguage": "zh-CN",
        "author": organization,
        "publisher": organization,
        "mainEntityOfPage": url,
        "isBasedOn": f"https://finance.eastmoney.com/a/{ARTICLES[0].code}.html",
        "image": shown["image"],
    }
    assert page.canonical == [url]


def test_a_short_article_s_description_ends_where_its_text_does(head):
    page = head(ARTICLES[1])
    assert page.meta["description"] == "摘要。 短讯。"
    assert page.data["dateModified"] == page.data["datePublished"]
    assert page.data["isBasedOn"] == ARTICLES[1].source_url
    assert "og:image" not in page.meta


def test_a_picture_of_a_host_that_pages_may_not_show_is_not_named(head):
    page = head(ARTICLES[2])
    assert "og:image" not in page.meta
    assert "image" not in page.data


def test_an_article_without_words_is_described_by_its_title(head):
    page = head(ARTICLES[3])
    assert page.meta["description"] == "没有字"
    assert page.data["author"]["name"] == "「<新闻> & 周刊」"


def test_no_title_breaks_out_of_the_head(head):
    for made in ARTICLES[4:]:
        page = head(made)
        title = page.page.xpath("//article/header/h1")[0].text_content()
        assert page.data["headline"].split() == title.split()
        scripts = [script.get("src", "").partition("?")[0] for script in page.page.iter("script")]
        assert scripts == ["", "/a%20b/assets/keys.js", "/a%20b/assets/article.js"]
        assert {element.tag for element in page.page.find("head")} == {"meta", "title", "link", "script"}
        assert page.meta["og:title"].split() == title.split()


def test_lists_say_what_they_list(head):
    assert head("index.html").meta["description"] == "财经新闻存档：按日期、媒体和股票翻阅，全文可搜索。"
    assert head("archive/2026-03-02/index.html").meta["description"] == "2026-03-02的财经新闻，按时间排列。"
    for name in ("category/chenxingxinwenchenbao.html", "category/chenxingxinwenchenbao/index.html"):
        page = head(name)
        assert page.meta["description"] == f"{MEDIA}的文章，从新到旧。"
        assert page.meta["og:type"] == "website"
        assert page.canonical == [f"{URL}/{name.removesuffix('index.html')}"]


def test_pages_that_nobody_should_find_say_nothing_of_themselves(head):
    for name in ("404.html", "search/index.html", "status/index.html"):
        page = head(name)
        assert page.meta["robots"] == "noindex"
        assert "description" not in page.meta
        assert page.canonical == []


@pytest.fixture(scope="module")
def with_canonical(tmp_path_factory):
    """Return a function that builds a site with a value of ``canonical``, or with a configuration that has none.

    It gives the heads of two articles and of a list, the articles' URLs, and the URLs in the sitemap of their day.
    """
    folder = tmp_path_factory.mktemp("canonical")
    mirror = folder / "mirror"
    paths = list(export(mirror, ARTICLES[:2]).values())
    site.init(mirror, "//news.example/a b")

    def built_with(value: str | None) -> tuple[list[Head], Head, list[str], list[str]]:
        config = re.sub("(?m)^canonical:.*\n", "", (mirror / "_config.yml").read_text("utf-8"))
        put(folder / "_config.yml", config if value is None else f"{config}canonical: {value}\n")
        built = build(mirror, folder / "site", "--config", str(folder / "_config.yml"))
        sitemap = re.findall("<loc>(.*)</loc>", (built / "sitemap/2026-03-02.xml").read_text("utf-8"))
        articles = [Head(built / path.lstrip("/")) for path in paths]
        return articles, Head(built / "emnews/index.html"), [URL + path for path in paths], sitemap

    return built_with


@pytest.mark.parametrize("value", ["self", "slef", None])
def test_search_engines_show_the_mirror_s_articles_unless_told_otherwise(with_canonical, value):
    articles, _, urls, sitemap = with_canonical(value)
    assert [article.canonical for article in articles] == [[url] for url in urls]
    assert not [article for article in articles if "robots" in article.meta]
    assert sorted(sitemap) == sorted([f"{URL}/archive/2026-03-02/", *urls])


def test_search_engines_are_sent_to_the_publisher_s_articles(with_canonical):
    articles, list_, urls, sitemap = with_canonical("source")
    assert [article.canonical for article in articles] == [
        [f"https://finance.eastmoney.com/a/{ARTICLES[0].code}.html"],
        ["https://finance.example/a/1.html?x=1&y=2"],
    ]
    assert [article.meta["og:url"] for article in articles] == urls
    assert list_.canonical == [f"{URL}/emnews/"]
    assert sitemap == [f"{URL}/archive/2026-03-02/"]


def test_search_engines_show_no_article(with_canonical):
    articles, list_, _, sitemap = with_canonical("noindex")
    assert [(article.meta["robots"], article.canonical) for article in articles] == [("noindex", [])] * 2
    assert list_.canonical == [f"{URL}/emnews/"]
    assert sitemap == [f"{URL}/archive/2026-03-02/"]


def assets_named(built: Path) -> set[str]:
    """Return the assets as all pages name them, from ``assets/`` on."""
    pages = (path.read_text("utf-8") for path in built.rglob("*.html"))
    return {
        name for page in pages for name in re.findall(r'(?:src|href|data-module)="/(?:a%20b/)?assets/([^"]*)"', page)
    }


def as_it_is(file: Path) -> str:
    return f"{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"


def test_pages_name_their_assets_with_a_digest_of_the_content(head):
    assert assets_named(head.built) == {as_it_is(file) for file in (head.built / "assets").iterdir()}


def test_a_changed_style_has_another_name_at_the_next_publication(tmp_path):
    export(tmp_path / "mirror", ARTICLES[:2])
    finews = Runner(tmp_path, FINEWS_SITE_DIR=str(tmp_path / "site"))
    site.init(finews.mirror)
    finews("publish")
    before = assets_named(tmp_path / "site/")
    put(finews.mirror / "assets/site.css", "body { color: red }")
    finews("publish")
    after = assets_named(tmp_path / "site/")
    assert after - before == {as_it_is(finews.mirror / "assets/site.css")}
    assert len(after) == len(before)


def test_an_export_notes_a_changed_style_for_those_who_call_jekyll_themselves(tmp_path):
    mirror = tmp_path / "mirror"
    site.init(mirror)
    put(mirror / "assets/site.css", "body { color: red }")
    export(mirror, ARTICLES[:1])
    built = build(mirror, tmp_path / "site")
    assert as_it_is(mirror / "assets/site.css") in assets_named(built)


def test_assets_behind_a_link_have_no_digest_and_end_no_export(tmp_path):
    mirror, style = tmp_path / "mirror", tmp_path / "site.css"
    site.init(mirror)
    put(style, "body { color: red }")
    (mirror / "assets/site.css").unlink()
    (mirror / "assets/site.css").symlink_to(style)
    export(mirror, ARTICLES[:1])
    assert "site.css?v=" in assets_named(build(mirror, tmp_path / "site"))
    (mirror / "assets").rename(tmp_path / "assets")
    (mirror / "assets").symlink_to(tmp_path / "assets")
    export(mirror, [article(9, "又一篇")])
    assert len(list((mirror / "_posts").iterdir())) == 2


def test_a_publication_names_a_wrong_canonical(tmp_path):
    export(tmp_path / "mirror", ARTICLES[:1])
    finews = Runner(tmp_path, FINEWS_SITE_DIR=str(tmp_path / "site"))
    site.init(finews.mirror)
    config = finews.mirror / "_config.yml"
    put(config, config.read_text("utf-8").replace("canonical: self", "canonical: slef"))
    (line,) = finews("publish").stderr.splitlines()
    assert line == "finews: _config.yml: canonical is 'slef', which counts as self; set it to self, source, noindex"
