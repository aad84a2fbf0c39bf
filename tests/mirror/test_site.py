"""The theme makes a site of the demo's posts that Jekyll builds without a warning."""

import shutil
import subprocess

import pytest

from finews_spider.errors import MirrorError
from finews_spider.mirror import site
from finews_spider.sample import SampleUpstream
from tests.running import Runner
from tests.servers import missing


def test_what_is_there_stays(tmp_path):
    (tmp_path / "_config.yml").write_text("title: 我的\n")
    written = site.init(tmp_path)
    assert tmp_path / "_layouts/post.html" in written
    assert (tmp_path / "_config.yml").read_text() == "title: 我的\n"
    assert site.init(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MirrorError, match="can't be written"):
        site.init(tmp_path / "file")


def test_jekyll_builds_all_posts_of_a_crawl(tmp_path):
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    with SampleUpstream(articles=220, seed=8) as upstream:
        finews = Runner(tmp_path, upstream)
        finews("run")
    finews("site", "init", "mirror")
    built = tmp_path / "site"
    command = ["jekyll", "build", "--quiet", "-s", str(finews.mirror), "-d", str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "warning" not in done.stderr.lower()
    pages = {path.stem for path in built.rglob("20??/??/??/*.html")}
    assert pages == {name[11:-3] for name in finews.posts()}
    text = "".join(path.read_text("utf-8") for path in built.rglob("*.html"))
    assert "<h1>{{ 花括号 }} {% 标签 %}" in text
    assert "<h1>A&amp;B &lt;三&gt;" in text
    assert all((built / "category" / path.name).exists() for path in (finews.mirror / "category").iterdir())
