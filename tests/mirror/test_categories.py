"""Categories as real mirrors have them, and worse: their URLs are those that Jekyll gives, and their pages are found."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from finews_spider.errors import MirrorError
from finews_spider.mirror import site
from finews_spider.mirror.categories import (
    LONGEST_NAME,
    WINDOWS_DEVICES,
    category_page,
    check_category,
    file_name,
    is_free_url,
    needs_permalink,
    post_url,
    split_category,
)
from finews_spider.mirror.post import url_of
from finews_spider.mirror.reader import read_post
from finews_spider.stores.rules import fold
from tests.browsing import build
from tests.mirror.unusual_categories import CATEGORIES
from tests.running import Runner
from tests.servers import missing

POST = """---
layout: post
title: "新茶上市"
date: 2022-06-01 08:00:00 +0800
categories: {category}
tags: {tag}新闻
---
<p>第{number}种茶上市。</p>

<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW{code}>

[返回{tag}新闻](//finews.withounder.com/category/{category}.html)｜[返回首页](//finews.withounder.com/)"""
STOPS = {"《x》:y", "12:30", "1:2x", ":a", "::"}
"""Jekyll 4 stops at these: an original that has them was built by an earlier one."""
REFUSED = {"../../x", "..", "feed.xml", "category chenbao.html", "Robots.TXT"}
SEEN = [*CATEGORIES, ""]
CODES = {category: f"20220601239929{number:04}" for number, category in enumerate(SEEN)}


def name_of(category):
    return f"2022-06-01-NW{CODES[category]}.md"


def text_of(category):
    return POST.format(category=category, tag=f"茶{CODES[category][-3:]}", number=CODES[category], code=CODES[category])


def jekyll(folder: Path) -> dict[str, Path]:
    """Return code → page of the posts that a site has."""
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    command = ["jekyll", "build", "--quiet", "-s", str(folder), "-d", str(folder / "_site")]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    return posts_in(folder / "_site")


def posts_in(built: Path) -> dict[str, Path]:
    pages = (path for path in built.rglob("*.html") if not path.is_dir())
    return {match[1]: path.relative_to(built) for path in pages if (match := re.fullmatch(r"NW(\d+)", path.stem))}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a mirror as the original wrote it, and code → page of its site."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "_posts").mkdir()
    (folder / "_layouts").mkdir()
    (folder / "_layouts/post.html").write_text("{{ content }}")
    (folder / "_config.yml").write_text("timezone: Asia/Shanghai\n")
    for category in SEEN:
        if category not in STOPS:
            (folder / "_posts" / name_of(category)).write_text(text_of(category), encoding="utf-8")
    pages = jekyll(folder)
    shutil.rmtree(folder / "_site")
    for category in STOPS:
        (folder / "_posts" / name_of(category)).write_text(text_of(category), encoding="utf-8")
    return folder, pages


@pytest.fixture(scope="module")
def exported(original, tmp_path_factory):
    """Return what `finews import` said, its runner and the site that is built of what comes out."""
    finews = Runner(tmp_path_factory.mktemp("exported"))
    done = finews("import", str(original[0]), code=None)
    finews("export")
    site.init(finews.mirror, "https://news.example/a%20b")
    return done, finews, build(finews.mirror, finews.folder / "site")


def test_only_what_would_lie_outside_is_refused_and_named(exported):
    done, finews, _ = exported
    assert {category for category in SEEN if name_of(category) not in finews.posts()} == REFUSED
    assert len(done.stderr.splitlines()) == len(REFUSED)
    assert done.returncode == 1


def test_each_url_is_the_one_that_jekyll_gave_it(original, exported):
    now = posts_in(exported[2])
    kept = original[1].keys() - {CODES[category] for category in REFUSED}
    assert {code: now.get(code) for code in kept} == {code: original[1][code] for code in kept}
    assert len(now) == len(exported[1].posts())


@pytest.mark.parametrize("category", [each for each in SEEN if each not in REFUSED])
def test_what_finews_believes_is_where_the_post_lies(original, category):
    post = read_post(f"_posts/{name_of(category)}", text_of(category))
    page = original[1].get(CODES[category])
    if page:
        assert unquote(url_of(post.path, post.article, post.category)) == f"/{page}"
    assert needs_permalink(category) >= (category in STOPS)


KEEP = [
    "chayeguoji(xianggang)", "《cha》zhoukan·e", "A&B+", "ＡＢＣ", "ｃｈａ（x）", "C#zhoukan", "100%", "a%41b", "a?b", "a?b#c%", "it's",
    'a"b', "a:b", "x:title", "a  b", "A B", "21shijijingjibaodao  nancailicaitong", "A & B", "é", "a, b; c=d", "a.b", "search",
    "archive", "stock", "category", "assets", "images", "takedown", "alias", "茶业报", "emnews", "", "a;b", "0o7x", "con",
]  # fmt: skip


@pytest.mark.parametrize("category", [each for each in KEEP if each in SEEN])
def test_the_bytes_stay(exported, category):
    assert exported[1].posts()[name_of(category)].decode() == text_of(category)


def follow(built, page, text):
    """Return the page that a browser shows when it follows the link around *text* on *page*."""
    [href] = set(re.findall(rf'<a href="([^"]*)">{text}</a>', (built / page).read_text("utf-8")))
    parts = urlsplit(urljoin(f"https://news.example/a%20b/{page}", unescape(href)))
    path = unquote(parts.path).removeprefix("/a b/")
    return f"{path}index.html" if path.endswith("/") else path


@pytest.mark.parametrize("category", [each for each in SEEN if each not in REFUSED])
def test_the_page_of_its_category_is_found_and_names_it(exported, category):
    built = exported[2]
    post = posts_in(built)[CODES[category]]
    page = follow(built, post, f"茶{CODES[category][-3:]}")
    assert f"/NW{CODES[category]}.html" in (built / page).read_text("utf-8")
    listed = (built / follow(built, page, "全部文章")).read_text("utf-8")
    [href] = re.findall(rf'href="([^"]*NW{CODES[category]}.html)"', listed)
    assert unquote(urlsplit(unescape(href)).path).removeprefix("/a b/") == str(post)


def test_no_two_pages_share_a_file_on_any_disk_and_none_is_the_themes(exported):
    _, finews, _ = exported
    names = {path.relative_to(finews.mirror).as_posix() for path in finews.mirror.rglob("*") if path.is_file()}
    assert len(set(map(fold, names))) == len(names)
    tops = {name.partition("/")[0] for name in names if name[0] != "."}
    assert tops == {name.partition("/")[0] for name in site.theme_files()} | {"_posts", "latest"}
    assert not site.init(finews.mirror, overwrite=True)


@pytest.mark.parametrize(
    "key", [*SEEN, "中" * 100, "x" * 300, "a" * 60 + "é" * 100, "COM1.txt", "lpt9", "x ", " x", "x\u0301"]
)
@pytest.mark.parametrize("is_roll", [False, True])
def test_every_file_system_takes_the_files(key, is_roll):
    for part in category_page(key, is_roll=is_roll).file.split("/"):
        stem = part.partition(".")[0].lower().strip()
        assert stem not in WINDOWS_DEVICES
        assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[ .]$|^[._ -]', part)
        assert len(part.encode()) <= LONGEST_NAME + len(".html")
    assert file_name(key).partition("=")[0] in {key, ""}


@pytest.mark.parametrize(
    "key", ["search", "latest", "index", "Assets", "feed.xml", "_layouts", ".git", "..", "a/b", "old_post", "vendor"]
)
def test_a_channels_page_never_takes_the_place_of_another(key):
    assert category_page(key, is_roll=True).file.startswith("category/")


HOSTILE = [
    "search", "status", "archive", "latest", "stock", "category", "index", "_layouts", "assets", "images", "takedown", "_data", "old_post",
    ".git", "alias", "Search", "INDEX", "emnews", "Emnews", "_posts", "_includes", "con", "a.", "vendor", "C#", "A&B+",
]  # fmt: skip


def test_a_hostile_mirror_in_roll_layout_writes_over_nothing(tmp_path):
    posts = tmp_path / "old/_posts"
    posts.mkdir(parents=True)
    for number, category in enumerate(HOSTILE):
        code = f"20220601239929{number:04}"
        text = POST.format(category=category, tag=f"茶{number}", number=number, code=code)
        (posts / f"2022-06-01-{code}.md").write_text(text, encoding="utf-8")
    finews = Runner(tmp_path)
    site.init(finews.mirror)
    finews("import", str(tmp_path / "old"))
    finews("export")
    assert not site.init(finews.mirror, overwrite=True)
    names = {path.relative_to(finews.mirror).as_posix() for path in finews.mirror.rglob("*") if path.is_file()}
    assert len(set(map(fold, names))) == len(names)
    ours = {name.partition("/")[0] for name in site.theme_files()} | {
        "_posts",
        "latest",
        "A&B+",
        "Search-2",
        "INDEX-2",
        "Emnews-2",
    }
    assert {name.partition("/")[0] for name in names if not name.startswith(".finews")} == ours
    built = build(finews.mirror, tmp_path / "site")
    for number, category in enumerate(HOSTILE):
        folder = {"a.": "a2022"}.get(category, f"{category.lower()}/2022")
        assert (built / f"{folder}/06/01/20220601239929{number:04}.html").is_file()


@pytest.mark.parametrize("category", ["中" * 90, "x" * 256, "a/../b", "..\\x", "a\u202eb", "x y.html", "feed.xml y"])
def test_a_category_that_no_site_can_have_is_refused_by_name(category):
    with pytest.raises(MirrorError, match="its category '"):
        read_post(f"_posts/{name_of('')}", POST.format(category=category, tag="茶", number=1, code=CODES[""]))


@pytest.mark.parametrize(
    "url",
    [
        "/chaye/2022/01/07/NW202201072239300001.html", "/2022/01/07/202201072239300001.html", "/a/b/x.html",
        "/search/2022/01/07/x.html", "/old_post/2022-01-07-NW202201072239300001.html",
        "/%E8%8C%B6/2022/01/07/x.html",
    ],
)  # fmt: skip
def test_a_url_that_is_free_for_an_alias(url):
    assert is_free_url(url)


@pytest.mark.parametrize("category", [each for each in SEEN if each not in REFUSED])
def test_the_url_of_a_category_that_an_import_takes_can_be_an_alias(category):
    url = post_url(split_category(check_category(category)), "2022/01/07/NW202201072239300001.html")
    assert is_free_url(url), url


@pytest.mark.parametrize(
    "url",
    [
        "/", "/x.html", "/index.html", "/search/index.html", "/Search/x.html", "/%73earch/x.html", "/archive/x.html",
        "/chaye/index.html", "/chaye/", "//evil.test/2022/01/07/x.html", "/%2F/evil.test/x.html", "/a/../index.html",
        "/%2e%2e/2022/01/07/x.html", "/茶/2022/01/07/x.html", "chaye/2022/01/07/x.html", "/_layouts/x.html",
        "/feed.xml/2022/01/07/x.html", "/assets/x.css", "/old_post/../index.html",
    ],
)  # fmt: skip
def test_a_url_that_takes_another_pages_place(url):
    assert not is_free_url(url)
