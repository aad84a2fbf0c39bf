"""An article that an imported mirror has at several URLs: one post, and each other URL leads to it for good."""

import re
import shutil
from datetime import datetime
from urllib.parse import unquote

import pytest
import yaml

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.mirror import site
from finews_spider.stores.records import Alias
from finews_spider.times import SHANGHAI
from tests.browsing import build
from tests.running import Runner

CODE = "202201072239300001"
MEDIA = f"_posts/2022-01-07-NW{CODE}.md"
ROLL = f"_posts/2022-01-07-{CODE}.md"
LATER = f"_posts/2022-01-09-NW{CODE}.md"
OLD = f"old_post/2022-01-07-NW{CODE}.md"
FRONT = '---\nlayout: post\ntitle: "{title}"\ndate: {date} 08:14:19 +0800\ncategories: {category}\ntags: {tag}\n---\n'
BACK = "[返回{tag}](//finews.withounder.com/{home})｜[返回首页](//finews.withounder.com/)"
SHARE = f"<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW{CODE}>"


def media_post(title="同一篇", date="2022-01-07", category="chaye", body="<p>媒体版。</p>"):
    back = BACK.format(tag="茶业报新闻", home=f"category/{category}.html")
    front = FRONT.format(title=title, date=date, category=category, tag="茶业报新闻")
    return f"{front}{body}\n\n{SHARE}\n\n{back}"


FILES = {
    MEDIA: media_post(),
    ROLL: FRONT.format(title="同一篇（滚动）", date="2022-01-07", category="emnews", tag="东财滚动新闻")
    + f"> 摘要。\n\n<p>滚动版。</p>\n\n<http://finance.eastmoney.com/news/1353,{CODE}.html>\n\n"
    + BACK.format(tag="东财滚动新闻", home="emnews/"),
    LATER: media_post("同一篇", "2022-01-09"),
    OLD: media_post(category="chabao"),
}
URLS = {
    MEDIA: f"/chaye/2022/01/07/NW{CODE}.html",
    ROLL: f"/emnews/2022/01/07/{CODE}.html",
    LATER: f"/chaye/2022/01/09/NW{CODE}.html",
    OLD: f"/old_post/2022-01-07-NW{CODE}.html",
}


@pytest.fixture
def finews(tmp_path):
    return Runner(tmp_path)


@pytest.fixture(params=["sqlite", "mongodb"])
def either(request, finews):
    if request.param == "mongodb":
        finews.store = finews.settings["FINEWS_STORE"] = request.getfixturevalue("mongodb_url")
    return finews


def mirror(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(FILES[path], encoding="utf-8")
    return str(folder)


def answers(folder):
    """Return where the site will answer: URL → the layout there, or the URL that it leads to."""
    found = {}
    for path in [
        *folder.glob("_posts/*"),
        *folder.glob("old_post/*"),
        *folder.glob("takedown/*"),
        *folder.glob("alias/*"),
    ]:
        matter = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
        name = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)-(.*)\.md", path.name)
        usual = (
            f"/{matter['categories']}/{matter['date'][:10].replace('-', '/')}/{name[4]}.html"
            if path.parent.name == "_posts"
            else f"/old_post/{path.stem}.html"
        )
        url = unquote(matter.get("permalink", usual))
        assert url not in found
        found[url] = matter.get("moved_to") or matter["layout"]
    return found


def leads(to, *others):
    return {URLS[to]: "post"} | {URLS[other]: URLS[to] for other in others}


@pytest.mark.parametrize("paths", [(MEDIA, ROLL), (MEDIA, LATER), (MEDIA, OLD), (ROLL, LATER, MEDIA, OLD)])
def test_all_in_one_import_keep_the_media_post_and_lead_to_it(finews, tmp_path, paths):
    done = finews("import", mirror(tmp_path / "old", *paths))
    assert done.stdout.splitlines()[-1] == (
        f"Posts: imported 1, stored already {len(paths) - 1}, other URLs of an article {len(paths) - 1}, unreadable 0"
    )
    finews("export")
    assert answers(finews.mirror) == leads(MEDIA, *set(paths) - {MEDIA})
    assert (finews.mirror / MEDIA).read_text("utf-8") == FILES[MEDIA]
    finews("verify")


