"""Every kind of page is valid HTML, by the checker of the W3C (vnu), but for the HTML that articles bring."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from finews_spider.mirror import site
from finews_spider.mirror.post import render_alias, render_tombstone
from finews_spider.sample import news
from tests.browsing import build, export, put, sample_articles
from tests.mirror.test_site_browser import CHANNELS, ODD
from tests.servers import TOOLS, missing

BODY = re.compile(r'(<div class="body">).*(</div>\s*</article>)', re.DOTALL)
EXPECTED = re.compile(
    # Safari takes a list without bullets for no list, unless its role says so.
    "The “list” role is unnecessary for element “[ou]l”"
    # The checker reads files, for which 'self' names nothing.
    "|Resource violates Content Security Policy"
    # JSON-LD is data, which no browser runs.
    "|Inline .* violates Content Security Policy"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a built site without the articles' own HTML."""
    folder = tmp_path_factory.mktemp("valid")
    mirror = folder / "mirror"
    with mock.patch.object(news, "SPACING", timedelta(hours=9)):
        articles = list(sample_articles(80, "//pictures.example"))
        for article in articles:
            article.body += '<p><a data-code="116,00001" href="//quote.example">一只股票</a></p>'
        export(mirror, [*articles, ODD])
    site.init(mirror, "//news.example/a b")
    put(mirror / "_data/status.json", json.dumps({"written": "2026-03-03T11:55:00+08:00", "channels": CHANNELS}))
    put(mirror / "takedown/x.html", render_tombstone("/removed.html"))
    put(mirror / "alias/x.html", render_alias("/former.html", "/emnews/"))
    built = build(mirror, folder / "site")
    for page in built.rglob("*.html"):
        page.write_text(BODY.sub(r"\1\2", page.read_text("utf-8")), "utf-8")
    return built


def complaints(folder: Path) -> set[str]:
    """Return what the checker says of the pages in *folder*: an example of a page, its line, and the message."""
    jar = TOOLS / "node_modules/vnu-jar/build/dist/vnu.jar"
    if not (java := shutil.which("java")) or not jar.is_file():
        missing("vnu", f"there is no java on the PATH, or no {jar}")
    command = [java, "-jar", str(jar), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300)
    said = json.loads(done.stderr)["messages"]
    by_message = {line["message"]: line for line in said if not EXPECTED.match(line["message"])}
    return {
        f"{line['url'].partition('/site/')[2]}: {line.get('extract', '')}: {text}" for text, line in by_message.items()
    }


def test_every_page_is_valid(built):
    kinds = {
        "index",
        "404",
        "removed",
        "former",
        "emnews/index",
        "category/emnews/index",
        "stock/index",
        "archive/2026",
    }
    assert all((built / f"{kind}.html").is_file() for kind in kinds)
    assert complaints(built) == set()


def test_the_checker_finds_what_is_wrong(tmp_path):
    put(tmp_path / "site/x.html", '<!DOCTYPE html><html lang="zh"><title>x</title><p><div id=a></div><b id=a></p>')
    assert any("Duplicate ID" in complaint for complaint in complaints(tmp_path))
