"""Each way to deploy has a page that is linked, and the links and files in the pages exist."""

import re

import pytest

from tests.running import ROOT

PAGES = sorted((ROOT / "docs/deploy").glob("*.md"))
WAYS = {"docker", "systemd", "cron", "github", "scrapyd", "kubernetes"}


def test_each_way_has_a_page_that_is_linked():
    assert {path.name for path in (ROOT / "deploy").iterdir()} >= WAYS
    assert {page.stem for page in PAGES} == WAYS - {"github"} | {"actions"}
    for index in (ROOT / "README.md", ROOT / "docs/publishing.md"):
        text = index.read_text("utf-8")
        assert all(f"deploy/{page.name})" in text for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page):
    text = page.read_text("utf-8")
    links = re.findall(r"\]\((?!http|//)([^)#]+)", text)
    assert all((page.parent / link).exists() for link in links), links
    for name in re.findall(r"(?<![\w/])deploy/[\w./*-]+\w", text):
        assert list(ROOT.glob(name)), name