@pytest.mark.parametrize(("first", "second"), [(MEDIA, ROLL), (ROLL, MEDIA), (LATER, MEDIA), (OLD, MEDIA)])
@pytest.mark.parametrize("exported", [False, True])
def test_in_two_imports_the_first_is_kept(finews, tmp_path, first, second, exported):
    finews("import", mirror(tmp_path / "first", first))
    if exported:
        finews("export")
    finews("import", mirror(tmp_path / "second", second))
    finews("import", mirror(tmp_path / "second", second))
    finews("export")
    assert answers(finews.mirror) == leads(first, second)
    assert finews.summary().articles == 1


def crawled(finews, **fields):
    shown = datetime(2022, 1, 7, 9, tzinfo=SHANGHAI)
    article = normalize(
        Article(
            code=CODE, title="爬来的", body="<p>爬来的。</p>", media="晨报", channel="甲", published_at=shown, **fields
        )
    )
    finews.ask(lambda store: store.save([article], shown))


def test_what_a_crawl_has_published_stays_and_the_mirrors_urls_lead_to_it(finews, tmp_path):
    crawled(finews)
    finews("export")
    finews("import", mirror(tmp_path / "old", MEDIA, ROLL))
    finews("export")
    own = f"/chenbao/2022/01/07/NW{CODE}.html"
    assert answers(finews.mirror) == {own: "post", URLS[MEDIA]: own, URLS[ROLL]: own}


def test_what_a_crawl_has_not_published_yet_takes_the_mirrors_url(finews, tmp_path):
    crawled(finews)
    finews("import", mirror(tmp_path / "old", MEDIA, ROLL))
    finews("export")
    assert answers(finews.mirror) == leads(MEDIA, ROLL)
    assert "爬来的" in (finews.mirror / MEDIA).read_text("utf-8")


def test_what_a_crawl_could_not_fetch_is_imported(finews, tmp_path):
    failed = FailedRef(ref=ArticleRef(code=CODE, channel="甲"), reason="HTTP 404", at=datetime.now(SHANGHAI))
    finews.ask(lambda store: store.save_failures([failed]))
    done = finews("import", mirror(tmp_path / "old", MEDIA))
    assert "imported 1," in done.stdout


def test_a_mirror_that_is_imported_in_place_has_no_file_beside_the_alias(finews):
    mirror(finews.mirror, MEDIA, ROLL)
    finews("import", str(finews.mirror))
    finews("export")
    assert answers(finews.mirror) == leads(MEDIA, ROLL)
    mirror(finews.mirror, ROLL)
    assert "orphaned" in finews("verify", code=1).stdout
    finews("verify", "--repair")
    assert answers(finews.mirror) == leads(MEDIA, ROLL)


def test_a_file_of_another_name_that_is_imported_in_place_gives_way_to_its_alias(finews):
    name = finews.mirror / "_posts/2022-01-07-tea news.md"
    mirror(finews.mirror, MEDIA)
    (finews.mirror / MEDIA).rename(name)
    finews("import", str(finews.mirror))
    finews("export")
    assert not name.exists()
    assert answers(finews.mirror) == {URLS[MEDIA]: "post", "/chaye/2022/01/07/tea-news.html": URLS[MEDIA]}
    finews("verify")


def test_a_file_of_somebody_elses_stays_where_an_alias_was_read(finews, tmp_path):
    (finews.mirror / ROLL).parent.mkdir(parents=True)
    (finews.mirror / ROLL).write_text("mine")
    finews("import", mirror(tmp_path / "old", MEDIA, ROLL))
    finews("export")
    assert (finews.mirror / ROLL).read_text() == "mine"


