"""The golden post through all stages: upstream, spider, pipelines, each store, exporter, Jekyll."""

import shutil
import subprocess

import pytest

from tests.misbehave import MisbehavingUpstream
from tests.running import GOLDEN, Runner
from tests.servers import missing

POST = "2022-06-01-NW202206012399294452.md"
CHANNEL = """
[[channel]]
name = "市场新闻37"
kind = "webapi-market"
url = "{url}/information/newmarket/web/webapi?marketType=37&count={{count}}"
"""


@pytest.fixture
def golden():
    if not GOLDEN.is_dir():
        missing("golden", f"there are no recordings in {GOLDEN}")
    return GOLDEN


@pytest.fixture
def mirror(golden, tmp_path, store_url):
    """Return the runner of a mirror that was made from the two golden answers."""
    with MisbehavingUpstream(articles=1) as upstream:
        upstream.answers("marketType=37", (golden / "upstream/newmarket-37.json").read_bytes())
        upstream.answers("GetNewsText", (golden / "upstream/GetNewsText-NW202206012399294452.json").read_bytes())
        (tmp_path / "golden.toml").write_text(CHANNEL.format(url=upstream.url), encoding="utf-8")
        runner = Runner(tmp_path, upstream, store=store_url, FINEWS_CHANNELS=str(tmp_path / "golden.toml"))
        del runner.settings["FINEWS_SHARE_URL"]
        runner("run")
        runner("run")
    return runner


def test_the_golden_post_is_exported_byte_for_byte_and_jekyll_builds_it(mirror, golden):
    assert mirror.posts() == {POST: (golden / "posts" / POST).read_bytes()}
    article = mirror.article("202206012399294452")
    assert article.stocks == ("116.09988",)
    assert article.media == "新京报"
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    site = mirror.folder / "site"
    subprocess.run(["jekyll", "build", "--quiet", "-s", str(mirror.mirror), "-d", str(site)], check=True, timeout=240)
    page = (site / "xinjingbao/2022/06/01/NW202206012399294452.html").read_text("utf-8")
    assert "<p>6月1日，" in page
    assert 'href="//finews.withounder.com/category/xinjingbao.html"' in page


def test_all_generations_are_imported_and_the_last_is_exported_again(golden, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(golden / "posts", old / "_posts")
    finews = Runner(tmp_path)
    done = finews("import", str(old), code=1)
    assert done.stderr.splitlines() == [
        "_posts/2021-12-01-init.md: it doesn't end with a link to its article, so it is another page of that site, which finews leaves alone"
    ]
    finews("export", "--all")
    assert finews.posts().keys() == {path.name for path in (old / "_posts").iterdir()} - {"2021-12-01-init.md"}
    assert finews.posts()[POST] == (old / "_posts" / POST).read_bytes()
