"""The theme makes a site of the demo's posts that Jekyll builds without a warning."""

import re
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from finews_spider.errors import MirrorError
from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listing_updates import ListedPost, ListingUpdates, SiteOptions, entries_of
from finews_spider.sample import SampleUpstream
from finews_spider.stores.records import Post
from finews_spider.times import SHANGHAI
from tests.browsing import build, put
from tests.running import Runner

THEME = Path(site.__file__).with_name("theme")
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
CHINESE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+")
POST = "---\nlayout: post\ntitle: {title}\ndate: 2026-03-0{day} 08:00:00 +0800\ncategories: {slug}\ntags: {tag}\n---\n<p>x</p>\n"


def test_what_is_there_stays(tmp_path):
    (tmp_path / "_config.yml").write_text("title: 我的\n")
    written = site.init(tmp_path)
    assert tmp_path / "_layouts/post.html" in written
    assert (tmp_path / "_config.yml").read_text() == "title: 我的\n"
    assert site.init(tmp_path) == []


def test_a_newer_theme_takes_the_place_of_all_but_the_configuration(tmp_path):
    site.init(tmp_path)
    for name in ("_config.yml", "_layouts/post.html", "_posts/mine.md"):
        put(tmp_path / name, "mine")
    assert site.init(tmp_path) == []
    assert site.init(tmp_path, overwrite=True) == [tmp_path / "_layouts/post.html"]
    assert (tmp_path / "_config.yml").read_text() == "mine"


@pytest.mark.parametrize(
    ("where", "url", "baseurl"),
    [
        ("//news.example", "https://news.example", ""),
        ("http://news.example:8080/", "http://news.example:8080", ""),
        ("https://me.example/mirror/", "https://me.example", "/mirror"),
        ("//me.example/a/'b': #", "https://me.example", "/a/'b': #"),
        ("/mirror", "", "/mirror"),
    ],
)
def test_the_configuration_says_where_the_site_stands(tmp_path, where, url, baseurl):
    site.init(tmp_path, where)
    config = yaml.safe_load((tmp_path / "_config.yml").read_text("utf-8"))
    assert (config["url"], config["baseurl"]) == (url, baseurl.partition("#")[0])


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MirrorError, match="can't be written"):
        site.init(tmp_path / "file")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Return a crawl's mirror and the site that was built of it."""
    folder = tmp_path_factory.mktemp("crawled")
    with SampleUpstream(articles=220, seed=8) as upstream:
        finews = Runner(folder, upstream)
        finews("run")
    site.init(finews.mirror, "//news.example/a b")
    tombstone = "---\nlayout: tombstone\npermalink: /gone.html\nsitemap: false\n---"
    put(finews.mirror / "takedown/gone.md", tombstone)
    old = POST.format(title="旧 ]]>&amp;<b>", day=1, slug="Old Name", tag="旧报 新闻")
    put(finews.mirror / "old_post/old.md", old.replace("---\n<", "permalink: /old/name/1.html\n---\n<"))
    return finews, build(finews.mirror, folder / "site")


def test_jekyll_builds_all_posts_of_a_crawl(crawled):
    finews, built = crawled
    pages = {path.stem for path in built.rglob("20??/??/??/*.html")}
    assert pages == {name[11:-3] for name in finews.posts()}
    text = "".join(path.read_text("utf-8") for path in built.rglob("*.html"))
    assert "<h1>{{ 花括号 }} {% 标签 %}" in text
    assert "<h1>A&amp;B &lt;三&gt;" in text
    assert all((built / "category" / path.name).exists() for path in (finews.mirror / "category").iterdir())