def test_the_alias_lives_as_long_as_the_post(either, tmp_path):
    either("import", mirror(tmp_path / "old", MEDIA, ROLL))
    either("export")
    first = either.state()
    later = datetime(2022, 1, 8, tzinfo=SHANGHAI)
    revised = normalize(
        Article(code=CODE, title="改了", body="<p>改了。</p>", media="茶业报", channel="甲", published_at=later)
    )
    either.ask(lambda store: store.save([revised], later))
    either("export", "--set", "FINEWS_RETENTION_DAYS=1")
    assert answers(either.mirror) == leads(MEDIA, ROLL)
    assert not (either.mirror / MEDIA).exists()
    either("export")
    assert answers(either.mirror) == leads(MEDIA, ROLL)
    either("takedown", CODE, "--reason", "侵权")
    assert answers(either.mirror) == {URLS[MEDIA]: "tombstone", URLS[ROLL]: "tombstone"}
    either("verify")
    either("takedown", "--undo", CODE)
    assert answers(either.mirror) == leads(MEDIA, ROLL)
    (page,) = either.mirror.glob("alias/*")
    page.unlink()
    (either.mirror / "alias/0.html").write_text("x")
    assert "missing" in either("verify", code=1).stdout
    either("verify", "--repair")
    assert [path.read_bytes() for path in either.mirror.glob("alias/*")] == [first[str(page)][1]]
    before = answers(either.mirror)
    either("backup", str(tmp_path / "news.backup"))
    shutil.rmtree(either.mirror)
    (tmp_path / "other").mkdir()
    finews = Runner(tmp_path / "other")
    finews("restore", str(tmp_path / "news.backup"))
    finews("export", "--all")
    assert answers(finews.mirror) == before
    either("restore", str(tmp_path / "news.backup"), "--overwrite")
    either("export", "--all")
    assert answers(either.mirror) == before


def test_an_alias_that_comes_while_an_export_runs_is_written_by_the_next(either, tmp_path):
    either("import", mirror(tmp_path / "old", MEDIA))

    async def meet(store):
        [post] = await store.pending(10)
        await store.add_aliases({CODE: [Alias(URLS[ROLL], ROLL)]})
        post.pending = False
        await store.mark_exported([post])

    either.ask(meet)
    either("export")
    assert answers(either.mirror) == leads(MEDIA, ROLL)


def test_jekyll_answers_at_each_url(finews, tmp_path):
    finews("import", mirror(tmp_path / "old", *FILES))
    finews("export")
    site.init(finews.mirror, "https://news.example/a%20b")
    built = build(finews.mirror, tmp_path / "site")
    for path, url in URLS.items():
        page = (built / url[1:]).read_text("utf-8")
        assert ("媒体版" in page) == (path == MEDIA)
        if path != MEDIA:
            assert f'<a href="/a%20b{URLS[MEDIA]}">' in page
            assert f'content="0; url=/a%20b{URLS[MEDIA]}"' in page
    finews("takedown", CODE, "--reason", "侵权")
    built = build(finews.mirror, tmp_path / "site")
    assert all("已从本站删除" in (built / url[1:]).read_text("utf-8") for url in URLS.values())


def test_an_odd_permalink_keeps_answering(finews, tmp_path):
    text = FILES[MEDIA].replace("\n---\n", '\npermalink: "/旧/路径%3F.html"\n---\n', 1)
    mirror(tmp_path / "old", MEDIA)
    (tmp_path / "old" / MEDIA).write_text(text, encoding="utf-8")
    finews("import", str(tmp_path / "old"))
    finews("export")
    assert answers(finews.mirror) == {URLS[MEDIA]: "post", "/旧/路径?.html": URLS[MEDIA]}


def test_an_alias_in_the_place_of_a_page_of_the_site_is_passed_over(finews, tmp_path):
    """No import makes such a one; a backup from elsewhere may hold it."""
    finews("import", mirror(tmp_path / "old", MEDIA, ROLL))
    taken = [Alias(url, "") for url in ("/index.html", "/search/index.html", "//evil.test/x/y.html")]
    finews.ask(lambda store: store.add_aliases({CODE: taken}))
    finews("export")
    assert answers(finews.mirror) == leads(MEDIA, ROLL)
    finews("verify")
