"""The docs name what there is, and all of it."""

import re
from pathlib import Path

import pytest

from finews_spider.channels import KINDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_stat_is_documented():
    text = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "finews_spider").rglob("*.py"))
    for name in re.findall(r'"finews/([\w/]+)"', source):
        *group, last = name.split("/")
        assert last in text, name
        assert f"finews/{'/'.join(group)}" in text, name


def test_every_setting_is_documented():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    source = (ROOT / "finews_spider/settings.py").read_text(encoding="utf-8")
    for name in re.findall(r"^(FINEWS_\w+) =", source, re.MULTILINE):
        assert f"`{name}`" in text, name


def test_every_kind_of_channel_is_documented():
    text = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \| `", text, re.MULTILINE)[-len(KINDS) :] == list(KINDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http|//|\{)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
