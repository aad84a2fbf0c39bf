"""What can't be built page by page is built whole, and `finews publish` says why; the bytes are plain Jekyll's each time."""

import shutil

import pytest

from finews_spider.cli.options import read_config
from finews_spider.mirror import site
from finews_spider.publishing import sources
from finews_spider.publishing.publish import publish
from finews_spider.publishing.site import EXTRA
from tests.browsing import build, put
from tests.publishing.test_publish import _tools, files, finews, post, remove_post  # noqa: F401 -- two are fixtures

DATA_LAYOUT = "{% for row in site.data.mirror.home %}{{ row[1] }}{% endfor %}{{ content }}"
COLLECTION = "collections:\n  things:\n    output: true\n"
PLUGIN = """
Jekyll::Hooks.register(:site, :post_write) { |site| File.write(site.in_dest_dir("count.txt"), site.posts.docs.size) }
"""
CASES = {
    "posts": ({"all.html": "---\n---\n{% for p in site.posts %}{{ p.url }}{% endfor %}"}, "all.html asks for site.posts"),
    "all of site": ({"all.html": "---\n---\n{% assign s = site %}{{ s.posts | size }}"}, "all.html asks for = site %"),
    "a link": ({"all.html": "---\n---\n{% post_url 2026-03-05-5 %}"}, "all.html asks for {% post_url"),
    "a file beside": (
        {"all.html": "---\n---\n{% include_relative part.txt %}", "part.txt": "x"},
        "all.html asks for {% include_relative",
    ),
    "a plugin": ({"_plugins/count.rb": PLUGIN}, "_plugins/count.rb may look at all pages"),
    "a changed plugin": ({"_plugins/each_site_file.rb": "# Nothing.\n"}, "_plugins/each_site_file.rb may look"),
    "a gem": ({"_config.yml": "{}\nplugins: [jekyll-watch]\n"}, "_config.yml has plugins"),
    "a layout": ({"_layouts/default.html": DATA_LAYOUT}, "_layouts/default.html asks for site.data.mirror"),
    "a collection": (
        {"_config.yml": "{}\n" + COLLECTION, "_things/a.html": "---\n---\n{{ site.things | size }}"},
        "_config.yml has collections",
    ),
    "other layouts": (
        {"_config.yml": "{}\nlayouts_dir: _mine\n", "_mine/post.html": "mine {{ content }}"},
        "_config.yml has layouts_dir",
    ),
    "a limit": ({"_config.yml": "{}\nlimit_posts: 1\n"}, "_config.yml has limit_posts"),
    "two of one path": ({"me.html": "plain", "me.md": "---\npermalink: /me.html\n---\nbuilt"}, "me.html and me.md both give"),
}  # fmt: skip
OFTEN = ("posts", "a plugin", "two of one path")


def published(finews) -> str:  # noqa: F811
    """Publish, compare the site with a plain build of the mirror, and return why all was built."""
    settings = [f"{name}={value}" for name, value in finews.settings.items()]
    why = publish(read_config(settings)).why_whole
    ours = files(finews.folder / "site")
    assert ours.pop(EXTRA) == b""
    plain = finews.folder / "plain"
    shutil.rmtree(plain, ignore_errors=True)
    build(finews.mirror, plain, "--disable-disk-cache")
    theirs = files(plain)
    assert sorted(path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path)) == []
    return why


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in OFTEN else pytest.mark.torture) for case in CASES]
)
def test_what_asks_for_others_is_built_whole(finews, case):  # noqa: F811
    own, why = CASES[case]
    assert published(finews) == ""
    post(finews, 5)
    before = {path: (finews.mirror / path).read_text("utf-8") for path in own if (finews.mirror / path).exists()}
    for path, text in own.items():
        put(finews.mirror / path, before["_config.yml"] + text.removeprefix("{}") if path == "_config.yml" else text)
    assert published(finews).startswith(why)
    post(finews, 2)
    remove_post(finews, 1)
    assert published(finews).startswith(why)
    for path in own:
        (finews.mirror / path).unlink()
    for path, text in before.items():
        put(finews.mirror / path, text)
    published(finews)
    post(finews, 3)
    assert published(finews) == ""


def test_the_shipped_theme_asks_for_no_other_page(tmp_path):
    site.init(tmp_path)
    assert sources.why_whole(tmp_path, sources.owned(tmp_path)) == ""


def test_the_plugin_changes_no_byte(finews):  # noqa: F811
    """It is Jekyll 4's comparison of all with all that it replaces, and GitHub Pages does without."""
    post(finews, 2)
    with_it = files(build(finews.mirror, finews.folder / "with"))
    (finews.mirror / "_plugins/each_site_file.rb").unlink()
    assert files(build(finews.mirror, finews.folder / "without")) == with_it
    published(finews)
