"""The feeds of a site that Jekyll built: valid, whole, and to be found from the pages that they belong to."""

import html
import re
from xml.etree import ElementTree as ET

import pytest

from finews_spider.mirror import site
from tests.browsing import build, export, sample_articles
from tests.feed_validators import check_atom, check_json_feed, read

ATOM = "{http://www.w3.org/2005/Atom}"
HOME = "https://news.example/a%20b/"
ALTERNATE = re.compile(r'<link rel="alternate" type="([^"]*)" title="([^"]*)" href="([^"]*)">')


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the site of 90 articles."""
    folder = tmp_path_factory.mktemp("feeds")
    site.init(folder / "mirror", "//news.example/a b")
    export(folder / "mirror", list(sample_articles(90, "http://127.0.0.1:1")))
    return build(folder / "mirror", folder / "site")


def test_all_feeds_are_valid(built):
    atom, json = list(built.rglob("feed.xml")), list(built.rglob("feed.json"))
    assert len(atom) == len(json) > 20
    check_atom(*atom)
    check_json_feed(*json)


def test_a_site_without_articles_has_valid_feeds(tmp_path):
    site.init(tmp_path / "mirror", "//news.example")
    built = build(tmp_path / "mirror", tmp_path / "site")
    check_atom(built / "feed.xml")
    check_json_feed(built / "feed.json")
    assert read(built / "feed.json")["items"] == []
    assert ET.parse(built / "feeds.opml").findall("body/outline") == []


def test_both_formats_say_the_same(built):
    for atom in built.rglob("feed.xml"):
        feed, other = ET.parse(atom).getroot(), read(atom.with_suffix(".json"))
        assert feed.findtext(f"{ATOM}title") == other["title"]
        assert feed.findtext(f"{ATOM}id") == other["home_page_url"]
        page = other["home_page_url"].removeprefix(HOME)
        assert (built / page / "index.html" if page.endswith("/") or not page else built / page).exists()
        assert built / other["feed_url"].removeprefix(HOME) == atom.with_suffix(".json")
        entries = [
            {
                "id": entry.findtext(f"{ATOM}id"),
                "url": entry.find(f"{ATOM}link").get("href"),
                "title": entry.findtext(f"{ATOM}title"),
                "content_text": entry.findtext(f"{ATOM}summary"),
                "date_published": entry.findtext(f"{ATOM}published"),
                "date_modified": entry.findtext(f"{ATOM}updated"),
                "authors": [{"name": entry.findtext(f"{ATOM}author/{ATOM}name")}],
                "tags": [stock.get("label") for stock in entry.findall(f"{ATOM}category")],
                "language": "zh-CN",
            }
            for entry in feed.findall(f"{ATOM}entry")
        ]
        assert entries == [{key: item[key] for key in item if key != "external_url"} for item in other["items"]]
        assert feed.findtext(f"{ATOM}updated") == max(item["date_modified"] for item in other["items"])


def test_each_entry_leads_to_its_page(built):
    for feed in built.rglob("feed.json"):
        for item in read(feed)["items"]:
            page = (built / item["url"].removeprefix(HOME)).read_text("utf-8")
            assert f"<h1>{html.escape(item['title']).replace('&#x27;', '&#39;')}</h1>" in page


def test_pages_name_their_feeds(built):
    def feeds_of(page):
        found = ALTERNATE.findall(page.read_text("utf-8"))
        assert [kind for kind, _, _ in found] == ["application/atom+xml", "application/feed+json"] * (len(found) // 2)
        below = "https://news.example/a%20b/" + page.relative_to(built).as_posix().rpartition("/")[0]
        return [
            (f"{below}/{url[2:]}" if url.startswith("./") else f"https://news.example{url}", title)
            for _, title, url in found
        ]

    everywhere = [(f"{HOME}feed.xml", "财经新闻镜像"), (f"{HOME}feed.json", "财经新闻镜像")]
    assert feeds_of(built / "index.html") == everywhere
    assert feeds_of(built / "archive/2026-03-02/index.html") == everywhere
    for feed in [*built.glob("category/*/feed.json"), *built.glob("stock/*/feed.json")]:
        about = read(feed)
        own = [about["feed_url"].removesuffix("json") + "xml", about["feed_url"]]
        home = about["home_page_url"].removeprefix(HOME)
        for page in (feed.with_name("index.html"), built / home / "index.html" if home.endswith("/") else built / home):
            named = feeds_of(page)
            assert [url for url, _ in named[:2]] == own, page
            assert named[2:] == everywhere
            text = page.read_text("utf-8")
            name = re.search("<h1>(.*?)(?: <small>.*)?</h1>", text)[1]
            assert re.search(rf'<a href="(?:/a%20b/[^"]*/)?feed\.xml">订阅{re.escape(name)}</a>', text)


def test_the_opml_lists_the_feed_of_every_publication(built):
    outlines = ET.parse(built / "feeds.opml").findall("body/outline")
    by_feed = {outline.get("xmlUrl"): outline for outline in outlines}
    feeds = {read(feed)["feed_url"]: read(feed) for feed in built.glob("category/*/feed.json")}
    assert {url.removesuffix("json") + "xml" for url in feeds if "/emnews/" not in url} == set(by_feed)
    for url, outline in by_feed.items():
        about = feeds[url.removesuffix("xml") + "json"]
        assert (outline.get("type"), outline.get("text")) == ("rss", outline.get("title"))
        assert outline.get("htmlUrl") == about["home_page_url"]
        assert about["title"] == f"{outline.get('text')} · 财经新闻镜像"
    assert 'href="/a%20b/feeds.opml"' in (built / "category/index.html").read_text("utf-8")
