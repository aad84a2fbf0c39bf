"""`finews import`: a mirror's posts into a store, and out of it again."""

import shutil

import pytest

from finews_spider.sample import SampleUpstream
from tests.running import Runner


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=40, seed=14) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def crawled(tmp_path_factory, upstream):
    finews = Runner(tmp_path_factory.mktemp("crawled"), upstream)
    finews("run")
    return finews


@pytest.fixture
def published(crawled, tmp_path):
    """Return a mirror as a crawl made it, to do with as one likes."""
    shutil.copytree(crawled.mirror, tmp_path / "old/mirror")
    return Runner(tmp_path / "old")


@pytest.fixture
def finews(tmp_path, upstream):
    """Return a user's new folder, with an empty store."""
    (tmp_path / "new").mkdir()
    return Runner(tmp_path / "new", upstream)


@pytest.fixture(params=["sqlite", "mongodb"])
def either(request, finews):
    """Return the same with each kind of store."""
    if request.param == "mongodb":
        finews.store = finews.settings["FINEWS_STORE"] = request.getfixturevalue("mongodb_url")
    return finews


def test_import_then_export_gives_back_the_same_bytes(published, either):
    posts = published.posts()
    done = either("import", str(published.mirror))
    assert f"imported {len(posts)}, stored already 0, unreadable 0" in done.stdout
    either("export")
    assert either.posts() == posts


def test_importing_twice_changes_nothing_and_a_crawl_goes_on_from_there(published, either, upstream):
    either("import", str(published.mirror))
    either("export")
    assert either.posts() == published.posts()
    before = either.summary()
    done = either("import", str(published.mirror))
    assert f"imported 0, stored already {len(published.posts())}" in done.stdout
    assert either.summary() == before
    upstream.reset_counts()
    either("run")
    assert upstream.requests["text"] == before.duplicates + 40 - before.articles


def test_a_mirrors_slugs_are_kept(published, finews, upstream):
    for path in (published.mirror / "_posts").glob("*-NW*.md"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("tidecaijing", "chaoxi").replace("Tidecaijing", "chaoxi"), "utf-8")
    finews("import", str(published.mirror))
    assert finews.ask(lambda store: store.slug_of("Tide 财经", "other")) == "chaoxi"


def test_a_blank_in_a_category_stays_and_so_do_the_bytes(published, finews):
    names = list((published.mirror / "_posts").glob("*-NW*.md"))
    for path in names:
        text = path.read_text("utf-8").replace("Tidecaijing", "Tide caijing")
        path.write_text(text, "utf-8")
    assert any("categories: Tide caijing\ntags: Tide 财经新闻\n" in path.read_text("utf-8") for path in names)
    finews("import", str(published.mirror))
    finews("export")
    assert finews.posts() == published.posts()
    assert (finews.mirror / "category/Tide caijing.html").exists()


def test_what_was_taken_down_does_not_come_back(published, finews):
    name = next(iter(published.posts()))
    finews.summary()  # makes the store
    finews("takedown", name[11:-3], "--reason", "侵权")
    done = finews("import", str(published.mirror))
    assert f"imported {len(published.posts()) - 1}, stored already 0, taken down 1, unreadable 0" in done.stdout
    finews("export", "--all")
    assert finews.posts().keys() == published.posts().keys() - {name}


def test_a_post_that_jekyll_could_never_publish_gets_a_path_that_it_can(published, finews):
    folder = published.mirror / "_posts"
    path = min(folder.glob("*-NW*.md"))
    path.rename(folder / path.name[10:])
    finews("import", str(published.mirror))
    finews("export")
    assert path.name in finews.posts()


def test_broken_files_are_named_and_their_neighbours_go_on(published, finews):
    folder = published.mirror / "_posts"
    (folder / "2022-01-01-init.md").write_text("---\ntitle: x\n---\n祝贺")
    (folder / "2022-01-01-gbk.md").write_bytes("---\ntitle: 题\n---\n".encode("gbk"))
    done = finews("import", str(published.mirror), code=1)
    assert sorted(done.stderr.splitlines()) == [
        "_posts/2022-01-01-gbk.md: it is not UTF-8",
        "_posts/2022-01-01-init.md: it doesn't end with a link to its article, so it is another page of that site, which finews leaves alone",
    ]
    assert f"imported {len(published.posts()) - 2}" in done.stdout


@pytest.mark.parametrize(
    ("folder", "error"),
    [
        ("empty", "{} has no posts: neither _posts nor old_post, nor files with .md or .markdown or .html"),
        ("nowhere", "there is no folder {}"),
    ],
)
def test_a_folder_without_posts_is_one_line(finews, tmp_path, folder, error):
    (tmp_path / "empty").mkdir()
    done = finews("import", str(tmp_path / folder), code=2)
    assert done.stderr == f"finews: {error.format(tmp_path / folder)}\n"


@pytest.mark.parametrize("name", ["_posts", "我的文章", "2022/by month"])
def test_a_folder_of_posts_may_have_any_name(published, finews, tmp_path, name):
    posts = published.posts()
    folder = tmp_path / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    (published.mirror / "_posts").rename(folder)
    assert f"imported {len(posts)}, " in finews("import", str(folder)).stdout
    finews("export")
    assert finews.posts() == posts


def test_pages_beside_the_posts_are_named_as_what_they_are(published, finews):
    folder = published.mirror / "_posts"
    (folder / "about.md").write_text("---\ntitle: 关于\n---\n关于本站\n", encoding="utf-8")
    (folder / ".draft.md").write_text("nothing", encoding="utf-8")
    done = finews("import", str(folder), code=1)
    assert done.stderr == (
        "about.md: it doesn't end with a link to its article, so it is another page of that site, which finews leaves alone\n"
    )
