"""Whatever an article holds: its files lie in the mirror, under names that any system takes, and no other changes."""

import re
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.items import Article
from finews_spider.mirror import journal
from finews_spider.mirror.slugs import RESERVED
from finews_spider.times import SHANGHAI
from tests.browsing import export
from tests.hostile import articles

NAME = r"[A-Za-z0-9][A-Za-z0-9-]{0,70}"
DATE = r"\d{4}-\d\d-\d\d"
NAMES = re.compile(
    rf"news\.db|mirror/(_posts/{DATE}-(NW)?\d{{12,24}}\.md|category/{NAME}(/index)?\.html|emnews/index\.html"
    rf"|archive/({DATE}/index|\d{{4}}|index)\.html|stock/\d{{1,3}}\.[\w-]{{1,20}}/index\.html|stock/index\.html"
    rf"|archive/{DATE}/(?:stocks|stories)\.json|stock/names/\d{{1,3}}\.[\w-]{{1,3}}\.json"
    r"|search/data/[\w-]{1,60}/((rows-|chunk-)?\d+|\.articles-\d\d-\d\d|\.check)\.json|search/data/[\w-]+\.json"
    r"|_data/(mirror/)?\.?\w+\.json"
    rf"|sitemap/{DATE}\.xml|(category/{NAME}|stock/\d{{1,3}}\.[\w-]{{1,20}})/feed\.(json|xml)"
    rf"|latest/({DATE}-\d{{1,5}}\.html|newest\.json)|stock/[a-z]{{1,7}}(-[\w-]{{1,20}})?\.html)",
    re.ASCII,
)
GOOD = [
    Article(
        code=f"20260102000000000{number}", channel="要闻", title=f"第{number}篇", body=f"<p>正文{number}</p>", digest="摘要",
        published_at=datetime(2026, 1, 2, 12, number, tzinfo=SHANGHAI), media="晨报", layout=["roll", "media"][number % 2],
    )
    for number in range(6)
]  # fmt: skip


def files_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != journal.NAME
    }


def exported(root: Path, *made: Article) -> dict[str, bytes]:
    """Return the files of a folder in which *made* were stored and exported."""
    export(root / "mirror", list(made))
    return files_of(root)


@cache
def alone() -> dict[str, bytes]:
    """Return the posts of GOOD where there is nothing else: file → bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: content for name, content in exported(Path(folder), *GOOD).items() if "/_posts/" in name}


@given(
    st.lists(
        articles(st.from_regex("2025[0-9]{14}", fullmatch=True)), min_size=1, max_size=6, unique_by=lambda a: a.code
    )
)
@settings(max_examples=50, derandomize=True)
def test_no_article_leaves_its_place(hostile):
    with tempfile.TemporaryDirectory() as folder:
        files = exported(Path(folder), *GOOD, *hostile)
    assert {name for name in files if not NAMES.fullmatch(name)} == set()
    for name in files:
        assert name.rpartition("/")[2].partition(".")[0].lower() not in RESERVED - {"index", "emnews"}
    assert len({name.lower() for name in files}) == len(files)
    assert {name: files[name] for name in alone()} == alone()
    assert len([name for name in files if "/_posts/" in name]) <= len(GOOD) + len(hostile)
