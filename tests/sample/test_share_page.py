"""The share page in a real browser: an empty page that its script fills, slowly or never."""

import os
import re
import shutil
import subprocess

import pytest

from finews_spider.sample import SampleUpstream
from tests.servers import missing


@pytest.fixture
def render(tmp_path):
    """Return a function: URL → the page's HTML after its scripts had 3 seconds."""
    chromium = os.environ.get("FINEWS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        missing("chromium", "there is no chromium on the PATH")
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

    def dump(url):
        command = [chromium, "--headless", "--no-sandbox", *quiet, f"--user-data-dir={tmp_path}/profile"]
        command += ["--virtual-time-budget=3000", "--dump-dom", url]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout

    return dump


@pytest.mark.parametrize(("seconds", "filled"), [(0.3, True), (-1, False)])
def test_a_script_fills_the_share_page(render, seconds, filled):
    with SampleUpstream(articles=5, share_delay=seconds) as upstream:
        article = upstream.news.article(1)
        page = render(f"{upstream.url}/html_News/NewsShare.html?infoCode=NW{article.code}")
        assert upstream.requests["text"] == filled
    assert (article.title in page) is filled
    assert bool(re.search("来源：", page.partition("</script>")[0].partition("<script>")[0])) is filled
