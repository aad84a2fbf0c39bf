"""Hundreds of hostile articles, from the store through Jekyll to a real browser, and a coverage-guided fuzzer."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings

from finews_spider.articles.normalize import normalize
from finews_spider.mirror import site
from tests.browsing import build, chromium, export
from tests.hostile import BYPASSES, NAUGHTY, articles
from tests.mirror.test_hostile import NEWEST, all_hosts_are, look_at, outside
from tests.mirror.test_hostile import article as plain
from tests.mirror.test_neighbours import GOOD
from tests.running import ROOT

pytestmark = pytest.mark.torture
GENERATED = 300
SECONDS = 120


def generated() -> list:
    """Return hostile articles, each with a code and a minute of its own."""
    made = [plain(0, title=text, body=f"{text}<p>正文</p>{text}", digest=text) for text in (*NAUGHTY, *BYPASSES)]

    @given(articles())
    @settings(max_examples=GENERATED, derandomize=True, phases=[Phase.generate], database=None)
    def collect(article):
        made.append(article)

    collect()
    return [apart(number, article) for number, article in enumerate(made)]


def apart(number: int, article):
    """Return *article* with a code, a minute and a text of its own, so that none counts as another's copy."""
    shown, body = NEWEST - timedelta(days=1, minutes=number), f"{article.body}<p>号{number}</p>"
    return normalize(replace(article, code=f"20250102{number:010}", published_at=shown, body=body, category="x"))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    made = generated()
    urls = export(folder / "mirror", [*GOOD, *made])
    site.init(folder / "mirror")
    return build(folder / "mirror", folder / "site"), urls, {article.code: article for article in made}


@pytest.mark.parametrize("without_csp", [False, True])
def test_no_generated_article_harms_a_reader(mirror, without_csp):
    built, urls, made = mirror
    with outside() as (port, contacted), chromium(all_hosts_are(port), "--ignore-certificate-errors") as browser:
        pages, wrong = look_at(browser, built, urls, without_csp=without_csp)
    assert wrong == []
    assert without_csp or contacted == []
    assert len(pages) == len(urls) == len(made) + len(GOOD)
    titles = {code: "".join(heading.split()) for code, (_, heading, _) in pages.items() if code in made}
    assert titles == {code: "".join(made[code].title.split()) for code in titles}


def test_hostile_articles_do_not_change_other_pages(mirror, tmp_path):
    with_them, _, _ = mirror
    urls = export(tmp_path / "mirror", GOOD)
    site.init(tmp_path / "mirror")
    alone = build(tmp_path / "mirror", tmp_path / "site")
    for url in list(urls.values())[1:]:  # the first one now links to another article before it
        assert (with_them / url.lstrip("/")).read_bytes() == (alone / url.lstrip("/")).read_bytes()


@pytest.mark.parametrize("target", ["sources", "posts", "bodies"])
def test_a_fuzzer_finds_nothing(tmp_path, target):
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tests.fuzz", target, str(tmp_path / "corpus"), f"-max_total_time={SECONDS}"]
    done = subprocess.run(
        [*command, "-timeout=10", "-rss_limit_mb=1024"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
