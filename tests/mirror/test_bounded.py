"""What one hostile article costs: files, bytes, nesting, memory and seconds are bounded, whatever it holds.

Each article goes the whole way, from normalizing to its post, lists and search index, in a process of its own with a
limit on memory and processor time, so that one that explodes fails this test and nothing else.
"""

import json
import re
import subprocess
import sys

import nh3
import pytest

from tests.running import ROOT

SIZE = 60_000
"""Characters of each hostile part: more than any article has, and enough to see what grows by the square."""
MEMORY = 1 << 30
"""Bytes of address space that one article may take, Python and all its modules included."""
SECONDS = 60
"""Seconds of processor time: an ordinary article takes 2 with the start of Python, what grows by the square minutes."""


def repeated(text: str, size: int = SIZE) -> str:
    return text * (size // len(text))


HOSTILE = {
    "open formatting elements": {"body": "<p>" + repeated('<font color="i">') + repeated("<p>x")},
    "nested div": {"body": repeated("<div>") + "正文"},
    "nested and closed div": {"body": repeated("<div>", 30_000) + "正文" + repeated("</div>", 30_000)},
    "nested b": {"body": repeated("<b>") + "正文"},
    "nested lists": {"body": repeated("<ul><li>") + "正文"},
    "nested quotes": {"body": repeated("<blockquote>") + "正文"},
    "nested tables": {"body": repeated("<table><tr><td>") + "正文"},
    "links in links": {"body": repeated('<a href="//x/">') + "正文"},
    "closing tags alone": {"body": "正文" + repeated("</p>")},
    "comments that never end": {"body": "<p>正文</p>" + repeated("<!--")},
    "lesser signs": {"body": "<p>正文</p>" + repeated("<")},
    "attributes": {"body": "<p " + repeated('a="b" ') + ">正文</p>"},
    "open quotes": {"body": "<p>正文</p><a " + repeated('href="')},
    "entities": {"body": "<p>正文" + repeated("&#x202e;") + "</p>"},
    "ampersands": {"body": "<p>正文" + repeated("&") + "</p>"},
    "combining marks in the body": {"body": "<p>正文" + repeated("\u0316\u0301") + "</p>"},
    "combining marks in the title": {"title": "题" + repeated("\u0316\u0301")},
    "stocks in text": {"body": "<p>正文 " + " ".join(f'data-code="1.{n:06}"' for n in range(3000)) + "</p>"},
    "stocks in links": {
        "body": "<p>正文" + "".join(f'<a data-code="1,{n:06}">股</a>' for n in range(600_000, 602_000)) + "</p>"
    },
    "stocks of the answer": {"stocks": tuple(f"1.{n:06}" for n in range(600_000, 605_000))},
    "a long title": {"title": repeated("题")},
    "a long digest": {"digest": repeated("【题】摘"), "layout": "roll"},
    "a long publication with stocks": {
        "media": repeated("报"),
        "stocks": tuple(f"1.{n:06}" for n in range(600_000, 601_000)),
    },
    "a long link": {"layout": "roll", "source_url": "http://x.example/" + repeated("a")},
    "images": {"body": "<p>正文</p>" + repeated('<img src="//x.example/%d.png">')},
    "a table without end": {"body": "<table>" + repeated("<tr><td>1")},
    "markdown": {"body": repeated("> * 1. # ")},
    "brackets": {"body": repeated("[")},
    "braces": {"body": repeated("{{")},
    "one line of blanks": {"body": "<p>正文</p>" + repeated(" ") + "<p>x"},
    "newlines": {"body": "<p>正文</p>" + repeated("\n") + "<p>x"},
    "[返回": {"body": "<p>正文</p>" + repeated("\n\n<http://x/>\n\n[返回")},
}
PLAIN = {"title": "题", "body": "<p>正文</p>", "media": "晨报", "layout": "media"}

EACH_ARTICLE = """
import asyncio, json, os, resource, sys
from datetime import datetime
from pathlib import Path
from finews_spider.times import SHANGHAI
from finews_spider.items import Article
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.post import LinkTargets
from finews_spider.mirror.reader import read_post
from finews_spider.articles.normalize import normalize
from finews_spider.stores import open_store

SHOWN = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)
LINKS = LinkTargets("//news.example", "http://share.example/?infoCode={info_code}", "http://page.example/a/{code}.html")

async def main(given, folder):
    given["stocks"] = tuple(given.get("stocks", ()))
    article = Article(code="202601020000000001", channel="甲", published_at=SHOWN, **given)
    async with open_store(f"sqlite:///{folder / 'news.db'}") as store:
        await store.save([normalize(article)], SHOWN)
        await Exporter(store, MirrorFolder(folder / "mirror"), LINKS).export()
    for post in (folder / "mirror/_posts").glob("*.md"):
        read_post(f"_posts/{post.name}", post.read_text("utf-8"))

root, memory, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number, given in enumerate(json.load(sys.stdin)):
    folder = root / str(number)
    folder.mkdir()
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        asyncio.run(main(given, folder))
        os._exit(0)
    (folder / "status").write_text(str(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the folder of each hostile article, in which ``status`` says how its process ended; and their standard error."""
    root = tmp_path_factory.mktemp("each")
    command = [sys.executable, "-c", EACH_ARTICLE, str(root), str(MEMORY), str(SECONDS)]
    given_articles = json.dumps([PLAIN | given for given in HOSTILE.values()])
    done = subprocess.run(
        command,
        input=given_articles,
        cwd=root,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return {name: root / str(number) for number, name in enumerate(HOSTILE)}, done.stderr


@pytest.fixture(params=[*HOSTILE])
def written(request, folders):
    """Return the files that a hostile article made, and how many bytes the article itself has."""
    folder = folders[0][request.param]
    assert (folder / "status").read_text() == "0", folders[1][-2000:]
    files = [path for path in (folder / "mirror").rglob("*") if path.is_file()]
    return files, len(json.dumps(HOSTILE[request.param], ensure_ascii=False).encode())


def test_an_article_makes_few_files(written):
    files, _ = written
    # 200 stocks, a list for each, and some twenty of its day, publication, year and search index.
    assert len(files) < 2000


def test_an_article_makes_few_bytes(written):
    files, size = written
    assert sum(path.stat().st_size for path in files) < 1_000_000 + 20 * size


def test_a_post_is_nested_no_deeper_than_kramdown_and_browsers_bear(written):
    files, _ = written
    for path in files:
        if path.suffix == ".md":
            # As an HTML parser reads it, which closes all that it opens.
            assert _depth(nh3.clean(path.read_text("utf-8"))) <= 300


def _depth(text: str) -> int:
    """Return how deep the tags of *text* are nested."""
    depth = deepest = 0
    for end, name in re.findall(r"<(/?)([a-z][a-z0-9]*)", text):
        if name not in {"br", "hr", "img", "col", "wbr"}:
            depth += -1 if end else 1
            deepest = max(deepest, depth)
    return deepest