def test_the_feed_gives_the_newest_whatever_their_titles_hold(crawled):
    finews, built = crawled
    feed = ET.fromstring((built / "feed.xml").read_bytes())
    entries = feed.findall(f"{ATOM}entry")
    posts = [yaml.safe_load(post.decode().split("---\n")[1]) for post in finews.posts().values()]
    titles = {post["title"] for post in posts if "story" not in post}  # without the reprints
    assert {entry.findtext(f"{ATOM}title") for entry in entries} == titles  # of one day
    assert any("<三>" in title or "{{" in title for title in (entry.findtext(f"{ATOM}title") for entry in entries))
    times = [entry.findtext(f"{ATOM}updated") for entry in entries]
    assert times == sorted(times, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == times[0]
    for entry in entries:
        assert entry.find(f"{ATOM}link").get("href").startswith("https://news.example/a%20b/")
        assert "返回" not in entry.findtext(f"{ATOM}summary")
        assert len(entry.findtext(f"{ATOM}summary")) > 20


def test_the_sitemap_names_every_page_to_read_and_no_other(crawled):
    _, built = crawled
    home = "https://news.example/a%20b/"
    parts = ET.fromstring((built / "sitemap.xml").read_bytes())
    files = [part.findtext(f"{SITEMAP}loc").removeprefix(home) for part in parts]
    assert {"sitemap/lists.xml", "sitemap/2026-03-02.xml"} <= set(files)
    urls = [url for file in files for url in ET.fromstring((built / file).read_bytes())]
    paths = [url.findtext(f"{SITEMAP}loc").removeprefix(home) for url in urls]
    assert len(paths) == len(set(paths))
    pages = {str(path.relative_to(built)).removesuffix("index.html") for path in built.rglob("*.html")}
    full_pages = {path for path in pages if re.fullmatch(r"(archive|category|stock)/.*/\d+\.html", path)}
    all_of_a_publication = {path for path in pages if re.fullmatch(r"category/.+/", path)}
    # The pages of the directory lead to the stocks that aren't among the newest.
    stocks = {path for path in pages if re.fullmatch(r"stock/[^/]+/", path)}
    parts_of_home = {path for path in pages if path.startswith("latest/")}
    unread = {"404.html", "gone.html", "search/", "status/", "old/name/1.html"}
    read = pages - unread - full_pages - all_of_a_publication - parts_of_home
    assert read - stocks <= set(paths) <= read
    assert "Sitemap: https://news.example/a%20b/sitemap.xml" in (built / "robots.txt").read_text()


def test_an_old_post_reads_like_any_other_and_a_removed_one_is_gone(crawled):
    _, built = crawled
    page = (built / "old/name/1.html").read_text("utf-8")
    assert "<h1>旧 ]]&gt;&amp;amp;&lt;b&gt;</h1>" in page
    assert '<a href="/a%20b/category/Old%20Name.html">旧报</a>' in page
    assert "已从本站删除" in (built / "gone.html").read_text("utf-8")


def test_another_language_is_one_more_file(tmp_path):
    site.init(tmp_path)
    strings = yaml.safe_load((THEME / "_data/strings/zh-CN.yml").read_text("utf-8"))
    put(tmp_path / "_data/strings/en.yml", yaml.safe_dump(translated(strings)))
    config = (tmp_path / "_config.yml").read_text("utf-8")
    put(tmp_path / "_config.yml", config.replace("lang: zh-CN", "lang: en").replace("财经新闻镜像", "Mirror"))
    updates = ListingUpdates(SiteOptions())
    for day, slug in enumerate(("emnews", "daily"), 1):
        put(
            tmp_path / f"_posts/2026-03-0{day}-1.md",
            POST.format(title=f"Post {day}", day=day, slug=slug, tag="Daily新闻"),
        )
        article = Article(
            code="1", title=f"Post {day}", media="Daily", published_at=datetime(2026, 3, day, 8, tzinfo=SHANGHAI)
        )
        listed = ListedPost(Post(article, category=slug), f"/{slug}/2026/03/0{day}/1.html", slug, slug, ())
        updates.add(listed, entries_of(listed))
    put(tmp_path / "emnews/index.html", "---\nlayout: category\ntitle: Roll\ncategory: emnews\n---")
    updates.write(MirrorFolder(tmp_path))
    built = build(tmp_path, tmp_path / "_site")
    pages = [path for path in built.rglob("*") if path.suffix in {".html", ".js", ".css", ".xml"}]
    assert {page.name: CHINESE.findall(page.read_text("utf-8")) for page in pages} == {page.name: [] for page in pages}
    assert '<html lang="en">' in (built / "index.html").read_text("utf-8")
    assert "nav.emnews" in (built / "index.html").read_text("utf-8")


def translated(strings: dict, prefix: str = "") -> dict:
    """Return *strings* with their names in their places; the dates' directives stay."""
    return {
        name: translated(value, f"{name}.")
        if isinstance(value, dict)
        else ["day"] * 7
        if isinstance(value, list)
        else f"{prefix}{name} {''.join(re.findall('%-?[a-zA-Z]+', value))}"
        for name, value in strings.items()
    }
